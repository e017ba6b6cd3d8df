"""A text field of one line."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.suggester import Suggester
from textual.widgets import Input

from quizapp.app.text.clean import one_line


class Field(Input):
    """One line of text, with what it may be completed to shown behind the cursor.

    Args:
        text: what is in it at first.
        changed: is told of each change at once. A message would come after the screen has been
            painted with the key alone, and what follows from it would wait for another frame.
        complete: gives the text completed; None if there is nothing to complete.
        placeholder: shown while it is empty.
        id: of the widget.
    """

    DEFAULT_CSS = """
    Field, Field:focus {
        border: none; height: 1; padding: 0; width: 1fr; background: $background;
        & > .input--placeholder, & > .input--suggestion { color: $dim; }
        & > .input--cursor { text-style: reverse; color: $foreground; background: $background; }
    }
    """

    def __init__(
        self,
        text: str = "",
        *,
        changed: Callable[[], None],
        complete: Callable[[str], str | None],
        placeholder: str = "",
        id: str | None = None,
    ) -> None:
        super().__init__(
            text, placeholder=placeholder, suggester=_Completion(complete), id=id,
            classes="types", select_on_focus=False,
        )  # fmt: skip
        self._complete = complete
        self._tell = changed

    def watch_value(self) -> None:
        """Tell of it."""
        if self.is_mounted:
            self._tell()

    def complete(self) -> None:
        """Take what is shown behind the cursor."""
        found = self._complete(self.value)
        if found is not None and self.cursor_position == len(self.value):
            self.write(found)

    def write(self, text: str) -> None:
        """Put another text in; the cursor keeps its distance from the end."""
        behind = len(self.value) - self.cursor_position
        self.value = text
        self.cursor_position = max(0, len(text) - behind)

    def _on_paste(self, event: events.Paste) -> None:
        """Take pasted text on one line and without its control characters."""
        event.stop()
        event.prevent_default()
        start, end = self.selection
        self.replace(one_line(event.text), min(start, end), max(start, end))


class _Completion(Suggester):
    def __init__(self, complete: Callable[[str], str | None]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._complete = complete

    async def get_suggestion(self, value: str) -> str | None:
        return self._complete(value)
