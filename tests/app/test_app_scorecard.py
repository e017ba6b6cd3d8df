"""The end of a mock interview: the scorecard, and where it leads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from quizapp.app.screens.answer import AnswerScreen
from quizapp.app.screens.mock import MockScreen
from quizapp.app.screens.mock_answers import MockAnswersScreen
from quizapp.app.screens.mock_page import MockPage
from quizapp.app.screens.mock_tick import MockTickScreen
from quizapp.app.screens.practice import PracticeScreen
from quizapp.app.screens.question import QuestionScreen
from quizapp.app.screens.scorecard import ScorecardScreen
from quizapp.app.screens.solution import SolutionScreen
from quizapp.study.marks import Mark
from quizapp.study.mock.scorecard import mock_history
from quizapp.study.mock.sitting import unfinished
from tests.app.conftest import Bench, screen_text, settle
from tests.app.mocking import (
    MOST,
    SMALL,
    Size,
    answer,
    app_of,
    at,
    sitting_of,
    to_the_end,
    told,
    wait,
)
from tests.judge.test_judging import exercise


@pytest.fixture
def room(bench: Bench) -> Iterator[Bench]:
    """A pack with a question of each kind, an exercise among them."""
    exercise(bench.root)
    yield bench


async def test_the_scorecard_leads_to_answers_exercises_and_a_quiz(room: Bench, size: Size) -> None:
    async with app_of(room).run_test(size=size) as pilot:
        card = (await to_the_end(pilot, right=False)).card
        assert "not yet ready" in screen_text(pilot)
        await pilot.press("a")
        await settle(pilot)
        assert at(pilot, MockAnswersScreen)
        assert "Which tensors receive .grad?" in screen_text(pilot)
        assert "3 of 4 laws" in screen_text(pilot) and "0:00 of  5:00" in screen_text(pilot)
        for line in card.lines:
            await pilot.press("enter")
            await settle(pilot)
            assert at(pilot, SolutionScreen if line.asked.kind == "code" else AnswerScreen)
            if line.asked.kind == "output":
                assert "You typed" in screen_text(pilot)
            await pilot.press("escape", "down")
            await settle(pilot)
        await pilot.press("escape", "p")
        await settle(pilot)
        screen = pilot.app.screen
        assert type(screen) is PracticeScreen and screen.item.id == "topic/half"
        await pilot.press("escape", "enter")
        await settle(pilot)
        assert at(pilot, QuestionScreen), "a quiz of what was missed"
    assert card.next.ids[0] in {line.asked.id for line in card.lines}


async def test_the_scorecard_is_exported_and_nothing_is_overwritten(
    room: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    async with app_of(room).run_test(size=SMALL) as pilot:
        await to_the_end(pilot)
        await pilot.press("e", "e")
        await settle(pilot)
        assert "Written to" in told(pilot)
    found = sorted(folder.iterdir())
    assert [path.name for path in found] == ["mock-2026-12-02-1200-2.md", "mock-2026-12-02-1200.md"]
    assert found[0].read_text("utf-8").startswith("# Mock interview · any level · 30 min\n")


async def test_an_answer_that_was_reset_or_changed_since_is_said(room: Bench) -> None:
    async with app_of(room).run_test(size=SMALL) as pilot:
        card = (await to_the_end(pilot)).card
        path = room.root / "questions/tensors/copies.md"
        path.write_text(path.read_text("utf-8").replace("- b)", "- x)"), "utf-8")
        await pilot.press("a")
        await settle(pilot)
        place = [line.asked.id for line in card.lines].index("tensors/copies")
        await pilot.press(*["down"] * place, "enter")
        await settle(pilot)
        assert at(pilot, MockAnswersScreen)
        assert "tensors/copies" in told(pilot)


async def test_a_whole_interview_without_a_verdict_and_its_scorecard(
    room: Bench, size: Size
) -> None:
    kinds: list[str] = []
    async with app_of(room).run_test(size=size) as pilot:
        await settle(pilot)
        for _ in range(MOST):
            if at(pilot, ScorecardScreen):
                break
            current = sitting_of(pilot).current
            assert current is not None
            if not at(pilot, MockTickScreen):
                kinds.append(current.kind)
                text = screen_text(pilot)
                assert f"Mock · {current.topic} · {current.kind}" in text
                assert f"question {len(kinds)}" in text and "in all" in text
                wait(room, pilot, 30)
            assert "✓" not in screen_text(pilot) and "✗" not in screen_text(pilot)
            await answer(pilot, right=current.kind != "output")
        text = screen_text(pilot)
        assert "Mock interview · any level · 30 min" in text
        # Of 19.25, minutes by level, the output is 3.75; and a kind below a half is not ready.
        assert "~ nearly ready: 81 %" in text
        assert "talk" in text and "output" in text and "score" in text
        assert "✓ 4 of 4 laws, 0 of 5 min" in text
        await pilot.press("end")
        await settle(pilot)
        assert "Study next" in screen_text(pilot)
        assert "Which tensors receive .grad?" in screen_text(pilot), "what was missed comes first"
        await pilot.press("escape")
        await settle(pilot)
        assert not at(pilot, MockScreen) and not at(pilot, MockPage), "home"
    assert sorted(kinds) == ["bug", "choice", "choice", "code", "output", "recall"]
    reviews = room.store.reviews()
    assert [review.kind for review in reviews] == kinds
    assert {review.session for review in reviews} == {reviews[0].session}
    assert [review.mark is Mark.RIGHT for review in reviews] == [k != "output" for k in kinds]
    assert all(review.seconds == 30 for review in reviews)
    (result,) = mock_history(room.store, room.desk.entries)
    assert result.by_kind == {"talk": 1.0, "output": 0.0, "bug": 1.0, "code": 1.0}


async def test_an_interview_that_was_left_is_ended_at_the_door(room: Bench) -> None:
    async with app_of(room).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await answer(pilot)
        if at(pilot, MockTickScreen):
            await answer(pilot)
        for _ in range(2):  # out of a field first, if there is one
            if not at(pilot, MockScreen):
                await pilot.press("escape")
                await settle(pilot)
        await pilot.press("x")
        await settle(pilot)
        assert "End the interview?" in screen_text(pilot)
        await pilot.press("x")
        await settle(pilot)
        assert at(pilot, ScorecardScreen)
        await pilot.press("escape")
        await settle(pilot)
        text = screen_text(pilot)
        assert at(pilot, MockScreen) and "Continue" not in text
        assert "Earlier" in text and "not yet ready" in text and "Wed 2 Dec" in text
        await pilot.press("end", "enter")
        await settle(pilot)
        assert at(pilot, ScorecardScreen), "it can be read again"
        assert "esc back" in screen_text(pilot)
    assert unfinished(room.store) is None
