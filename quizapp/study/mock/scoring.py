"""How an interview is scored.

The score is the part of the whole interview that was known.  Each question weighs as much as the
minutes it was given, times what its level is worth; the share of it that was right counts, and
what was passed over or not reached counts as not known.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from quizapp.study.mock.state import Asked

LEVEL_WORTH = {"junior": 1.0, "mid": 1.25, "senior": 1.5}
"""What a minute at a level weighs."""

READY = 0.75
"""The score from which one is ready, if no kind is below ``LEAST_KIND``."""

NEARLY = 0.55
LEAST_KIND = 0.5

HOW_IT_IS_SCORED = (
    "Each question weighs as much as the minutes it was given, half as much again at senior level "
    "and a quarter more at mid level; the share of it that was right counts. What was passed over "
    "or not reached counts as not known. Ready is 75 % or more with no kind below 50 %; nearly "
    "ready is 55 % or more."
)
"""The same in plain words, for who reads a scorecard."""


class Readiness(StrEnum):
    """What an interviewer would say of it."""

    READY = "ready"
    NEARLY = "nearly ready"
    NOT_YET = "not yet ready"


def weight(asked: Asked) -> float:
    """What a question weighs."""
    return asked.minutes * LEVEL_WORTH[asked.level]


def readiness(score: float, kinds: Iterable[float]) -> Readiness:
    """The word for a score.

    Args:
        score: of the whole.
        kinds: of each kind that was asked.
    """
    if score >= READY and all(each >= LEAST_KIND for each in kinds):
        return Readiness.READY
    return Readiness.NEARLY if score >= NEARLY else Readiness.NOT_YET
