"""Retention, forecast, time and points: small logs counted by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import fsrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizapp.study import scheduling
from quizapp.study.goal import Goal
from quizapp.study.grading import Graded, skipped
from quizapp.study.marks import Mark, Point, Rating
from quizapp.study.records import CardState
from quizapp.study.statistics import statistics
from quizapp.study.statistics.forecast import LEAST, MOST, forecast
from quizapp.study.statistics.history import history
from quizapp.study.statistics.memory import Memory, again, chance, first
from quizapp.study.statistics.retention import Recalled, retention
from quizapp.study.store import Store
from quizapp.study.withdrawal import reset, undo_last
from verify.bank.model import Kind

from .make import DAY, NOW, PARTLY, RIGHT, WRONG, entries, entry
from .test_study_scheduling import FIRST, review

TODAY = NOW.date()
BANK = entries(
    entry("autograd/a", level="junior", minutes=2),
    entry("autograd/b", level="senior", minutes=4),
    entry("memory/a", level="junior", kind="choice", minutes=1),
    entry("memory/code", level="mid", kind="code", minutes=30),
)


def again_on(store: Store, id: str, *answers: tuple[int, Rating]) -> None:
    """Answer a question on days that lie so far back."""
    for back, rating in answers:
        graded = WRONG if rating is Rating.AGAIN else RIGHT
        store.log(id, graded, now=NOW - back * DAY, rating=rating)


def kept(recalled: Recalled) -> tuple[int, int]:
    return recalled.kept, recalled.asked


# What FSRS expected


@given(st.lists(st.tuples(st.integers(0, 400), st.sampled_from(Rating)), min_size=1, max_size=12))
@settings(max_examples=200, deadline=None)
def test_memories_are_those_of_the_schedule(steps: list[tuple[int, Rating]]) -> None:
    scheduler, card = fsrs.Scheduler(), fsrs.Card(card_id=1)
    days = [sum(gap for gap, _ in steps[: n + 1]) for n in range(len(steps))]
    memory: Memory | None = None
    for n, (day, (_, rating)) in enumerate(zip(days, steps, strict=True)):
        when = (FIRST + timedelta(days=day)).toordinal()
        if memory is None:
            memory = first(rating, when)
        else:
            card.stability, card.last_review = memory.stability, _midnight(memory.day)
            expected = scheduler.get_card_retrievability(card, _midnight(when))
            assert chance(memory, when) == pytest.approx(expected)
            memory = again(memory, chance(memory, when), rating, when)
        kept = scheduling.replay(
            [review(d, r) for d, (_, r) in zip(days[: n + 1], steps, strict=False)]
        )
        assert kept is not None
        assert memory.stability == pytest.approx(kept.stability, rel=1e-9)
        assert memory.difficulty == pytest.approx(kept.difficulty, rel=1e-9)
        assert date.fromordinal(memory.due) == kept.due


def _midnight(day: int) -> datetime:
    return datetime.combine(date.fromordinal(day), datetime.min.time(), UTC)


# Retention


def test_only_what_had_come_back_counts(store: Store) -> None:
    # GOOD is due after 2 days, so of these the one after 1 day came too early, and the first
    # answer met nothing that could have been kept.
    again_on(store, "autograd/a", (10, Rating.GOOD), (9, Rating.GOOD))
    assert kept(retention(history(store), BANK, TODAY).overall.ever) == (0, 0)
    again_on(store, "autograd/b", (10, Rating.GOOD), (8, Rating.HARD), (8, Rating.AGAIN))
    found = retention(history(store), BANK, TODAY)
    assert kept(found.overall.ever) == kept(found.overall.recent) == (1, 1)
    again_on(store, "autograd/b", (3, Rating.AGAIN))
    assert kept(retention(history(store), BANK, TODAY).overall.ever) == (1, 2)


def test_what_was_expected_is_the_chance_just_before_the_answer(store: Store) -> None:
    again_on(store, "autograd/a", (9, Rating.GOOD), (7, Rating.GOOD))
    again_on(store, "autograd/b", (9, Rating.EASY), (0, Rating.AGAIN))
    found = retention(history(store), BANK, TODAY).overall.ever
    assert kept(found) == (1, 2)
    # FSRS-6: (1 + (0.9 ** (-1 / 0.1542) - 1) * days / stability) ** -0.1542
    # 2 days at a stability of 2.3065, 9 days at one of 8.2956.
    assert found.expected == pytest.approx((0.909493 + 0.894304) / 2, abs=1e-5)


def test_the_recent_days_are_thirty_with_today(store: Store) -> None:
    again_on(store, "autograd/a", (40, Rating.GOOD), (30, Rating.GOOD))
    again_on(store, "autograd/b", (40, Rating.GOOD), (29, Rating.AGAIN))
    found = retention(history(store), BANK, TODAY).overall
    assert kept(found.recent) == (0, 1)
    assert kept(found.ever) == (1, 2)


def test_topics_and_levels_stand_apart(store: Store) -> None:
    again_on(store, "autograd/a", (9, Rating.GOOD), (7, Rating.GOOD))
    again_on(store, "autograd/b", (9, Rating.GOOD), (7, Rating.AGAIN))
    again_on(store, "memory/a", (9, Rating.GOOD), (7, Rating.GOOD))
    again_on(store, "gone/x", (9, Rating.GOOD), (7, Rating.GOOD))
    found = retention(history(store), BANK, TODAY)
    assert [(g.name, *kept(g.ever)) for g in found.topics] == [
        ("autograd", 1, 2),
        ("gone", 1, 1),
        ("memory", 1, 1),
    ]
    assert [(g.name, *kept(g.ever)) for g in found.levels] == [("junior", 2, 2), ("senior", 0, 1)]
    assert kept(found.overall.ever) == (3, 4)


def test_few_answers_have_no_share() -> None:
    assert Recalled(4, 4, 0.9).share is None
    assert Recalled(5, 4, 0.9).share == 0.8
    assert Recalled(0, 0, None).share is None


def test_what_was_skipped_changed_or_taken_back_does_not_count_as_it_was(store: Store) -> None:
    again_on(store, "autograd/a", (9, Rating.GOOD))
    store.log("autograd/a", skipped(Kind.RECALL), now=NOW - 8 * DAY)
    review = store.log("autograd/a", RIGHT, now=NOW - 7 * DAY, rating=Rating.GOOD)
    assert kept(retention(history(store), BANK, TODAY).overall.ever) == (1, 1)
    store.amend(review, now=NOW, rating=Rating.AGAIN)
    assert kept(retention(history(store), BANK, TODAY).overall.ever) == (0, 1)
    undo_last(store, NOW)
    assert kept(retention(history(store), BANK, TODAY).overall.ever) == (0, 0)
    assert len(history(store)) == 1
    reset(store, None, NOW)
    assert history(store) == ()
    assert statistics(BANK, store, NOW).empty


def test_history_under_a_former_id_counts(store: Store) -> None:
    again_on(store, "old/a", (9, Rating.GOOD))
    bank = entries(entry("autograd/a", level="mid", aliases=("old/a",)))
    store.adopt(bank)
    again_on(store, "autograd/a", (7, Rating.GOOD))
    found = retention(history(store), bank, TODAY)
    assert [(g.name, *kept(g.ever)) for g in found.topics] == [("autograd", 1, 1)]
    assert [g.name for g in found.levels] == ["mid"]


# Forecast


def card(id: str, due: int) -> CardState:
    return CardState(id, 5.0, 5.0, TODAY + timedelta(days=due), TODAY, 1, 0, Mark.RIGHT)


def cards(**due: int) -> dict[str, CardState]:
    """Cards by the last part of the ids of the bank."""
    ids = {"a": "autograd/a", "b": "autograd/b", "c": "memory/a", "x": "memory/code", "g": "gone/x"}
    return {ids[name]: card(ids[name], days) for name, days in due.items()}


def test_what_is_overdue_is_due_today() -> None:
    found = forecast(BANK, cards(a=-3, b=0, c=13, x=1, g=0), None, TODAY)
    assert [day.due for day in found.days] == [2, 1, *[0] * 11, 1]
    assert (found.days[1].questions, found.days[1].exercises) == (0, 1)
    assert found.days[0].day == TODAY
    assert (found.overdue, found.later, found.interview) == (1, 0, None)
    assert forecast(BANK, cards(a=14), None, TODAY).later == 1


@pytest.mark.parametrize(
    ("ahead", "days"),
    [(0, LEAST), (5, LEAST), (6, 7), (20, 21), (34, 35), (200, MOST), (-1, 14)],
)
def test_the_forecast_reaches_to_the_interview(ahead: int, days: int) -> None:
    interview = TODAY + timedelta(days=ahead)
    found = forecast(BANK, {}, Goal(interview=interview), TODAY)
    assert len(found.days) == days
    assert found.interview == (interview if ahead >= 0 else None)


# Time


def test_time_is_added_up_by_day_and_kind(store: Store) -> None:
    choice = Graded(Kind.CHOICE, Mark.RIGHT, 1.0, Rating.GOOD)
    store.log("autograd/a", RIGHT, now=NOW - DAY, rating=Rating.GOOD, seconds=100)
    store.log("autograd/b", RIGHT, now=NOW, rating=Rating.GOOD, seconds=50)
    store.log("memory/a", choice, now=NOW, rating=Rating.GOOD, seconds=30)
    store.log("gone/x", RIGHT, now=NOW, rating=Rating.GOOD, seconds=20)
    store.log("autograd/b", skipped(Kind.RECALL), now=NOW, seconds=500)
    found = statistics(BANK, store, NOW).time
    assert (found.seconds, found.answers) == (200.0, 4)
    assert [(day.day, day.seconds, day.answers) for day in found.days] == [
        (TODAY - timedelta(days=1), 100.0, 1),
        (TODAY, 100.0, 3),
    ]
    assert [(k.kind, k.answers, k.seconds, k.budget) for k in found.kinds] == [
        ("recall", 2, 75.0, 180.0),
        ("choice", 1, 30.0, 60.0),
    ]


def test_who_walks_away_has_not_studied(store: Store) -> None:
    code = Graded(Kind.CODE, Mark.RIGHT, 1.0, Rating.GOOD)
    store.log("autograd/a", RIGHT, now=NOW, rating=Rating.GOOD, seconds=8 * 3600)
    store.log("memory/code", code, now=NOW, rating=Rating.GOOD, seconds=8 * 3600)
    found = statistics(BANK, store, NOW).time
    assert found.seconds == 15 * 60 + 3 * 30 * 60


# Points


def ticked(**made: bool) -> Graded:
    points = tuple(Point(text.replace("_", " "), each) for text, each in made.items())
    return Graded(Kind.RECALL, Mark.PARTLY, 0.5, Rating.HARD, points=points)


def test_points_missed_twice_and_missing_still(store: Store) -> None:
    for back, first_one, second, third in (
        (5, False, False, False),
        (4, False, False, True),
        (3, False, True, False),
    ):
        graded = ticked(one=first_one, two=second, three=third)
        store.log("autograd/a", graded, now=NOW - back * DAY, rating=Rating.HARD)
    (one, three) = statistics(BANK, store, NOW).points
    assert (one.id, one.text, one.missed, one.asked) == ("autograd/a", "one", 3, 3)
    assert one.last == TODAY - timedelta(days=3)
    assert (three.text, three.missed, three.asked) == ("three", 2, 3)
    store.log("autograd/a", RIGHT, now=NOW, rating=Rating.GOOD)  # of the judge: no rubric in it
    assert len(statistics(BANK, store, NOW).points) == 2
    all_made = ticked(one=True, two=True, three=True)
    store.log("autograd/a", all_made, now=NOW, rating=Rating.GOOD)
    assert statistics(BANK, store, NOW).points == ()


def test_a_point_is_the_same_while_its_words_are_and_reads_as_it_does_now(store: Store) -> None:
    def log(text: str, back: int) -> None:
        graded = Graded(Kind.RECALL, Mark.WRONG, 0.0, Rating.AGAIN, points=(Point(text, False),))
        store.log("autograd/a", graded, now=NOW - back * DAY, rating=Rating.AGAIN)

    log("backward() adds to .grad", 3)
    log("`backward()`  **adds** to .grad.", 2)
    (found,) = statistics(BANK, store, NOW).points
    assert (found.text, found.missed) == ("`backward()`  **adds** to .grad.", 2)
    log("backward() sums", 1)  # the old point is in the rubric no more, the new one is new
    assert statistics(BANK, store, NOW).points == ()


def test_points_of_questions_that_are_gone_cannot_be_studied(store: Store) -> None:
    for back in (3, 2):
        store.log("gone/x", PARTLY, now=NOW - back * DAY, rating=Rating.HARD)
    assert statistics(BANK, store, NOW).points == ()


def test_the_point_missed_most_comes_first(store: Store) -> None:
    for id, times in (("autograd/a", 2), ("autograd/b", 3)):
        for back in range(times, 0, -1):
            store.log(id, PARTLY, now=NOW - back * DAY, rating=Rating.HARD)
    found = statistics(BANK, store, NOW).points
    assert [(each.id, each.missed) for each in found] == [("autograd/b", 3), ("autograd/a", 2)]
