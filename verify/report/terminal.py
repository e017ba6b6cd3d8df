"""Verdicts as text: a line for each answer, and below it what went wrong, where."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from verify.bank.model import Outcome
from verify.engine.verdicts import AnswerVerdict, CheckVerdict, Surroundings
from verify.report.machine import totals

_MARKS = {Outcome.PASSED: "✓", Outcome.SKIPPED: "~", Outcome.UNVERIFIED: "~"}
_COLOURS = {"✓": "32", "✗": "31", "~": "33"}


def shown_path(path: Path) -> str:
    """A path relative to the working folder where it lies below it."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def answer_lines(verdict: AnswerVerdict, *, colour: bool) -> Iterator[str]:
    """The line of an answer, and two or more for each check that did not pass."""
    mark = _MARKS.get(verdict.outcome, "✗")
    if colour:
        mark = f"\x1b[{_COLOURS[mark]}m{mark}\x1b[0m"
    yield f"{mark} {verdict.outcome.value:<10} {verdict.id}  {verdict.seconds:.2f} s"
    for check in verdict.checks:
        if check.outcome is not Outcome.PASSED:
            yield from _check_lines(verdict, check)


def _check_lines(verdict: AnswerVerdict, check: CheckVerdict) -> Iterator[str]:
    where = f"{shown_path(verdict.path)}:{check.at}"
    name = f" {check.check.name}" if check.check.name else ""
    first, *rest = check.message.split("\n") if check.message else [""]
    yield f"    {where}: {check.outcome.value} ({check.check.kind.value}{name}): {first}"
    for line in rest[:30]:
        yield f"        {line}"


def summary_line(
    verdicts: Sequence[AnswerVerdict], surroundings: Surroundings, seconds: float
) -> str:
    """One line: counts, where, how long."""
    counts = ", ".join(f"{count} {name}" for name, count in totals(verdicts).items()) or "no"
    answers = f"{len(verdicts)} answer{'' if len(verdicts) == 1 else 's'}"
    where = f"torch {surroundings.torch}, Python {surroundings.python}, {surroundings.device_name}"
    return f"{answers}: {counts} checks · {where} · {seconds:.1f} s"


class Progress:
    """A line on a terminal that is drawn over; nothing at all elsewhere.

    Args:
        stream: stderr as a rule.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._total = 0
        self._done = 0
        self._bad = 0
        self._live = stream.isatty() and os.environ.get("TERM") != "dumb"

    def show(self, text: str) -> None:
        """Draw a text over the line."""
        if self._live:
            width = shutil.get_terminal_size().columns - 1
            self._stream.write(f"\r\x1b[K{text[:width]}")
            self._stream.flush()

    def begin(self, total: int) -> None:
        """Count from nothing to so many answers."""
        self._total = total
        self.show(f"0/{total}")

    def step(self, verdict: AnswerVerdict) -> None:
        """Count a verdict and draw the line anew."""
        self._done += 1
        self._bad += verdict.outcome.bad
        wrong = f" · {self._bad} wrong" if self._bad else ""
        self.show(f"{self._done}/{self._total}{wrong} · {verdict.id}")

    def clear(self) -> None:
        """Leave an empty line for what comes next."""
        if self._live:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
