"""How a session went, and what to look at again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import msgspec

from quizapp.study.marks import Mark, Rating
from quizapp.study.records import CardState, Review

_WORST_FIRST = (Mark.WRONG, Mark.PARTLY, Mark.SKIPPED)


class SummaryItem(msgspec.Struct, frozen=True):
    """How one question of a session went."""

    id: str
    mark: Mark
    share: float
    rating: Rating | None
    seconds: float
    due: date | None
    """The study day it comes back; None if it was never rated."""


class Summary(msgspec.Struct, frozen=True):
    """How a session went."""

    items: tuple[SummaryItem, ...]
    """In the order asked."""
    right: int
    partly: int
    wrong: int
    skipped: int
    unanswered: tuple[str, ...]
    """What the session was ended before."""
    seconds: float
    look_again: tuple[str, ...]
    """What was not right, worst first."""


def summarise(
    ids: Sequence[str], reviews: Iterable[Review], cards: Mapping[str, CardState]
) -> Summary:
    """Sum a session up.

    Args:
        ids: its questions, in the order asked.
        reviews: its answers, oldest first; the latest to each question counts.
        cards: when each question comes back.
    """
    latest = {review.id: review for review in reviews}
    items = tuple(
        SummaryItem(
            id=id,
            mark=review.mark,
            share=review.share,
            rating=review.rating,
            seconds=review.seconds,
            due=cards[id].due if id in cards else None,
        )
        for id in ids
        if (review := latest.get(id)) is not None
    )
    marks = [item.mark for item in items]
    again = [item for item in items if item.mark is not Mark.RIGHT]
    again.sort(key=lambda item: (_WORST_FIRST.index(item.mark), item.share))
    return Summary(
        items=items,
        right=marks.count(Mark.RIGHT),
        partly=marks.count(Mark.PARTLY),
        wrong=marks.count(Mark.WRONG),
        skipped=marks.count(Mark.SKIPPED),
        unanswered=tuple(id for id in ids if id not in latest),
        seconds=sum(item.seconds for item in items),
        look_again=tuple(item.id for item in again),
    )
