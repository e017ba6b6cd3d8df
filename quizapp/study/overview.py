"""What the home screen says: what there is to do, and how far each topic has come."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

import msgspec

from quizapp.study.clock import study_day
from quizapp.study.goal import Goal, goal_of
from quizapp.study.plan import plan
from quizapp.study.records import CardState, Listed
from quizapp.study.scheduling import is_due, retrievability
from quizapp.study.selection import asked_in_quiz
from quizapp.study.session import resume
from quizapp.study.store import Store


class TopicOverview(msgspec.Struct, frozen=True):
    """One topic, its exercises among the rest."""

    topic: str
    total: int
    seen: int
    due: int
    new: int
    mastery: float
    """The mean chance, from 0 to 1, that its questions are known today; unseen ones count 0."""


class Unfinished(msgspec.Struct, frozen=True):
    """A session to go on with."""

    number: int
    activity: str
    position: int
    """How many of its questions are behind."""
    total: int
    started: datetime
    topics: tuple[str, ...]
    """Of the questions that are left."""


class Overview(msgspec.Struct, frozen=True):
    """All that the home screen counts; exercises apart from what a quiz asks."""

    total: int
    """Questions that a quiz asks, and so below."""
    seen: int
    due: int
    new: int
    """Never answered."""
    new_today: int
    """How many new ones are planned for what is left of the day."""
    exercises_due: int
    exercises_today: int
    """New ones that are planned for what is left of the day."""
    minutes: int
    """About how long what is due and planned for today takes."""
    late: int
    """How much of what is due is more than the day holds."""
    answered_today: int
    streak: int
    """Study days in a row up to today, or up to yesterday if today has none yet."""
    days: dict[date, int]
    """How many answers each study day has."""
    topics: tuple[TopicOverview, ...]
    """By name."""
    unfinished: Unfinished | None
    begun: str | None
    """The exercise that was worked on last and is not finished."""
    goal: Goal | None
    """None if the person was never asked."""
    days_left: int | None
    """Days until the interview; None without one, or if it is over."""
    cram: bool
    """True on the last days before it."""


def overview(entries: Mapping[str, Listed], store: Store, now: datetime) -> Overview:
    """Count what there is to do.

    Args:
        entries: the index of the pack, by id.
        store: what was answered so far.
        now: decides what is due.
    """
    day = study_day(now)
    cards, days, goal = store.cards(), store.days(), goal_of(store)
    asked = [entry for entry in entries.values() if asked_in_quiz(entry)]
    coded = [entry for entry in entries.values() if not asked_in_quiz(entry)]
    by_topic: dict[str, list[Listed]] = {}
    for entry in entries.values():
        by_topic.setdefault(entry.topic, []).append(entry)
    today = plan(entries, store, now)
    met = [entries[id] for id in today.days[0].new]
    seen = sum(entry.id in cards for entry in asked)
    left = None if goal is None or goal.interview is None else (goal.interview - day).days
    return Overview(
        total=len(asked),
        seen=seen,
        due=_due(asked, cards, day),
        new=len(asked) - seen,
        new_today=sum(asked_in_quiz(entry) for entry in met),
        exercises_due=_due(coded, cards, day),
        exercises_today=sum(not asked_in_quiz(entry) for entry in met),
        minutes=today.days[0].minutes,
        late=today.days[0].late,
        answered_today=days.get(day, 0),
        streak=streak(days, day),
        days=days,
        topics=tuple(_topic(name, by_topic[name], cards, day) for name in sorted(by_topic)),
        unfinished=_unfinished(entries, store),
        begun=_begun(entries, store),
        goal=goal,
        days_left=left if left is not None and left >= 0 else None,
        cram=today.days[0].cram,
    )


def streak(days: Mapping[date, int], day: date) -> int:
    """Study days in a row up to ``day``; a day that has no answer yet does not break it."""
    if day not in days:
        day -= timedelta(days=1)
    count = 0
    while day in days:
        count += 1
        day -= timedelta(days=1)
    return count


def _topic(
    name: str, found: list[Listed], cards: Mapping[str, CardState], day: date
) -> TopicOverview:
    seen = [cards[entry.id] for entry in found if entry.id in cards]
    return TopicOverview(
        topic=name,
        total=len(found),
        seen=len(seen),
        due=sum(is_due(card, day) for card in seen),
        new=len(found) - len(seen),
        mastery=sum(retrievability(card, day) for card in seen) / len(found),
    )


def _due(found: list[Listed], cards: Mapping[str, CardState], day: date) -> int:
    return sum(entry.id in cards and is_due(cards[entry.id], day) for entry in found)


def _begun(entries: Mapping[str, Listed], store: Store) -> str | None:
    """The exercise with the latest draft."""
    drafts = [id for id in store.drafts() if id in entries and not asked_in_quiz(entries[id])]
    return drafts[-1] if drafts else None


def _unfinished(entries: Mapping[str, Listed], store: Store) -> Unfinished | None:
    session = resume(store, entries)
    if session is None:
        return None
    left = session.ids[session.position :]
    return Unfinished(
        number=session.number,
        activity=session.activity,
        position=session.position,
        total=len(session.ids),
        started=session.started,
        topics=tuple(dict.fromkeys(entries[id].topic for id in left)),
    )
