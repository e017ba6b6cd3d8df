"""One sitting over a row of questions, which can be left and taken up at any moment."""

from __future__ import annotations

import random
from collections.abc import Container, Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from quizapp.study.clock import stamp, utc
from quizapp.study.grading import Graded, skipped
from quizapp.study.marks import Mark, Rating
from quizapp.study.records import Draft, Review
from quizapp.study.scheduling import preview
from quizapp.study.selection import Filters
from quizapp.study.store import Store
from quizapp.study.summary import Summary, SummaryItem, summarise
from verify.bank.model import Kind, Option, Question
from verify.errors import UsageError

__all__ = ["Answered", "Session", "Summary", "SummaryItem", "begin", "load", "resume"]

MOCK = "mock"
"""The activity of mock interviews: they have a clock, and are gone on with in their own way."""

_COLUMNS = "number, activity, questions, position, seed, filters, started, finished"
_IDS = msgspec.json.Decoder(tuple[str, ...])
_FILTERS = msgspec.json.Decoder(Filters)


class Answered(msgspec.Struct, frozen=True):
    """An answer that is on disk."""

    review: Review
    due: date | None
    """The study day the question comes back; None if it was never rated."""


class Session:
    """The questions of one sitting and how far it has come.

    ``current`` moves on as soon as an answer is on disk, so whatever happens while its verdict is
    on the screen, the session goes on with the next question.  Made by ``begin``, ``resume`` and
    ``load``.
    """

    def __init__(self, store: Store, row: tuple[Any, ...], known: Container[str] | None) -> None:
        self._store = store
        self.number: int = row[0]
        self.activity: str = row[1]
        self.position: int = row[3]
        self.seed: int = row[4]
        self.filters: Filters | None = None if row[5] is None else _FILTERS.decode(row[5])
        self.started = datetime.fromisoformat(row[6])
        self.finished: datetime | None = None if row[7] is None else datetime.fromisoformat(row[7])
        ids = [store.present(id) for id in _IDS.decode(row[2])]
        asked, rest = ids[: self.position], ids[self.position :]
        gone = [] if known is None else [id for id in rest if id not in known]
        self.missing = tuple(gone)
        """Ids that left the bank before they were asked."""
        self.ids = tuple(asked + [id for id in rest if id not in gone])
        self._given: Review | None = None
        """The answer given last through this object; another window may have given later ones."""

    @property
    def current(self) -> str | None:
        """The question to ask now; None if all are answered or the session was ended."""
        if self.finished is not None or self.position >= len(self.ids):
            return None
        return self.ids[self.position]

    @property
    def done(self) -> bool:
        """True if nothing is left to ask."""
        return self.current is None

    @property
    def answered(self) -> tuple[Review, ...]:
        """The answers given in this session, oldest first."""
        return self._store.reviews(session=self.number)

    def options(self, question: Question) -> tuple[Option, ...]:
        """The options in the order they are shown; the same each time within this session.

        Their letters stay those of the bank: label them anew on screen, hand the letters back.
        """
        options = list(question.options)
        random.Random(f"{self.seed} {question.id}").shuffle(options)
        return tuple(options)

    def draft(self) -> Draft:
        """What was begun for the current question; empty if nothing was."""
        id = self._expect_current()
        return self._store.draft(id) or Draft(id)

    def save_draft(
        self,
        text: str = "",
        *,
        now: datetime,
        letters: Sequence[str] = (),
        ticked: Sequence[int] = (),
        revealed: bool = False,
        hints: int = 0,
        seconds: float = 0.0,
        confidence: float | None = None,
    ) -> None:
        """Keep what was begun for the current question."""
        draft = Draft(
            id=self._expect_current(),
            text=text,
            letters=tuple(letters),
            ticked=tuple(ticked),
            revealed=revealed,
            hints=hints,
            seconds=seconds,
            confidence=confidence,
        )
        self._store.save_draft(draft, now=now)

    def answer(
        self,
        response: str,
        graded: Graded,
        *,
        now: datetime,
        rating: Rating | None = None,
        seconds: float = 0.0,
        confidence: float | None = None,
        hints: int = 0,
    ) -> Answered:
        """Log the answer to the current question and go on to the next.

        The last answer also finishes the session.

        Args:
            response: what was typed, or the letters chosen.
            graded: what it was worth.
            now: when it was given.
            rating: the person's own; None takes the proposed one.
            seconds: the time it took.
            confidence: from 0 to 1, given before the answer.
            hints: how many were taken.

        Raises:
            StoreError: it could not be saved; the session stands where it stood.
        """
        id = self._expect_current()
        with self._store.writing():
            review = self._store.log(
                id,
                graded,
                now=now,
                response=response,
                rating=rating if rating is not None else graded.rating,
                seconds=seconds,
                session=self.number,
                confidence=confidence,
                hints=hints,
            )
            if graded.mark is not Mark.SKIPPED:
                self._store.drop_draft(id)
            moved = self._move(now)
        self.position, self.finished = moved
        self._given = review
        return self._answered(review)

    def skip(self, kind: Kind, *, now: datetime, seconds: float = 0.0) -> Answered:
        """Pass the current question over; what was begun for it is kept, its schedule too."""
        return self.answer("", skipped(kind), now=now, seconds=seconds)

    def amend(
        self, *, now: datetime, rating: Rating | None = None, graded: Graded | None = None
    ) -> Answered:
        """Change the rating or the grade of the last answer of this session.

        A new grade brings its proposed rating, unless one is given.

        Raises:
            UsageError: nothing was answered yet, or it was taken back.
            StoreError: it could not be saved; the answer counts as it did.
        """
        if rating is None and graded is not None:
            rating = graded.rating
        with self._store.writing():  # so that no other window amends it in between
            last = self._expect_last()
            review = self._store.amend(last, now=now, rating=rating, graded=graded)
        return self._answered(review)

    def choices(self) -> dict[Rating, date]:
        """When the last question would come back, for each rating it may be changed to.

        Raises:
            UsageError: nothing was answered yet.
        """
        last = self._expect_last()
        others = [each for each in self._store.reviews(last.id) if each.number != last.number]
        return preview(others, last.day)

    def finish(self, now: datetime) -> None:
        """End the session before its last question."""
        if self.finished is None:
            with self._store.writing() as sql:
                sql.execute(
                    "UPDATE sessions SET finished = ?, touched = ? WHERE number = ?",
                    (stamp(now), stamp(now), self.number),
                )
            self.finished = utc(now)

    def summary(self) -> Summary:
        """How it went so far, or in the end."""
        return summarise(self.ids, self.answered, self._store.cards())

    def _answered(self, review: Review) -> Answered:
        card = self._store.card(review.id)
        return Answered(review, None if card is None else card.due)

    def _move(self, now: datetime) -> tuple[int, datetime | None]:
        """Write that the session is one question further; the caller holds the transaction."""
        with self._store.writing() as sql:
            row = sql.execute(
                "SELECT position, finished FROM sessions WHERE number = ?", (self.number,)
            ).fetchone()
            # Another window may be further on in the same session: never go back.
            position = min(max(self.position + 1, row[0]), len(self.ids))
            finished = None if row[1] is None else datetime.fromisoformat(row[1])
            if position == len(self.ids):
                finished = finished or utc(now)
            sql.execute(
                "UPDATE sessions SET questions = ?, position = ?, touched = ?, finished = ? "
                "WHERE number = ?",
                (
                    msgspec.json.encode(self.ids).decode(),
                    position,
                    stamp(now),
                    None if finished is None else stamp(finished),
                    self.number,
                ),
            )
        return position, finished

    def _expect_current(self) -> str:
        if self.current is None:
            raise UsageError("the session has no question left", todo="begin another")
        return self.current

    def _expect_last(self) -> Review:
        answered, given = self.answered, self._given
        if given is not None:
            answered = tuple(r for r in answered if (r.id, r.at) == (given.id, given.at))
            if not answered:
                raise UsageError("that answer was taken back", todo="answer the question again")
        if not answered:
            raise UsageError("nothing was answered yet in this session")
        return max(answered, key=lambda review: review.number)


