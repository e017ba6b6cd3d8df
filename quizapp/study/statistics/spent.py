"""Time spent: in all, on each day, and on a question of each kind against what it is given."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import msgspec

from quizapp.study.records import Listed
from quizapp.study.statistics.history import History
from verify.bank.model import Kind

AWAY_BUDGETS = 3
"""Beyond so many times its minutes an answer's clock ran while nobody was there."""

AWAY_LEAST = 15 * 60.0
"""Seconds that count in any case, however few minutes a question is given."""


class DayTime(msgspec.Struct, frozen=True):
    """One day of study."""

    day: date
    seconds: float
    answers: int


class KindTime(msgspec.Struct, frozen=True):
    """Answers to questions of one kind that are in the bank."""

    kind: str
    answers: int
    seconds: float
    """In the mean."""
    budget: float
    """Seconds that these questions are given, in the mean."""


class TimeSpent(msgspec.Struct, frozen=True):
    """Time spent on answers; an hour away from the keyboard does not count."""

    seconds: float
    answers: int
    days: tuple[DayTime, ...]
    """Days with answers, oldest first."""
    kinds: tuple[KindTime, ...]
    """In the order of ``Kind``."""


def time_spent(given: History, entries: Mapping[str, Listed]) -> TimeSpent:
    """Add up the time of all answers.

    Args:
        given: the log.
        entries: the index of the pack, by id.
    """
    days: dict[date, tuple[float, int]] = {}
    kinds: dict[str, tuple[float, float, int]] = {}
    total = 0.0
    for each in given:
        entry = entries.get(each.id)
        budget = entry.minutes * 60.0 if entry is not None else 0.0
        seconds = min(each.seconds, max(AWAY_LEAST, AWAY_BUDGETS * budget))
        total += seconds
        spent, count = days.get(each.day, (0.0, 0))
        days[each.day] = (spent + seconds, count + 1)
        if entry is not None:
            spent, given_to, count = kinds.get(each.kind, (0.0, 0.0, 0))
            kinds[each.kind] = (spent + seconds, given_to + budget, count + 1)
    return TimeSpent(
        seconds=total,
        answers=len(given),
        days=tuple(DayTime(day, *days[day]) for day in sorted(days)),
        kinds=tuple(
            KindTime(kind, count, spent / count, budget / count)
            for kind in (kind.value for kind in Kind)
            if kind in kinds
            for spent, budget, count in (kinds[kind],)
        ),
    )
