"""What every kind of question has: a way to ask it and a way to tell the verdict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.message import Message
from textual.widget import Widget

if TYPE_CHECKING:
    from quizapp.study.grading import Graded
    from verify.bank.model import Item, Option
    from verify.engine import AnswerVerdict


@dataclass(frozen=True)
class Reply:
    """What the reader answered: words, or options by the bank's letters."""

    text: str = ""
    letters: tuple[str, ...] = ()

    @property
    def response(self) -> str:
        """As it goes into the log."""
        return ",".join(self.letters) if self.letters else self.text

    @property
    def empty(self) -> bool:
        """True if there is nothing in it."""
        return not self.letters and not self.text.strip()


@dataclass
class ReplyChanged(Message):
    """The reader typed or chose something."""


@dataclass
class ReplyGiven(Message):
    """The reader wants the verdict."""


class Ask(Widget):
    """Takes the answer to one question; one subclass for each kind.

    Args:
        item: the question.
        options: (choice) in the order of the screen.
        reply: what was answered before a pause.
    """

    DEFAULT_CSS = "Ask { height: auto; }"

    explains = ""
    """How this kind is answered, for the help."""

    def __init__(self, item: Item, options: Sequence[Option], reply: Reply) -> None:
        super().__init__(id="ask")
        self.item = item
        self.options = options
        self.first = reply

    @property
    def reply(self) -> Reply:
        """What is answered so far."""
        raise NotImplementedError

    def grade(self) -> Graded | None:
        """The verdict; None if the reader grades, by the rubric."""
        return None

    def missing(self) -> str:
        """What to do before a verdict can be given; empty if nothing."""
        return ""

    def begin(self) -> Widget | None:
        """The widget that takes the first key; None for the page itself."""
        return None

    def leave(self) -> bool:
        """Leave a text field; False if there was none to leave."""
        return False

    def label(self) -> str:
        """What `enter` does at this moment."""
        return "answer"


class Verdict(Widget):
    """Tells how an answer went, above the answer itself; one subclass for each kind.

    Args:
        item: the question.
        options: (choice) in the order of the screen.
        reply: what was answered.
        graded: the verdict; None if the rubric is not ticked yet.
    """

    DEFAULT_CSS = "Verdict { height: auto; }"

    def __init__(
        self, item: Item, options: Sequence[Option], reply: Reply, graded: Graded | None
    ) -> None:
        super().__init__(id="verdict")
        self.item = item
        self.options = options
        self.reply = reply
        self.graded = graded

    def compose(self) -> ComposeResult:
        """The widgets, from top to bottom."""
        yield from self.parts()

    def tell(self, proof: AnswerVerdict) -> None:
        """Take what a proof in this window says of the question."""

    def parts(self) -> Iterable[Widget]:
        """The widgets, from top to bottom."""
        return ()
