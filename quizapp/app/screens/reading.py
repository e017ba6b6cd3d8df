"""The answer of a question that was never answered, read as it is."""

from __future__ import annotations

from msgspec.structs import replace
from textual.content import Content

from quizapp.app.screens.answer import AnswerScreen
from quizapp.study.grading import Graded, grade_choice, grade_output, skipped
from quizapp.study.marks import Mark
from verify.bank.model import Item, Kind


class ReadingScreen(AnswerScreen):
    """The answer, with its proof. Nothing is logged: the question stays as it was. `r` runs it
    before your eyes."""

    def _show_head(self) -> None:
        super()._show_head()
        title = Content("Answer").stylize("bold") + Content(" · not given yet").stylize("$dim")
        self.head.show(title, Content(self.item.id).stylize("$dim"))


def unanswered(item: Item) -> Graded:
    """What stands for a verdict where nothing was answered."""
    match item.question.head.kind:
        case Kind.OUTPUT:
            return replace(grade_output(item, ""), mark=Mark.SKIPPED)
        case Kind.CHOICE:
            return replace(grade_choice(item, ()), mark=Mark.SKIPPED)
        case kind:
            return skipped(kind)
