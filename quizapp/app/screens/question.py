"""A question: the prompt, and below it what its kind needs to be answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static

from quizapp.app.commands import command
from quizapp.app.kinds import ASK, AskRecall, Reply, ReplyChanged, ReplyGiven
from quizapp.app.kinds.prose import Notes
from quizapp.app.screens.page import Page
from quizapp.app.text.words import clock
from quizapp.app.widgets.blocks import drawn
from quizapp.app.widgets.entry import Entry
from verify.bank.model import Kind
from verify.errors import TorchdrillError

if TYPE_CHECKING:
    from quizapp.app.quiz import Quiz
    from quizapp.study.records import Draft
    from verify.bank.model import Item

PAUSE = 0.4
"""Seconds without a key after which a draft is put on disk."""


class QuestionScreen(Page):
    """A question. What you type or choose is kept, whatever happens; esc pauses the session."""

    CSS_PATH = "question.tcss"

    BINDINGS: ClassVar[list[BindingType]] = [
        command("question.answer", "enter,f5", "answer", "Give the answer and see the verdict."),
        command("question.write", "n", "write", "Write the answer down instead of saying it."),
        command(
            "question.mend",
            "m,f6",
            "mend",
            "Mend the program, and have that judged.",
        ),
        command("question.skip", "s,f8", "skip", "Pass this question over; it will come again."),
        command("page.back", "escape", "pause", "Leave; the session goes on from here later."),
    ]

    def __init__(self, quiz: Quiz, item: Item, draft: Draft) -> None:
        super().__init__()
        self.quiz = quiz
        self.item = item
        self.before = draft.seconds
        kind = ASK.get(item.question.head.kind, AskRecall)
        self.ask = kind(item, quiz.options(item), Reply(draft.text, draft.letters))
        self.hint = Static("", id="hint", classes="below")
        self._shown = quiz.desk.now()
        self._saving: Timer | None = None
        self._done = False

    def content(self) -> Iterable[Widget]:
        """The widgets of the column."""
        yield from drawn(self.item.question.prompt)
        yield self.ask

    def below(self) -> Iterable[Widget]:
        """What stays in sight below the column."""
        yield self.hint

    @property
    def seconds(self) -> float:
        """Time spent on this question so far."""
        return self.before + max(0.0, (self.quiz.desk.now() - self._shown).total_seconds())

    def on_mount(self) -> None:
        """Start the clock, put the cursor where the answer goes, and begin to prove the answer."""
        head = self.item.question.head
        self.head.show(Content(f"{self.item.question.topic} · {head.level} · {head.kind}"))
        self._tick()
        self.set_interval(1.0, self._tick)
        first = self.ask.begin()
        if first is not None:
            self.set_focus(first, scroll_visible=False)  # the prompt is read from its top
        self.call_after_refresh(self.set_timer, 0.2, self._painted)

    def _painted(self) -> None:
        """Begin to prove the answer, and import what its screen will need."""
        from quizapp.study import scheduling

        self.torchdrill.proofs.prove(self.item, again=False)
        scheduling.warm()
        import quizapp.app.screens.answer  # noqa: F401

    def _tick(self) -> None:
        right = Content.assemble((f"{self.quiz.progress}   ", "$dim"), clock(self.seconds))
        self.head.show(right=right)

    # -- commands ---------------------------------------------------------------------------

    def labels(self) -> Mapping[str, str]:
        """Labels that differ now."""
        label = self.ask.label()
        hands_in = label == "answer" and self.typing
        return {
            "question.answer": "" if hands_in else "answer" if self.typing else label,
            "entry.enter": label if label in ("answer", "next line") else "",
            "page.back": "stop writing" if self._writing else "pause",
        }

    def about(self) -> list[str]:
        """What the help says first."""
        return [*super().about(), self.ask.explains]

    @property
    def _writing(self) -> bool:
        return isinstance(self.ask, Notes) and self.typing

    def allows(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Say whether a command makes sense now."""
        if action == "mend":
            return self.item.question.head.kind is Kind.BUG and not self.typing
        if action == "write":
            return isinstance(self.ask, Notes) and not self.typing
        return True

    def action_write(self) -> None:
        """Put the cursor into the notes."""
        if isinstance(self.ask, Notes):
            self.ask.write()

    def action_mend(self) -> None:
        """Mend the program before the judge; the question stands meanwhile."""
        self.keep()
        self.torchdrill.practise(self.item.id)

    def action_answer(self) -> None:
        """Grade the reply, or reveal the answer where the reader grades."""
        missing = self.ask.missing()
        self.hint.update(missing)
        if missing or self._done:
            return
        reply, seconds = self.ask.reply, self.seconds
        try:
            graded = self.ask.grade()
            self._done = True
            if graded is None:
                self.quiz.reveal(self.item, reply, seconds)
            else:
                self.quiz.answer(self.item, reply, graded, seconds)
        except TorchdrillError as error:
            self._done = False
            self.torchdrill.tell_trouble(error)

    def action_skip(self) -> None:
        """Pass it over; what was typed stays a draft."""
        self.keep()
        try:
            self.quiz.skip(self.item.id, self.seconds)
            self._done = True
        except TorchdrillError as error:
            self.torchdrill.tell_trouble(error)

    def action_back(self) -> None:
        """Stop writing, or pause the session."""
        if self.ask.leave():
            return
        self.keep()
        self._done = True
        self.quiz.leave()

    # -- drafts -----------------------------------------------------------------------------

    def keep(self) -> None:
        """Put what is typed or chosen on disk; does nothing once the answer was given."""
        if self._saving is not None:
            self._saving.stop()
            self._saving = None
        if self._done or not self.is_mounted:
            return
        try:
            self.quiz.keep(self.ask.reply, seconds=self.seconds)
        except TorchdrillError as error:
            self.torchdrill.tell_trouble(error)

    def on_reply_changed(self, message: ReplyChanged) -> None:
        """Keep the draft at the next pause in typing."""
        self.hint.update("")
        if self.typing and self.focused is not None:
            self.focused.scroll_visible(animate=False)
        if self._saving is None:
            self._saving = self.set_timer(PAUSE, self.keep)
        else:
            self._saving.reset()
        self.refresh_foot()

    def on_reply_given(self, message: ReplyGiven) -> None:
        """Enter in a field that hands in."""
        self.action_answer()

    def on_entry_enter_changed(self, message: Entry.EnterChanged) -> None:
        """Enter does something else now: say so."""
        self.refresh_foot()
