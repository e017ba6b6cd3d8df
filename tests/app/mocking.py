"""Interviews over the small pack, held through the app."""

from __future__ import annotations

from textual.pilot import Pilot
from textual.screen import Screen

from quizapp.app import mock
from quizapp.app.app import TorchdrillApp
from quizapp.app.screens.mock_code import MockCodeScreen
from quizapp.app.screens.mock_page import MockPage
from quizapp.app.screens.mock_question import MockQuestionScreen
from quizapp.app.screens.mock_tick import MockTickScreen
from quizapp.app.screens.scorecard import ScorecardScreen
from quizapp.study.mock.interview import Sitting
from tests.app.conftest import Bench, screen_text, settle
from tests.app.test_app_practice import FakeJudge, done
from tests.judge.test_judging import RIGHT, code_of

Size = tuple[int, int]
SMALL = (80, 24)
MOST = 15
"""Screens that an interview of this pack has at most."""
RIGHT_OUTPUT = ("True False", "tensor([3., 3.])")


def app_of(bench: Bench, *, seed: int | None = 1, judge: FakeJudge | None = None) -> TorchdrillApp:
    """An app that begins an interview of 30 minutes, or opens at the door without a seed."""
    bench.desk._make_judge = lambda: judge or FakeJudge()

    def opening(app: TorchdrillApp) -> None:
        app.enter("mock")
        if seed is not None:
            mock.begin(app, 30, None, seed)

    return TorchdrillApp(bench.desk, opening=opening)


def resumed(bench: Bench, judge: FakeJudge | None = None) -> TorchdrillApp:
    """Another process that goes on with it."""
    desk = bench.another_desk()
    desk._make_judge = lambda: judge or FakeJudge()

    def opening(app: TorchdrillApp) -> None:
        assert app.resume_mock()

    return TorchdrillApp(desk, opening=opening)


def at(pilot: Pilot[None], kind: type[Screen[None]]) -> bool:
    return isinstance(pilot.app.screen, kind)


def asking(pilot: Pilot[None]) -> MockPage:
    screen = pilot.app.screen
    assert isinstance(screen, MockPage)
    return screen


def sitting_of(pilot: Pilot[None]) -> Sitting:
    return asking(pilot).mock.sitting


def told(pilot: Pilot[None]) -> str:
    """What was told over the screen."""
    return " ".join(note.message for note in pilot.app._notifications)


def wait(bench: Bench, pilot: Pilot[None], seconds: float) -> None:
    """Let time go by, as the app sees it: from tick to tick."""
    while seconds > 0:
        bench.clock.wait(min(seconds, 30.0))
        seconds -= 30.0
        asking(pilot).tick()


async def answer(pilot: Pilot[None], *, right: bool = True) -> None:
    """Answer the question on the screen, whatever its kind."""
    screen = asking(pilot)
    if isinstance(screen, MockCodeScreen):
        screen.editor.text = code_of(RIGHT[0] if right else "return x / 3")
        await pilot.press("f7")
        await done(pilot)
    elif isinstance(screen, MockTickScreen):
        await pilot.press(*"123", "enter") if right else await pilot.press("enter")
    elif isinstance(screen, MockQuestionScreen):
        kind = screen.item.question.head.kind
        if kind == "choice":
            correct = screen.item.answer.head.correct if right else ("a",)
            letters = [option.letter for option in screen.ask.options]
            await pilot.press(*("abcdef"[letters.index(each)] for each in correct), "enter")
        elif kind == "output":
            lines = RIGHT_OUTPUT if right else ("True True", "None")
            await pilot.press(*lines[0], "enter", *lines[1], "enter")
        else:
            await pilot.press("enter")
    await settle(pilot)


async def come_to(pilot: Pilot[None], kind: str) -> None:
    """Answer until a question of this kind is on the screen."""
    for _ in range(MOST):
        current = sitting_of(pilot).current
        assert current is not None
        if current.kind == kind and not at(pilot, MockTickScreen):
            return
        await answer(pilot)
    raise AssertionError(f"no {kind}: {screen_text(pilot)}")


async def to_the_end(pilot: Pilot[None], *, right: bool = True) -> ScorecardScreen:
    await settle(pilot)
    for _ in range(MOST):
        if at(pilot, MockPage):
            await answer(pilot, right=right)
    screen = pilot.app.screen
    assert isinstance(screen, ScorecardScreen), screen_text(pilot)
    return screen
