"""Verdicts on an exercise and on the solutions, mistakes and starter that its answer holds."""

from __future__ import annotations

from verify.bank.model import Check, CheckKind, Outcome
from verify.engine.plan import Plan
from verify.engine.protocol import Ended
from verify.engine.running import Limits, Record
from verify.engine.silence import clean, silence
from verify.engine.verdicts import CheckVerdict

JUDGED = (CheckKind.PROPERTY, CheckKind.SOLUTION, CheckKind.WRONG, CheckKind.STARTER)
"""Kinds of checks that are settled where candidates are judged."""

_NO_MISTAKE = (
    "NameError",
    "ImportError",
    "ModuleNotFoundError",
    "UnboundLocalError",
    "SyntaxError",
)
"""What is raised by code that is no solution at all."""


def judge_candidate(plan: Plan, check: Check, judged: Record, limits: Limits) -> CheckVerdict:
    """Give a verdict on one fence of a coding answer."""
    ended = judged.steps.get(check.fence)
    output = clean(judged.output.get(check.fence, ""))
    if check.beyond is not None:
        return CheckVerdict(check, check.beyond, 0.0, check.reason)
    if ended is None:
        outcome, why = silence(plan, judged, check.fence, limits)
        return CheckVerdict(check, outcome, 0.0, why, output)
    message = clean(ended.message)
    outcome = Outcome(ended.outcome)
    if outcome in (Outcome.SKIPPED, Outcome.UNVERIFIED) or message.startswith("the exercise: "):
        return CheckVerdict(check, outcome, ended.seconds, message, output, ended.line)
    if check.kind in (CheckKind.WRONG, CheckKind.STARTER):
        outcome, message = _of_the_rejected(check, judged, ended, message)
        line = ended.line if outcome.bad else 0
        return CheckVerdict(check, outcome, ended.seconds, message, output, line)
    laws = 0
    if check.kind is CheckKind.PROPERTY:
        laws = max(map(len, judged.tried.values()), default=0)
    return CheckVerdict(check, outcome, ended.seconds, message, output, ended.line, laws)


def _of_the_rejected(
    check: Check, judged: Record, ended: Ended, message: str
) -> tuple[Outcome, str]:
    """Of what is to be rejected, whether it was, and by a law."""
    by_law = any(test.outcome == "failed" for test in judged.tried.get(check.fence, ()))
    if ended.outcome == "passed":
        return Outcome.FAILED, "the judge accepts it"
    if check.kind is CheckKind.STARTER:
        return (Outcome.PASSED, "") if by_law else (Outcome.FAILED, f"it does not load: {message}")
    if not by_law:
        return Outcome.FAILED, f"it does not load, so no law rejects it: {message}"
    if ended.error in _NO_MISTAKE:
        return Outcome.FAILED, f"it is rejected for a wrong reason: {message}"
    return Outcome.PASSED, message
