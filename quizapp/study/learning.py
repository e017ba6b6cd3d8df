"""In which order new questions are met: every topic early, easier ones of a topic first."""

from __future__ import annotations

import heapq
from collections.abc import Container, Iterable, Sequence

from quizapp.study.records import Listed
from verify.bank.model import Level

_LEVELS = {level.value: rank for rank, level in enumerate(Level)}


def rank_of(level: str) -> int:
    """0 for junior, 1 for mid, 2 for senior."""
    return _LEVELS.get(level, len(_LEVELS))


def aimed_at(entry: Listed, level: str | None) -> bool:
    """True if who interviews at a level should know the question: it is of that or a lower one."""
    return level is None or rank_of(entry.level) <= rank_of(level)


def learning_order(
    found: Sequence[Listed], seen: Container[str], level: str | None = None
) -> list[str]:
    """The ids that were never asked, in the order to ask them.

    Next comes always the topic of which the smallest share was met so far, and of a topic the
    easiest question; those above the level aimed at come after all others.

    Args:
        found: the questions, in the order that decides between equals.
        seen: ids that were asked.
        level: what one interviews for; None for all.
    """
    return [
        *_balanced([entry for entry in found if aimed_at(entry, level)], seen),
        *_balanced([entry for entry in found if not aimed_at(entry, level)], seen),
    ]


def _balanced(found: Iterable[Listed], seen: Container[str]) -> list[str]:
    totals: dict[str, int] = {}
    waiting: dict[str, list[tuple[int, int, str]]] = {}
    for place, entry in enumerate(found):
        totals[entry.topic] = totals.get(entry.topic, 0) + 1
        if entry.id not in seen:
            waiting.setdefault(entry.topic, []).append((rank_of(entry.level), place, entry.id))
    heap: list[tuple[float, int, int, str]] = []
    for topic, rows in waiting.items():
        rows.sort(reverse=True)
        met = totals[topic] - len(rows)
        heap.append((met / totals[topic], *rows[-1][:2], topic))
    heapq.heapify(heap)
    order: list[str] = []
    while heap:
        topic = heap[0][3]
        rows = waiting[topic]
        order.append(rows.pop()[2])
        if rows:
            met = totals[topic] - len(rows)
            heapq.heapreplace(heap, (met / totals[topic], *rows[-1][:2], topic))
        else:
            heapq.heappop(heap)
    return order
