"""What to study after an interview: at most so many minutes, by what was missed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import msgspec

from quizapp.study.marks import Mark
from quizapp.study.mock.choosing import Askable
from quizapp.study.mock.state import Asked
from verify.bank.model import Kind, Level

STUDY_MINUTES = 30

_WORST_FIRST = (Mark.WRONG, Mark.SKIPPED, Mark.PARTLY)

_LEVELS = [level.value for level in Level]

Outcome = tuple[Asked, Mark, float]
"""A question, how it went, and the share that was right."""


class StudyNext(msgspec.Struct, frozen=True):
    """What to study next."""

    ids: tuple[str, ...] = ()
    """For a quiz, in order; they fit into ``STUDY_MINUTES``."""
    minutes: int = 0
    """What they take together."""
    practise: tuple[str, ...] = ()
    """Exercises to write once more, apart from that time."""


def study_next(
    entries: Mapping[str, Askable],
    outcomes: Sequence[Outcome],
    by_topic: Mapping[str, float],
    seen: Collection[str],
) -> StudyNext:
    """What was missed comes first, then what follows it up, then what is new of weak topics.

    Args:
        entries: the index of the pack, by id.
        outcomes: of the interview, in the order asked.
        by_topic: the score of each topic.
        seen: ids that were ever answered.
    """
    missed = sorted(
        (each for each in outcomes if each[1] is not Mark.RIGHT),
        key=lambda each: (_WORST_FIRST.index(each[1]), each[2]),
    )
    known = {asked.id for asked, mark, _ in outcomes if mark is Mark.RIGHT}
    wanted = _wanted(entries, missed, outcomes, by_topic, seen)
    ids: list[str] = []
    minutes = 0
    for id in dict.fromkeys(wanted):
        entry = entries.get(id)
        if entry is None or entry.kind == Kind.CODE or id in known:
            continue
        if minutes + entry.minutes <= STUDY_MINUTES:
            ids.append(id)
            minutes += entry.minutes
    practise = [a.id for a, _, _ in missed if a.kind == Kind.CODE and a.id in entries]
    return StudyNext(tuple(ids), minutes, tuple(practise))


def _wanted(
    entries: Mapping[str, Askable],
    missed: Sequence[Outcome],
    outcomes: Sequence[Outcome],
    by_topic: Mapping[str, float],
    seen: Collection[str],
) -> Iterator[str]:
    yield from (asked.id for asked, _, _ in missed)
    yield from _follow_ups(entries, missed)
    weakest = sorted(by_topic, key=lambda topic: by_topic[topic])
    new: dict[str, list[str]] = {topic: [] for topic in weakest}
    for id in sorted(entries, key=lambda id: (_LEVELS.index(entries[id].level), id)):
        if id not in seen and entries[id].topic in new:
            new[entries[id].topic].append(id)
    for topic in weakest:
        yield from new[topic]
    yield from _follow_ups(entries, outcomes)


def _follow_ups(entries: Mapping[str, Askable], outcomes: Iterable[Outcome]) -> Iterator[str]:
    for asked, _, _ in outcomes:
        if asked.id in entries:
            yield from entries[asked.id].follow_ups
