"""A mock interview in the app: its door, its clock, and that nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from quizapp.app import mock
from quizapp.app.screens.help import HelpScreen
from quizapp.app.screens.mock import MockScreen
from quizapp.app.screens.mock_page import MockPage
from quizapp.app.screens.mock_question import MockQuestionScreen
from quizapp.app.screens.mock_tick import MockTickScreen
from quizapp.app.screens.scorecard import ScorecardScreen
from quizapp.study.marks import Mark
from quizapp.study.mock.state import Ending
from tests.app.conftest import Bench, screen_text, settle
from tests.app.mocking import (
    SMALL,
    Size,
    answer,
    app_of,
    asking,
    at,
    come_to,
    resumed,
    sitting_of,
    to_the_end,
    told,
    wait,
)
from tests.judge.test_judging import exercise
from verify.errors import StoreError


@pytest.fixture
def room(bench: Bench) -> Iterator[Bench]:
    """A pack with a question of each kind, an exercise among them."""
    exercise(bench.root)
    yield bench


async def test_the_door_offers_lengths_and_levels(room: Bench, size: Size) -> None:
    async with app_of(room, seed=None).run_test(size=size) as pilot:
        await settle(pilot)
        text = screen_text(pilot)
        assert "Mock interview" in text and "none sat yet" in text
        assert all(f"{minutes} minutes" in text for minutes in (30, 45, 60))
        assert "about 3 talk · 1 output · 1 bug · 1 code" in text
        assert "The clock runs only while a question is on the screen" in text
        await pilot.press("left")
        await settle(pilot)
        text = screen_text(pilot)
        assert "Without code: this bank has nothing that fits." in text
        assert "No senior questions for talk, output and bug: neighbours stand in." in text
        await pilot.press("left", "left")  # any, senior, mid, junior
        await settle(pilot)
        assert "No junior questions for output and bug: neighbours stand in." in screen_text(pilot)
        await pilot.press("down", "enter")
        await settle(pilot)
        sitting = sitting_of(pilot)
        assert (sitting.minutes, sitting.level) == (45, "junior")
        await pilot.press("escape")
        await settle(pilot)
        text = screen_text(pilot)
        assert "▶ Continue" in text and "junior · 45 min · question 1 · 45:00 left" in text
        assert "enter continue" in text and "x end it" in text


async def test_the_clock_runs_down_and_then_says_so(room: Bench, size: Size) -> None:
    async with app_of(room).run_test(size=size) as pilot:
        await settle(pilot)
        current = sitting_of(pilot).current
        assert current is not None
        wait(room, pilot, 20)
        await settle(pilot)
        left = f"{current.minutes - 1}:40 of {current.minutes} min left · 29:40 in all"
        assert left in screen_text(pilot)
        wait(room, pilot, current.minutes * 60)
        await settle(pilot)
        assert "over by 0:20" in screen_text(pilot)
        wait(room, pilot, 1800)
        await settle(pilot)
        assert "time is up" in screen_text(pilot)
        await answer(pilot)  # it may be finished, and nothing follows
        if at(pilot, MockTickScreen):
            await answer(pilot)
        assert at(pilot, ScorecardScreen)
        assert "The time was over: 5 questions not reached." in screen_text(pilot)


async def test_esc_and_help_stop_the_clock(room: Bench) -> None:
    async with app_of(room).run_test(size=SMALL) as pilot:
        await settle(pilot)
        sitting = sitting_of(pilot)
        wait(room, pilot, 10)
        await pilot.press("f1")
        await settle(pilot)
        assert at(pilot, HelpScreen)
        assert "No verdict is shown before the end" in screen_text(pilot)
        room.clock.wait(25)
        await pilot.press("escape")
        await settle(pilot)
        wait(room, pilot, 5)
        assert sitting.elapsed == 15
        await pilot.press("escape")
        await settle(pilot)
        if not at(pilot, MockScreen):  # out of the field first
            await pilot.press("escape")
            await settle(pilot)
        assert "29:45 left" in screen_text(pilot)
        room.clock.wait(3000)
        await pilot.press("enter")
        await settle(pilot)
        wait(room, pilot, 5)
        assert sitting_of(pilot).elapsed == 20


async def test_what_is_typed_and_ticked_is_there_after_a_crash(room: Bench, size: Size) -> None:
    async with app_of(room).run_test(size=size) as pilot:
        await settle(pilot)
        await come_to(pilot, "recall")
        await pilot.press("n", *"it adds")
        wait(room, pilot, 30)
        asking(pilot).keep()  # type: ignore[attr-defined]  # the pause in typing, made short
        # The process dies here: nothing else is put on disk.
        room.another_desk().store.close()
        async with resumed(room).run_test(size=size) as other:
            await settle(other)
            assert "it adds" in screen_text(other)
            assert sitting_of(other).state.asked[-1].seconds == 30
            await other.press("escape", "enter")
            await settle(other)
            assert at(other, MockTickScreen)
            text = screen_text(other)
            assert "Which of these did you say?" in text and "the clock stands" in text
            assert "it adds" in text and "zero_grad() sets" not in text, "no answer is shown"
            await other.press("1")
            await settle(other)
            assert "1 of 3" in screen_text(other)
            room.clock.wait(40)
        async with resumed(room).run_test(size=size) as third:
            await settle(third)
            assert "[✓] backward() adds to .grad" in screen_text(third)
            assert sitting_of(third).state.asked[-1].seconds == 30, "it stands while one ticks"
            await third.press("enter")
            await settle(third)
    (review,) = room.store.reviews("autograd/accumulates")
    assert (review.mark, review.response, review.seconds) == (Mark.PARTLY, "it adds", 30)


async def test_skip_and_end(room: Bench, size: Size) -> None:
    async with app_of(room).run_test(size=size) as pilot:
        await settle(pilot)
        await answer(pilot)
        if at(pilot, MockTickScreen):
            await answer(pilot)
        await pilot.press("f8")
        await settle(pilot)
        assert sitting_of(pilot).position == 2
        await pilot.press("f12")
        await settle(pilot)
        assert "End the interview?" in screen_text(pilot)
        assert at(pilot, MockPage)
        await pilot.press("f12")
        await settle(pilot)
        assert at(pilot, ScorecardScreen)
        assert "Ended early: 3 questions not reached." in screen_text(pilot)
    assert [review.mark for review in room.store.reviews()][1:] == [Mark.SKIPPED] * 2


async def test_a_question_that_cannot_be_read_makes_room_for_another(room: Bench) -> None:
    room.desk.entries  # noqa: B018  (the index is read before the file breaks)
    for topic in ("tensors/copies", "tensors/views"):
        (room.root / f"answers/{topic}.md").write_text("broken", "utf-8")
    async with app_of(room).run_test(size=SMALL) as pilot:
        card = (await to_the_end(pilot)).card
        assert {line.asked.kind for line in card.lines} == {"recall", "output", "bug", "code"}
        assert card.ending is Ending.THROUGH


async def test_what_cannot_be_saved_leaves_the_question_as_it_is(
    room: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with app_of(room).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await come_to(pilot, "choice")

        def fail(*words: object, **more: object) -> None:
            raise StoreError("the disk is full")

        with monkeypatch.context() as patch:
            patch.setattr(room.desk.store, "log", fail)
            await answer(pilot)
            assert "the disk is full" in told(pilot)
            assert at(pilot, MockQuestionScreen)
        before = sitting_of(pilot).position
        await pilot.press("enter")
        await settle(pilot)
        assert sitting_of(pilot).position == before + 1


async def test_an_answer_is_not_given_twice_where_the_next_question_cannot_be_shown(
    room: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with app_of(room).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await come_to(pilot, "choice")
        before = sitting_of(pilot).position

        def fail(self: mock.Mock) -> None:
            raise StoreError("the disk is gone")

        with monkeypatch.context() as patch:
            patch.setattr(mock.Mock, "go_on", fail)
            await answer(pilot)
            assert sitting_of(pilot).position == before + 1
        await answer(pilot)  # the same screen once more
        assert sitting_of(pilot).position == before + 1
        assert asking(pilot).under_way
    assert len(room.store.reviews()) == before + 1


async def test_nothing_fits_is_said_at_the_door(room: Bench) -> None:
    async with app_of(room, seed=None).run_test(size=SMALL) as pilot:
        await settle(pilot)
        for entry in list(room.desk.entries):
            if room.desk.entries[entry].level != "junior":
                del room.desk.entries[entry]
        screen = pilot.app.screen
        assert isinstance(screen, MockScreen)
        screen.level = "senior"
        await pilot.press("enter")
        await settle(pilot)
        assert "there is nothing to ask" in told(pilot)
        assert at(pilot, MockScreen)


async def test_a_screen_that_leaves_late_does_not_stop_the_next_one_s_clock(room: Bench) -> None:
    async with app_of(room).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await come_to(pilot, "choice")
        left = asking(pilot)
        await pilot.press("f8")
        await settle(pilot)
        left.mock.stop(left)
        before = sitting_of(pilot).elapsed
        wait(room, pilot, 9)
        assert sitting_of(pilot).elapsed == before + 9
