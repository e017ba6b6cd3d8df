"""True retention: what was still known when it came back, beside what FSRS had expected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

import msgspec

from quizapp.study.marks import Rating
from quizapp.study.records import Listed
from quizapp.study.statistics.history import History
from quizapp.study.statistics.memory import Memory, again, chance, first
from verify.bank.model import Level

RECENT = 30
"""Days that count as lately, today included."""

FEW = 5
"""Below so many answers a share says nothing."""


class Recalled(msgspec.Struct, frozen=True):
    """How often something was known when it came back."""

    asked: int
    """Rated answers to questions that were due, or overdue; the first answer to one is none."""
    kept: int
    """How many of them were not rated AGAIN."""
    expected: float | None
    """The mean chance, from 0 to 1, that FSRS gave them; None if there were none."""

    @property
    def share(self) -> float | None:
        """The share that was kept; None if there were too few answers to say."""
        return self.kept / self.asked if self.asked >= FEW else None


class Group(msgspec.Struct, frozen=True):
    """Retention of some questions."""

    name: str
    """Of the topic or level; empty for all together."""
    recent: Recalled
    """In the last 30 days."""
    ever: Recalled


class Retention(msgspec.Struct, frozen=True):
    """Retention of all, and of each topic and level that something was asked of again."""

    overall: Group
    topics: tuple[Group, ...]
    """By name."""
    levels: tuple[Group, ...]
    """Junior first; a question that left the bank has a topic and no level."""


class _Tally:
    """Counts while the log is walked through: lately, and ever."""

    def __init__(self) -> None:
        self.asked = [0, 0]
        self.kept = [0, 0]
        self.expected = [0.0, 0.0]

    def add(self, place: int, kept: bool, expected: float) -> None:
        self.asked[place] += 1
        self.kept[place] += kept
        self.expected[place] += expected

    def group(self, name: str) -> Group:
        recent, ever = (
            Recalled(asked, kept, expected / asked if asked else None)
            for asked, kept, expected in zip(self.asked, self.kept, self.expected, strict=True)
        )
        return Group(name, recent, ever)


def retention(given: History, entries: Mapping[str, Listed], today: date) -> Retention:
    """Walk through the log and see what was kept.

    Args:
        given: the log.
        entries: the index of the pack, by id.
        today: the last of the recent days.
    """
    since = today.toordinal() - RECENT + 1
    memories: dict[str, Memory] = {}
    overall = _Tally()
    topics: defaultdict[str, _Tally] = defaultdict(_Tally)
    levels: defaultdict[str, _Tally] = defaultdict(_Tally)
    for each in given:
        if each.rating is None:
            continue
        day = each.day.toordinal()
        before = memories.get(each.id)
        if before is None:
            memories[each.id] = first(each.rating, day)
            continue
        expected = chance(before, day)
        memories[each.id] = again(before, expected, each.rating, day)
        if day < before.due:
            continue
        kept, recent = each.rating > Rating.AGAIN, day >= since
        entry = entries.get(each.id)
        for tally in (
            overall,
            topics[each.id.partition("/")[0]],
            None if entry is None else levels[entry.level],
        ):
            if tally is not None:
                tally.add(1, kept, expected)
                if recent:
                    tally.add(0, kept, expected)
    order = {level.value: rank for rank, level in enumerate(Level)}
    return Retention(
        overall=overall.group(""),
        topics=tuple(topics[name].group(name) for name in sorted(topics)),
        levels=tuple(
            levels[name].group(name)
            for name in sorted(levels, key=lambda name: order.get(name, len(order)))
        ),
    )
