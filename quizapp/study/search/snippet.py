"""The line of a question that says why it was found."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from quizapp.study.search.texts import Texts
from quizapp.study.search.words import Term, begins, key, word_spans

_STRUCTURE = re.compile(r"(?:\s*(?:[-*+>]|\d+[.)]|#+|[a-z]:(?=\s\"))\s+)*")
_STRONG = re.compile(r"\*\*(?=\S)([^*]+)(?<=\S)\*\*")


class Passage(NamedTuple):
    """A line, and what was found in it."""

    where: str
    """``question`` or ``answer``; empty if there is no line at all."""
    line: str
    """Without marks of structure."""
    spans: tuple[tuple[int, int], ...]
    """Where the terms stand in it: start and end, in order; empty if they stand elsewhere."""


def passage(texts: Texts, terms: Sequence[Term], title: str = "") -> Passage:
    """The line in which most of the terms occur, of the question rather than of the answer.

    Without terms, and where they occur in the title alone: the first line of the question.

    Args:
        texts: of the question.
        terms: what was searched for.
        title: what the reader sees beside the line; what is found there need not be found again.
    """
    title_key = key(title)
    wanted = [term for term in terms if term.needle not in title_key] or terms
    best, most = Passage("", "", ()), 0
    for where, text in zip(("question", "answer"), texts, strict=True):
        for line in _candidates(text, wanted):
            line_key = key(line)
            held = sum(term.needle in line_key for term in wanted)
            if held > most:
                plain = _plain(line)
                best, most = Passage(where, plain, spans(plain, terms)), held
    if most:
        return best
    lines = (_plain(line) for line in texts.prompt.split("\n"))
    first = next((line for line in lines if line), "")
    return Passage("question" if first else "", first, ())


def cropped(found: Passage, room: int) -> Passage:
    """A passage cut to so many signs, such that the first thing found is among them."""
    line, shift = found.line, 0
    if len(line) <= room:
        return found
    start, end = found.spans[0] if found.spans else (0, 0)
    if end >= room:  # a third of the room is for what comes before
        shift = max(0, min(start - room // 3, len(line) - room))
    kept = line[shift : shift + room]
    kept = f"…{kept[1:]}" if shift else kept
    kept = f"{kept[:-1]}…" if shift + room < len(line) else kept
    least = 1 if shift else 0
    moved = [(max(least, start - shift), min(room, end - shift)) for start, end in found.spans]
    return Passage(found.where, kept, tuple(span for span in moved if span[0] < span[1]))


def _candidates(text: str, terms: Sequence[Term]) -> Iterator[str]:
    """The lines that may hold a term; then pairs of lines, for a phrase may go over an end."""
    lines = text.split("\n")
    first = {term.words[0] for term in terms}
    may = [not low.isascii() or any(word in low for word in first) for low in map(str.lower, lines)]
    yield from (line for line, good in zip(lines, may, strict=True) if good)
    if any(len(term.words) > 1 for term in terms):
        for number, good in enumerate(may[:-1]):
            if good:
                yield f"{lines[number]} {lines[number + 1].strip()}"


def _plain(line: str) -> str:
    structure = _STRUCTURE.match(line)
    line = line[structure.end() if structure else 0 :].strip()
    if len(line) > 1 and line[0] == line[-1] == '"':  # a value of front matter
        line = line[1:-1]
    return " ".join(_STRONG.sub(r"\1", line.replace("`", "")).split())


def spans(line: str, terms: Sequence[Term]) -> tuple[tuple[int, int], ...]:
    """Where terms stand in a line: what was typed of a word, or all of a phrase."""
    words = word_spans(line)
    found: list[tuple[int, int]] = []
    for term in terms:
        *before, last = term.words
        for place in range(len(before), len(words)):
            start, end, _ = words[place]
            row = words[place - len(before) : place]
            if [text for _, _, text in row] != before:
                continue
            stretch = begins(line, start, end, last, open=term.open, parts=not before)
            if stretch is not None:
                found.append((row[0][0] if row else stretch[0], stretch[1]))
    return tuple(_apart(sorted(found)))


def _apart(found: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Stretches without those that overlap, which are joined."""
    while found:
        start, end = found.pop(0)
        while found and found[0][0] <= end:
            end = max(end, found.pop(0)[1])
        yield start, end
