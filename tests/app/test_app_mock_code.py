"""Code in a mock interview: the best attempt counts, and no help is to be had."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from quizapp.app.screens.mock_code import MockCodeScreen
from quizapp.app.screens.mock_question import MockQuestionScreen
from quizapp.app.screens.practice import PracticeScreen
from quizapp.study.marks import Mark, Rating
from quizapp.study.withdrawal import undo_last
from tests.app.conftest import Bench, screen_text, settle
from tests.app.mocking import (
    SMALL,
    Size,
    app_of,
    asking,
    at,
    come_to,
    resumed,
    sitting_of,
    wait,
)
from tests.app.test_app_practice import FakeJudge, done, write
from tests.judge.test_judging import RIGHT, code_of, exercise


@pytest.fixture
def room(bench: Bench) -> Iterator[Bench]:
    """A pack with a question of each kind, an exercise among them."""
    exercise(bench.root)
    yield bench


async def test_the_best_attempt_at_code_counts(room: Bench, size: Size) -> None:
    async with app_of(room).run_test(size=size) as pilot:
        await settle(pilot)
        await come_to(pilot, "code")
        await done(pilot)
        text = screen_text(pilot)
        assert "Mock · topic · code" in text and "Halve it." in text, "the task comes first"
        assert "f2 hint" not in text and "give up" not in text
        await pilot.press("f2", "f7")
        await done(pilot)
        assert "Nothing is written yet" in screen_text(pilot)
        write(pilot, code_of("return x / 3"))
        await pilot.press("f5")
        await done(pilot)
        text = screen_text(pilot)
        assert "✗ gradient" in text and "f7 hand in (3 of 4)" in text
        await pilot.press("f4")
        await settle(pilot)
        assert "Skip it?" in screen_text(pilot) and "f7 hands in the best" in screen_text(pilot)
        wait(room, pilot, 60)
        async with resumed(room).run_test(size=size) as other:
            await done(other)
            await other.pause()
            assert "keeps 3 of 4 laws" in screen_text(other)
            assert "return x / 3" in screen_text(other)
            await other.press("f7")
            await settle(other)
            assert not at(other, MockCodeScreen)
    (review,) = room.store.reviews("topic/half")
    assert (review.mark, review.share, review.rating) == (Mark.PARTLY, 0.75, Rating.HARD)
    assert review.response == code_of("return x / 3")
    assert review.seconds == 60 and review.session is not None


async def test_code_is_judged_before_it_is_handed_in_and_skipped_when_asked_twice(
    room: Bench,
) -> None:
    judge = FakeJudge()
    async with app_of(room, judge=judge).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await come_to(pilot, "code")
        write(pilot, code_of(RIGHT[0]))
        await pilot.press("f7")
        await done(pilot)
        assert judge.judged == [code_of(RIGHT[0])]
        assert not at(pilot, MockCodeScreen)
    assert room.store.reviews("topic/half")[0].rating is Rating.EASY
    undo_last(room.store, room.clock())
    async with resumed(room).run_test(size=SMALL) as pilot:
        await settle(pilot)
        assert at(pilot, MockCodeScreen)
        write(pilot, "half = 1")
        await pilot.press("f4", "f4")
        await settle(pilot)
    (review,) = room.store.reviews("topic/half")
    assert (review.mark, review.rating) == (Mark.SKIPPED, None)


async def test_a_bug_may_be_mended_before_the_judge(room: Bench, size: Size) -> None:
    async with app_of(room).run_test(size=size) as pilot:
        await settle(pilot)
        await come_to(pilot, "bug")
        assert "m mend" in screen_text(pilot) and "esc pause" in screen_text(pilot)
        await pilot.press("m")
        await settle(pilot)
        assert at(pilot, MockCodeScreen)
        write(pilot, "import torch  # x / 2")
        await pilot.press("escape")
        await settle(pilot)
        assert at(pilot, MockQuestionScreen), "back to talking about it"
        await pilot.press("m")
        await settle(pilot)
        screen = asking(pilot)
        assert isinstance(screen, MockCodeScreen) and "x / 2" in screen.editor.text
        await pilot.press("f7")
        await done(pilot)
    (review,) = room.store.reviews("modules/flatten")
    assert (review.kind, review.mark, review.response) == (
        "bug", Mark.RIGHT, "import torch  # x / 2",
    )  # fmt: skip


async def test_an_own_editor_keeps_the_clock_running(
    room: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(self: PracticeScreen) -> None:
        room.clock.wait(50)
        self.editor.text = "from outside"

    monkeypatch.setattr(PracticeScreen, "action_editor", slowly)
    async with app_of(room).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await come_to(pilot, "code")
        before = sitting_of(pilot).elapsed
        await pilot.press("f3")
        await settle(pilot)
        wait(room, pilot, 5)
        assert sitting_of(pilot).elapsed == before + 55
