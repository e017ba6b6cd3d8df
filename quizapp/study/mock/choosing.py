"""What an interviewer asks next.  Pure: no clock, no store; the same seed asks the same."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from quizapp.study.marks import Mark
from quizapp.study.mock.plan import (
    LONGEST_SHARE,
    MUSTS,
    SHARES,
    Group,
    Slot,
    group_of,
    places,
)
from quizapp.study.mock.state import Asked, Why
from quizapp.study.records import Listed
from verify.bank.model import Kind, Level

LONGEST_THREAD = 2
"""Follow-ups in a row, after which something else is asked."""

REACH = 1
"""How many levels a question may be away from the wanted one."""

_RANKS = {level.value: rank for rank, level in enumerate(Level)}


class Askable(Listed, Protocol):
    """What an interview needs to know of a question; ``verify.bank.Entry`` has it."""

    @property
    def title(self) -> str:
        """What a list calls it."""

    @property
    def follow_ups(self) -> tuple[str, ...]:
        """What an interviewer would go on to."""

    @property
    def needs(self) -> tuple[str, ...]:
        """A device or packages."""


class Interviewer:
    """Chooses the questions of one interview.

    A group of questions of the wanted level comes before its neighbours, what fits the plan before
    what is long, what was not answered lately before what was, a topic that has not come up before
    one that has.  Chance decides between equals.

    Args:
        entries: the index of the pack, by id.
        minutes: how long the interview lasts; one of ``LENGTHS``.
        level: a value of ``Level``; None for all.
        seed: of what is left to chance.
        recent: ids that were answered so lately that they would prove nothing.
    """

    def __init__(
        self,
        entries: Mapping[str, Askable],
        *,
        minutes: int,
        level: str | None,
        seed: int,
        recent: Collection[str] = (),
    ) -> None:
        self.entries = entries
        self.minutes = minutes
        self.level = level
        self.seed = seed
        self._recent = recent
        self._wanted = None if level is None else _RANKS[level]
        self._pools: dict[Group, list[list[Askable]]] = {}
        self._talk: dict[str, list[Askable]] = {}
        sorts: dict[Group, dict[tuple[float, ...], list[Askable]]] = {g: {} for g in Group}
        for id in sorted(entries):
            entry = entries[id]
            group = group_of(entry.kind)
            if not self._possible(entry):
                continue
            if group is Group.TALK:
                self._talk.setdefault(entry.topic, []).append(entry)
            if self._distance(entry.level) <= REACH:
                sorts[group].setdefault(self._rank(entry, group), []).append(entry)
        for group, sort in sorts.items():
            self._pools[group] = [sort[key] for key in sorted(sort)]
        self._least = self._leasts()

    def next(self, asked: Sequence[Asked], mark: Mark | None) -> Asked | None:
        """The next question; None if nothing is left that fits.

        Args:
            asked: the questions so far, all of them answered.
            mark: how the last answer went; None before the first.
        """
        chance = random.Random(f"{self.seed} {len(asked)}")
        left = places(self.minutes, (each.group for each in asked))
        for slot in left.planned + left.beyond:
            # A follow-up of another group takes the place that this group has later on.
            groups = {slot.group, *(other.group for other in left.planned)}
            if slot.follows and asked and mark is not None:
                found = self._follow(asked, mark, slot, groups, chance)
                if found is not None:
                    return found
            entry = self._fresh(slot.group, asked, chance)
            if entry is not None:
                return _asked(entry, Why.FRESH if asked else Why.OPENING)
        return None

    def rest(self, asked: Sequence[Asked]) -> tuple[Asked, ...]:
        """What would still be asked, were nothing followed up."""
        found = [*asked]
        while (following := self.next(found, None)) is not None:
            found.append(following)
        return tuple(found[len(asked) :])

    # -- what fits --------------------------------------------------------------------------

    def _possible(self, entry: Askable) -> bool:
        if entry.kind == Kind.CODE and entry.needs:
            return False  # it could not be judged wherever those are missing
        return entry.minutes <= LONGEST_SHARE * self.minutes

    def _distance(self, level: str) -> int:
        return 0 if self._wanted is None else abs(_RANKS[level] - self._wanted)

    def _rank(self, entry: Askable, group: Group) -> tuple[float, ...]:
        """What of the order does not change in the course of the interview."""
        low, high = (share * self.minutes for share in SHARES[group])
        misfit = max(0.0, entry.minutes - high, low - entry.minutes)
        return (self._distance(entry.level), misfit, entry.id in self._recent)

    def _leasts(self) -> dict[Group, list[int]]:
        """Minutes to keep for what an interview must hold, until it has come up: those of the
        shortest questions.

        Where all of that does not fit, the last of it may be left out.
        """
        shortest = {
            group: iter(
                sorted((self._distance(e.level), e.minutes) for sort in sorts for e in sort)
            )
            for group, sorts in self._pools.items()
        }
        found: dict[Group, list[int]] = {group: [] for group in Group}
        left = self.minutes
        for group in MUSTS:
            _, least = next(shortest[group], (0, 0))
            if 0 < least <= left:
                found[group].append(least)
                left -= least
        return found

    def _room(self, group: Group, asked: Sequence[Asked]) -> int:
        """Minutes that a question of a group may take now."""
        come_up = Counter([group, *(each.group for each in asked)])
        kept = sum(sum(least[come_up[other] :]) for other, least in self._least.items())
        return self.minutes - sum(each.minutes for each in asked) - kept

    # -- what is chosen ---------------------------------------------------------------------

    def _fresh(self, group: Group, asked: Sequence[Asked], chance: random.Random) -> Askable | None:
        """Something else: of a topic and a kind that came up least."""
        used = {each.id for each in asked}
        room = self._room(group, asked)
        topics = Counter(each.topic for each in asked)
        kinds = Counter(each.kind for each in asked)
        for sort in self._pools[group]:
            fitting = [e for e in sort if e.minutes <= room and e.id not in used]
            if fitting:
                fewest = min((topics[e.topic], kinds[e.kind]) for e in fitting)
                return chance.choice(
                    [e for e in fitting if (topics[e.topic], kinds[e.kind]) == fewest]
                )
        return None

    def _follow(
        self,
        asked: Sequence[Asked],
        mark: Mark,
        slot: Slot,
        groups: Collection[Group],
        chance: random.Random,
    ) -> Asked | None:
        """Something that goes on from the last answer; None if it is time for another topic."""
        last = asked[-1]
        if last.depth >= LONGEST_THREAD:
            return None
        rank = _RANKS[last.level]
        tries: list[tuple[Why, Iterable[Askable]]] = []
        if mark is Mark.RIGHT:
            harder = [e for e in self._talk.get(last.topic, ()) if rank < _RANKS[e.level]]
            nearest = min((_RANKS[e.level] for e in harder), default=0)
            harder = self._reached(e for e in harder if _RANKS[e.level] == nearest)
            tries = [(Why.DEEPER, self._named(last)), (Why.DEEPER, harder)]
        elif mark is Mark.PARTLY:
            tries = [(Why.ASIDE, (e for e in self._named(last) if _RANKS[e.level] <= rank))]
        else:
            basic = [e for e in self._talk.get(last.topic, ()) if _RANKS[e.level] < rank]
            nearest = max((_RANKS[e.level] for e in basic), default=0)
            tries = [(Why.BASIC, (e for e in basic if _RANKS[e.level] == nearest))]
        used = {each.id for each in asked}
        for why, candidates in tries:
            fitting = [
                entry
                for entry in candidates
                if entry.id not in used
                and entry.id not in self._recent
                and group_of(entry.kind) in groups
                and entry.minutes <= self._room(group_of(entry.kind), asked)
            ]
            if fitting:
                here = [entry for entry in fitting if group_of(entry.kind) is slot.group]
                return _asked(chance.choice(here or fitting), why, last.depth + 1)
        return None

    def _named(self, last: Asked) -> list[Askable]:
        """What the last question names as its follow-ups, but for code, which has its own place."""
        entry = self.entries.get(last.id)
        named = () if entry is None else entry.follow_ups
        found = (self.entries[id] for id in named if id in self.entries)
        return self._reached(e for e in found if e.kind != Kind.CODE and self._possible(e))

    def _reached(self, found: Iterable[Askable]) -> list[Askable]:
        return [entry for entry in found if self._distance(entry.level) <= REACH]


def _asked(entry: Askable, why: Why, depth: int = 0) -> Asked:
    return Asked(entry.id, entry.kind, entry.level, entry.minutes, why, depth)


def outline(entries: Mapping[str, Askable], minutes: int, level: str | None) -> dict[Group, int]:
    """How many questions of each group an interview is likely to hold."""
    found = Interviewer(entries, minutes=minutes, level=level, seed=0).rest(())
    return {group: sum(each.group is group for each in found) for group in Group}


def shortages(entries: Mapping[str, Askable], minutes: int, level: str | None) -> tuple[str, ...]:
    """What the bank lacks for an interview, in sentences; empty if nothing."""
    reach = None if level is None else _RANKS[level]
    near: dict[Group, set[int]] = {group: set() for group in Group}
    for entry in entries.values():
        if entry.minutes <= LONGEST_SHARE * minutes and not (entry.needs and entry.kind == "code"):
            away = 0 if reach is None else abs(_RANKS[entry.level] - reach)
            near[group_of(entry.kind)].add(away)
    none = [group.value for group, found in near.items() if not {*range(REACH + 1)} & found]
    other = [
        group.value
        for group, found in near.items()
        if 0 not in found and group.value not in none
    ]  # fmt: skip
    told = []
    if none:
        told.append(f"Without {_listed(none, 'or')}: this bank has nothing that fits.")
    if other:
        told.append(f"No {level} questions for {_listed(other, 'and')}: neighbours stand in.")
    return tuple(told)


def _listed(words: Sequence[str], joint: str) -> str:
    return f" {joint} ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
