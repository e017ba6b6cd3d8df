"""All that is a person's, as plain records, read at one moment.

The names of the fields are the keys of ``torchdrill export json``: they are a promise to other
programs.  A field may be added at any time; one that is renamed, or means something else, makes a
new ``VERSION``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from quizapp.study.records import CARD_COLUMNS, Draft
from quizapp.study.store import Store

VERSION = 1
"""Of the shape of these records."""


class Point(msgspec.Struct, frozen=True):
    """One line of a rubric, as it read when it was ticked."""

    text: str
    made: bool


class Withdrawal(msgspec.Struct, frozen=True):
    """Why an answer counts no longer."""

    why: str
    """``undone`` or ``reset``."""
    at: str


class Answer(msgspec.Struct, frozen=True):
    """One row of the log of answers; ``counts`` says whether it is one that still counts."""

    number: int
    """Its place in the log, from 1."""
    question: str
    """The present id, ``topic/slug``."""
    asked_as: str
    """The id that the question had then."""
    kind: str
    """``recall``, ``choice``, ``output``, ``bug`` or ``code``."""
    mark: str
    """``right``, ``partly``, ``wrong`` or ``skipped``."""
    share: float
    """How much of it was right, from 0 to 1."""
    rating: int | None
    """1 again, 2 hard, 3 good, 4 easy; null if it was skipped."""
    response: str
    """What was typed; the letters of the bank, if options were chosen."""
    points: tuple[Point, ...]
    seconds: float
    confidence: float | None
    """From 0 to 1, given before the answer; null if it was not asked for."""
    hints: int
    at: str
    """When it was given: ISO 8601, in UTC; and so below."""
    day: str
    """The study day in the person's own zone; it begins at four in the morning."""
    logged: str
    """When this row was written: later than ``at`` if a grade was changed."""
    session: int | None
    """The number of the session that it was given in."""
    amends: int | None
    """The number of the row that this one takes the place of, with another grade."""
    amended: bool
    """Whether a later row takes the place of this one."""
    withdrawn: Withdrawal | None
    """Null unless it was taken back or reset."""
    counts: bool
    """Neither amended nor withdrawn."""


class Card(msgspec.Struct, frozen=True):
    """How well a question is known; it follows from the answers that count."""

    question: str
    stability: float
    """Days until the chance to know it has fallen to 0.9."""
    difficulty: float
    """From 1 to 10."""
    due: str
    """The study day to ask it again."""
    last_day: str
    reviews: int
    lapses: int
    last_mark: str


class Bookmark(msgspec.Struct, frozen=True):
    """A question that was marked to come back to."""

    question: str
    since: str


class Sitting(msgspec.Struct, frozen=True):
    """A quiz, a follow-up, a mock interview."""

    number: int
    activity: str
    questions: tuple[str, ...]
    position: int
    """How many of them are behind."""
    seed: int
    """Of the order of options."""
    filters: Any
    """What the questions were selected by; null if by nothing."""
    started: str
    touched: str
    finished: str | None
    state: Any
    """What the activity keeps beside; null if nothing."""


class Begun(msgspec.Struct, frozen=True):
    """An answer that was begun and not given yet."""

    question: str
    """The id, with ``#fix`` after it for the mended program of a bug."""
    touched: str
    draft: Draft
    """Its ``id`` is ``question`` again."""


class Progress(msgspec.Struct, frozen=True):
    """All that is a person's."""

    answers: tuple[Answer, ...]
    """In the order of the log."""
    cards: tuple[Card, ...]
    bookmarks: tuple[Bookmark, ...]
    sessions: tuple[Sitting, ...]
    drafts: tuple[Begun, ...]
    settings: dict[str, Any]
    """By name; ``goal`` has the interview, the level and the minutes a day."""


_ANSWERS = """
    SELECT r.number, r.question, r.kind, r.mark, r.share, r.rating, r.response, r.points, r.seconds,
        r.confidence, r.hints, r.at, r.day, r.logged, r.session, r.amends,
        EXISTS (SELECT 1 FROM reviews AS later WHERE later.amends = r.number), w.why, w.at
    FROM reviews AS r LEFT JOIN withdrawn AS w ON w.review = r.number
    ORDER BY r.number
"""


def collect(store: Store) -> Progress:
    """Read everything, as it stood at one moment.

    Raises:
        StoreError: the file cannot be read, or holds something that makes no sense.
    """
    with store.reading() as sql, _one_moment(sql):
        return Progress(
            answers=tuple(_answers(store, sql)),
            cards=tuple(_cards(store, sql)),
            bookmarks=tuple(
                Bookmark(store.present(id), since)
                for id, since in sql.execute("SELECT question, since FROM bookmarks ORDER BY 1")
            ),
            sessions=tuple(_sittings(store, sql)),
            drafts=tuple(_drafts(store, sql)),
            settings={
                name: _decoded(value)
                for name, value in sql.execute("SELECT name, value FROM settings ORDER BY name")
            },
        )


@contextmanager
def _one_moment(sql: sqlite3.Connection) -> Iterator[None]:
    """Let all queries of a block see the same state, whatever other windows write meanwhile."""
    sql.execute("BEGIN")
    try:
        yield
    finally:
        sql.execute("COMMIT")


def _answers(store: Store, sql: sqlite3.Connection) -> Iterator[Answer]:
    for row in sql.execute(_ANSWERS):
        amended, why, since = bool(row[16]), row[17], row[18]
        yield Answer(
            number=row[0],
            question=store.present(row[1]),
            asked_as=row[1],
            kind=row[2],
            mark=row[3],
            share=row[4],
            rating=row[5],
            response=row[6],
            points=msgspec.json.decode(row[7], type=tuple[Point, ...]),
            seconds=row[8],
            confidence=row[9],
            hints=row[10],
            at=row[11],
            day=row[12],
            logged=row[13],
            session=row[14],
            amends=row[15],
            amended=amended,
            withdrawn=None if why is None else Withdrawal(why, since),
            counts=why is None and not amended,
        )


def _cards(store: Store, sql: sqlite3.Connection) -> Iterator[Card]:
    for row in sql.execute(f"SELECT {CARD_COLUMNS} FROM cards ORDER BY question"):
        yield Card(store.present(row[0]), *row[1:])


def _sittings(store: Store, sql: sqlite3.Connection) -> Iterator[Sitting]:
    rows = sql.execute(
        "SELECT number, activity, questions, position, seed, filters, started, touched, finished, "
        "state FROM sessions ORDER BY number"
    )
    for row in rows:
        ids = msgspec.json.decode(row[2], type=tuple[str, ...])
        yield Sitting(
            number=row[0],
            activity=row[1],
            questions=tuple(map(store.present, ids)),
            position=row[3],
            seed=row[4],
            filters=_decoded(row[5]),
            started=row[6],
            touched=row[7],
            finished=row[8],
            state=_decoded(row[9]),
        )


def _drafts(store: Store, sql: sqlite3.Connection) -> Iterator[Begun]:
    for place, text, touched in sql.execute(
        "SELECT question, draft, touched FROM drafts ORDER BY question"
    ):
        draft = msgspec.json.decode(text, type=Draft)
        id, mark, rest = place.partition("#")
        present = f"{store.present(id)}{mark}{rest}"
        yield Begun(present, touched, msgspec.structs.replace(draft, id=present))


def _decoded(text: str | None) -> Any:
    return None if text is None else msgspec.json.decode(text)
