"""What the store hands out: frozen rows, with their words back in types."""

from __future__ import annotations

import sqlite3
from datetime import date, datetime
from typing import Any, Protocol

import msgspec

from quizapp.study.clock import stamp
from quizapp.study.marks import Mark, Point, Rating
from verify.bank.model import Kind


class Listed(Protocol):
    """What study needs to know of a question; ``verify.bank.Entry`` has it."""

    @property
    def id(self) -> str:
        """``topic/slug``."""

    @property
    def title(self) -> str:
        """What it is about, in a line."""

    @property
    def topic(self) -> str:
        """The first part of the id."""

    @property
    def kind(self) -> str:
        """A value of ``Kind``."""

    @property
    def level(self) -> str:
        """A value of ``Level``."""

    @property
    def minutes(self) -> int:
        """What an interviewer would give it."""

    @property
    def tags(self) -> tuple[str, ...]:
        """Words it is filed under."""

    @property
    def aliases(self) -> tuple[str, ...]:
        """Former ids."""

    @property
    def follow_ups(self) -> tuple[str, ...]:
        """Ids an interviewer would go on to."""


class Review(msgspec.Struct, frozen=True):
    """One answer, as it counts now (a changed rating replaces the first one)."""

    number: int
    """Its place in the log."""
    id: str
    """The question, by its present id."""
    kind: Kind
    mark: Mark
    share: float
    rating: Rating | None
    """None if it was skipped: then the schedule did not change."""
    response: str
    """What was typed, or the letters chosen."""
    points: tuple[Point, ...]
    seconds: float
    at: datetime
    """When it was answered, in UTC."""
    day: date
    """The study day it was answered on."""
    session: int | None
    confidence: float | None
    """How sure the person was before the answer, from 0 to 1; None if not asked."""
    hints: int
    """How many hints were taken."""


class CardState(msgspec.Struct, frozen=True):
    """What is known of how well a question is known; made from the log."""

    id: str
    stability: float
    """Days until the chance to know it has fallen to 0.9."""
    difficulty: float
    """From 1 to 10."""
    due: date
    """The study day to ask it again."""
    last_day: date
    reviews: int
    """How many answers were rated."""
    lapses: int
    """How many of them AGAIN."""
    last_mark: Mark


class Draft(msgspec.Struct, frozen=True):
    """An answer that was begun and not given yet."""

    id: str
    text: str = ""
    letters: tuple[str, ...] = ()
    """Options chosen, by the bank's letters."""
    ticked: tuple[int, ...] = ()
    """Points ticked so far."""
    revealed: bool = False
    """True if the answer has been shown already, so that ticking goes on and typing does not."""
    hints: int = 0
    seconds: float = 0.0
    """Time spent on it so far."""
    confidence: float | None = None
    failures: int = 0
    """How often the judge has rejected it."""


REVIEW_COLUMNS = (
    "number, question, kind, mark, share, rating, response, points, seconds, at, day, session, "
    "confidence, hints"
)
CARD_COLUMNS = "question, stability, difficulty, due, last_day, reviews, lapses, last_mark"

_POINTS = msgspec.json.Decoder(tuple[Point, ...])


def review_of(row: tuple[Any, ...], id: str) -> Review:
    """A row of ``REVIEW_COLUMNS`` under the present id of its question."""
    return Review(
        number=row[0],
        id=id,
        kind=Kind(row[2]),
        mark=Mark(row[3]),
        share=row[4],
        rating=None if row[5] is None else Rating(row[5]),
        response=row[6],
        points=_POINTS.decode(row[7]),
        seconds=row[8],
        at=datetime.fromisoformat(row[9]),
        day=date.fromisoformat(row[10]),
        session=row[11],
        confidence=row[12],
        hints=row[13],
    )


def insert_review(
    sql: sqlite3.Connection, review: Review, *, logged: datetime, amends: int | None
) -> int:
    """Add a row to the log, in place of the row ``amends`` if given; return its number."""
    cursor = sql.execute(
        "INSERT INTO reviews (question, kind, mark, share, rating, response, points, seconds, at, "
        "day, session, confidence, hints, logged, amends) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            review.id,
            review.kind.value,
            review.mark.value,
            review.share,
            None if review.rating is None else int(review.rating),
            review.response,
            msgspec.json.encode(review.points).decode(),
            review.seconds,
            stamp(review.at),
            review.day.isoformat(),
            review.session,
            review.confidence,
            review.hints,
            stamp(logged),
            amends,
        ),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def card_of(row: tuple[Any, ...], id: str) -> CardState:
    """A row of ``CARD_COLUMNS`` under the present id of its question."""
    return CardState(
        id=id,
        stability=row[1],
        difficulty=row[2],
        due=date.fromisoformat(row[3]),
        last_day=date.fromisoformat(row[4]),
        reviews=row[5],
        lapses=row[6],
        last_mark=Mark(row[7]),
    )


def write_card(sql: sqlite3.Connection, card: CardState) -> None:
    """Put a card in place of what was there under its id."""
    sql.execute(
        f"INSERT OR REPLACE INTO cards ({CARD_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            card.id,
            card.stability,
            card.difficulty,
            card.due.isoformat(),
            card.last_day.isoformat(),
            card.reviews,
            card.lapses,
            card.last_mark.value,
        ),
    )
