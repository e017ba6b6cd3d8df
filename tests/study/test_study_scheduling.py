from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta, timezone

import fsrs
import pytest

from quizapp.study import clock, scheduling
from quizapp.study.marks import Mark, Rating
from quizapp.study.records import CardState, Review
from quizapp.study.scheduling import due_in, is_due, preview, replay, retrievability
from verify.bank.model import Kind

FIRST = date(2026, 1, 1)


def review(day: int, rating: Rating | None, number: int = 1) -> Review:
    when = FIRST + timedelta(days=day)
    return Review(
        number=number,
        id="tensors/one",
        kind=Kind.RECALL,
        mark=Mark.RIGHT if rating else Mark.SKIPPED,
        share=1.0,
        rating=rating,
        response="",
        points=(),
        seconds=1.0,
        at=datetime(when.year, when.month, when.day, 12, tzinfo=UTC),
        day=when,
        session=None,
        confidence=None,
        hints=0,
    )


def card(*reviews: Review) -> CardState:
    found = replay(reviews)
    assert found is not None
    return found


# Golden values: fsrs 6.3, default parameters, no steps, no fuzzing.
@pytest.mark.parametrize(
    ("rating", "stability", "days"),
    [
        (Rating.AGAIN, 0.212, 1),
        (Rating.HARD, 1.2931, 1),
        (Rating.GOOD, 2.3065, 2),
        (Rating.EASY, 8.2956, 8),
    ],
)
def test_first_answer(rating: Rating, stability: float, days: int) -> None:
    found = card(review(0, rating))
    assert found.stability == pytest.approx(stability)
    assert found.due == FIRST + timedelta(days=days)
    assert found.reviews == 1
    assert found.lapses == (rating is Rating.AGAIN)


def test_intervals_grow_when_it_is_known_and_shrink_when_not() -> None:
    one = card(review(0, Rating.GOOD))
    two = card(review(0, Rating.GOOD), review(2, Rating.GOOD))
    lapse = card(review(0, Rating.GOOD), review(2, Rating.GOOD), review(13, Rating.AGAIN))
    assert (two.due - two.last_day).days == 11
    assert two.stability > one.stability
    assert lapse.stability < two.stability
    assert lapse.lapses == 1
    assert lapse.last_day == FIRST + timedelta(days=13)


def test_never_again_on_the_same_day() -> None:
    for rating in Rating:
        assert card(review(0, rating), review(0, rating)).due > FIRST


def test_nothing_lies_further_off_than_a_year() -> None:
    answers = [review(300 * i, Rating.EASY) for i in range(6)]
    found = card(*answers)
    assert (found.due - found.last_day).days == scheduling.LONGEST


def test_skipped_answers_schedule_nothing() -> None:
    assert replay([]) is None
    assert replay([review(0, None)]) is None
    assert replay([review(0, Rating.GOOD), review(1, None)]) == replay([review(0, Rating.GOOD)])


def test_the_same_log_gives_the_same_schedule() -> None:
    log = [review(i * 7, Rating.GOOD) for i in range(8)]
    assert len({card(*log) for _ in range(10)}) == 1


def test_preview_is_what_then_happens() -> None:
    log = [review(0, Rating.GOOD), review(3, Rating.HARD)]
    day = FIRST + timedelta(days=9)
    for rating, due in preview(log, day).items():
        assert card(*log, review(9, rating)).due == due


def test_retrievability_is_that_of_fsrs() -> None:
    scheduler = fsrs.Scheduler()
    found = card(review(0, Rating.GOOD), review(2, Rating.GOOD))
    theirs = fsrs.Card(
        card_id=1,
        state=fsrs.State.Review,
        stability=found.stability,
        difficulty=found.difficulty,
        last_review=datetime(2026, 1, 3, tzinfo=UTC),
    )
    for days in (-3, 0, 1, 5, 40, 400):
        day = found.last_day + timedelta(days=days)
        expected = scheduler.get_card_retrievability(
            theirs, datetime(day.year, day.month, day.day, tzinfo=UTC)
        )
        assert retrievability(found, day) == pytest.approx(expected, rel=1e-9)
    assert fsrs.scheduler.DEFAULT_PARAMETERS[20] == scheduling.DECAY


def test_due_on_the_day_and_after() -> None:
    found = card(review(0, Rating.GOOD))
    assert not is_due(found, found.due - timedelta(days=1))
    assert is_due(found, found.due)
    assert is_due(found, found.due + timedelta(days=100))


def test_scheduling_does_not_sleep() -> None:
    scheduling.warm()
    log = [review(0, Rating.GOOD)]
    began = time.perf_counter()
    for _ in range(200):
        replay(log)
    # A Card without an id sleeps a millisecond, so this would take 0.2 s.
    assert time.perf_counter() - began < 0.15


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (-4, "today"),
        (0, "today"),
        (1, "tomorrow"),
        (4, "in 4 days"),
        (20, "in 20 days"),
        (30, "in 4 weeks"),
        (90, "in 3 months"),
    ],
)
def test_due_in_words(days: int, words: str) -> None:
    assert due_in(FIRST, FIRST + timedelta(days=days)) == words


# The clock


def test_the_study_day_starts_at_four_where_the_person_is() -> None:
    tokyo = timezone(timedelta(hours=9))
    assert clock.study_day(datetime(2026, 1, 2, 3, 59, tzinfo=tokyo)) == date(2026, 1, 1)
    assert clock.study_day(datetime(2026, 1, 2, 4, 0, tzinfo=tokyo)) == date(2026, 1, 2)


def test_moments_without_a_zone_are_refused() -> None:
    naive = datetime(2026, 1, 1)
    for function in (clock.utc, clock.study_day, clock.stamp):
        with pytest.raises(ValueError, match="without a zone"):
            function(naive)


def test_stamps_sort_as_time_does() -> None:
    moments = [
        datetime(2026, 1, 1, 12, 0, tzinfo=timezone(timedelta(hours=9))),
        datetime(2026, 1, 1, 12, 0, tzinfo=UTC),
        datetime(2026, 1, 1, 12, 0, 0, 1, tzinfo=UTC),
        datetime(2026, 1, 1, 12, 0, 1, tzinfo=UTC),
    ]
    assert [clock.stamp(m) for m in moments] == sorted(clock.stamp(m) for m in moments)
    assert clock.now().tzinfo is not None
