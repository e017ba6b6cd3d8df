"""A question of a mock interview: like any other, but for the clock and that no verdict follows."""

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
from quizapp.app.screens.mock_page import SURE, MockPage
from quizapp.app.widgets.blocks import drawn
from quizapp.app.widgets.entry import Entry
from quizapp.study.mock.wording import why_asked
from verify.bank.model import Kind

if TYPE_CHECKING:
    from quizapp.app.mock import Mock
    from verify.bank.model import Item

PAUSE = 0.4
"""Seconds without a key after which a draft is put on disk."""


class MockQuestionScreen(MockPage):
    """A question of the interview. No verdict is shown before the end.

    The clock runs while the question is on the screen; esc stops it, and everything goes on from
    here later, after a crash too. Over the budget nothing is cut off. What you answer decides what
    is asked next.
    """

    CSS_PATH = "mock_question.tcss"

    BINDINGS: ClassVar[list[BindingType]] = [
        command("mock.answer", "enter,f5", "answer", "Give the answer and go on."),
        command("mock.write", "n", "write", "Write the answer down instead of saying it."),
        command("mock.mend", "m,f6", "mend", "Mend the program before the judge instead."),
        command("mock.skip", "s,f8", "skip", "Pass this question over; it counts as not known."),
        command("mock.end", "x,f12", "end", "End the interview now, and see the scorecard."),
        command("page.back", "escape", "pause", "Stop the clock and leave; nothing is lost."),
    ]

    def __init__(self, mock: Mock, item: Item) -> None:
        super().__init__()
        self.mock = mock
        self.item = item
        draft = mock.sitting.draft
        kind = ASK.get(item.question.head.kind, AskRecall)
        options = mock.sitting.options(item.question)
        self.ask = kind(item, options, Reply(draft.text, draft.letters))
        self.hint = Static("", id="hint", classes="below")
        self._saving: Timer | None = None

    def content(self) -> Iterable[Widget]:
        """The widgets of the column."""
        asked = self.mock.sitting.current
        why = "" if asked is None else why_asked(asked, self.mock.sitting.level)
        if why:
            yield Static(Content(why), id="why")
        yield from drawn(self.item.question.prompt)
        yield self.ask

    def below(self) -> Iterable[Widget]:
        """What stays in sight below the column."""
        yield self.hint

    def on_mount(self) -> None:
        """Put the cursor where the answer goes."""
        first = self.ask.begin()
        if first is not None:
            self.set_focus(first, scroll_visible=False)  # the prompt is read from its top

    # -- commands ---------------------------------------------------------------------------

    def labels(self) -> Mapping[str, str]:
        """Labels that differ now."""
        label = "done" if isinstance(self.ask, Notes) else self.ask.label()
        hands_in = label == "answer" and self.typing
        return {
            "mock.answer": "" if hands_in else "answer" if self.typing else label,
            "entry.enter": label if label in ("answer", "next line") else "",
            "mock.end": "" if self.item.question.head.kind is Kind.BUG else "end",
            "page.back": "stop writing" if self._writing else "pause",
        }

    def about(self) -> list[str]:
        """What the help says first."""
        explains = self.ask.explains
        if isinstance(self.ask, Notes):
            explains = (
                "Say the answer aloud, as you would to an interviewer, or press n and write it. "
                "When you are done, tick the points you made: the clock stands meanwhile."
            )
        return [*super().about(), explains]

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

    def action_answer(self) -> None:
        """Give the answer, and go on to the next question or to the points to tick."""
        missing = self.ask.missing()
        self.hint.update(missing)
        if missing or self._done:
            return
        reply = self.ask.reply
        with self.going_on():
            graded = self.ask.grade()
            if graded is None:
                self.mock.reveal(self.item, reply)
            else:
                self.mock.answer(self.item, reply, graded)

    def action_mend(self) -> None:
        """Mend the program before the judge."""
        self.keep()
        with self.going_on():
            self.mock.mend(self.item)

    def action_skip(self) -> None:
        """Pass it over."""
        with self.going_on():
            self.mock.skip(self.item)

    def action_end(self) -> None:
        """End the interview, if asked twice."""
        if self.end_if_sure():
            self.hint.update(SURE)

    def action_back(self) -> None:
        """Stop writing, or pause."""
        if self.ask.leave():
            return
        self.keep()
        with self.going_on():
            self.mock.leave()

    # -- drafts -----------------------------------------------------------------------------

    def keep(self) -> None:
        """Put what is typed or chosen on disk; does nothing once the answer was given."""
        if self._saving is not None:
            self._saving.stop()
            self._saving = None
        if not self.under_way or not self.is_mounted:
            return
        with self.torchdrill.telling_trouble():
            self.mock.keep(self.ask.reply)

    def on_reply_changed(self, message: ReplyChanged) -> None:
        """Keep the draft at the next pause in typing."""
        self._sure = False
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
