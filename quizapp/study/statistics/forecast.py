"""How much comes back on each of the next days, as the schedule stands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import msgspec

from quizapp.study.goal import Goal
from quizapp.study.records import CardState, Listed
from quizapp.study.selection import asked_in_quiz

AHEAD = 14
"""Days that are shown where there is no interview."""

LEAST, MOST = 7, 35
"""Days that are shown at least and at most where there is one."""


class DueDay(msgspec.Struct, frozen=True):
    """What comes back on one day."""

    day: date
    questions: int
    exercises: int

    @property
    def due(self) -> int:
        """Both together."""
        return self.questions + self.exercises


class Forecast(msgspec.Struct, frozen=True):
    """The days from today on; the day of the interview is the last, unless it is very near."""

    days: tuple[DueDay, ...]
    """What is overdue counts today."""
    overdue: int
    """How many of today's were due before today."""
    later: int
    """How many come back after the last of the days."""
    interview: date | None
    """None without one, and once it is over."""


def forecast(
    entries: Mapping[str, Listed], cards: Mapping[str, CardState], goal: Goal | None, today: date
) -> Forecast:
    """Count what is due, day by day.

    Args:
        entries: the index of the pack, by id; what is not in it is not asked again.
        cards: what is known of each question.
        goal: when the interview is.
        today: the first day.
    """
    interview = goal.interview if goal is not None else None
    if interview is not None and interview < today:
        interview = None
    count = AHEAD
    if interview is not None:
        count = min(MOST, max(LEAST, (interview - today).days + 1))
    questions, exercises = [0] * count, [0] * count
    overdue = later = 0
    for id, card in cards.items():
        entry = entries.get(id)
        if entry is None:
            continue
        ahead = (card.due - today).days
        overdue += ahead < 0
        if ahead >= count:
            later += 1
        else:
            (questions if asked_in_quiz(entry) else exercises)[max(0, ahead)] += 1
    return Forecast(
        days=tuple(
            DueDay(today + timedelta(days=number), *both)
            for number, both in enumerate(zip(questions, exercises, strict=True))
        ),
        overdue=overdue,
        later=later,
        interview=interview,
    )
