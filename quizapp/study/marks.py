"""The words for how an answer went."""

from __future__ import annotations

from enum import IntEnum, StrEnum

import msgspec


class Mark(StrEnum):
    """The verdict on one answer."""

    RIGHT = "right"
    PARTLY = "partly"
    WRONG = "wrong"
    SKIPPED = "skipped"

    @property
    def symbol(self) -> str:
        """One character that tells the mark without colour."""
        return _SYMBOLS[self]


_SYMBOLS = {Mark.RIGHT: "✓", Mark.PARTLY: "~", Mark.WRONG: "✗", Mark.SKIPPED: "–"}


class Rating(IntEnum):
    """How well it was known; the numbers are those of FSRS and of the keys."""

    AGAIN = 1
    HARD = 2
    GOOD = 3
    EASY = 4


class Point(msgspec.Struct, frozen=True):
    """One line of a rubric, as it read when it was ticked."""

    text: str
    made: bool
