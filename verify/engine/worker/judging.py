"""Judging candidates: by the laws of an exercise, each candidate in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from verify.engine.protocol import Ended, FromChild, Order, Test, Tried
from verify.engine.trial import Role, Step
from verify.engine.worker.telling import LONGEST, class_name, frames, told
from verify.laws.battery.exercise import Exercise
from verify.laws.battery.partner import Gone, Partner, forked, spawned
from verify.laws.battery.serving import defined
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
        self._source: tuple[Any, ...] = ()
        self._exercise: Exercise | None = None
        self._warm: Partner | None = None

    def close(self) -> None:
        """End the process that is kept for the next candidate."""
        if self._warm is not None:
            self._warm.end()
            self._warm = None

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
        self._source = (step.code, path, step.line, list(self._order.trial.forbid))
        self._exercise = defined(*self._source)

    def _partner(self, exercise: Exercise) -> Partner:
        """A process for a candidate: a fork, or one that is made as it was in between."""
        warm, self._warm = self._warm, None
        if warm is not None:
            return warm
        if self._order.forks:
            return forked(exercise, self._order.device, replaced)
        return spawned("verify.engine.worker.candidate", self._source, self._order.device)

    def _candidate(self, step: Step, path: str, began: float) -> Ended:
        exercise = self._exercise
        if exercise is None:
            return self._ended(step, began, "unverified", "there is no exercise to judge it by")
        partner = self._partner(exercise)
        try:
            answer = partner.load(step.code, path, step.line)
            if answer.kind == "loaded":
                return self._by_laws(step, exercise, partner, began)
            outcome = "failed" if answer.kind == "missing" else "raised"
            return self._ended(step, began, outcome, answer.text, answer.error, answer.line)
        except Gone as gone:
            return self._ended(step, began, "crashed", f"while it was loaded, {gone}")
        finally:
            if partner.over():
                self._warm = partner

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
            refused = _fairness(partner)
            if refused is not None:
                self._report(Tried(order.token, step.fence, _test(refused)))
        if refused is None:
            return self._ended(step, began)
        why = f"{refused.law}: {refused.message}\n{refused.counterexample}"
        return self._ended(step, began, "failed", why, refused.error, refused.line)


def replaced() -> str:
    """The name of something of torch's, Python's or ours that is not as it was imported."""
    from verify.engine.worker.child import NOTED, mode_left_on

    return NOTED[0].changed() or mode_left_on()


def _fairness(partner: Partner) -> Finding | None:
    """What is to be said of a candidate that kept all laws and has replaced what they rest on."""
    try:
        found = partner.changed()
    except Gone as gone:
        return Finding("fair", "failed", 0.0, f"A solution leaves the process running; here {gone}")
    if not found:
        return None
    why = f"A solution leaves torch and Python as they are; here it replaced {found}"
    return Finding("fair", "failed", 0.0, why)


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
