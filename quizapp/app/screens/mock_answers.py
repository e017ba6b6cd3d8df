"""Every answer of an interview, to be read again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from quizapp.app.commands import command
from quizapp.app.kinds import reply_of
from quizapp.app.screens.page import Page
from quizapp.app.screens.summary import graded_again
from quizapp.app.text.clean import one_line
from quizapp.app.text.marks import MARK_STYLES
from quizapp.app.text.prose import inline
from quizapp.app.text.words import clock, count
from quizapp.app.widgets.blocks import Item
from quizapp.app.widgets.menu import Menu, Row
from quizapp.study.mock.wording import laws_in_words, percent
from verify.bank.model import Kind
from verify.errors import UsageError

if TYPE_CHECKING:
    from quizapp.study.mock.scorecard import Line, Scorecard


class MockAnswersScreen(Page):
    """Every question of the interview in the order asked, with the time it took of its budget.
    Choose one to read its answer and your reply."""

    CSS_PATH = "mock_answers.tcss"

    BINDINGS: ClassVar[list[BindingType]] = [
        command("mockanswers.open", "enter,space", "open the answer", "Read this answer."),
        command("page.back", "escape,a,q", "scorecard", "Back to the scorecard."),
    ]

    def __init__(self, card: Scorecard) -> None:
        super().__init__()
        self.card = card
        self.lines = {line.asked.id: line for line in card.lines}
        self.menu = Menu()

    def content(self) -> Iterable[Widget]:
        """The widgets of the column."""
        yield self.menu
        if self.card.missed:
            yield Static(Content("Key points missed").stylize("bold"), id="missed")
        for each in self.card.missed:
            times = f"  {each.times} times" if each.times > 1 else ""
            yield Item("•", Content.assemble(inline(each.point), (times, "$warning")))

    def on_mount(self) -> None:
        """Say where we are."""
        self.menu.set_rows([self._row(line) for line in self.card.lines])
        head = f"Mock interview · {count(len(self.card.lines), 'answer')}"
        self.head.show(Content(head).stylize("bold"), Content(clock(self.card.seconds)))
        self.set_focus(self.menu)

    def _row(self, line: Line) -> Row:
        asked = line.asked
        entry = self.torchdrill.desk.entries.get(asked.id)
        title = one_line(entry.title) if entry is not None else one_line(asked.id)
        left = Content.assemble(
            (line.mark.symbol, f"bold {MARK_STYLES[line.mark]}"),
            f" {title}",
        )
        worth = laws_in_words(asked) or (
            percent(line.share) if line.review is not None else "reset"
        )
        time = f"{clock(asked.seconds):>5} of {clock(asked.budget):>5}"
        right = Content.assemble(
            (f"{worth}   ", "$dim"), (time, "$warning" if asked.seconds > asked.budget else "$dim")
        )
        return Row(left, right, asked.id)

    def on_menu_chosen(self, message: Menu.Chosen) -> None:
        """A click on a row."""
        self.action_open()

    def action_open(self) -> None:
        """Read an answer."""
        line = self.lines.get(self.menu.key or "")
        if line is None:
            return
        with self.torchdrill.telling_trouble():
            self.app.push_screen(self._opened(line))

    def _opened(self, line: Line) -> Page:
        from quizapp.app.screens.answer import AnswerScreen
        from quizapp.app.screens.solution import SolutionScreen
        from quizapp.study.session import load

        item = self.torchdrill.desk.item(line.asked.id)
        kind, review = item.question.head.kind, line.review
        if review is None:
            raise UsageError("this answer was reset", where=item.id)
        if kind is Kind.CODE or line.asked.laws:
            return SolutionScreen(item, review.response)
        try:
            graded = graded_again(item, review)
        except ValueError:
            changed = "this question has changed since it was answered"
            raise UsageError(changed, where=item.id) from None
        session = load(self.torchdrill.desk.store, self.card.result.number)
        reply = reply_of(kind, review.response)
        options = session.options(item.question)
        return AnswerScreen(None, item, reply, options=options, graded=graded)
