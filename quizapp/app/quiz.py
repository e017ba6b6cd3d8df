"""Leads through a session: which screen comes next, and what is on disk before it comes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from quizapp.app.kinds.base import Reply
from quizapp.study.confidence import asks_confidence
from quizapp.study.grading import with_hints
from verify.bank.model import Kind
from verify.errors import TorchdrillError, UsageError

if TYPE_CHECKING:
    from quizapp.app.app import TorchdrillApp
    from quizapp.app.screens.page import Page
    from quizapp.study.grading import Graded, Rating
    from quizapp.study.records import Draft
    from quizapp.study.selection import Filters
    from quizapp.study.session import Answered, Session
    from verify.bank.model import Item, Option


class Quiz:
    """One session on the screen.

    Args:
        app: the app it runs in.
        session: the session, begun or resumed.
        aside: whether it was begun from an answer, as a follow-up, and returns there.
    """

    helps = True
    """Whether hints may be taken, and the reader may be asked how sure they are."""

    def __init__(self, app: TorchdrillApp, session: Session, *, aside: bool = False) -> None:
        self.app = app
        self.desk = app.desk
        self.session = session
        self.aside = aside
        self._hints = 0  # taken for the answer given last

    @property
    def progress(self) -> str:
        """``4 of 10``: the question on the screen."""
        if self.aside:
            return "follow-up"
        return f"{min(self.session.position + 1, len(self.session.ids))} of {len(self.session.ids)}"

    @property
    def asks_confidence(self) -> bool:
        """Whether the reader is asked how sure they are before an answer is graded."""
        return self.helps and asks_confidence(self.desk.store)

    def screen(self) -> Page | None:
        """The screen to show now; None if an aside is over."""
        from quizapp.app.screens.answer import AnswerScreen
        from quizapp.app.screens.question import QuestionScreen
        from quizapp.app.screens.summary import SummaryScreen
        from quizapp.app.screens.unreadable import UnreadableScreen

        identity = self.session.current
        if identity is None:
            return None if self.aside else SummaryScreen(self)
        draft = self.session.draft()
        try:
            item = self.desk.item(identity)
        except TorchdrillError as error:
            return UnreadableScreen(self, identity, error)
        if draft.revealed:
            reply = Reply(draft.text, draft.letters)
            return AnswerScreen(self, item, reply, options=self.options(item), draft=draft)
        return QuestionScreen(self, item, draft)

    def go_on(self) -> None:
        """Put the next screen in the place of the present one."""
        following = self.screen()
        if following is None:
            self.app.pop_screen()
        else:
            self.app.switch_screen(following)

    def leave(self) -> None:
        """Go back to where the session was started from; it can be resumed."""
        if self.aside and self.session.current is not None:
            self.session.finish(self.desk.now())
        self.app.pop_screen()

    def reveal(
        self,
        item: Item,
        reply: Reply,
        seconds: float,
        *,
        confidence: float | None = None,
        hints: int = 0,
    ) -> None:
        """Show the answer before the reader ticks what was said.

        Args:
            item: the question.
            reply: what was said so far.
            seconds: the time it took.
            confidence: from 0 to 1, how sure the reader was; None if that was not said.
            hints: how many were taken.
        """
        from quizapp.app.screens.answer import AnswerScreen

        draft = self.keep(reply, seconds=seconds, revealed=True, confidence=confidence, hints=hints)
        self.app.switch_screen(
            AnswerScreen(self, item, reply, options=self.options(item), draft=draft)
        )

    def answer(
        self,
        item: Item,
        reply: Reply,
        graded: Graded,
        seconds: float,
        *,
        confidence: float | None = None,
        hints: int = 0,
    ) -> None:
        """Put a graded answer on disk, then show its verdict.

        Args:
            item: the question.
            reply: what was answered.
            graded: what it was worth.
            seconds: the time it took.
            confidence: from 0 to 1, how sure the reader was; None if that was not said.
            hints: how many were taken.
        """
        from quizapp.app.screens.answer import AnswerScreen

        answered = self.record(reply, graded, seconds, confidence=confidence, hints=hints)
        screen = AnswerScreen(
            self, item, reply, graded=graded, answered=answered, options=self.options(item)
        )
        self.app.switch_screen(screen)

    def record(
        self,
        reply: Reply,
        graded: Graded,
        seconds: float,
        *,
        confidence: float | None = None,
        hints: int | None = None,
    ) -> Answered:
        """Put a graded answer on disk; with hints, its proposed rating is HARD at best.

        Args:
            reply: what was answered.
            graded: what it was worth.
            seconds: the time it took.
            confidence: from 0 to 1, how sure the reader was; None takes that of the draft.
            hints: how many were taken; None takes those of the draft.

        Raises:
            StoreError: it could not be saved; the question stays the current one.
        """
        draft = self.session.draft()
        taken = draft.hints if hints is None else hints
        answered = self.session.answer(
            reply.response, with_hints(graded, taken), now=self.desk.now(), seconds=seconds,
            confidence=draft.confidence if confidence is None else confidence, hints=taken,
        )  # fmt: skip
        self._hints = taken
        return answered

    def amend(self, *, rating: Rating | None = None, graded: Graded | None = None) -> Answered:
        """Change the grade of the answer just given."""
        if graded is not None:
            graded = with_hints(graded, self._hints)
        return self.session.amend(now=self.desk.now(), rating=rating, graded=graded)

    def keep(
        self,
        reply: Reply,
        *,
        seconds: float,
        ticked: frozenset[int] = frozenset(),
        revealed: bool = False,
        confidence: float | None = None,
        hints: int | None = None,
    ) -> Draft:
        """Put what is begun on disk.

        Args:
            reply: what was answered so far.
            seconds: time spent on it so far.
            ticked: the points ticked so far.
            revealed: whether the answer was shown.
            confidence: how sure the reader was; None keeps what was said before.
            hints: how many were taken; None keeps the number.
        """
        before = self.session.draft()
        self.session.save_draft(
            reply.text, letters=reply.letters, ticked=sorted(ticked), revealed=revealed,
            confidence=before.confidence if confidence is None else confidence,
            hints=before.hints if hints is None else hints,
            seconds=seconds, now=self.desk.now(),
        )  # fmt: skip
        return self.session.draft()

    def skip(self, identity: str, seconds: float = 0.0) -> None:
        """Pass the question over and go on."""
        entry = self.desk.entries.get(identity)
        kind = Kind(entry.kind) if entry is not None else Kind.RECALL
        self.session.skip(kind, now=self.desk.now(), seconds=seconds)
        self.go_on()

    def options(self, item: Item) -> tuple[Option, ...]:
        """The options of a choice question in the order of this session."""
        return self.session.options(item.question)

    def follow(self, identity: str) -> None:
        """Ask a follow-up, and come back."""
        from quizapp.study.session import begin

        session = begin(self.desk.store, (identity,), now=self.desk.now(), activity="follow-up")
        screen = Quiz(self.app, session, aside=True).screen()
        assert screen is not None
        self.app.push_screen(screen)


def start(app: TorchdrillApp, filters: Filters | None = None) -> None:
    """Select questions and ask them.

    Raises:
        UsageError: nothing fits.
        StoreError: the session cannot be put on disk.
    """
    from quizapp.study.selection import Filters, select

    chosen = filters or Filters()
    desk = app.desk
    ids = select(desk.entries, desk.store, chosen, desk.now())
    if not ids:
        raise UsageError("there is nothing to ask", todo="loosen the filters, or come back later")
    begin(app, ids, chosen)


def begin(app: TorchdrillApp, ids: Sequence[str], filters: Filters | None = None) -> None:
    """Ask these questions."""
    from quizapp.study.session import begin as begin_session

    desk = app.desk
    for identity, draft in desk.store.drafts().items():
        if draft.revealed and identity in ids:  # of an older session: it is asked anew
            anew = replace(draft, revealed=False, ticked=(), confidence=None, hints=0)
            desk.store.save_draft(anew, now=desk.now())
    _lead(app, begin_session(desk.store, ids, now=desk.now(), filters=filters))


def resume(app: TorchdrillApp) -> bool:
    """Go on with the unfinished session; False if there is none."""
    from quizapp.study.session import resume as resume_session

    session = resume_session(app.desk.store, app.desk.entries)
    if session is not None:
        _lead(app, session)
    return session is not None


def _lead(app: TorchdrillApp, session: Session) -> None:
    screen = Quiz(app, session).screen()
    if screen is not None:
        app.push_screen(screen)
