"""Banks to hold interviews from, and interviews that were held."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from quizapp.study.grading import Graded
from quizapp.study.marks import Mark, Rating
from quizapp.study.mock.choosing import Interviewer
from quizapp.study.mock.interview import Sitting
from quizapp.study.mock.plan import Group, group_of
from quizapp.study.mock.sitting import begin
from quizapp.study.mock.state import Asked
from quizapp.study.store import Store
from verify.bank import Entry
from verify.bank.model import Kind

from .make import NOW

LEVELS = ("junior", "mid", "senior")
TOPICS = ("autograd", "memory", "modules", "optim", "tensors", "training")
MINUTES = {"recall": (3, 4, 5), "choice": (2, 3), "output": (3, 4), "bug": (4, 5, 6),
           "code": (10, 12, 15, 20)}  # fmt: skip

GRADES = {
    Mark.RIGHT: (1.0, Rating.GOOD),
    Mark.PARTLY: (0.5, Rating.HARD),
    Mark.WRONG: (0.0, Rating.AGAIN),
    Mark.SKIPPED: (0.0, None),
}


def asked(
    id: str,
    kind: str = "recall",
    *,
    level: str = "mid",
    minutes: int = 3,
    follow_ups: tuple[str, ...] = (),
    needs: tuple[str, ...] = (),
) -> Entry:
    return Entry(id, f"About {id}", kind, level, minutes, (), (), needs, (), follow_ups)


def bank(*entries: Entry) -> dict[str, Entry]:
    return {entry.id: entry for entry in entries}


def rich(each: int = 4) -> dict[str, Entry]:
    """So many questions of each kind, level and topic; each names two follow-ups of its topic."""
    found: dict[str, Entry] = {}
    for topic in TOPICS:
        ids = [
            (f"{topic}/{kind}-{level}-{n}", kind, level, n)
            for kind in MINUTES
            for level in LEVELS
            for n in range(each)
        ]
        chance = random.Random(topic)
        for id, kind, level, n in ids:
            minutes = MINUTES[kind][n % len(MINUTES[kind])]
            others = [other for other, _, _, _ in ids if other != id]
            follow_ups = tuple(chance.sample(others, 2))
            found[id] = asked(id, kind, level=level, minutes=minutes, follow_ups=follow_ups)
    return found


def graded(mark: Mark, kind: str = "recall") -> Graded:
    share, rating = GRADES[mark]
    return Graded(Kind(kind), mark, share, rating)


def held(chooser: Interviewer, marks: Iterable[Mark]) -> list[Asked]:
    """Hold a whole interview, with these marks in turn."""
    found: list[Asked] = []
    mark: Mark | None = None
    turn = iter(marks)
    while (following := chooser.next(found, mark)) is not None:
        found.append(following)
        mark = next(turn, Mark.PARTLY)
    return found


def groups(found: Sequence[Asked]) -> dict[Group, int]:
    return {group: sum(each.group is group for each in found) for group in Group}


def possible(entries: Mapping[str, Entry], minutes: int, level: str | None) -> set[Group]:
    """The groups that a bank has questions for, near enough to the level and short enough."""
    rank = None if level is None else LEVELS.index(level)
    return {
        group_of(entry.kind)
        for entry in entries.values()
        if entry.minutes <= 0.6 * minutes
        and (rank is None or abs(LEVELS.index(entry.level) - rank) <= 1)
    }


def sat(
    store: Store,
    entries: Mapping[str, Entry],
    marks: Sequence[Mark],
    *,
    minutes: int = 30,
    level: str | None = "mid",
    days: int = 0,
    seconds: float = 60.0,
) -> Sitting:
    """Sit a whole interview with these marks in turn, the last of them again and again."""
    now = NOW + timedelta(days=days)
    sitting = begin(store, entries, minutes=minutes, level=level, now=now, seed=days)
    number = 0
    while (current := sitting.current) is not None:
        sitting.spend(seconds)
        now += timedelta(seconds=seconds)
        mark = marks[min(number, len(marks) - 1)]
        sitting.answer("said", graded(mark, current.kind), now=now)
        number += 1
    return sitting
