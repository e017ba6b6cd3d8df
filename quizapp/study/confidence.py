"""How sure a person says to be before the answer is shown.

Four steps and no more: few people can tell 60 from 70 %, and one key must do.  A step stands for
the share of its answers that should turn out right.  A guess among the four options of a choice is
right once in four; who is certain may still be wrong once in twenty.
"""

from __future__ import annotations

import msgspec

from quizapp.study.store import Store

_NAME = "confidence"


class Step(msgspec.Struct, frozen=True):
    """One thing to say of an answer before it is graded."""

    key: str
    """The key that says it."""
    words: str
    said: float
    """As it goes into the log: the share of such answers that should be right."""


STEPS = (
    Step("1", "guessing", 0.25),
    Step("2", "unsure", 0.5),
    Step("3", "fairly sure", 0.75),
    Step("4", "certain", 0.95),
)
"""From the least sure to the surest."""


def asks_confidence(store: Store) -> bool:
    """Whether the person wants to be asked; not unless they have said so."""
    return store.setting(_NAME, False) is True


def toggle_confidence(store: Store) -> bool:
    """Ask from now on, or ask no more; returns whether it is asked now."""
    asked = not asks_confidence(store)
    store.set_setting(_NAME, asked)
    return asked


def nearest(said: float) -> Step:
    """The step that a share in the log belongs to."""
    return min(STEPS, key=lambda step: abs(step.said - said))
