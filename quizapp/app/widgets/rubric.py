"""The points an interviewer ticks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from quizapp.app.commands import command
from quizapp.app.text.prose import inline


class _Point(Widget):
    DEFAULT_CSS = """
    _Point { layout: horizontal; height: auto; }
    _Point > .box { width: auto; padding: 0 1; }
    _Point > .words { width: 1fr; height: auto; }
    """

    def __init__(self, index: int, text: str) -> None:
        self.box = Static("", classes="box")
        super().__init__(self.box, Static(inline(text), classes="words"))
        self.index = index

    def show(self, made: bool, *, opened: bool) -> None:
        number = str(self.index + 1) if opened and self.index < 9 else " "
        if opened:
            mark = Content.assemble(("[✓]", "bold $accent")) if made else Content("[ ]")
        else:
            mark = Content.assemble(("✓", "$success") if made else ("✗", "$error"))
        self.box.update(Content.assemble((number, "bold $accent"), " ", mark))


class Rubric(Widget, can_focus=True):
    """Ticks, until they are taken; then marks.

    Args:
        points: Markdown, most important first.
        made: indexes ticked already.
        opened: whether they can be ticked.
    """

    DEFAULT_CSS = """
    Rubric { height: auto; margin-bottom: 1; }
    Rubric:focus > _Point.-here { background: $cursor; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        command("rubric.tick", "space", "tick", "Tick the point under the cursor, or untick it."),
        command("rubric.up", "up,k", "up", "To the point above.", show=False, action="move(-1)"),
        command(
            "rubric.down", "down,j", "down", "To the point below.", show=False, action="move(1)"
        ),
    ]

    @dataclass
    class Ticked(Message):
        """The points made are others now."""

        made: frozenset[int]

    def __init__(self, points: Sequence[str], made: frozenset[int], *, opened: bool) -> None:
        super().__init__(id="rubric")
        self.points = points
        self.made = made
        self.opened = opened
        self.cursor = 0

    def compose(self) -> ComposeResult:
        """The widgets, from top to bottom."""
        for index, text in enumerate(self.points):
            yield _Point(index, text)

    def on_mount(self) -> None:
        """Show the ticks made before a pause."""
        self._show()

    def open(self, opened: bool) -> None:
        """Allow ticking, or end it."""
        self.opened = self.can_focus = opened
        self._show()

    def toggle(self, index: int) -> None:
        """Tick a point or take the tick back."""
        if self.opened and index < len(self.points):
            self.cursor = index
            self.made = self.made ^ {index}
            self._show()
            self.post_message(self.Ticked(self.made))

    def action_tick(self) -> None:
        """Tick the point under the cursor."""
        self.toggle(self.cursor)

    def action_move(self, by: int) -> None:
        """Move the cursor; past either end the page scrolls."""
        to = self.cursor + by
        if 0 <= to < len(self.points):
            self.cursor = to
            self._show()
            self.query(_Point)[to].scroll_visible(animate=False)
        elif by > 0:
            self.screen.query_one("#body").scroll_relative(y=by, animate=False)
        else:
            self.screen.query_one("#body").scroll_relative(y=by, animate=False)

    def on_click(self, event: events.Click) -> None:
        """Tick with the mouse."""
        for point in self.query(_Point):
            if event.widget is point or (event.widget and point in event.widget.ancestors):
                self.toggle(point.index)

    def _show(self) -> None:
        for point in self.query(_Point):
            point.set_class(point.index == self.cursor and self.opened, "-here")
            point.show(point.index in self.made, opened=self.opened)
