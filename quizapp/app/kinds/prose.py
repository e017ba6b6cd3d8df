"""Answers that are spoken or written freely: notes to take, a rubric to tick."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static, TextArea

from quizapp.app.kinds.base import Ask, Reply, ReplyChanged
from quizapp.app.text.clean import clean
from quizapp.app.widgets.blocks import Text
from quizapp.app.widgets.entry import Entry


class Notes(Ask):
    """A field to write in, for who does not answer aloud."""

    DEFAULT_CSS = """
    Notes { height: auto; margin-bottom: 1; }
    Notes > Entry { border-left: outer $rule; padding-left: 1; }
    Notes > Entry:focus { border: none; border-left: outer $accent; }
    """

    placeholder = "Answer aloud, or press n to write."

    def compose(self) -> ComposeResult:
        """The widgets, from top to bottom."""
        yield Entry(self.first.text, lines=0, placeholder=self.placeholder)

    @property
    def field(self) -> Entry:
        """The text field."""
        return self.query_one(Entry)

    @property
    def reply(self) -> Reply:
        """What is answered so far."""
        return Reply(text=self.field.text if self.is_mounted else self.first.text)

    def label(self) -> str:
        """What enter does now."""
        return "show the answer"

    def begin(self) -> Widget | None:
        """What takes the first key."""
        return self.field if self.first.text else None

    def write(self) -> None:
        """Put the cursor into the field."""
        self.field.focus()

    def leave(self) -> bool:
        """Leave the field, if the cursor is in it."""
        if self.field.has_focus:
            self.screen.set_focus(self.screen.query_one("#body"))
            return True
        return False

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Tell the screen to keep the draft."""
        self.post_message(ReplyChanged())


class Said(Widget):
    """What the reader wrote."""

    DEFAULT_CSS = """
    Said { height: auto; margin-bottom: 1; }
    Said > .label { color: $dim; }
    Said > Text { margin: 0; }
    """

    def __init__(self, reply: Reply) -> None:
        super().__init__()
        self.reply = reply

    def compose(self) -> ComposeResult:
        """The widgets, from top to bottom."""
        yield Static("You wrote", classes="label")
        yield Text(Content(clean(self.reply.text.strip())), classes="quoted")
