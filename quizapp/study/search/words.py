"""What a word is, in a question and in what is typed.

A word is a run of letters, digits and underscores, in lower case and without accents.  It is found
by its beginning, and so is each of its parts: ``graph`` finds ``retain_graph`` and ``norm`` finds
``LayerNorm``, while ``no_grad`` does not find "no gradient".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

_WORD = re.compile(r"\w+")
_PARTS = re.compile(r"_+(?=[^_])|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
"""Where a part of a name begins: after underscores, and at the humps of a camel."""


class Word(NamedTuple):
    """A word as it is searched for."""

    text: str
    """Folded; empty if nothing is left."""
    parts: tuple[str, ...]
    """What follows each place where a part begins, folded."""


class _Words(dict[str, Word]):
    """Words by how they are written; a bank repeats its few thousand all the time."""

    def __missing__(self, written: str) -> Word:
        ends = [found.end() for found in _PARTS.finditer(written)]
        parts = [fold(written[end:]) for end in ends if end]
        word = self[written] = Word(fold(written), tuple(part for part in parts if part))
        return word


_WORDS = _Words()


def fold(text: str) -> str:
    """A word in lower case, without accents and signs."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in plain if sign.isalnum() or sign == "_")


def words_of(text: str) -> list[Word]:
    """The words of a text, in order."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)  # so that an accent does not end a word
    found = [_WORDS[written] for written in _WORD.findall(text)]
    return found if text.isascii() else [word for word in found if word.text]


def joined(words: Iterable[Word]) -> str:
    """Words as one text, with a space between."""
    return " ".join([word.text for word in words])


def parts_of(words: Iterable[Word]) -> list[str]:
    """The parts of names among some words, each once."""
    return sorted({part for word in words for part in word.parts})


def key(*texts: str) -> str:
    """The texts of a question, such that a term is found in them if its needle is in this key."""
    read = [words_of(text) for text in texts]
    parts = parts_of(word for words in read for word in words)
    return "\n".join([f" {line} " for line in [*map(joined, read), *parts]])


class Term(NamedTuple):
    """One of the things that must all occur: a word, or words in a row."""

    words: tuple[str, ...]
    open: bool
    """Whether the last word may go on: not where the quotes around it are closed."""

    @property
    def needle(self) -> str:
        """What must be in the key of a text."""
        return f" {' '.join(self.words)}{'' if self.open else ' '}"


def term(written: str, *, open: bool = True) -> Term | None:
    """What somebody typed without a space, or between quotes; None if there is no word in it."""
    words = [word.text for word in words_of(written)]
    if len(words) == 1:  # the end of a name may be typed with the underscore before it
        words = [words[0].lstrip("_")]
    return Term(tuple(words), open) if any(words) else None


def word_spans(line: str) -> list[tuple[int, int, str]]:
    """Start, end and folded text of each word in a line."""
    return [(found.start(), found.end(), fold(found[0])) for found in _WORD.finditer(line)]


def begins(
    line: str, start: int, end: int, wanted: str, *, open: bool, parts: bool
) -> tuple[int, int] | None:
    """Where in the word from ``start`` to ``end`` the wanted letters stand; None if nowhere.

    Args:
        line: the text around the word.
        start: of the word.
        end: of the word.
        wanted: the word looked for, or its beginning.
        open: whether a beginning is enough.
        parts: whether the parts of the word are looked at too.
    """
    written = line[start:end]
    offsets = [0, *(found.end() for found in _PARTS.finditer(written))] if parts else [0]
    for offset in offsets:
        text = fold(written[offset:])
        if text.startswith(wanted) if open else text == wanted:
            length = len(wanted) if written.isascii() else len(written) - offset
            return start + offset, start + offset + length
    return None
