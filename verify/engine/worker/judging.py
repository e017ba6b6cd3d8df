"""Judging candidates: by the laws of an exercise, each candidate in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import torch

from verify.engine.protocol import Ended, FromChild, Order, Test, Tried
from verify.engine.trial import Role, Step
from verify.engine.worker.telling import LONGEST, class_name, frames, told
from verify.laws.battery.exercise import Exercise
from verify.laws.battery.partner import Gone, Partner
from verify.laws.battery.trying import ExerciseError, Finding, try_law


class JudgeRunner:
    """Runs the steps of one trial that are no cells.

    Args:
        order: of the trial.
        report: tells the parent of each law that was tried.
    """

    def __init__(self, order: Order, report: Callable[[FromChild], None]) -> None:
        self._order = order
        self._report = report
        self._namespace: dict[str, Any] = {"__name__": "exercise"}
        self._exercise: Exercise | None = None

    def run(self, step: Step) -> Ended:
        """Run a step; whatever its code does is an outcome."""
        began = time.perf_counter()
        path = step.path or self._order.trial.path
        try:
            if step.role is Role.EXERCISE:
                self._define(step, path)
                ended = self._ended(step, began)
            else:
                ended = self._candidate(step, path, began)
        except BaseException as error:
            passed = reversed(frames(error))
            line = next((n for f, n in passed if f.f_code.co_filename == path), 0)
            name = class_name(type(error))
            why = str(error) if isinstance(error, ExerciseError) else told(error)
            ended = self._ended(step, began, "raised", f"the exercise: {why}", name, line)
        return ended

    def _ended(
        self,
        step: Step,
        began: float,
        outcome: str = "passed",
        message: str = "",
        error: str = "",
        line: int = 0,
    ) -> Ended:
        seconds = time.perf_counter() - began
        text = message[:LONGEST]
        return Ended(self._order.token, step.fence, outcome, seconds, text, error, line)

    def _define(self, step: Step, path: str) -> None:
        padding = "\n" * (step.line - 1)
        exec(compile(padding + step.code, path, "exec", dont_inherit=True), self._namespace)
        found = self._namespace.get("exercise")
        if not isinstance(found, Exercise):
            raise ExerciseError("the fence does not define `exercise`")
        found.forbid(self._order.trial.forbid)
        self._exercise = found

    def _candidate(self, step: Step, path: str, began: float) -> Ended:
        exercise = self._exercise
        if exercise is None:
            return self._ended(step, began, "unverified", "there is no exercise to judge it by")
        partner = Partner(exercise, torch.get_default_device().type)
        try:
            answer = partner.load(step.code, path, step.line)
            if answer.kind == "loaded":
                return self._by_laws(step, exercise, partner, began)
            outcome = "failed" if answer.kind == "missing" else "raised"
            return self._ended(step, began, outcome, answer.text, answer.error, answer.line)
        except Gone as gone:
            return self._ended(step, began, "crashed", f"while it was loaded, {gone}")
        finally:
            partner.end()

    def _by_laws(self, step: Step, exercise: Exercise, partner: Partner, began: float) -> Ended:
        refused: Finding | None = None
        order = self._order
        for number in range(len(exercise.laws)):
            finding = try_law(exercise, number, partner, order.seed, order.examples / 100)
            self._report(Tried(order.token, step.fence, _test(finding)))
            if finding.outcome == "failed":
                refused = refused or finding
                if step.until_refused or finding.last:
                    break
        if refused is None:
            return self._ended(step, began)
        why = f"{refused.law}: {refused.message}\n{refused.counterexample}"
        return self._ended(step, began, "failed", why, refused.error, refused.line)


def _test(finding: Finding) -> Test:
    return Test(
        name=finding.law,
        outcome=finding.outcome,
        seconds=finding.seconds,
        message=finding.message[:LONGEST],
        line=finding.line,
        counterexample=finding.counterexample[:LONGEST],
        error=finding.error,
    )
