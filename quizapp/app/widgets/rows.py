"""A list of any length of which only the lines in sight are drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message
from textual.strip import Strip
from textual.visual import Visual
from textual.widget import Widget

from quizapp.app.widgets.line import spread
from quizapp.app.widgets.menu import Row

WHEEL = 3
"""Rows that one notch of the wheel moves."""

BAR = 2
"""Columns at the right edge for the scrollbar and the space before it."""


class Rows(Widget):
    """Rows, one of them under the cursor.

    It does not take the focus: whoever has it moves the cursor here.  A `Menu` suits lists that a
    page scrolls with the rest; these rows scroll by themselves and are drawn when they are seen, so
    that ten thousand cost no more than twenty.
    """

    DEFAULT_CSS = "Rows { height: 1fr; width: 100%; }"

    @dataclass
    class Chosen(Message):
        """The reader clicked on a row."""

        place: int

    @dataclass
    class Moved(Message):
        """The cursor is on another row."""

        place: int

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.count = 0
        self.cursor = 0
        self.top = 0
        """The first row in sight."""
        self._draw: Callable[[int], Row] = lambda place: Row(Content(""))
        self._empty = Content("")
        self._dragging = False

    def show(
        self, count: int, draw: Callable[[int], Row], *, cursor: int = 0, empty: Content
    ) -> None:
        """Put other rows in their place.

        Args:
            count: how many there are.
            draw: makes a row, when it is seen.
            cursor: the row that is under the cursor.
            empty: what is shown if there are none.
        """
        self.count, self._draw, self._empty = count, draw, empty
        self.cursor = max(0, min(cursor, count - 1))
        self._keep_in_sight()
        self.refresh()

    def move(self, by: int) -> None:
        """Move the cursor, as far as there are rows."""
        cursor = max(0, min(self.cursor + by, self.count - 1))
        if cursor != self.cursor:
            self.cursor = cursor
            self._keep_in_sight()
            self.refresh()
            self.post_message(self.Moved(cursor))

    @property
    def page(self) -> int:
        """Rows that a page moves: one of the old ones stays in sight."""
        return max(1, self.size.height - 1)

    def _keep_in_sight(self) -> None:
        height = max(1, self.size.height)
        self.top = max(self.cursor - height + 1, min(self.top, self.cursor))
        self._scroll(0)

    def _scroll(self, by: int) -> None:
        top = max(0, min(self.top + by, self.count - self.size.height))
        if top != self.top:
            self.top = top
            self.refresh()

    # -- drawing ------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """Draw one line of those in sight."""
        width = self.size.width
        line = Content(" " * width)
        if not self.count and y == 0:
            line = self._empty.truncate(width, ellipsis=True, pad=True)
        elif self.top + y < self.count:
            line = self._line(self.top + y, max(0, width - BAR)) + self._bar(y)
        return Visual.to_strips(self, line, width, 1, self.visual_style, pad=True)[0]

    def _line(self, place: int, width: int) -> Content:
        row = self._draw(place)
        here = place == self.cursor
        mark = Content.assemble(("▶ ", "bold $accent")) if here else Content("  ")
        left = row.left.stylize_before("bold $accent") if here else row.left
        return spread(mark + left, row.right, width)

    def _bar(self, y: int) -> Content:
        if self.count <= self.size.height:
            return Content(" " * BAR)
        start, length = self._thumb()
        style = "$scrollbar-active" if self._dragging else "$scrollbar-hover"
        return Content.assemble(" ", ("┃", style) if 0 <= y - start < length else ("│", "$rule"))

    def _thumb(self) -> tuple[int, int]:
        """Where the moving part of the scrollbar begins, and how long it is."""
        height = self.size.height
        length = max(1, height * height // self.count)
        return round(self.top / (self.count - height) * (height - length)), length

    # -- the mouse ----------------------------------------------------------------------------

    def on_resize(self, event: events.Resize) -> None:
        """What was under the cursor stays in sight."""
        self._keep_in_sight()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Look further down; the cursor stays where it is."""
        event.stop()
        self._scroll(WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Look further up."""
        event.stop()
        self._scroll(-WHEEL)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take hold of the scrollbar."""
        if event.x >= self.size.width - BAR and self.count > self.size.height:
            self._dragging = True
            self.capture_mouse()
            self._drag_to(event.y)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Move the scrollbar."""
        if self._dragging:
            self._drag_to(event.y)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Let go of the scrollbar."""
        if self._dragging:
            self._dragging = False
            self.release_mouse()
            self.refresh()

    def _drag_to(self, y: int) -> None:
        height = self.size.height
        _, length = self._thumb()
        share = (y - (length - 1) / 2) / max(1, height - length)
        self._scroll(round(max(0.0, min(1.0, share)) * (self.count - height)) - self.top)

    def on_click(self, event: events.Click) -> None:
        """Choose with the mouse."""
        place = self.top + event.y
        if event.x < self.size.width - BAR and 0 <= place < self.count:
            self.cursor = place
            self.refresh()
            self.post_message(self.Chosen(place))
