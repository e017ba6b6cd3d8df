"""Trying the laws of an exercise on a candidate that is in another process."""

from __future__ import annotations

import time
import zlib
from collections.abc import Mapping
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as with_seed
from hypothesis.errors import Flaky

from verify.laws.battery.agreement import Disagreement
from verify.laws.battery.exercise import Exercise, Law
from verify.laws.battery.partner import Answer, Gone, Partner
from verify.laws.battery.plain import encode
from verify.laws.forall import quiet_generator


class ExerciseError(BaseException):
    """The exercise itself is wrong: its cases, its reference or its laws.

    No Exception, so that Hypothesis does not take it for something about the candidate.
    """


class Broken(AssertionError):  # noqa: N818  (a finding, not an error)
    """A candidate does not keep a law."""


class Finding:
    """How a candidate came out of one law.

    Args:
        law: its name.
        outcome: ``passed``, ``failed`` or ``skipped``.
        seconds: how long it took to find out.
        message: what is wrong, in plain words.
        counterexample: the smallest input that shows it, as code; with what came out and what
            should have.
        line: of the candidate's source, where it raised; 0 if it did not.
        error: the class of what it raised.
        last: whether the candidate's process is gone, so that no other law can be tried.
    """

    def __init__(
        self,
        law: str,
        outcome: str,
        seconds: float,
        message: str = "",
        counterexample: str = "",
        line: int = 0,
        error: str = "",
        *,
        last: bool = False,
    ) -> None:
        self.last = last
        self.law, self.outcome, self.seconds = law, outcome, seconds
        self.message, self.counterexample, self.line = message, counterexample, line
        self.error = error


def try_law(exercise: Exercise, number: int, partner: Partner, seed: int, share: float) -> Finding:
    """Try one law on a candidate.

    Args:
        exercise: what it is of.
        number: of the law.
        partner: the process that has the candidate.
        seed: of the cases.
        share: of the law's examples to draw, 1 for all.

    Raises:
        ExerciseError: the exercise is wrong.
    """
    law = exercise.laws[number]
    began = time.perf_counter()
    trial = _Trial(law, number, partner, seed)

    @given(case=law.cases)
    def test(case: Mapping[str, Any]) -> None:
        trial.on(case)

    chosen = settings(
        max_examples=max(1, round(law.examples * share)),
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        report_multiple_bugs=False,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
    )
    failed = last = False
    try:
        chosen(with_seed(seed)(test))()
    except (Broken, Flaky):
        failed = True
    except Gone:
        failed = last = True
    except Exception as error:
        raise ExerciseError(f"law {law.name!r}: {type(error).__name__}: {error}") from error
    seconds = time.perf_counter() - began
    if failed:
        return trial.finding(seconds, last=last)
    if trial.untold and not trial.told:
        return Finding(law.name, "skipped", seconds, trial.untold)
    return Finding(law.name, "passed", seconds)


class _Trial:
    """Tries cases that Hypothesis draws; remembers the last that broke the law."""

    def __init__(self, law: Law, number: int, partner: Partner, seed: int) -> None:
        self._law, self._number, self._partner, self._seed = law, number, partner, seed
        self._case: Mapping[str, Any] = {}
        self._why = Disagreement("")
        self._answer = Answer("value")
        self.untold = ""
        self.told = False

    def on(self, case: Mapping[str, Any]) -> None:
        try:
            # A seed for each case, so that it comes out alike whenever it is tried, and chance
            # does not favour a candidate in all of them.
            seed = self._seed ^ zlib.crc32(encode(dict(case)))
            answer = self._partner.ask(self._number, seed, case)
        except Gone as gone:
            self._case, self._why, self._answer = case, Disagreement(str(gone)), Answer("gone")
            raise
        found: Disagreement | None = None
        if answer.kind == "untold" and self._law.may_not_tell:
            self.untold = answer.text
            return
        self.told = True
        if answer.kind == "raised":
            self._ask_reference(case)
            found = Disagreement(f"it raised {answer.text}")
        elif answer.kind != "value":
            found = Disagreement(answer.text)
        else:
            try:
                with quiet_generator(seed):
                    self._law.check(case, answer.value)
            except Disagreement as disagreement:
                found = disagreement
            except Exception as error:
                raise self._defect(error) from error
        if found is not None:
            self._case, self._why, self._answer = case, found, answer
            raise Broken  # raised here alone, so that Hypothesis makes one case of it smaller

    def _ask_reference(self, case: Mapping[str, Any]) -> None:
        """See that what a candidate cannot do the reference can."""
        if self._law.right is not None:
            try:
                self._law.right(**case)
            except Exception as error:
                raise self._defect(error) from error

    def _defect(self, error: Exception) -> ExerciseError:
        what = f"{type(error).__name__}: {error}"
        return ExerciseError(f"law {self._law.name!r}, for its reference: {what}")

    def finding(self, seconds: float, *, last: bool) -> Finding:
        law, why = self._law, self._why
        message = f"A solution {law.says}; here {why.why}" if why.why else f"A solution {law.says}"
        lines = [law.shown(self._case)]
        if why.expected or why.got:
            lines += [f"# expected  {_line(why.expected)}", f"# got       {_line(why.got)}"]
        return Finding(
            law.name,
            "failed",
            seconds,
            message,
            "\n".join(lines),
            self._answer.line,
            self._answer.error,
            last=last,
        )


def _line(text: str) -> str:
    return text.replace("\n", "\n#           ")
