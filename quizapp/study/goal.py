"""What a person studies for: the day of the interview, the level, the minutes a day."""

from __future__ import annotations

from datetime import date

import msgspec

from quizapp.study.store import Store
from verify.bank.model import Level
from verify.errors import UsageError

_NAME = "goal"

LONGEST_MINUTES = 24 * 60

CRAM_DAYS = 2
"""So many days before the interview ask again what was seen, before anything new."""


class Goal(msgspec.Struct, frozen=True):
    """What a person studies for; all of it may be left open."""

    interview: date | None = None
    """The day of the interview."""
    level: str | None = None
    """A value of ``Level``; None for all."""
    minutes: int | None = None
    """To study on a day."""


def goal_of(store: Store) -> Goal | None:
    """The goal; None if the person was never asked."""
    kept = store.setting(_NAME)
    if kept is None:
        return None
    try:
        return msgspec.convert(kept, Goal)
    except msgspec.ValidationError:  # of a later version: asked again, and nothing else is lost
        return None


def cramming(goal: Goal, day: date) -> bool:
    """True on the last days before the interview, and on its day."""
    return goal.interview is not None and 0 <= (goal.interview - day).days <= CRAM_DAYS


def set_goal(store: Store, goal: Goal) -> None:
    """Keep a goal."""
    store.set_setting(_NAME, msgspec.to_builtins(goal))


def read_date(text: str, today: date) -> date | None:
    """A day as people type it: ``2026-12-24``, ``24.12.``, ``24 Dec``, ``in 12 days``, ``12``.

    Args:
        text: what was typed; empty for no day.
        today: from which to count, and after which a day without a year lies.

    Raises:
        UsageError: it is no day, or one that has passed.
    """
    from quizapp.study.days import parse_day

    words = text.strip()
    if not words:
        return None
    found = parse_day(words, today)
    if found is None:
        raise UsageError(
            f"{words!r} is no day", todo="type 2026-12-24, 24 Dec, 24.12. or a number of days"
        )
    if found < today:
        raise UsageError(f"{found:%Y-%m-%d} has passed", todo="type a day to come")
    return found


def read_level(text: str) -> str | None:
    """A level by its name or the beginning of it; None for empty or ``all``.

    Raises:
        UsageError: it is none.
    """
    words = text.strip().lower()
    if not words or "all".startswith(words):
        return None
    for level in Level:
        if level.value.startswith(words):
            return level.value
    raise UsageError(f"{text.strip()!r} is no level", todo="junior, mid, senior, or all")


def read_minutes(text: str) -> int | None:
    """Minutes a day; None for empty.

    Raises:
        UsageError: it is no number, or no day has so many.
    """
    words = text.strip().lower()
    for unit in ("minutes", "minute", "min"):
        words = words.removesuffix(unit).strip()
    if not words:
        return None
    if not words.isdecimal() or not 1 <= int(words) <= LONGEST_MINUTES:
        raise UsageError(f"{text.strip()!r} is no number of minutes", todo="type 40, for example")
    return int(words)
