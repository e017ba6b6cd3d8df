"""The key points that are missed most, and were missed the last time too."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache

import msgspec

from quizapp.study.marks import Point
from quizapp.study.records import Listed
from quizapp.study.statistics.history import History

LEAST_MISSES = 2
"""Whoever missed a point once may have forgotten to say it."""

_POINTS = msgspec.json.Decoder(tuple[Point, ...])


class WeakPoint(msgspec.Struct, frozen=True):
    """A point of a rubric that was missed again and again."""

    id: str
    """The question."""
    text: str
    """As it read when it was ticked last; Markdown."""
    missed: int
    asked: int
    last: date
    """The study day it was missed last."""


def weak_points(given: History, entries: Mapping[str, Listed]) -> tuple[WeakPoint, ...]:
    """Find the points to study, the one missed most first.

    A point is the same as long as its words are, whatever their case, marks and spaces.  What the
    latest answer did not hold is no longer in the rubric; what it made is known.

    Args:
        given: the log.
        entries: the index of the pack, by id; what is not in it cannot be studied.
    """
    latest: dict[str, tuple[date, tuple[Point, ...]]] = {}
    asked: dict[tuple[str, str], list[int]] = {}
    for each in given:
        if each.points == "[]" or each.id not in entries:
            continue
        points = _POINTS.decode(each.points)
        latest[each.id] = (each.day, points)
        for point in points:
            counts = asked.setdefault((each.id, _words(point.text)), [0, 0])
            counts[0] += not point.made
            counts[1] += 1
    found = [
        WeakPoint(id, point.text, missed, count, day)
        for id, (day, points) in latest.items()
        for point in points
        if not point.made
        for missed, count in (asked[id, _words(point.text)],)
        if missed >= LEAST_MISSES
    ]
    return tuple(sorted(found, key=lambda each: (-each.missed, -each.last.toordinal(), each.id)))


@cache
def _words(text: str) -> str:
    return " ".join(text.translate(_MARKS).casefold().split()).rstrip(".")


_MARKS = str.maketrans("", "", "`*_")
