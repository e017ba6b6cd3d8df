"""What can be done with questions that were found: answer one, read its answer, take a quiz."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from quizapp.app import quiz
from quizapp.study.browsing import quiz_of
from quizapp.study.marks import Mark
from verify.bank.model import Kind
from verify.errors import UsageError

if TYPE_CHECKING:
    from quizapp.app.app import TorchdrillApp
    from quizapp.study.records import Review
    from verify.bank.model import Item


def begin_quiz(app: TorchdrillApp, ids: Sequence[str]) -> None:
    """Ask what a quiz can ask of these."""
    desk = app.desk
    with app.telling_trouble():
        chosen = quiz_of(ids, desk.entries, desk.store, desk.now())
        if not chosen:
            raise UsageError(
                "a quiz asks no coding questions", todo="open one of them to practise it"
            )
        quiz.begin(app, chosen)


def answer(app: TorchdrillApp, item: Item) -> None:
    """Ask one question, or practise it before the judge."""
    if item.question.head.kind is Kind.CODE:
        app.practise(item.id)
        return
    with app.telling_trouble():
        quiz.begin(app, (item.id,))


def last_answer(reviews: Sequence[Review]) -> Review | None:
    """The last answer among these that was more than passing the question over."""
    return next((each for each in reversed(reviews) if each.mark is not Mark.SKIPPED), None)


def read(app: TorchdrillApp, item: Item, review: Review | None) -> None:
    """Show the answer of a question with its proof, and how it went if it was answered.

    Args:
        app: to show it in.
        item: the question.
        review: its last answer; None if there is none.
    """
    from quizapp.app.kinds import Reply, reply_of
    from quizapp.app.screens.answer import AnswerScreen
    from quizapp.app.screens.reading import ReadingScreen, unanswered
    from quizapp.app.screens.summary import graded_again

    options = item.question.options
    if review is not None:
        try:
            graded = graded_again(item, review)
        except ValueError:  # the question has changed since: the old reply fits no more
            pass
        else:
            reply = reply_of(item.question.head.kind, review.response)
            app.push_screen(AnswerScreen(None, item, reply, options=options, graded=graded))
            return
    app.push_screen(ReadingScreen(None, item, Reply(), options=options, graded=unanswered(item)))
