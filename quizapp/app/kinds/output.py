"""What does this program print?  Typed text against what the program was proved to print."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static, TextArea

from quizapp.app.kinds.base import Ask, Reply, ReplyChanged, ReplyGiven, Verdict
from quizapp.app.text.clean import clean
from quizapp.app.widgets.blocks import Program
from quizapp.app.widgets.entry import Entry, lines_printed

if TYPE_CHECKING:
    from quizapp.study.grading import Graded


class AskOutput(Ask):
    """A field to type the output into."""

    DEFAULT_CSS = """
    AskOutput { layout: horizontal; height: auto; margin-bottom: 1; }
    AskOutput > .sign { width: 2; color: $accent; text-style: bold; }
    """

    explains = (
        "Type what the program prints, line by line. If it ends with an exception, the last line "
        "is the name of the exception's class. Spaces inside a line do not matter. Enter goes to "
        "the next line while the program has more to print, then hands in; an empty line hands in "
        "at once; ctrl+j is always a new line."
    )

    def compose(self) -> ComposeResult:
        """The widgets, from top to bottom."""
        program = self.item.question.program
        lines = lines_printed(program.code) if program is not None else None
        yield Static("›", classes="sign")
        yield Entry(self.first.text, lines=lines, placeholder="what it prints, or what it raises")

    @property
    def field(self) -> Entry:
        """The text field."""
        return self.query_one(Entry)

    @property
    def reply(self) -> Reply:
        """What is answered so far."""
        return Reply(text=self.field.text if self.is_mounted else self.first.text)

    def grade(self) -> Graded:
        """The verdict."""
        from quizapp.study.grading import grade_output

        return grade_output(self.item, self.reply.text)

    def missing(self) -> str:
        """What to do before a verdict can be given."""
        return "Type what it prints, or skip it." if self.reply.empty else ""

    def begin(self) -> Widget:
        """What takes the first key."""
        return self.field

    def label(self) -> str:
        """What enter does now."""
        return "answer" if self.field.hands_in else "next line"

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Tell the screen to keep the draft."""
        self.post_message(ReplyChanged())

    def on_entry_handed_in(self, event: Entry.HandedIn) -> None:
        """Tell the screen that the reader is done."""
        self.post_message(ReplyGiven())


class OutputVerdict(Verdict):
    """What the reader typed beside what the program prints, the first difference marked."""

    DEFAULT_CSS = """
    OutputVerdict > .sides { layout: vertical; height: auto; }
    OutputVerdict .side { height: auto; width: 1fr; margin-bottom: 1; }
    OutputVerdict .side > .label { color: $dim; }
    OutputVerdict .side > Program { margin: 0; }
    OutputVerdict > .why { color: $dim; margin-bottom: 1; }
    """

    def parts(self) -> Iterable[Widget]:
        """The widgets, from top to bottom."""
        assert self.graded is not None
        mine, proved = self.reply.text, self.graded.expected
        first = None if self.graded.difference is None else first_difference(mine, proved)
        left, right = beside(mine, proved, first)
        if first is None:
            yield _side("You and the program", right, "proved")
            return
        yield Vertical(
            _side("You typed", left, "mine"), _side("It prints", right, "proved"), classes="sides"
        )
        why = clean(self.graded.difference.why) if self.graded.difference else ""
        if why:
            yield Static(Content(f"First difference, line {first + 1}: {why}"), classes="why")


def _side(label: str, lines: Content, name: str) -> Widget:
    return Vertical(Static(label, classes="label"), Program(lines, id=name), classes=f"side {name}")


def _lines(text: str) -> list[str]:
    return clean(text).strip("\n").rstrip().split("\n")


def first_difference(mine: str, proved: str) -> int:
    """The first line, from 0, that differs as a reader sees it."""
    from verify.engine.compare import same_output

    pairs = list(zip_longest(_lines(mine), _lines(proved)))
    for number, (left, right) in enumerate(pairs):
        if left is None or right is None or not same_output(right, left, typed=True):
            return number
    return len(pairs) - 1


def beside(mine: str, proved: str, first: int | None) -> tuple[Content, Content]:
    """Both texts, marked at the line where they first differ: ``✗`` mine, ``✓`` proved."""
    return (
        _marked(_lines(mine), first, ("✗ ", "bold $error")),
        _marked(_lines(proved), first, ("✓ ", "bold $success")),
    )


def _marked(lines: Sequence[str], first: int | None, mark: tuple[str, str]) -> Content:
    shown = [*lines, *([""] if first is not None and first >= len(lines) else [])]
    parts = []
    for number, line in enumerate(shown):
        if first is None:
            parts.append(Content(line))
        elif number == first:
            text = (line, "bold") if number < len(lines) else ("(nothing more)", "$dim")
            parts.append(Content.assemble(mark, text))
        else:
            parts.append(Content("  " + line))
    return Content("\n").join(parts)
