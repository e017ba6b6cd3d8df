"""Where code is written: colours, line numbers, indentation that follows, undo."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.color import Color
from textual.widgets import TextArea
from textual.widgets.text_area import TextAreaTheme

from quizapp.app.commands import command
from quizapp.app.text.clean import clean

STEP = 4
"""Columns of one indentation."""


class CodeEditor(TextArea):
    """A Python editor.

    Args:
        text: what is in it at first.
        id: of the widget.
    """

    DEFAULT_CSS = """
    CodeEditor {
        padding: 0; background: $background; border: none; scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 1;
        & .text-area--cursor { text-style: reverse; color: $foreground; background: $background; }
        & .text-area--gutter { color: $dim; background: $background; }
        & .text-area--cursor-gutter { color: $foreground; background: $cursor; }
        & .text-area--cursor-line { background: $cursor; }
        & .text-area--matching-bracket { background: $input-selection-background; }
    }
    CodeEditor:focus { border: none; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        command(
            "editor.dedent", "shift+tab", "dedent", "Move lines to the left.",
            show=False, action="dedent",
        ),
        command(
            "editor.top", "ctrl+home", "top", "To the first line.",
            show=False, action="edge(False)",
        ),
        command(
            "editor.bottom", "ctrl+end", "bottom", "To the last line.",
            show=False, action="edge(True)",
        ),
        command("editor.undo", "ctrl+z", "undo", "Take back what was typed last.", show=False),
        command("editor.redo", "ctrl+y", "redo", "Type it again.", show=False),
    ]  # fmt: skip

    def __init__(self, text: str, *, id: str) -> None:
        super().__init__(
            text,
            language="python",
            theme="css",
            soft_wrap=False,
            show_line_numbers=True,
            tab_behavior="indent",
            id=id,
            classes="types",
        )
        self.indent_width = STEP

    def on_mount(self) -> None:
        """Take the colours of the app's theme, now and whenever that changes."""
        self.watch(self.app, "theme", self._dress)

    def _dress(self) -> None:
        colours = self.app.get_css_variables()
        dressed = TextAreaTheme(f"quiet in {self.app.theme}", syntax_styles=_syntax(colours))
        self.register_theme(dressed)
        self.theme = dressed.name

    def on_resize(self) -> None:
        """Keep the cursor in sight when there is less room."""
        self.call_after_refresh(self.scroll_cursor_visible)

    def begin(self) -> None:
        """Select the first ``...``, which stands for what is to be written; else go to the end."""
        for row, line in enumerate(self.text.split("\n")):
            if line.strip() == "...":
                self.move_cursor((row, line.index("...")))
                self.move_cursor((row, len(line.rstrip())), select=True)
                return
        self.move_cursor(self.document.end)

    def action_edge(self, bottom: bool) -> None:
        """To the first line, or to the last."""
        self.move_cursor(self.document.end if bottom else (0, 0))

    async def _on_key(self, event: events.Key) -> None:
        """Keep the indentation on enter, and take a whole step back with one backspace."""
        taken = True
        if event.key == "enter":
            self._new_line()
        elif event.key == "tab" and self._several_lines:
            self._shift(STEP)
        elif event.key == "backspace" and self._before_is_indentation:
            row, column = self.cursor_location
            self.delete((row, column - ((column - 1) % STEP + 1)), (row, column))
        else:
            taken = event.key == "escape"  # which is the screen's, not the next widget's
        if taken:
            if event.key != "escape":
                event.stop()
            event.prevent_default()
            return
        await super()._on_key(event)

    def _new_line(self) -> None:
        start, end = sorted(self.selection)
        line = self.document[start[0]]
        before = line[: start[1]]
        indent = before[: len(before) - len(before.lstrip())]
        if before.rstrip().endswith((":", "(", "[", "{")):
            indent += " " * STEP
        elif before.split(maxsplit=1)[:1] and before.split()[0] in _LEAVING:
            indent = indent[:-STEP]
        self.replace("\n" + indent, start, end, maintain_selection_offset=False)
        self.move_cursor((start[0] + 1, len(indent)))

    @property
    def _several_lines(self) -> bool:
        return self.selection.start[0] != self.selection.end[0]

    @property
    def _before_is_indentation(self) -> bool:
        row, column = self.cursor_location
        before = self.document[row][:column]
        return self.selection.is_empty and bool(before) and not before.strip(" ")

    def action_dedent(self) -> None:
        """Move the lines of the selection, or that of the cursor, a step to the left."""
        self._shift(-STEP)

    def _shift(self, by: int) -> None:
        """Move the lines of the selection sideways."""
        start, end = sorted(self.selection)
        rows = range(start[0], end[0] + 1)
        lines = []
        for row in rows:
            line = self.document[row]
            spaces = len(line) - len(line.lstrip(" "))
            lines.append(" " * max(0, spaces + by) + line.lstrip(" ") if line.strip() else line)
        last = len(self.document[end[0]])
        self.replace("\n".join(lines), (start[0], 0), (end[0], last))

    def on_paste(self, event: events.Paste) -> None:
        """Take pasted text without its control characters."""
        event.stop()
        event.prevent_default()
        if not self.read_only:
            start, end = sorted(self.selection)
            self.replace(clean(event.text).replace("\t", " " * STEP), start, end)


_COLOURS = {
    "accent": "keyword keyword.function keyword.return keyword.operator conditional repeat include "
    "exception",
    "code-number": "number float boolean constant.builtin",
    "code-string": "string string.documentation",
}
"""What is coloured as programs in answers are: the names of colours, and of parts of a program."""


def _syntax(colours: Mapping[str, str]) -> dict[str, Style]:
    """The styles of the parts of a program, in the colours of a theme."""
    styles = {
        part: Style(color=Color.parse(colours[name]).rich_color)
        for name, parts in _COLOURS.items()
        for part in parts.split()
    }
    dim = Color.parse(colours["dim"]).rich_color
    return {**styles, "comment": Style(color=dim, italic=True), "class": Style(bold=True)}


_LEAVING = ("return", "raise", "pass", "break", "continue")
"""Words after which a block is most likely over."""
