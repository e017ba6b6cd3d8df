"""One mock interview under way: its questions, its clock, and what survives a crash.

Every answer is on disk when it is shown as given, together with the question chosen after it.  The
clock and what is being written are put there every few seconds, so that a crash costs no more.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime

import msgspec
from msgspec.structs import replace

from quizapp.study.clock import stamp, utc
from quizapp.study.grading import Graded, skipped
from quizapp.study.marks import Mark
from quizapp.study.mock.choosing import Askable, Interviewer
from quizapp.study.mock.judged import grade_judged
from quizapp.study.mock.recent import recently_asked
from quizapp.study.mock.state import Asked, Ending, State
from quizapp.study.records import Draft, Review
from quizapp.study.session import MOCK, load
from quizapp.study.store import Store
from verify.bank.model import Kind, Option, Question
from verify.errors import UsageError

LAST_SECONDS = 60.0
"""With less than that on the clock no other question is begun."""

_STATE = msgspec.json.Decoder(State)


class Sitting:
    """A mock interview.  ``sitting.begin`` makes one, ``sitting.resume`` goes on with one.

    Args:
        store: where it is kept.
        number: of its session.
        entries: the index of the pack, to choose from; none where an ended one is looked at.

    Raises:
        UsageError: there is no interview of that number.
    """

    def __init__(
        self, store: Store, number: int, entries: Mapping[str, Askable] | None = None
    ) -> None:
        self._store = store
        self._session = load(store, number)
        with store.reading() as sql:
            row = sql.execute("SELECT state FROM sessions WHERE number = ?", (number,)).fetchone()
            if self._session.activity != MOCK or row[0] is None:
                raise UsageError(f"session {number} is no mock interview")
            state = _STATE.decode(row[0])
        self.number = number
        self.position = self._session.position
        """How many of its questions are behind."""
        self.started = self._session.started
        self.finished = self._session.finished
        self.state = _present(store, state, self.position)
        self._changing = threading.RLock()
        self._entries = entries or {}
        self._interviewer: Interviewer | None = None

    # -- where it stands --------------------------------------------------------------------

    @property
    def minutes(self) -> int:
        """How long it lasts."""
        return self.state.minutes

    @property
    def level(self) -> str | None:
        """A value of ``Level``; None for all."""
        return self.state.level

    @property
    def current(self) -> Asked | None:
        """The question to ask now; None once it has ended."""
        if self.finished is not None or self.position >= len(self.state.asked):
            return None
        return self.state.asked[self.position]

    @property
    def elapsed(self) -> float:
        """Seconds on the clock so far."""
        return sum(each.seconds for each in self.state.asked)

    @property
    def left(self) -> float:
        """Seconds of the whole time that are left; below 0 once it is over."""
        return 60.0 * self.minutes - self.elapsed

    @property
    def left_here(self) -> float:
        """Seconds of the current question's budget that are left; below 0 once it is over."""
        asked = self._here()
        return asked.budget - asked.seconds

    @property
    def answered(self) -> tuple[Review, ...]:
        """The answers that count, oldest first."""
        return self._store.reviews(session=self.number)

    def options(self, question: Question) -> tuple[Option, ...]:
        """The options in the order they are shown; the same each time within this interview."""
        return self._session.options(question)

    # -- the current question ---------------------------------------------------------------

    @property
    def draft(self) -> Draft:
        """What was begun for the current question; empty if nothing was."""
        asked = self._here()
        return self.state.draft or Draft(asked.id)

    def spend(self, seconds: float) -> None:
        """Let the clock go on; ``keep`` puts it on disk."""
        with self._changing:
            asked = self._here()
            self.state = self.state.with_current(replace(asked, seconds=asked.seconds + seconds))

    def keep(self, now: datetime, *, draft: Draft | None = None, code: Draft | None = None) -> None:
        """Put the clock, and what was begun, on disk; called often, so it does not wait for it.

        Args:
            now: the present moment.
            draft: what is begun now; None leaves it as it is.
            code: the code that is written now; None leaves it as it is.
        """
        with self._changing:
            self._here()
            self.state = replace(
                self.state, draft=draft or self.state.draft, code=code or self.state.code
            )
            self._write(self.state, self.position, None, now, durable=False)

    def note_best(self, code: str, kept: int, laws: int, now: datetime) -> None:
        """Keep what the judge has tried as the best attempt so far.

        Args:
            code: as it was tried.
            kept: laws that it keeps.
            laws: of how many.
            now: the present moment.
        """
        asked = replace(self._here(), kept=kept, laws=laws)
        state = replace(self.state.with_current(asked), best=code)
        self._write(state, self.position, None, now)
        self.state = state

    def answer(self, response: str, graded: Graded, *, now: datetime) -> Asked | None:
        """Log the answer to the current question, and choose the next.

        Args:
            response: what was typed, or the letters chosen.
            graded: what it was worth.
            now: when it was given.

        Returns:
            The next question; None if the interview has ended with this one.

        Raises:
            StoreError: it could not be saved; the interview stands where it stood.
            UsageError: it went on in another window.
        """
        asked = replace(self._here(), kept=0, laws=0)  # what was judged was not handed in
        return self._answer(response, graded, self.state.with_current(asked), now)

    def hand_in(self, now: datetime) -> Asked | None:
        """Let the best attempt that was judged be the answer.

        Raises:
            UsageError: nothing was judged yet.
        """
        if not self._here().laws:
            raise UsageError("nothing was judged yet", todo="have it judged, or skip it")
        return self._answer(self.state.best, self._judged(), self.state, now)

    def skip(self, now: datetime) -> Asked | None:
        """Pass the current question over; its schedule stays as it is."""
        return self.answer("", skipped(Kind(self._here().kind)), now=now)

    def end(self, now: datetime) -> None:
        """End the interview here.

        The best attempt at code counts; any other current question counts as passed over.
        """
        asked = self._here()
        rest = self._chooser().rest(self.state.asked)
        state = self.state.ended(Ending.LEFT, rest)
        if asked.laws:
            self._settle(self.state.best, self._judged(), state, now)
        else:
            self._settle("", skipped(Kind(asked.kind)), state, now)

    def replace(self, now: datetime) -> Asked | None:
        """Ask another question, because the current one cannot be read any more.

        Returns:
            The other question; None if there is none, and the interview has ended.
        """
        gone = self._here().id
        self._entries = {id: entry for id, entry in self._entries.items() if id != gone}
        self._interviewer = None
        before = self.state.asked[: self.position]
        marks = {review.id: review.mark for review in self.answered}
        mark = marks.get(before[-1].id, Mark.SKIPPED) if before else None
        following = self._chooser().next(before, mark)
        state = replace(self.state, asked=before)
        if following is not None:
            state, finished = state.going_on(following), None
        else:
            state, finished = state.ended(Ending.THROUGH, ()), utc(now)
        self._write(state, self.position, finished, now)
        self.state, self.finished = state, finished
        return self.current

    # -- inside -----------------------------------------------------------------------------

    def _here(self) -> Asked:
        asked = self.current
        if asked is None:
            raise UsageError("the interview has ended", todo="begin another")
        return asked

    def _chooser(self) -> Interviewer:
        if self._interviewer is None:
            self._interviewer = Interviewer(
                self._entries,
                minutes=self.minutes,
                level=self.level,
                seed=self._session.seed,
                recent=recently_asked(self._store, self.started, self.number),
            )
        return self._interviewer

    def _judged(self) -> Graded:
        asked, code = self._here(), self.state.code
        failures = 0 if code is None else code.failures
        return grade_judged(Kind(asked.kind), asked.kept, asked.laws, failures=failures)

    def _answer(self, response: str, graded: Graded, state: State, now: datetime) -> Asked | None:
        """Choose what comes next, and put both on disk."""
        chooser = self._chooser()
        over = self.left < LAST_SECONDS
        following = None if over else chooser.next(state.asked, graded.mark)
        if following is not None:
            return self._settle(response, graded, state.going_on(following), now)
        rest = chooser.rest(state.asked) if over else ()
        ended = state.ended(Ending.TIME if rest else Ending.THROUGH, rest)
        return self._settle(response, graded, ended, now)

    def _settle(self, response: str, graded: Graded, state: State, now: datetime) -> Asked | None:
        asked, position = self._here(), self.position + 1
        finished = None if state.ending is Ending.OPEN else utc(now)
        with self._store.writing():
            self._write(state, position, finished, now)
            self._store.log(
                asked.id,
                graded,
                now=now,
                response=response,
                rating=graded.rating,
                seconds=asked.seconds,
                session=self.number,
            )
        self.state, self.position, self.finished = state, position, finished
        return self.current

    def _write(
        self,
        state: State,
        position: int,
        finished: datetime | None,
        now: datetime,
        *,
        durable: bool = True,
    ) -> None:
        ids = tuple(asked.id for asked in state.asked)
        with self._store.writing(durable=durable) as sql:
            changed = sql.execute(
                "UPDATE sessions SET questions = ?, position = ?, finished = ?, touched = ?, "
                "state = ? WHERE number = ? AND position = ? AND finished IS NULL",
                (
                    msgspec.json.encode(ids).decode(),
                    position,
                    None if finished is None else stamp(finished),
                    stamp(now),
                    msgspec.json.encode(state).decode(),
                    self.number,
                    self.position,
                ),
            ).rowcount
            if not changed:
                raise UsageError(
                    "this interview went on elsewhere",
                    why="it is open in another window, or its last answer was taken back",
                    todo="leave it, and continue it from where it is now",
                )


def _present(store: Store, state: State, position: int) -> State:
    """The state as it was kept, under the present ids of its questions.

    An answer that was taken back lets the question before be asked once more: then what was chosen
    after it is dropped, with all that was begun.
    """
    asked = tuple(replace(each, id=store.present(each.id)) for each in state.asked[: position + 1])
    if len(asked) < len(state.asked):
        state = replace(state, draft=None, code=None, best="")
    if position < len(asked):
        state = replace(state, ending=Ending.OPEN, unreached=())
        if not state.best:
            asked = (*asked[:-1], replace(asked[-1], kept=0, laws=0))
    return replace(state, asked=asked)
