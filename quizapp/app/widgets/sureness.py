"""How sure are you?  Asked in one line, answered by one key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from quizapp.app.commands import command
from quizapp.study.confidence import STEPS


class Sureness(Static, can_focus=True):
    """The steps under their keys; shown only while it is asked."""

    DEFAULT_CSS = """
    Sureness {
        height: auto; width: 100%; max-width: 88; padding: 0 1; display: none;
        link-color: $foreground; link-style: none;
        link-color-hover: $accent; link-style-hover: underline;
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            command(
                "sureness.step", step.key, "how sure", "Say how sure you are of your answer.",
                show=False, action=f"say({number})",
            )
            for number, step in enumerate(STEPS)
        ),
        command("sureness.unsaid", "enter", "not said", "Go on without saying it.", action="say"),
    ]  # fmt: skip

    @dataclass
    class Said(Message):
        """The reader has answered."""

        said: float | None
        """From 0 to 1; None if they would rather not say."""

    def __init__(self) -> None:
        parts = [
            Content.from_markup(
                f"[@click=say({number})][bold $accent]{step.key}[/] {step.words}[/]"
            )
            for number, step in enumerate(STEPS)
        ]
        unsaid = Content.from_markup("   [@click=say][bold $accent]enter[/] [$dim]not said[/][/]")
        question = Content.assemble(("How sure?  ", "bold"))
        super().__init__(question + Content(" · ").join(parts) + unsaid, id="sureness")

    def action_say(self, number: int | None = None) -> None:
        """Tell the screen."""
        self.post_message(self.Said(None if number is None else STEPS[number].said))
