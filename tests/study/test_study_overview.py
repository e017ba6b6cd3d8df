from __future__ import annotations

from datetime import date, timedelta

import pytest

from quizapp.study.goal import Goal, set_goal
from quizapp.study.marks import Rating
from quizapp.study.overview import overview, streak
from quizapp.study.records import Draft
from quizapp.study.session import begin
from quizapp.study.store import Store

from .make import DAY, NOW, RIGHT, entries, entry

BANK = entries(
    entry("autograd/a", minutes=2),
    entry("autograd/b", minutes=4),
    entry("memory/a", minutes=5),
    entry("memory/code", kind="code", minutes=30),
)


def test_nothing_done_yet(store: Store) -> None:
    found = overview(BANK, store, NOW)
    assert (found.total, found.seen, found.due, found.new) == (3, 0, 0, 3)
    # 2 + 4 + 5 minutes, and 29 of the 40 a day are left: too few for the exercise of 30
    assert (found.new_today, found.exercises_today, found.minutes) == (3, 0, 11)
    assert (found.goal, found.days_left, found.cram, found.begun) == (None, None, False, None)
    assert (found.answered_today, found.streak) == (0, 0)
    assert found.unfinished is None
    assert [(t.topic, t.total, t.new, t.mastery) for t in found.topics] == [
        ("autograd", 2, 2, 0.0),
        ("memory", 2, 2, 0.0),
    ]


def test_after_some_days(store: Store) -> None:
    store.log("autograd/a", RIGHT, now=NOW - 3 * DAY, rating=Rating.GOOD)
    store.log("memory/a", RIGHT, now=NOW - DAY, rating=Rating.GOOD)
    store.log("autograd/b", RIGHT, now=NOW, rating=Rating.EASY)
    store.log("gone/x", RIGHT, now=NOW, rating=Rating.GOOD)
    found = overview(BANK, store, NOW)
    assert (found.total, found.seen, found.due, found.new) == (3, 3, 1, 0)
    # a review takes half of its 2 minutes, which leaves room for the exercise
    assert (found.exercises_today, found.minutes) == (1, 31)
    assert found.days == {(NOW - n * DAY).date(): count for n, count in ((3, 1), (1, 1), (0, 2))}
    assert found.answered_today == 2
    assert found.streak == 2
    autograd, memory = found.topics
    assert (autograd.due, autograd.seen, autograd.new) == (1, 2, 0)
    assert 0.9 < autograd.mastery < 1.0
    assert memory.mastery < 1.0
    later = overview(BANK, store, NOW + 60 * DAY)
    assert later.due == 3
    assert later.topics[0].mastery < autograd.mastery


def test_mastery_counts_what_was_never_asked_as_unknown(store: Store) -> None:
    store.log("autograd/a", RIGHT, now=NOW, rating=Rating.GOOD)
    assert overview(BANK, store, NOW).topics[0].mastery == pytest.approx(0.5)


def test_what_was_studied_today_counts_against_the_day(store: Store) -> None:
    bank = entries(*(f"t/{i:02}" for i in range(30)))
    assert overview(bank, store, NOW).new_today == 13  # of 3 minutes each, in 40
    for i in range(4):
        store.log(f"t/{i:02}", RIGHT, now=NOW, rating=Rating.GOOD, seconds=180)
    assert overview(bank, store, NOW).new_today == 9
    assert overview(bank, store, NOW + DAY).new_today == 13


def test_an_interview_counts_down_and_ends(store: Store) -> None:
    set_goal(store, Goal(interview=NOW.date() + 5 * DAY, minutes=60))
    bank = entries(*(f"t/{i:02}" for i in range(30)))
    found = overview(bank, store, NOW)
    assert (found.days_left, found.cram) == (5, False)
    assert found.new_today == 10  # 30 over the three days that bring something new
    assert [overview(bank, store, NOW + n * DAY).cram for n in (2, 3, 4)] == [False, True, True]
    assert overview(bank, store, NOW + 6 * DAY).days_left is None


def test_an_exercise_that_was_begun_is_named(store: Store) -> None:
    store.save_draft(Draft("autograd/a", text="said"), now=NOW)
    assert overview(BANK, store, NOW).begun is None
    store.save_draft(Draft("memory/code", text="def f"), now=NOW)
    assert overview(BANK, store, NOW).begun == "memory/code"


def test_an_unfinished_session_is_named(store: Store) -> None:
    session = begin(store, ("autograd/a", "memory/a", "autograd/b"), now=NOW)
    session.answer("", RIGHT, now=NOW)
    found = overview(BANK, store, NOW).unfinished
    assert found is not None
    assert (found.number, found.position, found.total) == (session.number, 1, 3)
    assert found.topics == ("memory", "autograd")
    assert found.started == NOW
    session.finish(NOW)
    assert overview(BANK, store, NOW).unfinished is None


def test_a_session_whose_questions_are_gone_is_not_offered(store: Store) -> None:
    begin(store, ("gone/x",), now=NOW)
    assert overview(BANK, store, NOW).unfinished is None


def test_an_empty_bank(store: Store) -> None:
    found = overview({}, store, NOW)
    assert (found.total, found.minutes, found.topics) == (0, 0, ())


def test_history_under_a_former_id_counts(store: Store) -> None:
    store.log("old/a", RIGHT, now=NOW, rating=Rating.GOOD)
    bank = entries(entry("autograd/a", aliases=("old/a",)))
    store.adopt(bank)
    assert overview(bank, store, NOW).new == 0


@pytest.mark.parametrize(
    ("back", "expected"),
    [
        ([], 0),
        ([0], 1),
        ([1], 1),
        ([2], 0),
        ([0, 1, 2], 3),
        ([1, 2, 3], 3),
        ([0, 2, 3], 1),
    ],
)
def test_streak(back: list[int], expected: int) -> None:
    today = date(2026, 12, 2)
    assert streak({today - timedelta(days=days): 1 for days in back}, today) == expected
