"""The end of a session: how it went, and what to look at again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace
from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from quizapp.app.commands import command
from quizapp.app.kinds import TICKED, reply_of
from quizapp.app.screens.page import Page
from quizapp.app.text.clean import one_line
from quizapp.app.text.marks import MARK_STYLES
from quizapp.app.text.words import clock, count
from quizapp.app.widgets.menu import Menu, Row
from quizapp.study.grading import Graded, grade_choice, grade_output, skipped
from quizapp.study.marks import Mark
from verify.bank.model import Item, Kind
from verify.errors import TorchdrillError, UsageError

if TYPE_CHECKING:
    from quizapp.app.quiz import Quiz
    from quizapp.study.records import Review
    from quizapp.study.summary import SummaryItem


class SummaryScreen(Page):
    """How the session went. Choose a question to read its answer and your reply again."""

    CSS_PATH = "summary.tcss"

    BINDINGS: ClassVar[list[BindingType]] = [
        command("summary.open", "enter,space", "open the answer", "Read this answer again."),
        command("summary.again", "n", "new quiz", "Start another quiz."),
        command("page.back", "escape,q", "home", "To the home screen."),
    ]

    def __init__(self, quiz: Quiz) -> None:
        super().__init__()
        self.quiz = quiz
        self.summary = quiz.session.summary()
        self.reviews = {review.id: review for review in quiz.session.answered}
        self.menu = Menu(self._rows())

    def content(self) -> Iterable[Widget]:
        """The widgets of the column."""
        told = self.summary
        parts: list[Content] = []
        for number, mark in (
            (told.right, Mark.RIGHT), (told.partly, Mark.PARTLY),
            (told.wrong, Mark.WRONG), (told.skipped, Mark.SKIPPED),
        ):  # fmt: skip
            if number:
                style = f"bold {MARK_STYLES[mark]}"
                parts.append(Content.assemble((mark.symbol, style), f" {number} {mark}"))
        yield Static(Content("   ").join(parts), id="marks")
        yield self.menu
        if not told.look_again and told.items:
            yield Static("Nothing to look at again: all right.", id="none")

    def _rows(self) -> list[Row]:
        look = set(self.summary.look_again)
        by_id = {item.id: item for item in self.summary.items}
        rows: list[Row] = []
        if look:
            rows.append(Row(Content("Look at again").stylize("bold")))
            rows += [self._row(by_id[i]) for i in self.summary.look_again if i in by_id]
            rows.append(Row(Content("")))
        rest = [item for item in self.summary.items if item.id not in look]
        if rest:
            rows.append(Row(Content("Known").stylize("bold")))
            rows += [self._row(item) for item in rest]
        return rows

    def _row(self, item: SummaryItem) -> Row:
        entry = self.quiz.desk.entries.get(item.id)
        title = one_line(entry.title) if entry is not None else item.id
        topic = item.id.partition("/")[0]
        left = Content.assemble(
            (item.mark.symbol, f"bold {MARK_STYLES[item.mark]}"), f" {title}  ",
            (topic, "$dim"),
        )  # fmt: skip
        return Row(left, Content(self._due(item)).stylize("$dim"), item.id)

    def _due(self, item: SummaryItem) -> str:
        from quizapp.study.clock import study_day
        from quizapp.study.scheduling import due_in

        if item.due is None:
            return clock(item.seconds)
        when = due_in(study_day(self.quiz.desk.now()), item.due)
        return f"{when}   {clock(item.seconds):>5}"

    def on_mount(self) -> None:
        """Say where we are."""
        head = Content(f"Summary · {count(len(self.summary.items), 'question')}").stylize("bold")
        self.head.show(head, Content(clock(self.summary.seconds)))
        self.set_focus(self.menu)

    def allows(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Say whether a command makes sense now."""
        return action != "open" or self.menu.key is not None

    def on_menu_chosen(self, message: Menu.Chosen) -> None:
        """A click on a row."""
        self.action_open()

    def action_open(self) -> None:
        """Read an answer again."""
        from quizapp.app.screens.answer import AnswerScreen

        identity = self.menu.key
        review = self.reviews.get(identity or "")
        if identity is None or review is None:
            return
        try:
            item = self.quiz.desk.item(identity)
            graded = graded_again(item, review)
        except TorchdrillError as error:
            self.torchdrill.tell_trouble(error)
            return
        except ValueError:
            changed = "this question has changed since it was answered"
            self.torchdrill.tell_trouble(UsageError(changed, where=identity))
            return
        reply = reply_of(item.question.head.kind, review.response)
        options = self.quiz.options(item)
        self.app.push_screen(AnswerScreen(None, item, reply, options=options, graded=graded))

    def action_again(self) -> None:
        """Another quiz like the first of a day."""
        self.app.pop_screen()
        self.torchdrill.start_quiz()


def graded_again(item: Item, review: Review) -> Graded:
    """The verdict on an answer in the log.

    Raises:
        ValueError: the question has changed, so that the answer does not fit it any more.
        ContentError: the question has become unsound.
    """
    kind = item.question.head.kind
    if review.mark is Mark.SKIPPED:
        if kind is Kind.OUTPUT:
            return replace(grade_output(item, ""), mark=Mark.SKIPPED)
        return (
            replace(grade_choice(item, ()), mark=Mark.SKIPPED)
            if kind is Kind.CHOICE
            else skipped(kind)
        )
    if kind is Kind.CHOICE:
        return grade_choice(item, reply_of(kind, review.response).letters)
    if kind is Kind.OUTPUT:
        return grade_output(item, review.response)
    assert kind in TICKED or kind is Kind.CODE
    return Graded(kind, review.mark, review.share, review.rating, points=review.points)
