"""Filters with their keys, and what is chosen of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from textual import events
from textual.content import Content
from textual.widget import Widget

from quizapp.app.commands import key_name
from quizapp.app.widgets.line import spread

GAP = "   "


class Part(NamedTuple):
    """One filter."""

    key: str
    """That changes it; empty if none does."""
    label: str
    """What is chosen, or else its name."""
    chosen: bool


class FilterBar(Widget):
    """Filters on a line; a click on one does what its key does."""

    DEFAULT_CSS = "FilterBar { height: 1; }"

    def __init__(self) -> None:
        super().__init__()
        self._parts: Sequence[Part] = ()
        self._right = Content("")

    def show(self, parts: Sequence[Part], right: Content) -> None:
        """Change what is shown."""
        if (parts, right) != (self._parts, self._right):
            self._parts, self._right = parts, right
            self.refresh()

    def render(self) -> Content:
        """Draw it."""
        drawn = [
            Content.assemble(
                (key_name(part.key) + " " if part.key else "", "bold $accent"),
                (part.label, "bold" if part.chosen else "$dim"),
            )
            for part in self._parts
        ]
        return spread(Content(GAP).join(drawn), self._right, self.content_size.width)

    def on_click(self, event: events.Click) -> None:
        """Press the key of what was clicked."""
        offset = event.get_content_offset(self)
        at = 0
        for part in self._parts:
            end = at + len(key_name(part.key)) + bool(part.key) + len(part.label)
            if offset is not None and at <= offset.x < end and part.key:
                self.app.simulate_key(part.key)
            at = end + len(GAP)
