"""The days until the interview: what comes back on each, what is new, and whether it all fits.

The plan is a forecast, made anew from the log every day.  It walks through the days: what is due
comes first, then new questions while there are minutes left.  If all new ones can be met by an
equal share a day, they are; if not, each day takes as many as it holds.  A review lands on the
day FSRS gives it; whatever is met is reviewed once before the interview.  The last two days bring
nothing new before all that was seen is asked again, the least known first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from math import ceil
from statistics import median

import msgspec

from quizapp.study.clock import study_day
from quizapp.study.goal import Goal, cramming, goal_of
from quizapp.study.learning import aimed_at, learning_order
from quizapp.study.marks import Mark
from quizapp.study.records import CardState, Listed, Review
from quizapp.study.selection import asked_in_quiz
from quizapp.study.store import Store

MINUTES = 40
"""A day, where the person has said nothing else."""

AHEAD = 14
"""Days that are planned where there is no interview."""

LONGEST = 120
"""Days beyond which nothing is planned."""

REVIEW_SHARE = 0.5
"""What a review takes of the minutes that a question takes when it is new."""

CODE_SHARE = 1 / 3
"""Where time is short, about this share of the minutes for new ones goes to exercises."""

LOOKED_PAST = 8
"""So many new ones that are too long for the rest of a day are passed over for shorter ones."""

PACED_FROM = 10
"""Answers from which the person's own pace counts."""


class DayPlan(msgspec.Struct, frozen=True):
    """One day of the plan."""

    day: date
    due: int
    """Questions and exercises that come back."""
    new: tuple[str, ...]
    """Ids of new questions, exercises among them, in their order."""
    minutes: int
    """What that takes, about."""
    cram: bool
    """True for the last days, on which what was seen is asked again before anything new."""
    again: int
    """(cram) Questions that are not due and are asked again, the least known first."""
    late: int
    """Due, but more than the day holds; it comes the day after."""


class Plan(msgspec.Struct, frozen=True):
    """The days until the interview, today first; the next two weeks where there is none."""

    goal: Goal
    days: tuple[DayPlan, ...]
    questions: tuple[int, int]
    """How many unseen questions are met in time, of how many at the level aimed at."""
    exercises: tuple[int, int]
    unmet: tuple[str, ...]
    """Topics of which nothing is met in time."""
    overdue: int
    """Reviews that find no room before the interview."""

    @property
    def fits(self) -> bool:
        """True if everything at the level aimed at is seen and reviewed in time."""
        met, there = (sum(pair) for pair in zip(self.questions, self.exercises, strict=True))
        return met == there and not self.overdue


class _Load(msgspec.Struct, frozen=True):
    """What is to be spread over the days."""

    cards: tuple[tuple[date, float, str], ...]
    """Due day, stability and id of what was seen."""
    must: tuple[str, ...]
    """New ones in their order: questions, and an exercise of topics that have nothing else."""
    code: tuple[str, ...]
    """All other exercises."""
    coded: frozenset[str]
    """All exercises."""
    cost: dict[str, float]
    """Minutes that a question takes when it is new."""
    spent: float
    """Minutes studied today already."""
    begun: int
    """New ones that were met today already."""


def plan(entries: Mapping[str, Listed], store: Store, now: datetime) -> Plan:
    """Plan the days from today on.

    Args:
        entries: the index of the pack, by id.
        store: what was answered so far, and the goal.
        now: the present moment.
    """
    goal, day = goal_of(store) or Goal(), study_day(now)
    return _spread(_load(entries, store, goal, day), entries, goal, day)


def minutes_needed(entries: Mapping[str, Listed], store: Store, now: datetime) -> int | None:
    """How many minutes a day would let all fit, in steps of five; None if no day has so many."""
    goal, day = goal_of(store) or Goal(), study_day(now)
    load = _load(entries, store, goal, day)

    def fits(minutes: int) -> bool:
        wanted = msgspec.structs.replace(goal, minutes=minutes)
        return _spread(load, entries, wanted, day).fits

    low, high = 0, 16 * 60 // 5
    if not fits(high * 5):
        return None
    while high - low > 1:  # so many minutes do not fit all, so many do
        middle = (low + high) // 2
        low, high = (low, middle) if fits(middle * 5) else (middle, high)
    return high * 5