def begin(
    store: Store,
    ids: Sequence[str],
    *,
    now: datetime,
    filters: Filters | None = None,
    activity: str = "quiz",
    seed: int | None = None,
) -> Session:
    """Start a session; it is on disk when this returns.

    Args:
        store: where it is kept.
        ids: the questions in order; one named twice is asked once.
        now: when it starts.
        filters: what the ids were selected by, to say so later.
        activity: ``quiz``, or the name of another activity with sessions.
        seed: of the order of options; None takes the time.

    Raises:
        UsageError: there are no ids.
    """
    if not ids:
        raise UsageError("there is nothing to ask", todo="loosen the filters")
    if seed is None:
        seed = int(utc(now).timestamp() * 1_000_000) & 0x7FFFFFFF
    with store.writing() as sql:
        number = sql.execute(
            "INSERT INTO sessions (activity, questions, position, seed, filters, started, touched) "
            "VALUES (?, ?, 0, ?, ?, ?, ?)",
            (
                activity,
                msgspec.json.encode(tuple(dict.fromkeys(ids))).decode(),
                seed,
                None if filters is None else msgspec.json.encode(filters).decode(),
                stamp(now),
                stamp(now),
            ),
        ).lastrowid
    assert number is not None
    return load(store, number)


def load(store: Store, number: int) -> Session:
    """A session by its number, finished or not.

    Raises:
        UsageError: there is none of that number.
    """
    with store.reading() as sql:
        row = sql.execute(f"SELECT {_COLUMNS} FROM sessions WHERE number = ?", (number,)).fetchone()
        if row is None:
            raise UsageError(f"there is no session {number}")
        return Session(store, row, None)


def resume(store: Store, entries: Container[str] | None = None) -> Session | None:
    """The unfinished session that was touched last and has something left to ask.

    A mock interview is none of them: ``study.mock.sitting`` goes on with those.

    Args:
        store: where it is kept.
        entries: the ids of the bank; others are not asked.  None trusts the session.
    """
    with store.reading() as sql:
        rows = sql.execute(
            f"SELECT {_COLUMNS} FROM sessions WHERE finished IS NULL AND activity <> ? "
            "ORDER BY touched DESC, number DESC",
            (MOCK,),
        )
        for row in rows:
            session = Session(store, row, entries)
            if not session.done:
                return session
    return None
