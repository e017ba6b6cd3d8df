"""Stands in for a question whose files cannot be read any more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from quizapp.app.commands import command
from quizapp.app.screens.page import Page
from quizapp.app.text.clean import clean
from verify.errors import TorchdrillError

if TYPE_CHECKING:
    from quizapp.app.quiz import Quiz


class UnreadableScreen(Page):
    """A question of this session that cannot be read; the others still can."""

    BINDINGS: ClassVar[list[BindingType]] = [
        command("unreadable.skip", "enter,space,s", "go on", "Pass it over and go on."),
        command("page.back", "escape", "pause", "Leave; the session goes on from here later."),
    ]

    def __init__(self, quiz: Quiz, identity: str, error: TorchdrillError) -> None:
        super().__init__()
        self.quiz = quiz
        self.identity = identity
        self.error = error

    def content(self) -> Iterable[Widget]:
        """The widgets of the column."""
        yield Static(
            Content.assemble(
                ("This question cannot be read.\n\n", "bold"),
                clean(str(self.error)),
                "\n\n",
                ("It is passed over; nothing you answered is touched.", "$dim"),
            )
        )

    def on_mount(self) -> None:
        """Say where we are."""
        self.head.show(Content(self.identity), Content(self.quiz.progress))

    def action_skip(self) -> None:
        """Go on with the next question."""
        try:
            self.quiz.skip(self.identity)
        except TorchdrillError as error:
            self.torchdrill.tell_trouble(error)

    def action_back(self) -> None:
        """Pause the session."""
        self.quiz.leave()
