"""What a person studies for, and days as people type them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from quizapp.study.days import FURTHEST, parse_day
from quizapp.study.goal import (
    CRAM_DAYS,
    Goal,
    cramming,
    goal_of,
    read_date,
    read_level,
    read_minutes,
    set_goal,
)
from quizapp.study.store import Store
from verify.errors import UsageError

TODAY = date(2026, 12, 2)

todays = st.dates(date(1990, 1, 1), date(2090, 1, 1))
ahead = st.integers(0, FURTHEST)


# Days


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2026-12-24", date(2026, 12, 24)),
        ("2026-2-5", date(2026, 2, 5)),
        ("24.12.2027", date(2027, 12, 24)),
        ("24.12.", date(2026, 12, 24)),
        ("24.12", date(2026, 12, 24)),
        ("24. 12.", date(2026, 12, 24)),
        ("1.12.", date(2027, 12, 1)),
        ("2.12.", TODAY),
        ("24 Dec", date(2026, 12, 24)),
        ("24 december", date(2026, 12, 24)),
        ("24 Dec. 2028", date(2028, 12, 24)),
        ("Dec 24", date(2026, 12, 24)),
        ("Sept 1", date(2027, 9, 1)),
        ("may 3, 2027", date(2027, 5, 3)),
        ("  in   12  days ", date(2026, 12, 14)),
        ("in 1 day", date(2026, 12, 3)),
        ("12", date(2026, 12, 14)),
        ("12d", date(2026, 12, 14)),
        ("0", TODAY),
        ("today", TODAY),
        ("Tomorrow", date(2026, 12, 3)),
        ("29.2.", date(2028, 2, 29)),
    ],
)
def test_days_are_read_as_people_type_them(typed: str, day: date) -> None:
    assert parse_day(typed, TODAY) == day


@pytest.mark.parametrize(
    "typed",
    ["", "soon", "31.2.2027", "2026-13-01", "24 Decoy", "24 de", "Mai 3", "0 Jan", "99999", "-3",
     "3661", "1.5 days", "12/24/2026", "29.2.2027", "32.1.", "24..12.", "in days"],
)  # fmt: skip
def test_what_is_no_day_is_none(typed: str) -> None:
    assert parse_day(typed, TODAY) is None


@given(today=todays, days=ahead)
def test_every_day_written_out_is_read_back(today: date, days: int) -> None:
    day = today + timedelta(days=days)
    written = (
        day.isoformat(),
        f"{day.day}.{day.month}.{day.year}",
        f"{day:%d.%m.%Y}",
        f"{day:%d %b %Y}",
        f"{day.day} {day:%B} {day.year}",
        f"{day:%B} {day.day}, {day.year}",
        f"in {days} days",
        f"{days}",
    )
    for text in written:
        assert parse_day(text, today) == day, text
        assert parse_day(text.upper(), today) == day, text


@given(today=todays, days=st.integers(0, 364))
@example(today=date(2096, 3, 1), days=0)
def test_without_a_year_it_is_the_next_day_of_that_name(today: date, days: int) -> None:
    day = today + timedelta(days=days)
    for text in (f"{day:%d.%m.}", f"{day:%d %b}", f"{day:%b %d}", f"{day:%B} {day.day}"):
        found = parse_day(text, today)
        assert found is not None, text
        assert (found.month, found.day) == (day.month, day.day)
        assert found >= today
        assert found == day, text


@given(today=todays)
@example(today=date(2096, 3, 1))  # 2100 is no leap year: eight years to the next one
def test_the_29th_of_february_is_found_however_far(today: date) -> None:
    found = parse_day("29 Feb", today)
    assert found is not None
    assert found >= today
    assert (found.month, found.day) == (2, 29)
    between = range(today.year, found.year)
    assert not any(year % 4 == 0 and year % 100 for year in between if date(year, 2, 28) >= today)


@given(typed=st.text(max_size=20), today=todays)
@example(typed="９９", today=TODAY)
@example(typed="²", today=TODAY)
def test_whatever_is_typed_is_a_day_or_none(typed: str, today: date) -> None:
    assert isinstance(parse_day(typed, today), date | None)


@given(typed=st.from_regex(r"\A(in )?\d{1,5}[. -]?\d{0,2}[. -]?(\d{4}|[a-z]{3})?\Z"), today=todays)
def test_what_looks_like_a_day_is_one_or_none(typed: str, today: date) -> None:
    assert isinstance(parse_day(typed, today), date | None)


# What is typed into the dialogue


def test_a_date_is_to_come() -> None:
    assert read_date("", TODAY) is None
    assert read_date("  ", TODAY) is None
    assert read_date(" 24 Dec ", TODAY) == date(2026, 12, 24)
    assert read_date("2026-12-02", TODAY) == TODAY
    with pytest.raises(UsageError, match="2026-12-01 has passed"):
        read_date("2026-12-01", TODAY)
    with pytest.raises(UsageError, match="'soon' is no day") as caught:
        read_date("soon ", TODAY)
    assert "24 Dec" in caught.value.todo


@pytest.mark.parametrize(
    ("typed", "level"),
    [("", None), ("all", None), (" A ", None), ("junior", "junior"), ("j", "junior"),
     ("Mid", "mid"), ("m", "mid"), ("SEN", "senior")],
)  # fmt: skip
def test_a_level_is_named_by_its_beginning(typed: str, level: str | None) -> None:
    assert read_level(typed) == level


def test_what_is_no_level_is_refused() -> None:
    with pytest.raises(UsageError, match="'staff' is no level") as caught:
        read_level("staff")
    assert "senior" in caught.value.todo


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [("", None), (" ", None), ("40", 40), ("40 min", 40), ("40min", 40), ("40 Minutes", 40),
     ("1", 1), ("1440", 1440)],
)  # fmt: skip
def test_minutes_are_a_number(typed: str, minutes: int | None) -> None:
    assert read_minutes(typed) == minutes


@pytest.mark.parametrize("typed", ["0", "1441", "-5", "forty", "4.5", "²", "40 hours", "4 0"])
def test_what_is_no_number_of_minutes_is_refused(typed: str) -> None:
    with pytest.raises(UsageError, match="no number of minutes"):
        read_minutes(typed)


# Kept


def test_who_was_never_asked_has_no_goal() -> None:
    with Store.in_memory() as store:
        assert goal_of(store) is None
        set_goal(store, Goal())
        assert goal_of(store) == Goal()


@given(
    st.builds(
        Goal,
        interview=st.none() | st.dates(),
        level=st.sampled_from([None, "junior", "mid", "senior"]),
        minutes=st.none() | st.integers(1, 1440),
    )
)
def test_a_goal_is_kept_as_it_is(goal: Goal) -> None:
    with Store.in_memory() as store:
        set_goal(store, goal)
        assert goal_of(store) == goal


@pytest.mark.parametrize(
    "kept", [1, "soon", [], {"interview": "noon"}, {"minutes": "many"}, {"level": 3}]
)
def test_a_goal_that_cannot_be_read_is_asked_for_again(kept: object) -> None:
    with Store.in_memory() as store:
        store.set_setting("goal", kept)
        store.set_setting("other", 1)
        assert goal_of(store) is None
        assert store.setting("other") == 1


def test_a_goal_of_a_later_version_is_read_as_far_as_it_is_known() -> None:
    with Store.in_memory() as store:
        store.set_setting("goal", {"minutes": 40, "company": "somewhere"})
        assert goal_of(store) == Goal(minutes=40)


@given(st.integers(-30, 30))
def test_cramming_is_for_the_last_days(left: int) -> None:
    goal = Goal(interview=TODAY + timedelta(days=left))
    assert cramming(goal, TODAY) is (0 <= left <= CRAM_DAYS)
    assert not cramming(Goal(), TODAY)
