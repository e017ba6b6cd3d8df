"""What every page has: a head line, a foot line, and a cover for terminals that are too small."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.content import Content
from textual.widget import Widget

from quizapp.app.commands import Command, key_name
from quizapp.app.widgets.line import Line

GAP = "   "

LEAST = (60, 16)
"""Columns and lines below which no screen can be read."""


class Head(Line):
    """Where I am, left; how far and how long, right; a thin rule below."""

    DEFAULT_CSS = """
    Head { height: 2; padding: 0 1; border-bottom: solid $rule; }
    """

    def __init__(self) -> None:
        super().__init__(id="head")


class Foot(Widget):
    """The keys that make sense now; each can be clicked."""

    DEFAULT_CSS = """
    Foot { height: 2; padding: 0 1; border-top: solid $rule; }
    """

    def __init__(self) -> None:
        super().__init__(id="foot")
        self._commands: Sequence[Command] = ()

    def show(self, commands: Sequence[Command]) -> None:
        """Change what is shown."""
        if commands != self._commands:
            self._commands = commands
            self.refresh()

    @property
    def _fitting(self) -> list[Command]:
        """What there is room for; the way back and the help are the last to go."""
        commands = [*self._commands]
        while len(commands) > 1 and _width(commands) > self.content_size.width:
            others = [each for each in commands if not each.identity.endswith((".back", ".help"))]
            commands.remove((others or commands)[-1])
        return commands

    def render(self) -> Content:
        """Draw it."""
        parts = [
            Content.assemble((key_name(each.key), "bold $accent"), " ", (each.label, "$dim"))
            for each in self._fitting
        ]
        return Content(GAP).join(parts).truncate(self.content_size.width, ellipsis=True)

    def on_click(self, event: events.Click) -> None:
        """Press the key that was clicked."""
        offset = event.get_content_offset(self)
        at = 0
        for each in self._fitting:
            end = at + len(key_name(each.key)) + 1 + len(each.label)
            if offset is not None and at <= offset.x < end:
                self.app.simulate_key(each.key)
            at = end + len(GAP)


def _width(commands: Sequence[Command]) -> int:
    """How many cells the foot takes for these."""
    names = [f"{key_name(each.key)} {each.label}" for each in commands]
    return Content(GAP.join(names)).cell_length


class Cover(Widget):
    """Lies over a page on a terminal that is too small for it, and says so."""

    DEFAULT_CSS = """
    Cover {
        layer: cover; dock: top; width: 100%; height: 100%; display: none;
        background: $background; align: center middle; content-align: center middle;
        text-align: center;
    }
    """

    def render(self) -> Content:
        """Draw it."""
        size, (columns, lines) = self.app.size, LEAST
        return Content.assemble(
            (f"Too small: {size.width}x{size.height}\n", "bold"),
            f"torchdrill needs {columns}x{lines};\n80x24 is better.\n",
            ("Enlarge the terminal\nto go on. ctrl+c quits.", "$dim"),
        )
