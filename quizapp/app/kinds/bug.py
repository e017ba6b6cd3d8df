"""A program that is wrong: the reader says what is wrong, then sees the fix as a diff."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from quizapp.app.kinds.base import Verdict
from quizapp.app.kinds.prose import Notes
from quizapp.app.text.clean import clean, one_line
from quizapp.app.widgets.blocks import Program
from verify.bank.model import CheckKind, Mode, Outcome

if TYPE_CHECKING:
    from verify.engine import AnswerVerdict


class AskBug(Notes):
    """Notes on what is wrong."""

    explains = (
        "The program is wrong. Say aloud what is wrong and how you would mend it, or press n and "
        "write it. Then show the answer and tick the points you made."
    )
    placeholder = "Say aloud what is wrong and what would mend it, or press n to write."


class BugVerdict(Verdict):
    """The fix as a diff against the program of the prompt."""

    DEFAULT_CSS = """
    BugVerdict > .label { text-style: bold; }
    BugVerdict > #wrong { height: auto; }
    """

    def parts(self) -> Iterable[Widget]:
        """The widgets, from top to bottom."""
        program = self.item.question.program
        fix = next((f for f in self.item.answer.fences if f.mode is Mode.FIX), None)
        if program is not None and fix is not None:
            yield Static("The fix, as a diff", classes="label")
            yield Static("", id="wrong")
            yield Program(difference(program.code, fix.code), id="fix")

    def tell(self, proof: AnswerVerdict) -> None:
        """Say whether the program was proved to be wrong."""
        bug = next((c for c in proof.checks if c.check.kind is CheckKind.BUG), None)
        if bug is None:
            return
        line = Content.assemble(
            ("✓ ", "$success"),
            ("proved wrong here: the checks that the fix passes reject the program", "$dim"),
        )
        if bug.outcome is not Outcome.PASSED:
            said = f"not proved wrong here: {one_line(bug.message) or bug.outcome}"
            line = Content.assemble(("✗ ", "$error"), said)
        self.query_one("#wrong", Static).update(line)


def difference(before: str, after: str) -> Content:
    """Two programs as a diff: a sign at the start of each line says it without colour."""
    lines = _diff(before, after)
    drawn = (Content.assemble((f"{sign} {text}", _STYLES[sign])) for sign, text in lines)
    return Content("\n").join(drawn)


_STYLES = {"-": "$error", "+": "$success", " ": "$dim"}


def _diff(before: str, after: str) -> Iterator[tuple[str, str]]:
    old, new = clean(before).rstrip().split("\n"), clean(after).rstrip().split("\n")
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for operation, i1, i2, j1, j2 in matcher.get_opcodes():
        if operation == "equal":
            yield from ((" ", line) for line in old[i1:i2])
        else:
            yield from (("-", line) for line in old[i1:i2])
            yield from (("+", line) for line in new[j1:j2])
