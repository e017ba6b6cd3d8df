"""When to ask again: FSRS over study days.

Intervals are whole days and there are no learning steps within a day: a candidate with 40 minutes
a day is not asked the same thing twice in one sitting.  FSRS is therefore fed days, not clock
times, so an answer late in the evening and one early next morning count as a day apart.
No fuzzing: the same log gives the same schedule.

``fsrs`` takes 20 ms to import, so it is imported by the first thing that must be scheduled.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from functools import cache
from typing import TYPE_CHECKING

from quizapp.study.marks import Rating
from quizapp.study.records import CardState, Review

if TYPE_CHECKING:
    from fsrs import Scheduler

RETENTION = 0.9
"""The chance to know it still, at which a question comes back."""

LONGEST = 365
"""Days after which everything comes back; interviews are nearer than that."""

DECAY = 0.1542
"""How fast FSRS forgets; a parameter of its default model."""

_FACTOR = 0.9 ** (-1 / DECAY) - 1


def warm() -> None:
    """Import what scheduling needs, so that the first answer need not wait for it."""
    _scheduler()


def retrievability(card: CardState, day: date) -> float:
    """The chance, from 0 to 1, that it is known on that day.

    Source: the forgetting curve of FSRS-6, as in ``fsrs.Scheduler.get_card_retrievability``;
    stated here because the home screen needs it before ``fsrs`` is imported.
    """
    elapsed = max(0, (day - card.last_day).days)
    return float((1 + _FACTOR * elapsed / card.stability) ** -DECAY)


def is_due(card: CardState, day: date) -> bool:
    """True if the question should be asked on that day."""
    return card.due <= day


def replay(reviews: Sequence[Review]) -> CardState | None:
    """What the answers to one question say about it; None if none of them was rated.

    Args:
        reviews: of one question, oldest first.
    """
    rated = [(review, review.rating) for review in reviews if review.rating is not None]
    if not rated:
        return None
    last = rated[-1][0]
    ratings = [rating for _, rating in rated]
    stability, difficulty, due = _schedule([(review.day, rating) for review, rating in rated])
    return CardState(
        id=last.id,
        stability=stability,
        difficulty=difficulty,
        due=due,
        last_day=last.day,
        reviews=len(ratings),
        lapses=ratings.count(Rating.AGAIN),
        last_mark=last.mark,
    )


def preview(reviews: Sequence[Review], day: date) -> dict[Rating, date]:
    """When a question would come back, for each rating it may be given on that day.

    Args:
        reviews: the answers before, oldest first.
        day: the study day of the answer to come.
    """
    before = [(review.day, review.rating) for review in reviews if review.rating is not None]
    return {rating: _schedule([*before, (day, rating)])[2] for rating in Rating}


def intervals(count: int) -> tuple[int, ...]:
    """Days from one good answer to the next, for a question that is known each time it is due."""
    day = date(2000, 1, 1)
    answers: list[tuple[date, Rating]] = []
    found: list[int] = []
    for _ in range(count):
        answers.append((day, Rating.GOOD))
        due = _schedule(answers)[2]
        found.append((due - day).days)
        day = due
    return tuple(found)


def due_in(day: date, due: date) -> str:
    """How far away a due day is, in words."""
    days = (due - day).days
    if days <= 0:
        return "today"
    if days == 1:
        return "tomorrow"
    if days < 21:
        return f"in {days} days"
    if days < 61:
        return f"in {round(days / 7)} weeks"
    return f"in {round(days / 30.4)} months"


def _schedule(answers: Sequence[tuple[date, Rating]]) -> tuple[float, float, date]:
    """Stability, difficulty and due day after these answers, of which there is at least one."""
    from fsrs import Card
    from fsrs import Rating as Grade

    scheduler = _scheduler()
    first = _midnight(answers[0][0])
    card = Card(card_id=1, due=first)  # without an id it sleeps a millisecond to find one
    for day, rating in answers:
        card, _ = scheduler.review_card(card, Grade(int(rating)), _midnight(day))
    assert card.stability is not None
    assert card.difficulty is not None
    return card.stability, card.difficulty, card.due.date()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


@cache
def _scheduler() -> Scheduler:
    from fsrs import Scheduler

    return Scheduler(
        desired_retention=RETENTION,
        learning_steps=(),
        relearning_steps=(),
        maximum_interval=LONGEST,
        enable_fuzzing=False,
    )
