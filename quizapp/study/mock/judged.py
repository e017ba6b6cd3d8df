"""From the verdict of the judge to a mark, for an interview."""

from __future__ import annotations

from quizapp.study.grading import Graded
from quizapp.study.marks import Mark, Rating
from verify.bank.model import Kind

PARTLY_SHARE = 0.5
"""The share of laws from which code that was not accepted is partly right."""


def grade_judged(kind: Kind, kept: int, laws: int, *, failures: int = 0) -> Graded:
    """What the best attempt is worth.

    Args:
        kind: of the question, code or bug.
        kept: laws that it keeps.
        laws: of how many, at least one; who keeps all of them is accepted.
        failures: how often the judge rejected an attempt.
    """
    if kept == laws:
        return Graded(kind, Mark.RIGHT, 1.0, Rating.GOOD if failures else Rating.EASY)
    share = kept / laws
    if share >= PARTLY_SHARE:
        return Graded(kind, Mark.PARTLY, share, Rating.HARD)
    return Graded(kind, Mark.WRONG, share, Rating.AGAIN)
