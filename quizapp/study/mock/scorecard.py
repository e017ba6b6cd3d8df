"""What an interviewer would write down after a mock interview."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec

from quizapp.study.marks import Mark
from quizapp.study.mock.choosing import Askable
from quizapp.study.mock.escaping import escaped
from quizapp.study.mock.interview import Sitting
from quizapp.study.mock.plan import Group
from quizapp.study.mock.scoring import Readiness, readiness, weight
from quizapp.study.mock.state import Asked, Ending
from quizapp.study.mock.studying import StudyNext, study_next
from quizapp.study.records import Listed, Review
from quizapp.study.session import MOCK
from quizapp.study.store import Store
from verify.errors import UsageError

STRONG = 3
"""So many of the best answers are named."""


class Line(msgspec.Struct, frozen=True):
    """One question of an interview, and how it went."""

    asked: Asked
    review: Review | None
    """The answer; None if it was reset since."""

    @property
    def mark(self) -> Mark:
        """How it went; skipped if there is no answer."""
        return Mark.SKIPPED if self.review is None else self.review.mark

    @property
    def share(self) -> float:
        """How much of it was right, from 0 to 1."""
        return 0.0 if self.review is None or self.mark is Mark.SKIPPED else self.review.share


class Missed(msgspec.Struct, frozen=True):
    """A key point that was not made."""

    id: str
    point: str
    """Markdown, as it read then."""
    times: int
    """How often it was missed up to this interview, with it."""


class MockResult(msgspec.Struct, frozen=True):
    """How one finished mock interview came out."""

    number: int
    """Of its session."""
    started: datetime
    minutes: int
    level: str | None
    """A value of ``Level``; None for all."""
    score: float
    """From 0 to 1."""
    by_kind: dict[str, float]
    """Talk, output, bug, code: the score of each that was asked."""
    by_topic: dict[str, float]


class Scorecard(msgspec.Struct, frozen=True):
    """All that is to be said of a finished interview."""

    result: MockResult
    ending: Ending
    lines: tuple[Line, ...]
    """In the order asked."""
    readiness: Readiness
    before: MockResult | None
    """The last earlier interview of the same level."""
    strong: tuple[str, ...]
    """What was known best: key points and titles, as Markdown."""
    missed: tuple[Missed, ...]
    """What was missed most often first."""
    unreached: tuple[Asked, ...]
    """What there was no time for."""
    counts: bool
    """False if answers were reset since, or none was given: then it is no part of the history."""
    next: StudyNext

    @property
    def seconds(self) -> float:
        """On the clock."""
        return sum(line.asked.seconds for line in self.lines)

    @property
    def gain(self) -> float | None:
        """How much better the score is than before; None if there is nothing to compare with."""
        return None if self.before is None else self.result.score - self.before.score

    @property
    def topics(self) -> tuple[str, ...]:
        """In the order they came up."""
        return tuple(dict.fromkeys(line.asked.topic for line in self.lines))

    def cell(self, group: Group, topic: str | None = None) -> tuple[Line, ...]:
        """The questions of a group; of one topic, or of all."""
        return tuple(
            line
            for line in self.lines
            if line.asked.group is group and topic in (None, line.asked.topic)
        )


def scorecard(store: Store, entries: Mapping[str, Askable], number: int) -> Scorecard:
    """The scorecard of a finished interview.

    Args:
        store: where it is kept.
        entries: the index of the pack, by id.
        number: of its session.

    Raises:
        UsageError: there is no such interview, or it has not ended.
    """
    sitting = Sitting(store, number)
    if sitting.current is not None:
        raise UsageError("this interview has not ended", todo="continue it, or end it")
    lines = _lines(sitting)
    result = _result(sitting, lines, {line.asked.topic for line in lines})
    earlier = [
        other
        for other in mock_history(store, entries)
        if other.level == result.level and other.number < number
    ]
    return Scorecard(
        result=result,
        ending=sitting.state.ending,
        lines=lines,
        readiness=readiness(result.score, result.by_kind.values()),
        before=earlier[-1] if earlier else None,
        strong=_strong(lines, entries),
        missed=_missed(store, lines),
        unreached=sitting.state.unreached,
        counts=_counts(lines),
        next=study_next(
            entries,
            [(line.asked, line.mark, line.share) for line in lines],
            result.by_topic,
            store.cards(),
        ),
    )


def mock_history(store: Store, entries: Mapping[str, Listed]) -> tuple[MockResult, ...]:
    """The finished mock interviews, oldest first.

    One whose answers were reset, or that has none, does not count.

    Args:
        store: where they are kept.
        entries: the index of the pack, by id; topics that left it are left out.
    """
    topics = {entry.topic for entry in entries.values()}
    with store.reading() as sql:
        rows = sql.execute(
            "SELECT number FROM sessions WHERE activity = ? AND finished IS NOT NULL "
            "ORDER BY started, number",
            (MOCK,),
        ).fetchall()
    found = []
    for (number,) in rows:
        sitting = Sitting(store, number)
        lines = _lines(sitting)
        if _counts(lines):
            found.append(_result(sitting, lines, topics))
    return tuple(found)


def gains(history: Sequence[MockResult]) -> tuple[float | None, ...]:
    """For each interview how much better it was than the one of its level before; None if first."""
    last: dict[str | None, float] = {}
    found: list[float | None] = []
    for result in history:
        before = last.get(result.level)
        found.append(None if before is None else result.score - before)
        last[result.level] = result.score
    return tuple(found)


def _lines(sitting: Sitting) -> tuple[Line, ...]:
    reviews = {review.id: review for review in sitting.answered}
    asked = sitting.state.asked[: sitting.position]
    return tuple(Line(each, reviews.get(each.id)) for each in asked)


def _counts(lines: Sequence[Line]) -> bool:
    answered = any(line.mark is not Mark.SKIPPED for line in lines)
    return answered and all(line.review is not None for line in lines)


def _result(sitting: Sitting, lines: Sequence[Line], topics: set[str]) -> MockResult:
    missing = sum(weight(asked) for asked in sitting.state.unreached)
    return MockResult(
        number=sitting.number,
        started=sitting.started,
        minutes=sitting.minutes,
        level=sitting.level,
        score=_share(lines, missing),
        by_kind=_by(lines, lambda asked: asked.group.value),
        by_topic={
            topic: share
            for topic, share in _by(lines, lambda asked: asked.topic).items()
            if topic in topics
        },
    )


def _by(lines: Sequence[Line], of: Callable[[Asked], str]) -> dict[str, float]:
    names = dict.fromkeys(of(line.asked) for line in lines)
    return {name: _share([line for line in lines if of(line.asked) == name]) for name in names}


def _share(lines: Sequence[Line], missing: float = 0.0) -> float:
    whole = sum(weight(line.asked) for line in lines) + missing
    return sum(weight(line.asked) * line.share for line in lines) / whole if whole else 0.0


def _strong(lines: Sequence[Line], entries: Mapping[str, Askable]) -> tuple[str, ...]:
    """The weightiest of what was right: its decisive point, or its title."""
    right = [line for line in lines if line.mark is Mark.RIGHT and line.review is not None]
    right.sort(key=lambda line: -weight(line.asked))
    found = []
    for line in right[:STRONG]:
        entry = entries.get(line.asked.id)
        points = line.review.points if line.review is not None else ()
        title = entry.title if entry is not None else line.asked.id
        found.append(points[0].text if points else escaped(title))
    return tuple(found)


def _missed(store: Store, lines: Sequence[Line]) -> tuple[Missed, ...]:
    """What was missed most often first, then what is most decisive."""
    found: list[tuple[int, int, Missed]] = []
    for line in lines:
        review = line.review
        if review is None or all(point.made for point in review.points):
            continue
        before = [r for r in store.reviews(review.id) if r.at <= review.at]
        for place, point in enumerate(review.points):
            if not point.made:
                times = sum(p.text == point.text and not p.made for r in before for p in r.points)
                found.append((-times, place, Missed(review.id, point.text, times)))
    return tuple(missed for _, _, missed in sorted(found, key=lambda each: each[:2]))