def _load(entries: Mapping[str, Listed], store: Store, goal: Goal, day: date) -> _Load:
    cards, reviews = store.cards(), store.reviews(since=day)
    pace = _pace(store.reviews(since=day - timedelta(days=60)), entries)
    wanted = [entry for entry in entries.values() if aimed_at(entry, goal.level)]
    known = (cards[entry.id] for entry in entries.values() if entry.id in cards)
    today = [review for review in reviews if review.day == day]
    must, code = _queues(wanted, cards)
    return _Load(
        cards=tuple((card.due, card.stability, card.id) for card in known),
        must=must,
        code=code,
        coded=frozenset(entry.id for entry in entries.values() if not asked_in_quiz(entry)),
        cost={id: entry.minutes * pace for id, entry in entries.items()},
        spent=sum(review.seconds for review in today) / 60,
        begun=sum(card.reviews == 1 and card.last_day == day for card in cards.values()),
    )


def _queues(
    wanted: Sequence[Listed], cards: Mapping[str, CardState]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What was never asked: what must be met, and exercises beyond that.

    A topic that has exercises alone is met by one of them, so that one is among the first.
    """
    talked = {entry.topic for entry in wanted if asked_in_quiz(entry)}
    alone = [entry for entry in wanted if entry.topic not in talked]
    topics = {entry.id: entry.topic for entry in alone}
    met = {topics[id] for id in topics if id in cards}
    first: dict[str, str] = {}
    for id in learning_order(alone, cards):
        if topics[id] not in met:
            first.setdefault(topics[id], id)
    must = [entry for entry in wanted if asked_in_quiz(entry) or entry.id in first.values()]
    rest = [e for e in wanted if not asked_in_quiz(e) and e.id not in first.values()]
    return tuple(learning_order(must, cards)), tuple(learning_order(rest, cards))


def _pace(reviews: Sequence[Review], entries: Mapping[str, Listed]) -> float:
    """What a question takes of this person, against the minutes it is given; 1 if unknown."""
    taken = [
        review.seconds / 60 / entries[review.id].minutes
        for review in reviews
        if review.mark is not Mark.SKIPPED and review.seconds > 0 and review.id in entries
    ]
    return min(2.0, max(0.25, median(taken))) if len(taken) >= PACED_FROM else 1.0


def _spread(load: _Load, entries: Mapping[str, Listed], goal: Goal, day: date) -> Plan:
    """Spread evenly if that meets everything, else as early as the minutes allow."""
    # Without a day to be ready by, nothing is gained by waiting.
    for even in _SPREADS if goal.interview is not None else _SPREADS[-1:]:
        days, late = _Walk(load, goal, day, even).walk()
        met = {id for each in days for id in each.new}
        if not late and met.issuperset(load.must) and (even[1] is False or met >= {*load.code}):
            break
    new = (*load.must, *load.code)
    topics = {entries[id].topic for id in new}
    seen = {entries[id].topic for _, _, id in load.cards} | {entries[id].topic for id in met}
    talk = [id for id in new if asked_in_quiz(entries[id])]
    dated = goal.interview is not None
    return Plan(
        goal=goal,
        days=tuple(days),
        questions=(sum(id in met for id in talk), len(talk)),
        exercises=(len(met) - sum(id in met for id in talk), len(new) - len(talk)),
        unmet=tuple(sorted(topics - seen)) if dated else (),
        overdue=late if dated else 0,
    )


_SPREADS = ((True, True), (True, False), (False, False))
"""Whether questions, and exercises, are spread evenly; what comes first that meets everything."""


class _Walk:
    """Goes through the days and fills each."""

    def __init__(self, load: _Load, goal: Goal, day: date, even: tuple[bool, bool]) -> None:
        self.load, self.even = load, even
        self.must, self.code = deque(load.must), deque(load.code)
        self.minutes = float(goal.minutes or MINUTES)
        self.code_minutes = 0.0
        ahead = AHEAD
        if goal.interview is not None:
            # The day itself is no day to study, unless it is today.
            ahead = min(LONGEST, max(1, (goal.interview - day).days))
        self.days = [day + timedelta(days=number) for number in range(ahead)]
        # The interview pulls in what would come later; without one, that is beyond the plan.
        self.last = self.days[-1] if goal.interview is not None else None
        self.learning = sum(not cramming(goal, each) for each in self.days)
        self.goal = goal
        self.seen = len(load.cards)
        costs = load.cost.values()
        self.review_cost = REVIEW_SHARE * sum(costs) / max(1, len(costs))
        self.due: dict[date, list[tuple[int, str]]] = {}
        for when, stability, id in load.cards:
            if when <= self.days[-1]:
                self._come_back(max(when, day), _step_of(stability), id)

    def walk(self) -> tuple[list[DayPlan], int]:
        """The days, and how many reviews find no room in them."""
        plans: list[DayPlan] = []
        late: list[tuple[int, str]] = []
        for number, day in enumerate(self.days):
            left = self.minutes - (self.load.spent if number == 0 else 0.0)
            due = [*late, *self.due.pop(day, [])]
            held, late, left = self._review(due, day, left)
            cram, again = cramming(self.goal, day), 0
            if cram and self.seen and left > 0:
                again = min(self.seen - len(held), int(left / self.review_cost))
                left -= again * self.review_cost
            # Who begins this late has little to ask again, and so meets new ones all the same.
            new = self._meet(number, day, max(0.0, left))
            taken = sum(self.load.cost[id] * REVIEW_SHARE for _, id in held)
            taken += self._minutes_of_all(new) + again * self.review_cost
            self.seen += len(new)
            plans.append(DayPlan(day, len(held), tuple(new), ceil(taken), cram, again, len(late)))
        return plans, len(late)

    def _review(
        self, due: list[tuple[int, str]], day: date, left: float
    ) -> tuple[list[tuple[int, str]], list[tuple[int, str]], float]:
        """What of the due is held on a day, what is left over, and the minutes left."""
        for place, (step, id) in enumerate(due):
            cost = self.load.cost[id] * REVIEW_SHARE
            # A day takes one thing at least, however long.
            if cost > left and (place or left < self.minutes):
                return due[:place], due[place:], left
            left -= cost
            self._ask_again(day, step, id)
        return due, [], left

    def _meet(self, number: int, day: date, left: float) -> list[str]:
        """New ones for what is left of a day."""
        days = max(1, self.learning - number)
        talk, code = len(self.must), len(self.code)
        if self.even[0]:
            begun = self.load.begun if number == 0 else 0
            talk = max(0, ceil((talk + begun) / days) - begun)
        if self.even[1]:
            code = ceil(code / days)
        self.code_minutes += left * CODE_SHARE
        room = max(self.code_minutes, left - self._minutes_of(talk))
        new, left = self._take(self.code, code, left, min(left, room))
        more, left = self._take(self.must, talk, left, left)
        new += more
        self.code_minutes -= self._minutes_of_all([id for id in new if id in self.load.coded])
        if not self.must:
            more, left = self._take(self.code, code - len(new), left, left)
            new += more
        for id in new:
            self._ask_again(day, 0, id)
        return new

    def _minutes_of(self, talk: int) -> float:
        """What the next so many questions take."""
        return self._minutes_of_all([*self.must][:talk])

    def _minutes_of_all(self, ids: Sequence[str]) -> float:
        return sum(self.load.cost[id] for id in ids)

    def _take(
        self, queue: deque[str], most: int, left: float, room: float
    ) -> tuple[list[str], float]:
        """The first of a queue that fit into the room, and what is left of the minutes.

        What is too long for the rest of a day waits at the head of the queue.
        """
        taken: list[str] = []
        waiting: list[str] = []
        while queue and len(taken) < most and len(waiting) < LOOKED_PAST:
            id = queue.popleft()
            cost = self.load.cost[id]
            if cost > room:
                waiting.append(id)
                continue
            taken.append(id)
            left, room = left - cost, room - cost
        queue.extendleft(reversed(waiting))
        return taken, left

    def _ask_again(self, day: date, step: int, id: str) -> None:
        """Put down when something comes back that was known on a day."""
        steps = _intervals()
        back = day + timedelta(days=steps[min(step, len(steps) - 1)])
        if self.last is not None and step == 0:
            back = min(back, self.last)  # whatever is met is reviewed once before the day
        if day < back <= self.days[-1]:
            self._come_back(back, step + 1, id)

    def _come_back(self, day: date, step: int, id: str) -> None:
        self.due.setdefault(day, []).append((step, id))


def _step_of(stability: float) -> int:
    """How many good answers a card is worth, by its stability in days."""
    return sum(stability >= interval for interval in _intervals()[:-1])


@cache
def _intervals() -> tuple[int, ...]:
    """Days from one good answer to the next, for something that is always known."""
    from quizapp.study.scheduling import intervals

    return intervals(5)
