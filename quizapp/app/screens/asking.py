"""A page that asks how sure the reader is before it hands an answer in."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.events import DescendantFocus
from textual.widget import Widget

from quizapp.app.commands import command
from quizapp.app.screens.page import Page
from quizapp.app.widgets.sureness import Sureness
from quizapp.study.confidence import toggle_confidence


class AskingPage(Page):
    """Puts the question between the answer and its verdict, where the reader wishes it.

    A subclass shows ``sureness`` below its column, calls ``ask_or_hand_in``, and says in
    ``hand_in`` what then happens.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        command("question.confidence", "c,f9", "ask how sure",
                "Ask how sure I am before each answer is graded, or ask no more.", show=False),
    ]  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self.sureness = Sureness()
        self.asks = False
        """Whether the reader wishes to be asked."""
        self._from: Widget | None = None
        """Where the answer was handed in from."""

    @property
    def asking(self) -> bool:
        """True while the question stands."""
        return bool(self.sureness.display)

    def hand_in(self, confidence: float | None) -> bool:
        """Grade the answer; False if that failed, so that this page goes on.

        Args:
            confidence: from 0 to 1, how sure the reader is; None if that was not said.
        """
        raise NotImplementedError

    def tell(self, words: Content) -> None:
        """Say something in passing."""
        raise NotImplementedError

    def ask_or_hand_in(self) -> None:
        """Ask how sure the reader is, or hand in at once; nothing is graded before."""
        if not self.asks:
            self.hand_in(None)
            return
        self._from = self.focused
        self.sureness.display = True
        self.set_focus(self.sureness, scroll_visible=False)
        self.refresh_foot()

    def stop_asking(self) -> None:
        """Back to where the answer was handed in from."""
        self.sureness.display = False
        self.set_focus(self._from, scroll_visible=False)
        self.refresh_foot()

    def action_confidence(self) -> None:
        """Ask from now on, or ask no more."""
        with self.torchdrill.telling_trouble():
            self.asks = toggle_confidence(self.torchdrill.desk.store)
            told = "You are asked how sure you are before each answer is graded."
            words = told if self.asks else "You are not asked how sure you are any more."
            self.tell(Content(words).stylize("$dim"))
        self.refresh_foot()

    def on_sureness_said(self, message: Sureness.Said) -> None:
        """One key said it."""
        if self.asking and not self.hand_in(message.said):
            self.stop_asking()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """A click into the answer goes back to it."""
        if self.asking and event.widget is not self.sureness:
            self.sureness.display = False
            self.refresh_foot()
