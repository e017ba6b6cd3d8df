"""What a mock interview keeps beside its row of questions: `sessions.state`, as JSON."""

from __future__ import annotations

from enum import StrEnum

import msgspec
from msgspec.structs import replace

from quizapp.study.mock.plan import Group, group_of
from quizapp.study.records import Draft


class Why(StrEnum):
    """Why a question was chosen."""

    OPENING = "opening"
    """The first one."""
    FRESH = "fresh"
    """Something else than before."""
    DEEPER = "deeper"
    """The last answer was right: it follows it up, or is a harder one of the topic."""
    ASIDE = "aside"
    """The last answer was partly right: it follows it up without being harder."""
    BASIC = "basic"
    """The last answer was wrong: a more basic one of the topic."""

    @property
    def follows(self) -> bool:
        """Whether it goes on from the last answer."""
        return self in (Why.DEEPER, Why.ASIDE, Why.BASIC)


class Asked(msgspec.Struct, frozen=True):
    """A question of an interview, as it was in the bank when it was asked."""

    id: str
    kind: str
    level: str
    minutes: int
    """The budget."""
    why: Why
    depth: int = 0
    """How many questions before it belong to the same thread."""
    seconds: float = 0.0
    """How long it was on the screen."""
    kept: int = 0
    """(judged code) How many laws the best attempt kept, of ``laws``."""
    laws: int = 0
    """(judged code) How many there were; 0 for what was not judged."""

    @property
    def group(self) -> Group:
        """Its column of the scorecard."""
        return group_of(self.kind)

    @property
    def topic(self) -> str:
        """The first part of the id."""
        return self.id.partition("/")[0]

    @property
    def budget(self) -> float:
        """Seconds that it should take."""
        return 60.0 * self.minutes


class Ending(StrEnum):
    """How an interview came to its end."""

    OPEN = "open"
    """It has not."""
    THROUGH = "through"
    """All was asked that fits into its time."""
    TIME = "time"
    """The time was over."""
    LEFT = "left"
    """The person ended it."""


class State(msgspec.Struct, frozen=True):
    """Everything of an interview that is not in the log of answers."""

    minutes: int
    level: str | None = None
    """A value of ``Level``; None for all."""
    asked: tuple[Asked, ...] = ()
    """One for each question of the session, the current one last."""
    draft: Draft | None = None
    """What was begun for the current question."""
    code: Draft | None = None
    """The code that was written for it."""
    best: str = ""
    """The code of the best attempt at it, once the judge has tried one; ``asked`` holds how it came
    out."""
    ending: Ending = Ending.OPEN
    unreached: tuple[Asked, ...] = ()
    """What would still have been asked when it ended."""

    def with_current(self, asked: Asked) -> State:
        """The same, with something changed about the current question."""
        return replace(self, asked=(*self.asked[:-1], asked))

    def going_on(self, following: Asked) -> State:
        """One question further; nothing is begun for it."""
        return State(minutes=self.minutes, level=self.level, asked=(*self.asked, following))

    def ended(self, ending: Ending, rest: tuple[Asked, ...]) -> State:
        """At its end.

        Args:
            ending: how it came.
            rest: what would still have been asked.
        """
        return State(
            minutes=self.minutes,
            level=self.level,
            asked=self.asked,
            ending=ending,
            unreached=rest,
        )
