"""Running one fence and saying how it came out, in terms of its Markdown lines."""

from __future__ import annotations

import linecache
import time
import traceback
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import torch
from hypothesis import seed as with_seed

from verify.engine.plan import Step
from verify.engine.protocol import Ended, Test

_SHOWS = ("Falsifying example", "Failing test case")
"""How Hypothesis begins the note that shows a counterexample: earlier, and now."""

_LONGEST = 4000
"""Characters of a message that are worth reading."""


class Runner:
    """Runs the steps of one trial in one namespace.

    Args:
        path: the Markdown file, which tracebacks name.
        namespace: globals of the fences.
        reseed: seeds every generator; called before each property test, so that a test's
            verdict does not depend on what ran before it.
    """

    def __init__(
        self, path: str, namespace: dict[str, Any], reseed: Callable[[int], None], seed: int = 0
    ) -> None:
        self._path = path
        self._namespace = namespace
        self._reseed = reseed
        self._seed = seed

    def run(self, step: Step, token: str) -> Ended:
        """Run a step; whatever its code raises is an outcome."""
        began = time.perf_counter()
        error, caught = self._execute(step)
        outcome, message = self._judge(step, error, caught)
        line = self._line(error) if error is not None and outcome != "passed" else 0
        tests: tuple[Test, ...] = ()
        if outcome == "passed":
            tests = tuple(self._test(name) for name in step.tests)
        return Ended(
            token=token,
            fence=step.fence,
            outcome=outcome,
            seconds=time.perf_counter() - began,
            message=message[:_LONGEST],
            error=type(error).__name__ if error is not None else "",
            line=line,
            tests=tests,
        )

    def _execute(self, step: Step) -> tuple[BaseException | None, list[warnings.WarningMessage]]:
        padding = "\n" * (step.line - 1)
        caught: list[warnings.WarningMessage] = []
        try:
            code = compile(padding + step.code, self._path, "exec", dont_inherit=True)
            with warnings.catch_warnings(record=step.warns is not None) as recorded:
                warnings.simplefilter("always")
                try:
                    exec(code, self._namespace)
                finally:
                    caught = recorded or []
        except BaseException as error:
            return error, caught
        return None, caught

    def _judge(
        self,
        step: Step,
        error: BaseException | None,
        caught: Sequence[warnings.WarningMessage],
    ) -> tuple[str, str]:
        if step.raises is not None:
            if error is None:
                return "failed", f"raised nothing; expected {step.raises}"
            if not _matches(step.raises, type(error), str(error)):
                return "failed", f"raised {_said(error)}; expected {step.raises}"
        elif error is not None:
            return "out-of-memory" if _starved(error) else "raised", _said(error)
        if step.warns is not None and not any(
            _matches(step.warns, item.category, str(item.message)) for item in caught
        ):
            said = "; ".join(f"{w.category.__name__}: {_first(str(w.message))}" for w in caught)
            return "failed", f"warned {said or 'of nothing'}; expected {step.warns}"
        return "passed", ""

    def _test(self, name: str) -> Test:
        began = time.perf_counter()
        test = self._namespace.get(name)
        outcome, message, line = "passed", "", 0
        if not callable(test):
            outcome, message = "failed", f"{name} is no function"
        else:
            if hasattr(test, "hypothesis"):
                test = with_seed(self._seed)(test)
            self._reseed(self._seed)
            try:
                test()
            except BaseException as error:
                outcome, message, line = "failed", _counterexample(error), self._line(error)
        seconds = time.perf_counter() - began
        return Test(name, outcome, seconds, message[:_LONGEST], line)

    def _line(self, error: BaseException) -> int:
        """The innermost line of the Markdown file that an error passed through."""
        if isinstance(error, SyntaxError) and error.filename == self._path:
            return error.lineno or 0
        frames = traceback.extract_tb(error.__traceback__)
        return next((f.lineno or 0 for f in reversed(frames) if f.filename == self._path), 0)


def prime_linecache(path: str, steps: Sequence[Step]) -> None:
    """Let tracebacks and ``inspect`` see the fences at their Markdown lines."""
    lines: list[str] = []
    for step in steps:
        lines += ["\n"] * (step.line - 1 - len(lines))
        lines += step.code.splitlines(keepends=True)
    linecache.cache[path] = (sum(map(len, lines)), None, lines, path)


def _matches(wanted: str, kind: type[BaseException], message: str) -> bool:
    """Whether an error is of the class wanted, or one below it, and says the part wanted."""
    name, _, part = (text.strip() for text in wanted.partition(":"))
    names = {base.__name__ for base in kind.__mro__}
    names |= {f"{base.__module__}.{base.__qualname__}" for base in kind.__mro__}
    return name in names and part in message


def _starved(error: BaseException) -> bool:
    """Whether an error is a refused allocation; torch's on the CPU is a plain RuntimeError."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)


def _said(error: BaseException) -> str:
    text = str(error).strip()
    name = type(error).__name__
    return f"{name}: {text}" if text else name


def _first(text: str) -> str:
    return text.strip().split("\n", 1)[0][:200]


def _counterexample(error: BaseException) -> str:
    """The falsifying example first, then what went wrong with it."""
    notes = [note for note in getattr(error, "__notes__", ()) if note.startswith(_SHOWS)]
    said = _said(error)
    if isinstance(error, AssertionError) and said == "AssertionError":
        frames = traceback.extract_tb(error.__traceback__)
        said = f"assertion failed: {frames[-1].line}" if frames and frames[-1].line else said
    return "\n".join([*notes, said])
