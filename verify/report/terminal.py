"""Verdicts as text: a line for each answer, and below it what went wrong, where.

Nothing is told by colour alone: each line begins with a mark and the outcome as a word.
"""

from __future__ import annotations

import os
import shutil
import textwrap
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import TextIO

from verify.bank.model import CheckKind, Outcome
from verify.engine.verdicts import AnswerVerdict, CheckVerdict, Surroundings
from verify.report.machine import totals
from verify.report.wording import printable, shown_path, tell

_MARKS = {Outcome.PASSED: "✓", Outcome.SKIPPED: "~", Outcome.UNVERIFIED: "~"}
_COLOURS = {"✓": "32", "✗": "31", "~": "33"}


def coloured(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether to write colour: to a terminal that can, for a person who did not say no."""
    if environment.get("NO_COLOR") or environment.get("TERM") == "dumb":
        return False
    return stream.isatty()


def width_of(stream: TextIO) -> int:
    """Columns to keep to; 0 for no bound, which is how anything but a terminal is written."""
    return max(40, shutil.get_terminal_size().columns) if stream.isatty() else 0


def answer_lines(verdict: AnswerVerdict, *, colour: bool, width: int = 0) -> Iterator[str]:
    """The line of an answer, and one or more for each check that did not pass.

    Args:
        verdict: of the answer.
        colour: paint the mark.
        width: columns to wrap at; 0 leaves each failure on one line of its own.
    """
    mark = _MARKS.get(verdict.outcome, "✗")
    if colour:
        mark = f"\x1b[{_COLOURS[mark]}m{mark}\x1b[0m"
    name = printable(verdict.id).replace("\n", " ")
    took = "unchanged" if verdict.unchanged else f"{verdict.seconds:.2f} s"
    yield f"{mark} {verdict.outcome.value:<10} {name}  {took}"
    if verdict.aside:
        yield from _wrapped(printable(verdict.aside), width, "    ", "    ")
    if not verdict.checks:
        yield "    no python fence in it, so there is nothing to prove"
    for check in verdict.checks:
        if check.outcome is not Outcome.PASSED:
            yield from check_lines(verdict, check, width=width)


def check_lines(verdict: AnswerVerdict, check: CheckVerdict, *, width: int = 0) -> Iterator[str]:
    """One line with ``file:line`` and the counterexample; below it what more there is to say."""
    told = tell(verdict, check)
    yield from _wrapped(told.line, width, "    ", "        ")
    for line in told.details:
        indent = "        " + " " * (len(line) - len(line.lstrip(" ")))
        yield from _wrapped(line.lstrip(" "), width, indent, indent + "  ")


def _wrapped(text: str, width: int, first: str, rest: str) -> list[str]:
    """Text in lines of so many columns; words stay whole, so that a path can be clicked."""
    if not width or columns(first + text) <= width:
        return [first + text]
    return textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=rest,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def summary_line(
    verdicts: Sequence[AnswerVerdict], surroundings: Surroundings, seconds: float, width: int = 0
) -> str:
    """Counts, where, how long: one line, or as many as the width asks for."""
    counts = ", ".join(f"{count} {name}" for name, count in totals(verdicts).items()) or "no"
    answers = f"{len(verdicts)} answer{'' if len(verdicts) == 1 else 's'}"
    if unchanged := sum(verdict.unchanged for verdict in verdicts):
        answers += f" ({unchanged} unchanged)"
    where = f"torch {surroundings.torch}, Python {surroundings.python}, {surroundings.device_name}"
    text = f"{answers}: {counts} checks{_of_the_judge(verdicts)} · {printable(where)} · "
    text += f"{seconds:.1f} s"
    return "\n".join(_wrapped(text, width, "", "  "))


def _of_the_judge(verdicts: Sequence[AnswerVerdict]) -> str:
    """How many right solutions the judge accepts, and how many wrong ones it rejects."""
    checks = [check for verdict in verdicts for check in verdict.checks]
    shares = []
    for kinds, word, noun in (_ACCEPTED, _REJECTED):
        found = [check.outcome is Outcome.PASSED for check in checks if check.check.kind in kinds]
        if found:
            shares.append(f"{word} {sum(found)} of {len(found)} {noun}")
    return f" · the judge {', '.join(shares)}" if shares else ""


_ACCEPTED = ((CheckKind.SOLUTION,), "accepts", "solutions")
_REJECTED = ((CheckKind.WRONG, CheckKind.STARTER), "rejects", "wrong ones")


def columns(text: str) -> int:
    """How many columns a text takes on a terminal."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide - sum(map(bool, map(unicodedata.combining, text)))


def cut(text: str, width: int) -> str:
    """Text of so many columns at most, with ``…`` for what had to go."""
    if columns(text) <= width:
        return text
    while text and columns(text) >= width:
        text = text[:-1]
    return f"{text}…"


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
            text = cut(printable(text).replace("\n", " "), shutil.get_terminal_size().columns - 1)
            self._stream.write(f"\r\x1b[K{text}")
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


__all__ = [
    "Progress", "answer_lines", "check_lines", "coloured", "columns", "cut", "shown_path",
    "summary_line", "width_of",
]  # fmt: skip
