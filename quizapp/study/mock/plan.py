"""How a mock interview is laid out: which sort of question comes when, and how long it may take."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from verify.bank.model import Kind

LENGTHS = (30, 45, 60)
"""Minutes that an interview may last."""


class Group(StrEnum):
    """The columns of a scorecard."""

    TALK = "talk"
    """Recall and choice."""
    OUTPUT = "output"
    BUG = "bug"
    CODE = "code"


def group_of(kind: str) -> Group:
    """The column that a kind of question belongs to."""
    return Group.TALK if kind in (Kind.RECALL, Kind.CHOICE) else Group(kind)


class Slot(NamedTuple):
    """A place for one question."""

    group: Group
    follows: bool
    """Whether the answer before it decides what is asked."""


def _slots(letters: str) -> tuple[Slot, ...]:
    groups = {"T": Group.TALK, "O": Group.OUTPUT, "B": Group.BUG, "C": Group.CODE}
    # Talk goes on from what was just said, but for the talk that an interview begins with.
    return tuple(
        Slot(groups[letter], letter == "T" and place > 0) for place, letter in enumerate(letters)
    )


PLANS = {30: _slots("TOTBCTOT"), 45: _slots("TOTBTCTOTBT"), 60: _slots("TOTBTCTOTTBTOT")}
"""What is asked in which order, as far as time allows: the code comes early enough to be reached
by who is slow, and never first."""

EXTRA = _slots("OTBT")
"""What is asked in turn once the plan is through and there are minutes left."""

MUSTS = (Group.CODE, Group.TALK, Group.BUG, Group.OUTPUT, Group.TALK)
"""What every interview holds as far as the bank has it; the last is the first to be left out."""

SHARES = {
    Group.TALK: (0.0, 0.2),
    Group.OUTPUT: (0.0, 0.15),
    Group.BUG: (0.0, 0.2),
    Group.CODE: (0.25, 0.4),
}
"""The part of the whole time that one question of a group should take, from and to; what lies
outside is taken only where there is nothing inside."""

LONGEST_SHARE = 0.6
"""The part of the whole time that no single question may exceed."""


class Places(NamedTuple):
    """What is still to be filled."""

    planned: tuple[Slot, ...]
    beyond: tuple[Slot, ...]
    """Once the plan is through, or nothing that it wants fits any more."""


def places(minutes: int, asked: Iterable[Group]) -> Places:
    """The places that are still to be filled, in order.

    Args:
        minutes: how long the interview lasts.
        asked: the groups of the questions asked so far.
    """
    left = [*PLANS[minutes]]
    surplus = 0
    for group in asked:
        place = next((n for n, slot in enumerate(left) if slot.group is group), None)
        if place is None:
            surplus += 1
        else:
            left.pop(place)
    turn = surplus % len(EXTRA)
    return Places(tuple(left), EXTRA[turn:] + EXTRA[:turn])
