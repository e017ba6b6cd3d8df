"""What is typed: words, phrases in quotes, and filters such as ``topic:autograd state:due,new``.

Nothing that can be typed is an error.  What is no filter is looked for as words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from quizapp.study.search.words import Term, term

FILTERS = ("topic", "level", "kind", "state", "tag")
"""In the order in which they are written by themselves."""

_NAMES = {**{name: name for name in FILTERS}, "is": "state"}
_PIECE = re.compile(r'"([^"]*)("?)|[^\s"]+')
_FILTER = re.compile(rf"({'|'.join(_NAMES)}):(.*)", re.IGNORECASE | re.DOTALL)


class Asked(NamedTuple):
    """A filter as it was typed."""

    name: str
    """One of ``FILTERS``."""
    values: tuple[str, ...]
    """Of which one is enough; beginnings of words that there are."""


class Query(msgspec.Struct, frozen=True):
    """What to look for."""

    terms: tuple[Term, ...] = ()
    """All of them must occur."""
    filters: tuple[Asked, ...] = ()


def parse(text: str) -> Query:
    """Understand what was typed."""
    terms: list[Term] = []
    filters: list[Asked] = []
    for piece in _PIECE.finditer(text):
        found = _filter(piece)
        if found is not None:
            if found.values:
                filters.append(found)
            continue
        quoted = piece[1]
        made = term(piece[0]) if quoted is None else term(quoted, open=not piece[2])
        if made is not None:
            terms.append(made)
    return Query(tuple(terms), tuple(filters))


def _filter(piece: re.Match[str]) -> Asked | None:
    found = None if piece[1] is not None else _FILTER.fullmatch(piece[0])
    if found is None:
        return None
    values = found[2].lower().split(",")
    return Asked(_NAMES[found[1].lower()], tuple(value for value in values if value))


def with_filter(text: str, name: str, value: str) -> str:
    """The text with another value for a filter; an empty one takes the filter out.

    Filters then stand first, in a fixed order; the words behind them stay as they were typed.
    """
    kept: list[tuple[int, str]] = []
    end, words = 0, ""
    for start, stop, found in _filters(text):
        words += text[end:start]
        end = stop
        if found.name != name:
            kept.append((FILTERS.index(found.name), text[start:stop]))
    words = re.sub(r"\s+", " ", words + text[end:]).lstrip()
    if value:
        kept.append((FILTERS.index(name), f"{name}:{value}"))
    written = [each for _, each in sorted(kept, key=lambda each: each[0])]
    return " ".join([*written, words])


def _filters(text: str) -> Iterator[tuple[int, int, Asked]]:
    for piece in _PIECE.finditer(text):
        found = _filter(piece)
        if found is not None:
            yield piece.start(), piece.end(), found


def completed(text: str, valid: Mapping[str, Sequence[str]]) -> str | None:
    """The text with the filter at its end completed; None if there is nothing to complete.

    Args:
        text: what was typed, up to the cursor.
        valid: the values of each filter.
    """
    *_, (start, stop, found) = [*_filters(text)] or [(0, -1, Asked("", ()))]
    if stop != len(text):
        return None
    begun = text[start:].rpartition(":")[2].rpartition(",")[2]
    for value in valid.get(found.name, ()):
        if value.startswith(begun.lower()) and value != begun:
            return text + value[len(begun) :]
    return None
