"""Calibration, the words for all sections, and what holds of any log."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizapp.study.confidence import STEPS, asks_confidence, nearest, toggle_confidence
from quizapp.study.grading import Graded
from quizapp.study.marks import Mark, Point, Rating
from quizapp.study.mock.scorecard import MockResult
from quizapp.study.statistics import statistics, told
from quizapp.study.statistics.calibration import Calibration, Judgement, calibration, judge
from quizapp.study.statistics.history import history
from quizapp.study.statistics.retention import retention
from quizapp.study.store import Store
from quizapp.study.withdrawal import reset, undo_last
from verify.bank.model import Kind

from .history import study
from .make import DAY, NOW, RIGHT, WRONG, entries, entry

TODAY = NOW.date()
KINDS = [kind.value for kind in Kind]
BANK = entries(
    *(
        entry(
            f"{topic}/{n}",
            kind=KINDS[n % len(KINDS)],
            level=("junior", "mid", "senior")[n % 3],
            minutes=1 + n % 5,
        )
        for topic in ("autograd", "memory", "tensors")
        for n in range(7)
    )
)


def say(store: Store, said: float, *, right: int, wrong: int) -> None:
    for n in range(right + wrong):
        graded = RIGHT if n < right else WRONG
        store.log("autograd/0", graded, now=NOW, rating=graded.rating, confidence=said)


def counted(store: Store) -> Calibration:
    return calibration(history(store))


# Confidence


def test_it_is_asked_only_from_when_it_is_wished(store: Store) -> None:
    assert not asks_confidence(store)
    assert toggle_confidence(store) is asks_confidence(store) is True
    assert toggle_confidence(store) is asks_confidence(store) is False


def test_a_share_of_another_version_belongs_to_the_nearest_step() -> None:
    words = [nearest(said).words for said in (0.0, 0.25, 0.6, 0.84, 0.9, 1.0)]
    assert words == ["guessing", "guessing", "unsure", "fairly sure", "certain", "certain"]


# Calibration


def test_answers_are_counted_by_what_was_said(store: Store) -> None:
    say(store, 0.95, right=7, wrong=3)
    say(store, 0.5, right=3, wrong=3)
    say(store, 0.25, right=0, wrong=2)
    store.log("autograd/0", RIGHT, now=NOW, rating=Rating.GOOD)
    found = counted(store)
    assert (found.answers, found.right) == (18, 10)
    assert found.said == pytest.approx((9.5 + 3.0 + 0.5) / 18)
    assert [(s.words, s.answers, s.right, s.share, s.judgement) for s in found.steps] == [
        ("guessing", 2, 0, None, Judgement.FEW),
        ("unsure", 6, 3, 0.5, Judgement.FAIR),
        ("fairly sure", 0, 0, None, Judgement.FEW),
        ("certain", 10, 7, 0.7, Judgement.OVER),
    ]


@pytest.mark.parametrize(
    ("share", "made", "right"),
    [(1.0, True, True), (2 / 3, True, True), (2 / 3, False, False), (0.5, True, False)],
)
def test_two_thirds_of_a_rubric_with_its_decisive_point_are_right(
    store: Store, share: float, made: bool, right: bool
) -> None:
    points = (Point("decisive", made), Point("other", True))
    graded = Graded(Kind.RECALL, Mark.PARTLY, share, Rating.GOOD, points=points)
    store.log("autograd/0", graded, now=NOW, rating=Rating.GOOD, confidence=0.95)
    assert counted(store).right == right


# By the interval of Wilson at 90 %: 4 of 5 lies between 0.44 and 0.95, 7 of 10 up to 0.87.
@pytest.mark.parametrize(
    ("answers", "right", "said", "expected"),
    [
        (4, 0, 0.95, Judgement.FEW),
        (5, 4, 0.94, Judgement.FAIR),
        (5, 4, 0.96, Judgement.OVER),
        (10, 7, 0.87, Judgement.FAIR),
        (10, 7, 0.88, Judgement.OVER),
        (100, 90, 0.95, Judgement.OVER),
        (20, 12, 0.25, Judgement.UNDER),
        (20, 20, 0.95, Judgement.FAIR),
        (20, 0, 0.25, Judgement.OVER),
    ],
)
def test_chance_is_not_taken_for_overconfidence(
    answers: int, right: int, said: float, expected: Judgement
) -> None:
    assert judge(answers, right, said) is expected


# Words


def test_calibration_is_said_in_a_sentence(store: Store) -> None:
    assert told.calibration_words(counted(store)) == [told.HINT["calibration"]]
    say(store, 0.75, right=2, wrong=1)
    assert "3 answers: too few" in told.calibration_words(counted(store))[0]
    say(store, 0.75, right=13, wrong=4)
    assert told.calibration_words(counted(store)) == [
        "You are right about as often as you say: well calibrated."
    ]
    say(store, 0.95, right=7, wrong=3)
    say(store, 0.25, right=9, wrong=1)
    assert told.calibration_words(counted(store)) == [
        "When you say guessing (25 %), you are right 90 % of the time: underconfident.",
        "When you say certain (95 %), you are right 70 % of the time: overconfident.",
    ]
    head, certain, *_, guessing = told.calibration_bars(counted(store))
    assert (certain.name, certain.share, certain.mark) == ("certain", 0.7, 0.95)
    assert "70 % of 10" in certain.told and "95 %" in certain.told
    assert guessing.name == "guessing" and head.share is None


def test_retention_is_honest_about_few_answers(store: Store) -> None:
    def words() -> str:
        return told.retention_words(retention(history(store), BANK, TODAY))

    assert words() == told.HINT["retention"]
    for n, good in enumerate([True, True, True, True, False]):
        store.log(f"autograd/{n}", RIGHT, now=NOW - 50 * DAY, rating=Rating.GOOD)
        rating = Rating.GOOD if good else Rating.AGAIN
        if n == 4:
            assert words() == "Only 4 answers to what came back: too few to say."
            assert told.retention_bars(retention(history(store), BANK, TODAY)) == []
        store.log(f"autograd/{n}", RIGHT, now=NOW - 48 * DAY, rating=rating)
    assert words() == "Of 5 answers to what came back you still knew 80 %; 91 % was expected."
    rows = told.retention_bars(retention(history(store), BANK, TODAY))
    assert [row.name for row in rows] == ["", "all", "junior", "mid", "senior", "", "autograd"]
    assert rows[1].share is None and "none" in rows[1].told and "80 % of 5" in rows[1].told


def test_the_weakest_topic_comes_first_and_the_unknown_last(store: Store) -> None:
    for topic, ratings in (("autograd", "43333"), ("memory", "31131"), ("tensors", "33")):
        for n, rating in enumerate(ratings):
            store.log(f"{topic}/{n}", RIGHT, now=NOW - 9 * DAY, rating=Rating.GOOD)
            store.log(f"{topic}/{n}", RIGHT, now=NOW - 7 * DAY, rating=Rating(int(rating)))
    rows = told.retention_bars(retention(history(store), BANK, TODAY))
    assert [row.name for row in rows[-3:]] == ["memory", "autograd", "tensors"]
    assert "too few (2)" in rows[-1].told


def mock(back: int, score: float) -> MockResult:
    return MockResult(1, NOW - back * DAY, 45, "mid", score, {}, {})


def test_mocks_are_told_with_the_change() -> None:
    assert told.mocks_words(()) == told.HINT["mocks"]
    words = told.mocks_words((mock(9, 0.59), mock(1, 0.684)))
    assert words.startswith("2 interviews; the last one, on Tue 1 Dec, mid, 45 min: 68 % (+9 on")
    assert "best: 68 %" in words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 min"),
        (20, "less than a minute"),
        (60, "1 min"),
        (3600, "1 h"),
        (85200, "23 h 40 min"),
    ],
)
def test_time_in_words(seconds: float, words: str) -> None:
    assert told.lasted(seconds) == words


# Any log


ANSWERS = st.lists(
    st.tuples(
        st.sampled_from([*BANK, "gone/x"]),
        st.integers(0, 80),
        st.sampled_from([None, *Rating]),
        st.sampled_from(list(Mark)),
        st.floats(0, 1),
        st.floats(0, 9000),
        st.none() | st.sampled_from([step.said for step in STEPS]),
        st.lists(st.booleans(), max_size=3),
    ),
    max_size=25,
)


@given(ANSWERS, st.booleans())
@settings(max_examples=60, deadline=None)
def test_counts_add_up_whatever_was_answered(answers: list[tuple], undo: bool) -> None:  # type: ignore[type-arg]
    with Store.in_memory() as store:
        with store.writing():
            for id, back, rating, mark, share, seconds, said, made in answers:
                points = tuple(Point(f"point {n}", each) for n, each in enumerate(made))
                graded = Graded(Kind.RECALL, mark, share, rating, points=points)
                store.log(
                    id, graded, now=NOW - back * DAY, rating=rating, seconds=seconds,
                    confidence=said,
                )  # fmt: skip
        if undo:
            undo_last(store, NOW)
        found = statistics(BANK, store, NOW)
        given_ = [review for review in store.reviews() if review.mark is not Mark.SKIPPED]
        groups = [found.retention.overall, *found.retention.topics, *found.retention.levels]
        for group in groups:
            for recalled in (group.recent, group.ever):
                assert 0 <= recalled.kept <= recalled.asked
                assert recalled.share is None or 0 <= recalled.share <= 1
                assert (recalled.expected is None) is (recalled.asked == 0)
                assert recalled.expected is None or 0 <= recalled.expected <= 1
            assert group.recent.asked <= group.ever.asked
        assert sum(g.ever.asked for g in found.retention.topics) == groups[0].ever.asked
        assert sum(g.ever.asked for g in found.retention.levels) <= groups[0].ever.asked
        cards = [card for id, card in store.cards().items() if id in BANK]
        ahead = found.forecast
        assert sum(day.due for day in ahead.days) + ahead.later == len(cards)
        assert ahead.overdue <= ahead.days[0].due
        assert found.time.answers == len(given_) == sum(day.answers for day in found.time.days)
        assert sum(day.seconds for day in found.time.days) == pytest.approx(found.time.seconds)
        assert found.time.seconds <= sum(review.seconds for review in given_) + 1e-6
        in_bank = sum(review.id in BANK for review in given_)
        assert sum(kind.answers for kind in found.time.kinds) == in_bank
        sure = found.calibration
        assert sum(step.answers for step in sure.steps) == sure.answers
        assert sum(step.right for step in sure.steps) == sure.right <= sure.answers
        assert all(2 <= each.missed <= each.asked for each in found.points)
        assert msgspec.json.decode(msgspec.json.encode(found))["day"] == "2026-12-02"
        reset(store, None, NOW)
        assert statistics(BANK, store, NOW).empty


def test_months_of_study_are_the_same_each_time(store: Store) -> None:
    count = study(store, BANK, NOW, days=60, a_day=6)
    found = statistics(BANK, store, NOW)
    assert count == len(store.reviews()) == found.time.answers
    assert 30 <= len(found.time.days) <= 60
    assert found.time.days[-1].day < TODAY
    assert found.retention.overall.ever.asked > 50
    with Store.in_memory() as another:
        study(another, BANK, NOW, days=60, a_day=6)
        assert statistics(BANK, another, NOW) == found


def test_an_empty_log_has_something_to_say(store: Store) -> None:
    found = statistics(BANK, store, NOW)
    assert found.empty
    assert told.retention_words(found.retention) == told.HINT["retention"]
    assert told.forecast_words(found.forecast) == told.HINT["forecast"]
    assert told.time_words(found.time, TODAY) == told.HINT["time"]
    assert told.time_bars(found.time) == told.calibration_bars(found.calibration) == []


def test_the_forecast_in_words(store: Store) -> None:
    for n in range(3):
        store.log(f"autograd/{n}", RIGHT, now=NOW - 5 * DAY, rating=Rating.GOOD)
    store.log("memory/4", RIGHT, now=NOW, rating=Rating.GOOD)
    words = told.forecast_words(statistics(BANK, store, NOW).forecast)
    assert words == (
        "3 questions due today, 3 overdue; 4 within 14 days as the schedule stands now."
    )
    store.log("memory/3", RIGHT, now=NOW - timedelta(days=2), rating=Rating.GOOD)
    assert BANK["memory/3"].kind == "bug" and BANK["memory/4"].kind == "code"
