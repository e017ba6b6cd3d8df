"""Starting an interview, and going on with one that was left."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from quizapp.study.clock import utc
from quizapp.study.goal import goal_of
from quizapp.study.mock.choosing import Askable, Interviewer
from quizapp.study.mock.interview import Sitting
from quizapp.study.mock.plan import LENGTHS
from quizapp.study.mock.recent import recently_asked
from quizapp.study.mock.state import State
from quizapp.study.session import MOCK
from quizapp.study.session import begin as begin_session
from quizapp.study.store import Store
from verify.bank.model import Level
from verify.errors import UsageError

_LAST = "mock"
"""The setting that holds what was begun last."""


class Pending(msgspec.Struct, frozen=True):
    """An interview that can be gone on with."""

    number: int
    started: datetime
    minutes: int
    level: str | None
    question: int
    """Which one is asked now, from 1."""
    left: float
    """Seconds on the clock; below 0 once the time is over."""


def begin(
    store: Store,
    entries: Mapping[str, Askable],
    *,
    minutes: int,
    level: str | None,
    now: datetime,
    seed: int | None = None,
) -> Sitting:
    """Start a mock interview; it is on disk when this returns.

    Args:
        store: where it is kept.
        entries: the index of the pack, by id.
        minutes: how long it lasts; one of ``LENGTHS``.
        level: a value of ``Level``; None for all.
        now: when it starts.
        seed: of what is left to chance; None takes the time.

    Raises:
        UsageError: the length or the level is none, or nothing fits.
    """
    if minutes not in LENGTHS:
        raise UsageError(f"no interview of {minutes} minutes", todo="take 30, 45 or 60")
    if level is not None and level not in [each.value for each in Level]:
        raise UsageError(f"there is no level {level!r}", todo="take junior, mid or senior")
    if seed is None:
        seed = int(utc(now).timestamp() * 1_000_000) & 0x7FFFFFFF
    chooser = Interviewer(
        entries, minutes=minutes, level=level, seed=seed, recent=recently_asked(store, now)
    )
    first = chooser.next((), None)
    if first is None:
        raise UsageError("there is nothing to ask", why="no question fits this level and time")
    state = State(minutes=minutes, level=level, asked=(first,))
    with store.writing() as sql:
        store.set_setting(_LAST, {"level": level})
        number = begin_session(store, (first.id,), now=now, activity=MOCK, seed=seed).number
        sql.execute(
            "UPDATE sessions SET state = ? WHERE number = ?",
            (msgspec.json.encode(state).decode(), number),
        )
    return Sitting(store, number, entries)


def resume(
    store: Store, entries: Mapping[str, Askable], now: datetime, number: int | None = None
) -> Sitting | None:
    """Go on with an unfinished interview; None if there is none.

    Args:
        store: where it is kept.
        entries: the index of the pack, by id.
        now: the present moment.
        number: of the interview; None for the one that was touched last.
    """
    if number is None:
        found = unfinished(store)
        if found is None:
            return None
        number = found.number
    sitting = Sitting(store, number, entries)
    while sitting.current is not None and sitting.current.id not in entries:
        sitting.replace(now)
    return sitting


def pending(store: Store) -> tuple[Pending, ...]:
    """The interviews that can be gone on with, the one that was touched last first."""
    with store.reading() as sql:
        rows = sql.execute(
            "SELECT number FROM sessions WHERE finished IS NULL AND activity = ? "
            "ORDER BY touched DESC, number DESC",
            (MOCK,),
        ).fetchall()
    sittings = [Sitting(store, number) for (number,) in rows]
    return tuple(
        Pending(
            number=each.number,
            started=each.started,
            minutes=each.minutes,
            level=each.level,
            question=each.position + 1,
            left=each.left,
        )
        for each in sittings
        if each.current is not None
    )


def unfinished(store: Store) -> Pending | None:
    """The interview to go on with, the one that was touched last; None if there is none."""
    return next(iter(pending(store)), None)


def usual_level(store: Store) -> str | None:
    """The level of the interview that was begun last, else the one that is studied for."""
    kept = store.setting(_LAST)
    if isinstance(kept, dict) and kept.get("level") in (None, *Level):
        level: str | None = kept.get("level")
        return level
    goal = goal_of(store)
    return None if goal is None else goal.level
