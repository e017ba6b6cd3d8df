"""The answers that count, read once and as little of them as the sections need.

A year of study may be twenty thousand answers.  Reading each into a ``Review`` takes three times
as long as all the counting together, so a row here keeps its words and its points as they are
stored, and a section makes of them what it needs.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import NamedTuple

from quizapp.study.store import Store


class Given(NamedTuple):
    """One answer that was given; questions passed over are none."""

    id: str
    """The question, by its present id."""
    kind: str
    mark: str
    share: float
    rating: int | None
    points: str
    """JSON."""
    seconds: float
    day: date
    confidence: float | None


History = tuple[Given, ...]
"""All answers that count, oldest first."""

_COLUMNS = "question, kind, mark, share, rating, points, seconds, day, confidence"


def history(store: Store) -> History:
    """Read the log.

    Raises:
        StoreError: it cannot be read.
    """
    parse, present = cache(date.fromisoformat), store.present
    with store.reading() as sql:
        rows = sql.execute(
            f"SELECT {_COLUMNS} FROM counted WHERE mark <> 'skipped' ORDER BY at, number"
        )
        return tuple(
            Given(present(id), kind, mark, share, rating, points, seconds, parse(day), confidence)
            for id, kind, mark, share, rating, points, seconds, day, confidence in rows
        )
