"""Verdicts made up for the tests of reports: no process, no torch."""

from __future__ import annotations

from pathlib import Path

from verify.bank.model import Check, CheckKind, Outcome
from verify.engine.verdicts import AnswerVerdict, CheckVerdict, Surroundings, worst

HERE = Surroundings("2.13.0+cpu", "3.11.7", "cpu", "CPU")


def check(
    outcome: Outcome = Outcome.PASSED,
    message: str = "",
    *,
    kind: CheckKind = CheckKind.PYTHON,
    name: str = "",
    line: int = 4,
    at: int = 0,
    fence: int = 0,
    output: str = "",
    seconds: float = 0.25,
) -> CheckVerdict:
    """One verdict; ``at`` is the line it went wrong at."""
    claim = Check(kind, line, fence, name)
    return CheckVerdict(claim, outcome, seconds, message, output, at)


def answer(
    *checks: CheckVerdict, identity: str = "topic/one", path: Path | None = None, seconds: float = 1
) -> AnswerVerdict:
    """The verdict of an answer with these checks."""
    file = path or Path(f"/pack/answers/{identity}.md")
    return AnswerVerdict(identity, file, worst(c.outcome for c in checks), seconds, checks)
