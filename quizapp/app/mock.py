"""Leads through a mock interview: which screen comes next, and when its clock runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from msgspec.structs import replace
from textual.content import Content

from quizapp.study.mock.ticking import KEEP_EVERY, ticking
from quizapp.study.mock.watch import Watch
from quizapp.study.mock.wording import clock, clock_left
from verify.bank.model import Kind
from verify.errors import TorchdrillError

if TYPE_CHECKING:
    from quizapp.app.app import TorchdrillApp
    from quizapp.app.kinds import Reply
    from quizapp.app.screens.page import Page
    from quizapp.study.grading import Graded
    from quizapp.study.mock.interview import Sitting
    from verify.bank.model import Item


class Mock:
    """One interview on the screen.

    Args:
        app: the app it runs in.
        sitting: the interview, begun or resumed.
    """

    def __init__(self, app: TorchdrillApp, sitting: Sitting) -> None:
        self.app = app
        self.desk = app.desk
        self.sitting = sitting
        self._watch = Watch()
        self._watched: Page | None = None
        self._unkept = 0.0

    # -- the clock --------------------------------------------------------------------------

    def start(self, page: Page) -> None:
        """A question is on the screen: the clock runs."""
        self._watched = page
        self._watch.start(self.desk.now())

    def stop(self, page: Page) -> None:
        """The question is on the screen no more: the clock stands."""
        if self._watched is page:  # the next one may be there already
            self._spend(self._watch.stop(self.desk.now()))
            self._watched = None
            self._keep_clock()

    def tick(self) -> None:
        """Let the clock go on."""
        self._spend(self._watch.look(self.desk.now()))
        if self._unkept >= KEEP_EVERY:
            self._keep_clock()

    @contextmanager
    def elsewhere(self) -> Iterator[None]:
        """Let the clock run on while the person works in another program."""
        self._spend(self._watch.stop(self.desk.now()))
        try:
            with ticking(self.sitting, self.desk.now):
                yield
        finally:
            self._watch.start(self.desk.now())

    def _spend(self, seconds: float) -> None:
        if self.sitting.current is not None:
            self.sitting.spend(seconds)
            self._unkept += seconds

    def _keep_clock(self) -> None:
        self._unkept = 0.0
        if self.sitting.current is not None:
            with self.app.telling_trouble():
                self.sitting.keep(self.desk.now())

    def head(self) -> tuple[Content, Content]:
        """Left and right of the head line: where we are, and the time that is left."""
        asked = self.sitting.current
        if asked is None:
            return Content("Mock interview"), Content("")
        from quizapp.app.text.clean import one_line

        here, whole = self.sitting.left_here, self.sitting.left
        left = Content.assemble("Mock · ", one_line(asked.topic), f" · {asked.kind}")
        time, over = f"{clock_left(here)} of {asked.minutes} min left", "time is up"
        right = Content.assemble(
            (f"question {self.sitting.position + 1}   ", "$dim"),
            (time, "") if here > 0 else (f"over by {clock(-here)}", "$warning"),
            (" · ", "$dim"),
            (f"{clock_left(whole)} in all", "$dim") if whole > 0 else (over, "$warning"),
        )
        return left, right

    # -- the way through --------------------------------------------------------------------

    def screen(self) -> Page:
        """The screen to show now."""
        from quizapp.app.screens.mock_code import MockCodeScreen
        from quizapp.app.screens.mock_question import MockQuestionScreen
        from quizapp.app.screens.mock_tick import MockTickScreen
        from quizapp.app.screens.scorecard import ScorecardScreen
        from quizapp.study.mock.scorecard import scorecard

        while (asked := self.sitting.current) is not None:
            try:
                item = self.desk.item(asked.id)
            except TorchdrillError as error:
                self.app.tell_trouble(error)
                self.sitting.replace(self.desk.now())
                continue
            if item.question.head.kind is Kind.CODE:
                return MockCodeScreen(self, item)
            if self.sitting.draft.revealed:
                return MockTickScreen(self, item)
            return MockQuestionScreen(self, item)
        card = scorecard(self.desk.store, self.desk.entries, self.sitting.number)
        return ScorecardScreen(card, ended=True)

    def go_on(self) -> None:
        """Put the next screen in the place of the present one."""
        self.app.switch_screen(self.screen())

    def leave(self) -> None:
        """Pause: back to where the interview was started from."""
        self.app.pop_screen()

    # -- what is done with a question -------------------------------------------------------

    def asks(self, item: Item) -> bool:
        """Whether this question is the current one."""
        current = self.sitting.current
        return current is not None and current.id == item.id

    def _moved_on(self, item: Item) -> bool:
        """Whether the answer to a question is on disk, and only its successor could not be shown.

        Then it is shown now, and what is on the screen is not taken for an answer to it.
        """
        if self.asks(item):
            self.tick()
            return False
        self.go_on()
        return True

    def keep(self, reply: Reply, ticked: frozenset[int] = frozenset()) -> None:
        """Put what is begun on disk, with the clock."""
        self.tick()
        draft = replace(
            self.sitting.draft, text=reply.text, letters=reply.letters, ticked=tuple(sorted(ticked))
        )
        self.sitting.keep(self.desk.now(), draft=draft)

    def reveal(self, item: Item, reply: Reply) -> None:
        """Let the reader tick what was said."""
        if self._moved_on(item):
            return
        draft = replace(self.sitting.draft, text=reply.text, revealed=True)
        self.sitting.keep(self.desk.now(), draft=draft)
        self.go_on()

    def answer(self, item: Item, reply: Reply, graded: Graded) -> None:
        """Put an answer on disk, and go on without a word about it."""
        if not self._moved_on(item):
            self.sitting.answer(reply.response, graded, now=self.desk.now())
            self.go_on()

    def hand_in(self, item: Item) -> None:
        """Let the best attempt at code be the answer, and go on."""
        if not self._moved_on(item):
            self.sitting.hand_in(self.desk.now())
            self.go_on()

    def mend(self, item: Item) -> None:
        """Answer with code instead."""
        from quizapp.app.screens.mock_code import MockCodeScreen

        if not self._moved_on(item):
            self.app.switch_screen(MockCodeScreen(self, item))

    def skip(self, item: Item) -> None:
        """Pass the question over."""
        if not self._moved_on(item):
            self.sitting.skip(self.desk.now())
            self.go_on()

    def end(self, item: Item) -> None:
        """End the interview here."""
        if not self._moved_on(item):
            self.sitting.end(self.desk.now())
            self.go_on()


def begin(app: TorchdrillApp, minutes: int, level: str | None, seed: int | None = None) -> None:
    """Start an interview.

    Raises:
        UsageError: nothing fits.
        StoreError: it cannot be put on disk.
    """
    from quizapp.study.mock.sitting import begin as begin_sitting

    desk = app.desk
    sitting = begin_sitting(
        desk.store, desk.entries, minutes=minutes, level=level, now=desk.now(), seed=seed
    )
    app.push_screen(Mock(app, sitting).screen())


def resume(app: TorchdrillApp, number: int | None = None) -> bool:
    """Go on with an unfinished interview; False if there is none.

    Args:
        app: the app it runs in.
        number: of the interview; None for the one that was touched last.

    Raises:
        StoreError: the progress cannot be read.
    """
    from quizapp.study.mock.sitting import resume as resume_sitting

    desk = app.desk
    sitting = resume_sitting(desk.store, desk.entries, desk.now(), number)
    if sitting is not None:
        app.push_screen(Mock(app, sitting).screen())
    return sitting is not None


def end(app: TorchdrillApp, number: int) -> None:
    """End an interview that was left, and show its scorecard."""
    from quizapp.study.mock.sitting import resume as resume_sitting

    desk = app.desk
    sitting = resume_sitting(desk.store, desk.entries, desk.now(), number)
    if sitting is not None and sitting.current is not None:
        sitting.end(desk.now())
    show_scorecard(app, number)


def show_scorecard(app: TorchdrillApp, number: int) -> None:
    """Show the scorecard of an ended interview.

    Raises:
        UsageError: there is no such interview.
    """
    from quizapp.app.screens.scorecard import ScorecardScreen
    from quizapp.study.mock.scorecard import scorecard

    app.push_screen(ScorecardScreen(scorecard(app.desk.store, app.desk.entries, number)))
