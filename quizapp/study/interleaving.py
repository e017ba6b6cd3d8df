"""Putting questions into an order in which one does not give the next away."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence

from quizapp.study.records import Listed

GAP = 4
"""Questions that lie at least between two that are near each other, where that can be had."""

DEPTH = 6
"""How far down a topic another question is looked for when its next one is near the last."""

SHARED_TAGS = 0.5
SHARED_WORDS = 0.6
"""The share of tags, or of words of the title, from which two questions are near each other."""


def near(one: Listed, other: Listed) -> bool:
    """True if answering one of two questions helps much with the other: near-duplicates."""
    tags = set(one.tags), set(other.tags)
    if len(tags[0] & tags[1]) >= 2 and _share(*tags) >= SHARED_TAGS:
        return True
    words = _words(one.title), _words(other.title)
    return len(words[0] & words[1]) >= 2 and _share(*words) >= SHARED_WORDS


def apart(
    ids: Iterable[str],
    topic: Callable[[str], str],
    close: Callable[[str, str], bool] = lambda _one, _other: False,
) -> tuple[str, ...]:
    """Keep the order but for this: no two neighbours of one topic, near-duplicates far apart.

    Both as far as they can be had; topics come first.

    Args:
        ids: the questions, what is most wanted first.
        topic: of a question.
        close: whether two questions are near each other.
    """
    queues: dict[str, deque[tuple[int, str]]] = {}
    for place, id in enumerate(ids):
        queues.setdefault(topic(id), deque()).append((place, id))
    left = sum(map(len, queues.values()))
    result: list[str] = []
    last = ""
    while left:
        names = [name for name in queues if name != last] or list(queues)
        # A topic that holds more than half of the rest must come now, or it ends in a row.
        crowded = [name for name in names if 2 * len(queues[name]) > left]
        names = crowded[:1] or sorted(names, key=lambda each: queues[each][0])
        name, at = _first(names, queues, result[-GAP:], close)
        queue = queues[name]
        result.append(queue[at][1])
        del queue[at]
        if not queue:
            del queues[name]
        last = name
        left -= 1
    return tuple(result)


def _first(
    names: Sequence[str],
    queues: dict[str, deque[tuple[int, str]]],
    recent: Sequence[str],
    close: Callable[[str, str], bool],
) -> tuple[str, int]:
    """The topic and the place in its queue of the first question that is far from recent ones."""
    for name in names:
        for at, (_, id) in enumerate(queues[name]):
            if at == DEPTH:
                break
            if not any(close(id, each) for each in recent):
                return name, at
    return names[0], 0


def _share(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other) if one and other else 0.0


def _words(title: str) -> set[str]:
    """The words of a title that say what it is about, which the short ones do not."""
    words = "".join(c if c.isalnum() or c == "_" else " " for c in title.lower()).split()
    return {word for word in words if len(word) > 3}
