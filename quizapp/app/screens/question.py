"""A question: the prompt, and below it what its kind needs to be answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static

from quizapp.app.commands import FOOT_KEYS, Command, command
from quizapp.app.kinds import ASK, AskRecall, Reply, ReplyChanged, ReplyGiven
from quizapp.app.kinds.prose import Notes
from quizapp.app.screens.asking import AskingPage
from quizapp.app.text.prose import inline
from quizapp.app.text.words import clock
from quizapp.app.widgets.blocks import Item, drawn
from quizapp.app.widgets.entry import Entry
from quizapp.study.bookmarks import bookmarks, toggle_bookmark
from verify.bank.model import Kind
from verify.errors import TorchdrillError

if TYPE_CHECKING:
    from quizapp.app.quiz import Quiz
    from quizapp.study.records import Draft
    from verify.bank.model import Item as Asked

PAUSE = 0.4
"""Seconds without a key after which a draft is put on disk."""


class QuestionScreen(AskingPage):
    """A question. What you type or choose is kept, whatever happens; esc pauses the session.

    If you wish, you are asked how sure you are before an answer is graded; the statistics then say
    whether you know what you know.
    """

    CSS_PATH = "question.tcss"

    BINDINGS: ClassVar[list[BindingType]] = [
        command("question.answer", "enter,f5", "answer", "Give the answer and see the verdict."),
        command("question.write", "n", "write", "Write the answer down instead of saying it."),
        command("question.mend", "m,f6", "mend", "Mend the program, and have that judged."),
        command("question.hint", "h,f2", "hint",
                "Show one more hint; with help, an answer counts as hard at best."),
        command("question.skip", "s,f8", "skip", "Pass this question over; it will come again."),
        command("question.bookmark", "b,ctrl+b", "bookmark",
                "Mark this question to come back to, or take the mark away."),
        command("page.back", "escape", "pause", "Leave; the session goes on from here later."),
    ]  # fmt: skip

    def __init__(self, quiz: Quiz, item: Asked, draft: Draft) -> None:
        super().__init__()
        self.quiz = quiz
        self.item = item
        self.before = draft.seconds
        kind = ASK.get(item.question.head.kind, AskRecall)
        self.ask = kind(item, quiz.options(item), Reply(draft.text, draft.letters))
        self.taken = min(draft.hints, len(item.answer.head.hints))
        """Hints taken so far."""
        self.hints = Vertical(*(self._hint(number) for number in range(self.taken)), id="hints")
        self.hint = Static("", id="hint", classes="below")
        self._bookmarked = False
        self._shown = quiz.desk.now()
        self._saving: Timer | None = None
        self._done = False

    def content(self) -> Iterable[Widget]:
        """The widgets of the column."""
        yield from drawn(self.item.question.prompt)
        yield self.hints
        yield self.ask

    def below(self) -> Iterable[Widget]:
        """What stays in sight below the column."""
        yield self.hint
        yield self.sureness

    @property
    def seconds(self) -> float:
        """Time spent on this question so far."""
        return self.before + max(0.0, (self.quiz.desk.now() - self._shown).total_seconds())

    def on_mount(self) -> None:
        """Start the clock, put the cursor where the answer goes, and begin to prove the answer."""
        with self.torchdrill.telling_trouble():
            self.asks = self.quiz.asks_confidence
            self._bookmarked = self.item.id in bookmarks(self.quiz.desk.store)
        self._show_head()
        self._tick()
        self.set_interval(self.torchdrill.tick, self._tick)
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

    def _show_head(self) -> None:
        question = self.item.question
        where = f"{question.topic} · {question.head.level} · {question.head.kind}"
        star = ("  ★", "bold $accent") if self._bookmarked else ""
        self.head.show(Content.assemble(where, star))

    def _tick(self) -> None:
        right = Content.assemble((f"{self.quiz.progress}   ", "$dim"), clock(self.seconds))
        self.head.show(right=right)

    # -- commands ---------------------------------------------------------------------------

    def labels(self) -> Mapping[str, str]:
        """Labels that differ now."""
        label = self.ask.label()
        hands_in = label == "answer" and self.typing
        back = "stop writing" if self._writing else "pause"
        return {
            "question.answer": "" if hands_in else "answer" if self.typing else label,
            "question.hint": "next hint" if self.taken else "hint",
            "question.bookmark": "unmark" if self._bookmarked else "bookmark",
            "question.confidence": "ask no more how sure" if self.asks else "ask how sure",
            "entry.enter": label if label in ("answer", "next line") else "",
            "page.back": "back to the answer" if self.asking else back,
        }

    def commands(self) -> list[Command]:
        """The commands that can be used now; some leave the foot where it is crowded."""
        found = super().commands()
        for identity in ("question.bookmark", "question.write"):  # the field itself says `n`
            if sum(each.show and bool(each.label) for each in found) > FOOT_KEYS:
                found = [
                    replace(each, show=False) if each.identity == identity else each
                    for each in found
                ]
        return found

    def about(self) -> list[str]:
        """What the help says first."""
        return [*super().about(), self.ask.explains]

    @property
    def _writing(self) -> bool:
        return isinstance(self.ask, Notes) and self.typing

    def allows(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Say whether a command makes sense now."""
        if self.asking:
            return action in ("back", "help")
        match action:
            case "mend":
                return self.item.question.head.kind is Kind.BUG and not self.typing
            case "write":
                return isinstance(self.ask, Notes) and not self.typing
            case "hint":
                return self.quiz.helps and self.taken < len(self.item.answer.head.hints)
            case "confidence":
                return self.quiz.helps
        return True

    def action_write(self) -> None:
        """Put the cursor into the notes."""
        if isinstance(self.ask, Notes):
            self.ask.write()

    def action_mend(self) -> None:
        """Mend the program before the judge; the question stands meanwhile."""
        self.keep()
        self.torchdrill.practise(self.item.id)

    def action_hint(self) -> None:
        """Show one more hint, once it is on disk that it was taken."""
        with self.torchdrill.telling_trouble():
            self.quiz.keep(self.ask.reply, seconds=self.seconds, hints=self.taken + 1)
            hint = self._hint(self.taken)
            self.taken += 1
            self.hints.mount(hint)
            self.call_after_refresh(hint.scroll_visible, animate=False)
        self.refresh_foot()

    def _hint(self, number: int) -> Widget:
        text = inline(self.item.answer.head.hints[number])
        return Item(Content(f"Hint {number + 1}").stylize("bold $accent"), text)

    def action_bookmark(self) -> None:
        """Mark the question, or take the mark away."""
        with self.torchdrill.telling_trouble():
            desk = self.quiz.desk
            self._bookmarked = toggle_bookmark(desk.store, self.item.id, desk.now())
        self._show_head()
        self.refresh_foot()

    # -- handing in -------------------------------------------------------------------------

    def tell(self, words: Content) -> None:
        """Say something below the column."""
        self.hint.update(words)

    def action_answer(self) -> None:
        """Hand in: first say how sure one is, if that is asked; nothing is graded before."""
        missing = self.ask.missing()
        self.hint.update(missing)
        if missing or self._done:
            return
        self.ask_or_hand_in()

    def hand_in(self, confidence: float | None) -> bool:
        """Grade the reply, or reveal the answer where the reader grades."""
        if self._done:
            return True
        reply, seconds = self.ask.reply, self.seconds
        try:
            graded = self.ask.grade()
            self._done = True
            if graded is None:
                self.quiz.reveal(self.item, reply, seconds, confidence=confidence, hints=self.taken)
            else:
                self.quiz.answer(
                    self.item, reply, graded, seconds, confidence=confidence, hints=self.taken
                )
        except TorchdrillError as error:
            self._done = False
            self.torchdrill.tell_trouble(error)
        return self._done

    # -- leaving ----------------------------------------------------------------------------

    def action_skip(self) -> None:
        """Pass it over; what was typed stays a draft."""
        self.keep()
        try:
            self.quiz.skip(self.item.id, self.seconds)
            self._done = True
        except TorchdrillError as error:
            self.torchdrill.tell_trouble(error)

    def action_back(self) -> None:
        """Go back to the answer, stop writing, or pause the session."""
        if self.asking:
            self.stop_asking()
            return
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
            self.quiz.keep(self.ask.reply, seconds=self.seconds, hints=self.taken)
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
