"""Which questions to ask, and in which order."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum

import msgspec

from quizapp.study.clock import study_day
from quizapp.study.goal import Goal, cramming, goal_of
from quizapp.study.interleaving import apart, near
from quizapp.study.learning import learning_order
from quizapp.study.marks import Mark
from quizapp.study.records import CardState, Listed
from quizapp.study.scheduling import is_due, retrievability
from quizapp.study.store import Store
from verify.bank.model import Kind, Level
from verify.errors import UsageError

NEW_SHARE = 3
"""Of a mixed quiz at least one question in this many is new, while there are new ones."""

UNSEEN_CHANCE = 0.5
"""When cramming, the chance to know a question that was never asked."""

MISSED_FACTOR = 0.5
"""When cramming, what is left of the chance to know a question that was not right last time."""


class Order(StrEnum):
    """What comes first."""

    MIXED = "mixed"
    """What is due, with new ones among it; nothing twice on a day.  On the last days before an
    interview no new ones, but what is least likely to be known then."""
    DUE = "due"
    """Only what is due, the most nearly forgotten first."""
    NEW = "new"
    """Only what was never answered: every topic early, easier questions first."""
    RANDOM = "random"
    """In random order, what was answered today at the end."""
    CRAM = "cram"
    """Everything, what is least likely to be known first; also what was answered today."""


class Filters(msgspec.Struct, frozen=True):
    """What a quiz is made from."""

    topics: tuple[str, ...] = ()
    """Empty for all, and so below."""
    levels: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    """Empty for all but code, which is practised at a judge and not in a quiz."""
    count: int | None = 10
    """At most so many; None for as many as there are."""
    order: Order = Order.MIXED
    seed: int | None = None
    """Of what is random; None takes the study day, so that a day has its own order."""


def select(
    entries: Mapping[str, Listed], store: Store, filters: Filters, now: datetime
) -> tuple[str, ...]:
    """The ids to ask, in order, neighbours of different topics where possible.

    Args:
        entries: the index of the pack, by id.
        store: what was answered so far.
        filters: what is wanted.
        now: decides what is due.

    Raises:
        UsageError: a topic, level or kind that there is not, or a negative count.
    """
    check(entries, filters)
    day = study_day(now)
    found = [entry for entry in entries.values() if _fits(entry, filters)]
    chooser = _Chooser(
        found,
        store.cards(),
        day,
        random.Random(day.toordinal() if filters.seed is None else filters.seed),
        goal_of(store) or Goal(),
    )
    count = len(found) if filters.count is None else filters.count
    ids = chooser.choose(filters.order, count)
    return apart(
        ids,
        lambda id: entries[id].topic,
        lambda one, other: near(entries[one], entries[other]),
    )


def asked_in_quiz(entry: Listed) -> bool:
    """True for the kinds a quiz asks unless others are named."""
    return entry.kind != Kind.CODE


def check(entries: Mapping[str, Listed], filters: Filters) -> None:
    """Refuse words that no question has.

    Raises:
        UsageError: with the nearest valid word.
    """
    _expect("topic", filters.topics, {entry.topic for entry in entries.values()})
    _expect("level", filters.levels, {level.value for level in Level})
    _expect("kind", filters.kinds, {kind.value for kind in Kind})
    if filters.count is not None and filters.count < 1:
        raise UsageError(f"{filters.count} questions cannot be asked", todo="ask for 1 or more")


class _Chooser:
    """The orders, over the questions that fit and what is known of them."""

    def __init__(
        self,
        found: Sequence[Listed],
        cards: Mapping[str, CardState],
        day: date,
        chance: random.Random,
        goal: Goal,
    ) -> None:
        self.found = sorted(found, key=lambda entry: entry.id)
        self.cards = cards
        self.day = day
        self.chance = chance
        self.goal = goal

    def choose(self, order: Order, count: int) -> Sequence[str]:
        match order:
            case Order.DUE:
                return self.due()[:count]
            case Order.NEW:
                return self.new()[:count]
            case Order.MIXED if cramming(self.goal, self.day):
                return self.last_days()[:count]
            case Order.MIXED:
                return self.mixed(count)
            case Order.RANDOM:
                return sorted(self.shuffled(), key=self.answered_today)[:count]
            case Order.CRAM:
                return sorted(self.shuffled(), key=self.chance_known)[:count]

    def due(self) -> list[str]:
        cards = [self.cards[entry.id] for entry in self.found if entry.id in self.cards]
        due = [card for card in cards if is_due(card, self.day)]
        return [card.id for card in sorted(due, key=lambda card: retrievability(card, self.day))]

    def new(self) -> list[str]:
        shuffled = list(self.found)
        self.chance.shuffle(shuffled)
        return learning_order(shuffled, self.cards, self.goal.level)

    def last_days(self) -> list[str]:
        """What was seen and is least likely to be known, nothing of today; then new ones."""
        seen = [id for id in self.shuffled() if id in self.cards and not self.answered_today(id)]
        return [*sorted(seen, key=self.chance_known), *self.new()]

    def answered_today(self, id: str) -> bool:
        card = self.cards.get(id)
        return card is not None and card.last_day == self.day

    def mixed(self, count: int) -> list[str]:
        due, new = self.due(), self.new()
        room = min(len(new), count // NEW_SHARE)
        due = due[: count - room]
        new = new[: count - len(due)]
        # Spread the new ones evenly: each id gets its place on a scale from 0 to 1.
        scale = [(i / len(part), id) for part in (due, new) for i, id in enumerate(part)]
        return [id for _, id in sorted(scale, key=lambda pair: pair[0])]

    def shuffled(self) -> list[str]:
        ids = [entry.id for entry in self.found]
        self.chance.shuffle(ids)
        return ids

    def chance_known(self, id: str) -> float:
        card = self.cards.get(id)
        if card is None:
            return UNSEEN_CHANCE
        chance = retrievability(card, self.day)
        return chance if card.last_mark is Mark.RIGHT else chance * MISSED_FACTOR


def _fits(entry: Listed, filters: Filters) -> bool:
    if filters.topics and entry.topic not in filters.topics:
        return False
    if filters.levels and entry.level not in filters.levels:
        return False
    return entry.kind in filters.kinds if filters.kinds else asked_in_quiz(entry)


def _expect(what: str, words: Iterable[str], valid: set[str]) -> None:
    for word in words:
        if word not in valid:
            from difflib import get_close_matches

            near = get_close_matches(word, sorted(valid), n=1)
            raise UsageError(
                f"there is no {what} {word!r}",
                todo=f"did you mean {near[0]!r}?"
                if near
                else f"one of: {', '.join(sorted(valid)) or 'none, the bank is empty'}",
            )
