"""Months of study that nobody did: the same ones each time, told to a store in one transaction."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from quizapp.study.clock import study_day
from quizapp.study.confidence import STEPS
from quizapp.study.grading import GOOD_SHARE, Graded
from quizapp.study.marks import Mark, Point, Rating
from quizapp.study.records import Listed
from quizapp.study.scheduling import retrievability
from quizapp.study.store import Store
from verify.bank.model import Kind

POINTS = ("the decisive thing", "what follows from it", "when it does not hold")


def study(
    store: Store,
    entries: Mapping[str, Listed],
    now: datetime,
    *,
    days: int,
    a_day: int,
    seed: int = 7,
    points: Mapping[str, Sequence[str]] | None = None,
) -> int:
    """Let somebody study up to yesterday; returns how many answers there are.

    Most days it is what is due that is answered, then something new; one day in five is free, and
    some topics go worse than others.

    Args:
        store: an empty one.
        entries: what there is to study.
        now: the day after the last.
        days: how many, free ones included.
        a_day: answers on a day of study.
        seed: of all that is left to chance.
        points: the rubric of each question, by id; three made-up points for the others.
    """
    chance = random.Random(seed)
    topics = sorted({entry.topic for entry in entries.values()})
    skill = {topic: 0.78 + 0.22 * place / len(topics) for place, topic in enumerate(topics)}
    waiting = sorted(entries)
    chance.shuffle(waiting)
    count = 0
    with store.writing():
        for back in reversed(range(1, days + 1)):
            if chance.random() < 0.2:
                continue
            moment = now - timedelta(days=back)
            day = study_day(moment)
            cards = store.cards()
            due = sorted((card.due, id) for id, card in cards.items() if card.due <= day)
            chosen = [id for _, id in due][: a_day - 2]
            while waiting and len(chosen) < a_day:
                chosen.append(waiting.pop())
            for id in chosen:
                entry, card = entries[id], cards.get(id)
                known = 0.5 if card is None else retrievability(card, day)
                good = chance.random() < skill[entry.topic] * (0.6 + 0.4 * known)
                moment += timedelta(minutes=1)
                store.log(
                    id,
                    _graded(entry, good, chance, (points or {}).get(id, POINTS)),
                    now=moment,
                    rating=_rating(good, chance),
                    seconds=entry.minutes * 60 * chance.uniform(0.3, 1.5),
                    confidence=_said(good, chance) if count % 2 else None,
                )
                count += 1
    return count


def _graded(entry: Listed, good: bool, chance: random.Random, texts: Sequence[str]) -> Graded:
    kind = Kind(entry.kind)
    if kind not in (Kind.RECALL, Kind.BUG):
        return Graded(kind, Mark.RIGHT if good else Mark.WRONG, float(good))
    likely = 0.9 if good else 0.3
    made = [good or chance.random() < 0.2, *(chance.random() < likely for _ in texts[1:])]
    share = sum(made) / len(made)
    mark = Mark.RIGHT if share == 1 else Mark.PARTLY if share else Mark.WRONG
    points = tuple(Point(text, each) for text, each in zip(texts, made, strict=True))
    return Graded(kind, mark, share, Rating.GOOD if share >= GOOD_SHARE else None, points=points)


def _rating(good: bool, chance: random.Random) -> Rating:
    if not good:
        return Rating.AGAIN
    return chance.choices((Rating.HARD, Rating.GOOD, Rating.EASY), (2, 7, 1))[0]


def _said(good: bool, chance: random.Random) -> float:
    weights = (1, 2, 4, 4) if good else (2, 3, 3, 2)
    return chance.choices([step.said for step in STEPS], weights)[0]
