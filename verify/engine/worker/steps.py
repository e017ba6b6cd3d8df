"""Running one fence and saying how it came out, in terms of its Markdown lines."""

from __future__ import annotations

import ast
import linecache
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from types import CodeType
from typing import Any

from verify.engine.protocol import Ended, Test
from verify.engine.trial import Role, Step
from verify.engine.worker.telling import (
    LONGEST,
    class_name,
    class_names,
    frames,
    last_source_line,
    notes,
    text_of,
    told,
    traceback_of,
)

_SHOWS = ("Falsifying example", "Failing test case")
"""How Hypothesis begins the note that shows a counterexample: earlier, and now."""

# Bound here, before the code under test can replace them:
_clock = time.perf_counter
_catch_warnings, _simplefilter = warnings.catch_warnings, warnings.simplefilter
_untrace, _unprofile = sys.settrace, sys.setprofile


class Runner:
    """Runs the steps of one trial in one namespace.

    Args:
        path: the Markdown file, which tracebacks name where a step names no other.
        namespace: globals of the fences.
        reseed: seeds every generator; called before each property test, so that a test's
            verdict does not depend on what ran before it.
        with_seed: Hypothesis's decorator of that purpose; None where it is not loaded.
        seed: for both.
    """

    def __init__(
        self,
        path: str,
        namespace: dict[str, Any],
        reseed: Callable[[int], None],
        with_seed: Callable[[int], Callable[[Any], Any]] | None,
        seed: int,
    ) -> None:
        self._path = path
        self._namespace = namespace
        self._reseed = reseed
        self._with_seed = with_seed
        self._seed = seed

    def run(self, step: Step, token: str) -> Ended:
        """Run a step; whatever its code raises is an outcome."""
        began = _clock()
        error, caught = self._execute(step)
        outcome, message = self._judge(step, error, caught)
        path = step.path or self._path
        line = _line(error, path) if error is not None and outcome != "passed" else 0
        tests: tuple[Test, ...] = ()
        if outcome == "passed":
            tests = tuple(self._test(name, path) for name in step.tests)
        return Ended(
            token=token,
            fence=step.fence,
            outcome=outcome,
            seconds=_clock() - began,
            message=message[:LONGEST],
            error=class_name(type(error)) if error is not None else "",
            line=line,
            tests=tests,
            trace=traceback_of(error) if error is not None and step.role is Role.FREE else "",
        )

    def _execute(self, step: Step) -> tuple[BaseException | None, list[warnings.WarningMessage]]:
        caught: list[warnings.WarningMessage] = []
        try:
            code, value = _compiled(step, step.path or self._path)
            with _catch_warnings(record=step.warns is not None) as recorded:
                _simplefilter("always")
                try:
                    exec(code, self._namespace)
                    if value is not None:
                        _show(eval(value, self._namespace))
                finally:
                    _untrace(None)
                    _unprofile(None)
                    caught = list(recorded or [])
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
            if not _matches(step.raises, type(error), text_of(error)):
                return "failed", f"raised {told(error)}; expected {step.raises}"
        elif error is not None:
            return "out-of-memory" if _starved(error) else "raised", told(error)
        if step.warns is not None and not any(
            _matches(step.warns, item.category, text_of(_warning(item))) for item in caught
        ):
            said = "; ".join(
                f"{class_name(w.category)}: {_first(text_of(_warning(w)))}" for w in caught
            )
            return "failed", f"warned {said or 'of nothing'}; expected {step.warns}"
        return "passed", ""

    def _test(self, name: str, path: str) -> Test:
        began = _clock()
        test = self._namespace.get(name)
        outcome, message, line = "passed", "", 0
        if not callable(test):
            outcome, message = "failed", f"{name} is no function"
        else:
            if self._with_seed and hasattr(test, "hypothesis"):
                test = self._with_seed(self._seed)(test)
            self._reseed(self._seed)
            try:
                given = test()
                if given is not None:  # a generator or a coroutine, whose body has not run
                    outcome, message = "failed", f"{name} returned a {type(given).__name__}"
            except BaseException as error:
                outcome, message, line = "failed", _counterexample(error), _line(error, path)
        seconds = _clock() - began
        return Test(name, outcome, seconds, message[:LONGEST], line)


def _compiled(step: Step, path: str) -> tuple[CodeType, CodeType | None]:
    """The code of a step; of a free one its last expression apart, whose value is to be shown."""
    source = "\n" * (step.line - 1) + step.code
    if step.role is Role.FREE:
        tree = compile(source, path, "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
        assert isinstance(tree, ast.Module)
        if tree.body and isinstance(last := tree.body[-1], ast.Expr):
            tree.body.pop()
            value = compile(ast.Expression(last.value), path, "eval", dont_inherit=True)
            return compile(tree, path, "exec", dont_inherit=True), value
    return compile(source, path, "exec", dont_inherit=True), None


def _show(value: object) -> None:
    """Print a value as a console does."""
    if value is not None:
        print(repr(value))  # noqa: T201  (to who wrote the code)


def _line(error: BaseException, path: str) -> int:
    """The innermost line of a file that an error passed through."""
    ours = type(error) is SyntaxError or type(error) is IndentationError
    if ours and error.filename == path:  # type: ignore[attr-defined]
        return int(error.lineno or 0)  # type: ignore[attr-defined]
    passed = reversed(frames(error))
    return next((line for f, line in passed if f.f_code.co_filename == path), 0)


def prime_linecache(path: str, steps: Sequence[Step]) -> None:
    """Let tracebacks and ``inspect`` see the fences at the lines of their files.

    Args:
        path: of the steps that name no other.
        steps: in the order of their lines.
    """
    files: dict[str, list[str]] = {path: []}
    for step in steps:
        lines = files.setdefault(step.path or path, [])
        lines += ["\n"] * (step.line - 1 - len(lines))
        lines += step.code.splitlines(keepends=True)
    for name, lines in files.items():
        linecache.cache[name] = (sum(map(len, lines)), None, lines, name)


def _matches(wanted: str, kind: type[BaseException], message: str) -> bool:
    """Whether an error is of the class wanted, or one below it, and says the part wanted."""
    name, _, part = (text.strip() for text in wanted.partition(":"))
    return name in class_names(kind) and part in message


def _starved(error: BaseException) -> bool:
    """Whether an error is a refused allocation; torch's on the CPU is a plain RuntimeError."""
    names = class_names(type(error))
    if names & {"MemoryError", "OutOfMemoryError"}:
        return True
    return "RuntimeError" in names and "can't allocate memory" in text_of(error)


def _warning(item: warnings.WarningMessage) -> BaseException:
    return item.message if isinstance(item.message, BaseException) else Warning(item.message)


def _first(text: str) -> str:
    return text.strip().split("\n", 1)[0][:200]


def _counterexample(error: BaseException) -> str:
    """The falsifying example first, then what went wrong with it."""
    shown = [note for note in notes(error) if note.startswith(_SHOWS)]
    said = told(error)
    if said == "AssertionError":
        said = f"assertion failed: {last_source_line(error)}".removesuffix(": ")
    return "\n".join([*shown, said])
