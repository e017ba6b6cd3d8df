"""Calibration: how sure the person said to be, against how often the answer was right."""

from __future__ import annotations

from enum import StrEnum
from math import sqrt

import msgspec

from quizapp.study.confidence import STEPS, nearest
from quizapp.study.grading import GOOD_SHARE
from quizapp.study.marks import Mark, Point
from quizapp.study.statistics.history import Given, History
from quizapp.study.statistics.retention import FEW

_SURE = 1.645
"""Standard deviations that hold nine tenths of what chance does."""

_POINTS = msgspec.json.Decoder(tuple[Point, ...])


class Judgement(StrEnum):
    """What the answers say about how sure the person is."""

    FEW = "few"
    """Too few answers to say."""
    OVER = "over"
    """Right less often than said, and more than chance explains."""
    UNDER = "under"
    """Right more often than said, and more than chance explains."""
    FAIR = "fair"
    """About as often as said."""


class CalibrationStep(msgspec.Struct, frozen=True):
    """The answers of which the same was said."""

    words: str
    said: float
    """The share of them that should be right."""
    answers: int
    right: int
    judgement: Judgement

    @property
    def share(self) -> float | None:
        """The share that was right; None if there were too few answers to say."""
        return self.right / self.answers if self.answers >= FEW else None


class Calibration(msgspec.Struct, frozen=True):
    """All answers of which it was said how sure the person was."""

    answers: int
    right: int
    said: float | None
    """The mean of what was said; None if nothing was."""
    judgement: Judgement
    """Of all together."""
    steps: tuple[CalibrationStep, ...]
    """Every step, the least sure first."""


def calibration(given: History) -> Calibration:
    """Count the answers that were right, by how sure the person was."""
    counts = {step.said: [0, 0] for step in STEPS}
    answers = right = 0
    said = 0.0
    for each in given:
        if each.confidence is None:
            continue
        good = was_right(each)
        count = counts[nearest(each.confidence).said]
        count[0] += 1
        count[1] += good
        answers, right, said = answers + 1, right + good, said + each.confidence
    return Calibration(
        answers=answers,
        right=right,
        said=said / answers if answers else None,
        judgement=judge(answers, right, said / answers if answers else 0.0),
        steps=tuple(
            CalibrationStep(step.words, step.said, count, good, judge(count, good, step.said))
            for step in STEPS
            for count, good in (counts[step.said],)
        ),
    )


def was_right(given: Given) -> bool:
    """Whether an answer was what the person was sure of.

    Hardly anybody says every point of a rubric, so there two thirds are right, as they are for the
    proposed grade, if the first and decisive one is among them.
    """
    if given.mark == Mark.RIGHT:
        return True
    if given.share < GOOD_SHARE or given.points == "[]":
        return False
    return _POINTS.decode(given.points)[0].made


def judge(answers: int, right: int, said: float) -> Judgement:
    """Whether so many right answers fit to what was said.

    Source: the score interval of Wilson, "Probable inference, the law of succession, and
    statistical inference", 1927, which holds for few answers too.
    """
    if answers < FEW:
        return Judgement.FEW
    share, spread = right / answers, _SURE * _SURE / answers
    middle = (share + spread / 2) / (1 + spread)
    half = sqrt(share * (1 - share) * spread + spread * spread / 4) / (1 + spread)
    if said > middle + half:
        return Judgement.OVER
    return Judgement.UNDER if said < middle - half else Judgement.FAIR
