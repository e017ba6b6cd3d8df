"""What the home screen says: what there is to do, and how far each topic has come."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

import msgspec

from quizapp.study.clock import study_day
from quizapp.study.records import CardState, Listed
from quizapp.study.scheduling import is_due, retrievability
from quizapp.study.selection import asked_in_quiz
from quizapp.study.session import resume
from quizapp.study.store import Store

NEW_A_DAY = 10
"""New questions that are suggested for a day."""


class TopicOverview(msgspec.Struct, frozen=True):
    """One topic, counting the questions a quiz asks."""

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
    """All that the home screen counts."""

    total: int
    seen: int
    due: int
    new: int
    """Never answered."""
    new_today: int
    """How many new ones are suggested for what is left of the day."""
    minutes: int
    """About how long the due and the suggested new ones take."""
    answered_today: int
    streak: int
    """Study days in a row up to today, or up to yesterday if today has none yet."""
    topics: tuple[TopicOverview, ...]
    """By name."""
    unfinished: Unfinished | None


def overview(entries: Mapping[str, Listed], store: Store, now: datetime) -> Overview:
    """Count what there is to do.

    Args:
        entries: the index of the pack, by id.
        store: what was answered so far.
        now: decides what is due.
    """
    day = study_day(now)
    cards, days = store.cards(), store.days()
    asked = [entry for entry in entries.values() if asked_in_quiz(entry)]
    by_topic: dict[str, list[Listed]] = {}
    for entry in asked:
        by_topic.setdefault(entry.topic, []).append(entry)
    topics = tuple(_topic(name, by_topic[name], cards, day) for name in sorted(by_topic))
    new = sum(topic.new for topic in topics)
    begun = sum(card.reviews == 1 and card.last_day == day for card in cards.values())
    new_today = max(0, min(new, NEW_A_DAY - begun))
    unseen = [entry.minutes for entry in asked if entry.id not in cards]
    due = [entry.minutes for entry in asked if entry.id in cards and is_due(cards[entry.id], day)]
    mean = sum(unseen) / len(unseen) if unseen else 0
    return Overview(
        total=len(asked),
        seen=sum(topic.seen for topic in topics),
        due=len(due),
        new=new,
        new_today=new_today,
        minutes=round(sum(due) + new_today * mean),
        answered_today=days.get(day, 0),
        streak=streak(days, day),
        topics=topics,
        unfinished=_unfinished(entries, store),
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
