"""The days until the interview."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizapp.study.goal import CRAM_DAYS, Goal, set_goal
from quizapp.study.learning import learning_order
from quizapp.study.marks import Rating
from quizapp.study.plan import Plan, minutes_needed, plan
from quizapp.study.selection import Filters, Order, select
from quizapp.study.store import Store
from verify.bank.index import Entry

from .make import DAY, NOW, RIGHT, WRONG, entries, entry

TODAY = NOW.date()


@pytest.fixture
def store() -> Store:
    return Store.in_memory()


def planned(
    bank: dict[str, Entry], store: Store, days: int | None, minutes: int = 40, level: str = ""
) -> Plan:
    interview = None if days is None else TODAY + timedelta(days=days)
    set_goal(store, Goal(interview, level or None, minutes))
    return plan(bank, store, NOW)


def bank_of(topics: int, each: int, minutes: int = 3) -> dict[str, Entry]:
    return entries(
        *(entry(f"t{t}/{i}", minutes=minutes) for t in range(topics) for i in range(each))
    )


# New questions


def test_new_questions_are_spread_over_the_days_that_have_room(store: Store) -> None:
    found = planned(bank_of(5, 8), store, 12)
    assert len(found.days) == 12
    assert [len(day.new) for day in found.days] == [4] * 10 + [0] * CRAM_DAYS
    assert [day.cram for day in found.days] == [False] * 10 + [True] * CRAM_DAYS
    assert found.questions == (40, 40)
    assert found.fits
    assert sorted(id for day in found.days for id in day.new) == sorted(bank_of(5, 8))


def test_whatever_is_met_comes_back_before_the_interview(store: Store) -> None:
    found = planned(bank_of(5, 8), store, 12)
    assert sum(day.due for day in found.days) >= 40
    (last,) = [day for day in planned(bank_of(1, 3), store, 4).days if day.new][-1:]
    assert last.day == TODAY + timedelta(days=1)
    assert sum(day.due for day in planned(bank_of(1, 3), store, 4).days) >= 3


def test_it_says_what_does_not_fit_and_how_many_minutes_would(store: Store) -> None:
    bank = bank_of(6, 20)
    found = planned(bank, store, 7, minutes=20)
    met, there = found.questions
    assert (there, found.fits) == (120, False)
    assert met == sum(len(day.new) for day in found.days) < 120
    assert all(day.minutes <= 20 for day in found.days)
    assert found.unmet == ()  # every topic is seen all the same
    needed = minutes_needed(bank, store, NOW)
    assert needed is not None
    assert planned(bank, store, 7, minutes=needed).fits
    assert not planned(bank, store, 7, minutes=needed - 5).fits


def test_topics_that_are_not_reached_are_named(store: Store) -> None:
    found = planned(bank_of(9, 2, minutes=10), store, 3, minutes=20)
    # two on the first day; on each of the last two the third that fits beside what is asked again
    assert [(len(day.new), day.due, day.again) for day in found.days] == [
        (2, 0, 0), (1, 0, 2), (0, 3, 0),
    ]  # fmt: skip
    assert len(found.unmet) == 6


def test_no_day_is_long_enough(store: Store) -> None:
    bank = bank_of(20, 30, minutes=10)
    planned(bank, store, 1)
    assert minutes_needed(bank, store, NOW) is None


def test_who_begins_within_the_last_days_meets_new_ones(store: Store) -> None:
    for days in (0, 1, 2):
        found = planned(bank_of(3, 3), store, days)
        assert len(found.days) == max(1, days)
        assert found.days[0].new


def test_a_level_leaves_out_what_is_above(store: Store) -> None:
    bank = entries(
        *(entry(f"t/{level}", level=level) for level in ("junior", "mid", "senior")),
    )
    assert planned(bank, store, 9, level="mid").questions == (2, 2)
    assert planned(bank, store, 9, level="junior").questions == (1, 1)
    assert planned(bank, store, 9).questions == (3, 3)


def test_exercises_take_a_third_of_the_time_that_is_short(store: Store) -> None:
    code = entries(*(entry(f"c/{i}", kind="code", minutes=20) for i in range(20)))
    found = planned({**bank_of(4, 30), **code}, store, 8, minutes=60)
    minutes = 20 * found.exercises[0]
    assert 0 < minutes <= sum(day.minutes for day in found.days) / 3 + 20
    alone = planned(code, store, 8, minutes=60)
    assert alone.exercises[0] > found.exercises[0]


# What comes back


def test_due_cards_come_first_and_what_is_too_much_slides(store: Store) -> None:
    bank = bank_of(1, 40, minutes=4)
    for id in bank:
        store.log(id, RIGHT, now=NOW - 30 * DAY, rating=Rating.GOOD)
    found = planned(bank, store, None, minutes=20)
    assert [day.due for day in found.days[:3]] == [10, 10, 10]
    assert [day.late for day in found.days[:4]] == [30, 20, 10, 0]


def test_reviews_without_room_before_the_day_are_counted(store: Store) -> None:
    bank = bank_of(1, 40, minutes=4)
    for id in bank:
        store.log(id, RIGHT, now=NOW - 30 * DAY, rating=Rating.GOOD)
    found = planned(bank, store, 2, minutes=20)
    assert found.overdue == 20
    assert not found.fits


def test_the_last_days_ask_again_as_long_as_minutes_last(store: Store) -> None:
    bank = bank_of(2, 20)
    for id in bank:
        store.log(id, RIGHT, now=NOW, rating=Rating.EASY)
    found = planned(bank, store, 4, minutes=30)
    for day in found.days[-CRAM_DAYS:]:
        assert day.due + day.again == 20  # reviews of a minute and a half
        assert day.minutes == 30


def test_the_pace_of_the_person_counts(store: Store) -> None:
    bank = bank_of(3, 20)
    slow = planned(bank, store, None).days[1]
    for id in [*bank][:10]:
        store.log(id, RIGHT, now=NOW - DAY, rating=Rating.GOOD, seconds=90)
    fast = planned(bank, store, None).days[1]
    assert len(fast.new) > len(slow.new)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 6), st.integers(0, 30), st.integers(0, 12), st.integers(5, 200),
    st.none() | st.integers(0, 40),
)  # fmt: skip
def test_no_day_is_overfull_and_nothing_is_met_twice(
    topics: int, each: int, code: int, minutes: int, days: int | None
) -> None:
    bank = bank_of(topics, each)
    bank |= entries(*(entry(f"c/{i}", kind="code", minutes=25) for i in range(code)))
    with Store.in_memory() as store:
        found = planned(bank, store, days, minutes)
    new = [id for day in found.days for id in day.new]
    assert len(new) == len(set(new)) == found.questions[0] + found.exercises[0]
    assert all(day.minutes <= minutes + 1 for day in found.days)
    if found.fits and days is not None:
        assert set(new) == set(bank)


# The order of learning, and the last days in a quiz


def test_every_topic_is_met_early_and_easy_ones_first() -> None:
    bank = [
        entry("a/1", level="senior"), entry("a/2", level="junior"), entry("a/3"), entry("b/1"),
        entry("c/1", level="senior"), entry("c/2"),
    ]  # fmt: skip
    assert learning_order(bank, set()) == ["a/2", "b/1", "c/2", "a/3", "c/1", "a/1"]
    assert learning_order(bank, {"a/2"}, "mid") == ["b/1", "c/2", "a/3", "a/1", "c/1"]


def test_a_quiz_of_the_last_days_asks_what_is_least_known(store: Store) -> None:
    bank = entries("a/known", "b/missed", "c/unseen", "d/today")
    store.log("a/known", RIGHT, now=NOW - DAY, rating=Rating.GOOD)
    store.log("b/missed", WRONG, now=NOW - DAY, rating=Rating.AGAIN)
    store.log("d/today", RIGHT, now=NOW, rating=Rating.GOOD)
    set_goal(store, Goal(date(2026, 12, 4)))
    assert select(bank, store, Filters(), NOW) == ("b/missed", "a/known", "c/unseen")
    set_goal(store, Goal(date(2026, 12, 5)))
    assert "a/known" not in select(bank, store, Filters(), NOW)


def test_what_was_answered_today_comes_last_at_random(store: Store) -> None:
    bank = bank_of(6, 3)
    today = [*bank][::4]
    for id in today:
        store.log(id, RIGHT, now=NOW, rating=Rating.GOOD)
    found = select(bank, store, Filters(order=Order.RANDOM, count=len(bank) - len(today)), NOW)
    assert not set(found) & set(today)
