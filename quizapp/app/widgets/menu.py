"""Rows to choose from; drawn as one text, so that a long list costs no more than a short one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.widget import Widget

from quizapp.app.commands import command
from quizapp.app.widgets.line import spread


@dataclass(frozen=True)
class Row:
    """One line of a menu."""

    left: Content
    right: Content = Content("")  # noqa: RUF009  (content is immutable)
    key: str | None = None
    """What `Menu.Chosen` carries; None for a line that cannot be chosen."""
    lit: int | None = None
    """How much of ``left`` the cursor lights up; None for all."""


class Menu(Widget, can_focus=True):
    """Rows, one of them under the cursor.

    Args:
        rows: from top to bottom.
        id: of the widget.
    """

    DEFAULT_CSS = "Menu { height: auto; width: 100%; }"

    BINDINGS: ClassVar[list[BindingType]] = [
        command("menu.up", "up,k", "up", "To the row above.", show=False, action="move(-1)"),
        command("menu.down", "down,j", "down", "To the row below.", show=False, action="move(1)"),
        command(
            "menu.first", "home", "first", "To the first row.", show=False, action="move(-999)"
        ),
        command("menu.last", "end", "last", "To the last row.", show=False, action="move(999)"),
    ]

    @dataclass
    class Chosen(Message):
        """The reader wants this row."""

        key: str

    @dataclass
    class Moved(Message):
        """The cursor is on another row."""

        key: str

    def __init__(self, rows: Sequence[Row] = (), *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows: Sequence[Row] = ()
        self.cursor = -1
        self.set_rows(rows)

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Put other rows in their place; the cursor stays on the same key if it is there."""
        before = self.key
        self._rows = rows
        keys = [row.key for row in rows]
        usable = [n for n, key in enumerate(keys) if key is not None]
        self.cursor = keys.index(before) if before in keys and before else (usable or [-1])[0]
        self.refresh(layout=True)

    @property
    def key(self) -> str | None:
        """The key of the row under the cursor."""
        return self._rows[self.cursor].key if 0 <= self.cursor < len(self._rows) else None

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """A line for each row."""
        return len(self._rows)

    def render(self) -> Content:
        """Draw it."""
        width = self.content_size.width
        return Content("\n").join(self._line(n, row, width) for n, row in enumerate(self._rows))

    def _line(self, number: int, row: Row, width: int) -> Content:
        here = number == self.cursor
        mark = Content.assemble(("▶ ", "bold $accent")) if here else Content("  ")
        line = spread(mark + row.left, row.right, width, keep_left=True)
        lit = len(row.left.plain) if row.lit is None else row.lit
        return line.stylize("bold $accent", 2, 2 + lit) if here else line

    def to_first(self) -> None:
        """Put the cursor on the first row."""
        self.action_move(-len(self._rows))

    def choose(self) -> None:
        """Choose the row under the cursor."""
        if self.key is not None:
            self.post_message(self.Chosen(self.key))

    def action_move(self, by: int) -> None:
        """Move the cursor over the rows that can be chosen."""
        usable = [n for n, row in enumerate(self._rows) if row.key is not None]
        if not usable:
            return
        at = usable.index(self.cursor) if self.cursor in usable else 0
        self.cursor = usable[min(len(usable) - 1, max(0, at + by))]
        self.refresh()
        self._keep_in_sight(first=self.cursor == usable[0])
        if self.key is not None:
            self.post_message(self.Moved(self.key))

    def _keep_in_sight(self, *, first: bool) -> None:
        for ancestor in self.ancestors:
            if isinstance(ancestor, VerticalScroll):
                at = self.virtual_region.y + self.cursor
                # with the first row, show what stands above it again
                top = 0 if first else at
                ancestor.scroll_to_region(Region(0, top, 1, at + 1 - top), animate=False)
                return

    def on_click(self, event: events.Click) -> None:
        """Choose with the mouse."""
        row = event.y
        if 0 <= row < len(self._rows) and self._rows[row].key is not None:
            self.cursor = row
            self.refresh()
            self.choose()
