"""A text field for what the reader writes: prose, or what a program prints."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widgets import TextArea

from quizapp.app.commands import command
from quizapp.app.text.clean import clean

NEW_LINE = ("ctrl+j", "alt+enter", "shift+enter")
"""ctrl+j is sent by every terminal; the other two by some."""


class Entry(TextArea):
    """A text area of the height of its text.

    Args:
        text: what is in it at first.
        lines: how many lines are asked for: with as many, enter hands it in; None if nobody can
            say, then enter on an empty line does; 0 for prose, in which enter is a new line.
        placeholder: shown while it is empty.
    """

    DEFAULT_CSS = """
    Entry {
        height: auto; min-height: 1; max-height: 12; padding: 0; width: 1fr;
        background: $background; border: none; scrollbar-size-vertical: 1;
        & .text-area--placeholder { color: $dim; }
        & .text-area--cursor { text-style: reverse; color: $foreground; background: $background; }
    }
    Entry:focus { border: none; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        command("entry.enter", "enter", "answer", "Hand in; or, while lines are missing, go on."),
        command(
            "entry.page_up",
            "pageup",
            "scroll up",
            "See what is above.",
            show=False,
            action="page(-1)",
        ),
        command(
            "entry.page_down",
            "pagedown",
            "scroll down",
            "See what is below.",
            show=False,
            action="page(1)",
        ),
        command("entry.new_line", ",".join(NEW_LINE), "new line", "Begin a new line.", show=False),
    ]

    @dataclass
    class HandedIn(Message):
        """The reader finished writing and wants the verdict."""

        text: str

    @dataclass
    class EnterChanged(Message):
        """What enter does in this field changed."""

        hands_in: bool

    def __init__(self, text: str, *, lines: int | None, placeholder: str = "") -> None:
        super().__init__(
            text,
            highlight_cursor_line=False,
            tab_behavior="focus",
            placeholder=placeholder,
            classes="types",
        )
        self.wanted = lines
        self._told: bool | None = None
        self.move_cursor(self.document.end)

    @property
    def hands_in(self) -> bool:
        """True if enter hands the text in now, False if it begins a new line."""
        if self.wanted == 0:
            return False
        lines = self.text.split("\n")
        if len(lines) > 1 and not lines[-1].strip() and self.cursor_location[0] == len(lines) - 1:
            return True
        return self.wanted is not None and len(lines) >= self.wanted

    def on_key(self, event: events.Key) -> None:
        """Take enter before the text area does, which asks no binding."""
        if event.key == "enter" or event.key in NEW_LINE:
            event.stop()
            event.prevent_default()
            if event.key == "enter":
                self.action_enter()
            else:
                self.action_new_line()

    def on_paste(self, event: events.Paste) -> None:
        """Take pasted text without its control characters."""
        event.stop()
        event.prevent_default()
        if not self.read_only:
            start, end = self.selection
            self.replace(clean(event.text), min(start, end), max(start, end))

    def action_enter(self) -> None:
        """Hand in, or begin a new line."""
        if self.hands_in:
            self.post_message(self.HandedIn(self.text))
        else:
            self.action_new_line()

    def action_page(self, pages: int) -> None:
        """Scroll the page around the field: the prompt may be longer than the screen."""
        for ancestor in self.ancestors:
            if isinstance(ancestor, VerticalScroll):
                ancestor.scroll_relative(y=pages * (ancestor.size.height - 2), animate=False)
                return

    def action_new_line(self) -> None:
        """Begin a new line."""
        if not self.read_only:
            start, end = self.selection
            self.replace("\n", min(start, end), max(start, end), maintain_selection_offset=False)
            self.move_cursor((min(start, end)[0] + 1, 0))

    def on_text_area_selection_changed(self) -> None:
        """What enter does follows the cursor."""
        self._tell()

    def on_text_area_changed(self) -> None:
        """What enter does follows the text."""
        self._tell()

    def _tell(self) -> None:
        if self._told != self.hands_in:
            self._told = self.hands_in
            self.post_message(self.EnterChanged(self.hands_in))


def lines_printed(program: str) -> int | None:
    """How many lines a program plainly prints: its calls of `print`, none of them repeated.

    It says no more than a look at the program does.  None where a loop or a function prints.
    """
    try:
        tree = ast.parse(program)
    except (SyntaxError, ValueError):
        return None
    plain = sum(_prints(node) for node in tree.body if not isinstance(node, _REPEATING))
    every = _prints(tree)
    return max(1, plain) if plain == every else None


_REPEATING = (ast.For, ast.While, ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)


def _prints(node: ast.AST) -> int:
    return sum(
        isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and each.func.id == "print"
        for each in ast.walk(node)
    )
