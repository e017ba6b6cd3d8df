"""What one studies for, the plan that follows from it, and what home makes of both."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from textual.pilot import Pilot

from quizapp.app.app import TorchdrillApp
from quizapp.app.screens.goal import GoalScreen
from quizapp.app.screens.home import HomeScreen
from quizapp.app.screens.plan import PlanScreen
from quizapp.app.screens.practice import PracticeScreen
from quizapp.app.screens.question import QuestionScreen
from quizapp.study.goal import Goal, goal_of, set_goal
from quizapp.study.grading import Graded
from quizapp.study.marks import Mark, Rating
from quizapp.study.records import Draft
from quizapp.study.store import Store
from tests.app.conftest import Bench, screen_text, settle
from tests.app.fakes import NOON
from tests.big_pack import write_big_pack
from verify.bank.model import Kind

Size = tuple[int, int]
DAY = timedelta(days=1)
GOOD = Graded(Kind.RECALL, Mark.RIGHT, 1.0, Rating.GOOD)


def forgets(bench: Bench) -> Callable[[], Store]:
    """Opens a progress file in which nobody was asked what they study for."""
    return lambda: Store.open(bench.tmp_path / "first.sqlite3")


async def test_a_first_start_asks_three_things(bench: Bench, size: Size) -> None:
    desk = bench.another_desk(forgets(bench))
    async with TorchdrillApp(desk).run_test(size=size) as pilot:
        await settle(pilot)
        await pilot.pause()
        assert isinstance(pilot.app.screen, GoalScreen)
        assert "Welcome" in screen_text(pilot)
        await pilot.press(*"14 dec", "enter", *"mi", "enter", *"45")
        await settle(pilot)
        text = screen_text(pilot)
        assert "Mon 14 Dec 2026, in 12 days" in text
        assert "up to mid" in text
        assert "about 45 minutes a day" in text
        assert "enter save" in text
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, HomeScreen)
        assert goal_of(desk.store) == Goal(date(2026, 12, 14), "mid", 45)
        assert "interview in 12 days · Wed 2 Dec" in screen_text(pilot)


async def test_a_first_start_may_be_skipped_for_good(bench: Bench) -> None:
    desk = bench.another_desk(forgets(bench))
    async with TorchdrillApp(desk).run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.pause()
        await pilot.press("escape")
        await settle(pilot)
        assert isinstance(pilot.app.screen, HomeScreen)
        assert goal_of(desk.store) == Goal()
    async with TorchdrillApp(bench.another_desk(forgets(bench))).run_test() as pilot:
        await settle(pilot)
        await pilot.pause()
        assert isinstance(pilot.app.screen, HomeScreen)


@pytest.mark.parametrize(
    ("typed", "says"),
    [("1 nov 2026", "has passed"), ("soon", "'soon' is no day"), ("2026-13-01", "is no day")],
)
async def test_what_is_no_day_is_told_and_kept_on_the_line(
    bench: Bench, typed: str, says: str
) -> None:
    async with bench.app().run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("g", *typed, "enter")
        await settle(pilot)
        assert says in screen_text(pilot)
        assert typed in screen_text(pilot)
        assert pilot.app.screen.focused is not None
        assert pilot.app.screen.focused.id == "interview"
        await pilot.press("escape")
        await settle(pilot)
        assert goal_of(bench.desk.store) == Goal()


async def test_the_plan_says_what_each_day_brings(bench: Bench, size: Size) -> None:
    set_goal(bench.store, Goal(NOON.date() + 6 * DAY, None, 40))
    async with bench.app().run_test(size=size) as pilot:
        await settle(pilot)
        await pilot.press("d")
        await settle(pilot)
        text = screen_text(pilot)
        assert "✓ It fits." in text
        assert "interview in 6 days" in text
        assert "today" in text and "Thu 3 Dec" in text and "Mon 7 Dec" in text
        assert "Tue 8 Dec" not in text
        assert text.count("last days") == 2
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, QuestionScreen)


async def test_the_plan_is_honest_when_it_cannot_fit(bench: Bench, size: Size) -> None:
    root = write_big_pack(bench.tmp_path / "big", 300)
    set_goal(bench.store, Goal(NOON.date() + 5 * DAY, None, 30))
    bench.root = root
    async with TorchdrillApp(bench.another_desk()).run_test(size=size) as pilot:
        await settle(pilot)
        await pilot.press("d")
        await settle(pilot)
        await pilot.app.workers.wait_for_complete()
        await settle(pilot)
        assert isinstance(pilot.app.screen, PlanScreen)
        text = " ".join(screen_text(pilot).split())
        assert "✗ Not all of it fits." in text
        assert "minutes a day would fit all" in text


async def test_home_goes_on_with_an_exercise_that_was_begun(bench: Bench, size: Size) -> None:
    root = write_big_pack(bench.tmp_path / "big", 60)
    bench.root = root
    desk = bench.another_desk()
    exercise = next(entry for entry in desk.entries.values() if entry.kind == "code")
    bench.store.save_draft(Draft(exercise.id, text="def begun(): ..."), now=NOON)
    async with TorchdrillApp(desk).run_test(size=size) as pilot:
        await settle(pilot)
        assert "▶ Exercise" in screen_text(pilot)
        assert "enter go on" in screen_text(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, PracticeScreen)
        assert pilot.app.screen.item.id == exercise.id


async def test_home_shows_streak_weeks_and_topics_by_need(bench: Bench, size: Size) -> None:
    for back in (1, 2, 3, 9):
        bench.store.log("tensors/views", GOOD, now=NOON - back * DAY, rating=Rating.GOOD)
    async with bench.app().run_test(size=size) as pilot:
        await settle(pilot)
        text = screen_text(pilot)
        assert "streak 3 days" in text
        assert ("Six weeks" in text) is (size[1] < 34)
        assert "▪" in text
        rows = [line.strip() for line in text.split("\n") if "known" in line or "not seen" in line]
        assert [row.split()[0] for row in rows] == ["autograd", "modules", "tensors"]
    bench.store.log("tensors/copies", GOOD, now=NOON - 30 * DAY, rating=Rating.GOOD)
    async with TorchdrillApp(bench.another_desk()).run_test(size=size) as pilot:
        await settle(pilot)
        text = screen_text(pilot)
        first = next(line for line in text.split("\n") if "due" in line and "━" in line)
        assert first.split()[0] == "tensors" and "1 due" in first


async def test_home_shows_as_many_topics_as_fit_and_all_with_t(bench: Bench) -> None:
    bench.root = write_big_pack(bench.tmp_path / "big", 400)
    desk = bench.another_desk()
    topics = {entry.topic for entry in desk.entries.values()}
    assert len(topics) > 12
    async with TorchdrillApp(desk).run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        text = screen_text(pilot)
        shown = [topic for topic in topics if f" {topic} " in text]
        assert f"… {len(topics) - len(shown)} more   t" in text
        assert "Today" in text  # nothing is scrolled out
        await pilot.press("t")
        await settle(pilot)
        assert "more   t" not in screen_text(pilot)
        assert "weeks" not in screen_text(pilot)
        await pilot.press("t")
        await settle(pilot)
        assert "more   t" in screen_text(pilot)


def said(pilot: Pilot[None]) -> str:
    """What was said in passing."""
    return " ".join(note.message for note in pilot.app._notifications)


async def test_u_takes_the_last_answer_back(bench: Bench) -> None:
    bench.store.log("tensors/views", GOOD, now=NOON, rating=Rating.GOOD)
    async with bench.app().run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert "1 answered" in screen_text(pilot)
        await pilot.press("u")
        await settle(pilot)
        assert "1 answered" not in screen_text(pilot)
        assert "Taken back" in said(pilot)
        await pilot.press("u")
        await settle(pilot)
        assert "no answer to take back" in said(pilot)


async def test_a_passed_interview_is_told(bench: Bench) -> None:
    set_goal(bench.store, Goal(NOON.date() - 3 * DAY))
    async with bench.app().run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert "interview 3 days ago · Wed 2 Dec" in screen_text(pilot)
