"""How a learner's code came out: law by law, whether the question is to be coded or mended."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from verify.bank.model import Item, Outcome
from verify.engine.plan import Plan
from verify.engine.protocol import Test
from verify.engine.running import Limits, Record
from verify.engine.silence import clean, silence
from verify.engine.trial import Trial
from verify.engine.verdicts import AnswerVerdict

LOADS = "loads"
"""The first law of all: the code runs, and defines what was asked for."""


class LawVerdict(msgspec.Struct, frozen=True):
    """How a learner's code came out of one law."""

    name: str
    outcome: Outcome
    seconds: float = 0.0
    message: str = ""
    """What a solution does and this one does not, in plain words."""
    counterexample: str = ""
    """Code that shows it, with what came out and what should have."""
    line: int = 0
    """Of the learner's file, where it raised; 0 if it did not."""


OnLaw = Callable[[LawVerdict], None]


class CodeVerdict(msgspec.Struct, frozen=True):
    """How a learner's code came out."""

    id: str
    path: Path
    seconds: float
    laws: tuple[LawVerdict, ...]

    @property
    def accepted(self) -> bool:
        """Whether it kept every law that could be tried."""
        return bool(self.laws) and not any(law.outcome.bad for law in self.laws)

    @property
    def refused(self) -> LawVerdict | None:
        """The first law that it did not keep."""
        return next((law for law in self.laws if law.outcome.bad), None)

    def as_json(self) -> dict[str, Any]:
        """A line of ``check --json``."""
        return {
            "id": self.id,
            "file": str(self.path),
            "accepted": self.accepted,
            "laws": [
                {
                    "name": law.name,
                    "verdict": law.outcome.value,
                    "message": law.message,
                    "counterexample": law.counterexample,
                }
                for law in self.laws
            ],
            "seconds": round(self.seconds, 3),
        }


def law_verdict(test: Test) -> LawVerdict:
    """What a worker reported of a law, fit to be shown."""
    return LawVerdict(
        clean(test.name),
        Outcome(test.outcome),
        test.seconds,
        clean(test.message),
        clean(test.counterexample),
        test.line,
    )


def judged_code(
    item: Item, path: Path, record: Record, step: int, seconds: float, limits: Limits
) -> CodeVerdict:
    """Give the verdict on code that was judged by the laws of an exercise.

    Args:
        item: the question.
        path: of the code's file.
        record: of the trial.
        step: the number that the code was run at.
        seconds: how long it took.
        limits: the trial's.
    """
    tried = tuple(map(law_verdict, record.tried.get(step, ())))
    ended = record.steps.get(step)
    if ended is None:
        plan = Plan(
            item.id, path, item.answer.fences, (), Trial(path="", steps=(), devices=()), None, -1
        )
        outcome, why = silence(plan, record, step, limits)
        laws = (*_loaded(tried), LawVerdict("ends", outcome, 0.0, why))
    elif tried:
        laws = _loaded(tried)
        if ended.outcome != "passed" and not any(law.outcome.bad for law in tried):
            # It is the exercise that went wrong, and who cannot judge does not accept.
            why = clean(ended.message)
            laws = (*laws, LawVerdict("judging", Outcome(ended.outcome), 0.0, why))
    else:
        outcome = Outcome(ended.outcome)
        message = clean(ended.message)
        laws = (LawVerdict(LOADS, outcome, ended.seconds, message, "", ended.line),)
    return CodeVerdict(item.id, path, seconds, laws)


def _loaded(tried: tuple[LawVerdict, ...]) -> tuple[LawVerdict, ...]:
    return (LawVerdict(LOADS, Outcome.PASSED), *tried) if tried else ()


def judged_fix(
    item: Item, path: Path, fix: int, verdict: AnswerVerdict, seconds: float
) -> CodeVerdict:
    """Give the verdict on a program that was to be mended.

    Args:
        item: the question.
        path: of the program's file.
        fix: the number of the fence that it took the place of.
        verdict: on it and the checks that follow it.
        seconds: how long it took.
    """
    laws = []
    for check in verdict.checks:
        mine = check.check.fence == fix
        kind = check.check.name or f"{check.check.kind.value}, line {check.check.line}"
        line = check.line if mine else 0
        name = LOADS if mine else kind
        laws.append(LawVerdict(name, check.outcome, check.seconds, check.message, "", line))
    return CodeVerdict(item.id, path, seconds, tuple(laws))
