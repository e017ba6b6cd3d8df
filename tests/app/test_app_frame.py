"""What all screens share: size, colours, foot, help; and keys pressed at random."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from quizapp.app.app import TorchdrillApp
from quizapp.app.screens.answer import AnswerScreen
from quizapp.app.screens.home import HomeScreen
from quizapp.app.screens.page import Page
from quizapp.app.screens.question import QuestionScreen
from quizapp.app.terminal import look_said
from quizapp.app.widgets.entry import Entry
from tests.app.conftest import Bench, screen_text, settle
from tests.app.small_pack import QUESTIONS
from verify.errors import StoreError

IDS = tuple(QUESTIONS)


@pytest.mark.parametrize("size", [(40, 10), (59, 24), (80, 15), (8, 2)])
async def test_too_small_a_terminal_is_told_what_is_needed(
    bench: Bench, size: tuple[int, int]
) -> None:
    async with bench.app("autograd/leaves").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("T")
        await pilot.resize_terminal(*size)
        await settle(pilot)
        assert "Too" in screen_text(pilot)
        if size[0] >= 40:
            assert "60x16" in screen_text(pilot)
        await pilot.press("x", "enter", "enter", "f5", "f8")
        await settle(pilot)
        await pilot.resize_terminal(80, 24)
        await settle(pilot)
        assert isinstance(pilot.app.screen, QuestionScreen)
        assert pilot.app.screen.query_one(Entry).text == "T"
        await pilot.press("r")
        assert pilot.app.screen.query_one(Entry).text == "Tr"


async def test_a_terminal_that_starts_too_small(bench: Bench) -> None:
    async with bench.app().run_test(size=(40, 10)) as pilot:
        await settle(pilot)
        assert "Too small: 40x10" in screen_text(pilot)
        await pilot.press("enter", "n")
        await settle(pilot)
        assert isinstance(pilot.app.screen, HomeScreen)
        await pilot.resize_terminal(80, 24)
        await settle(pilot)
        assert "New quiz" in screen_text(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, QuestionScreen)


@pytest.mark.parametrize("look", ["dark", "light"])
async def test_without_colour_nothing_is_unreadable(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, look: str
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with bench.app("tensors/copies").run_test(size=(80, 24)) as pilot:
        pilot.app.theme = f"torchdrill-{look}"
        await settle(pilot)
        await pilot.press("a", "enter")
        await settle(pilot)
        for strip in pilot.app.screen._compositor.render_strips():
            for segment in strip:
                style = segment.style
                if not segment.text.strip() or style is None:
                    continue
                assert style.color is not None and style.bgcolor is not None
                front, back = style.color.triplet, style.bgcolor.triplet
                assert front is not None and back is not None
                assert len({*front}) == 1 and len({*back}) == 1, "grey only"
                if segment.text.strip("━─▁▂▃▄▅▆▇ "):
                    assert abs(front[0] - back[0]) > 60, segment.text


def test_the_look_follows_what_the_terminal_says() -> None:
    assert look_said({"COLORFGBG": "0;15"}) == "light"
    assert look_said({"COLORFGBG": "15;default;0"}) == "dark"
    assert look_said({}) is None


async def test_foot_of_six_keys_and_help_on_every_screen(
    bench: Bench, size: tuple[int, int]
) -> None:
    async with bench.app(*IDS).run_test(size=size) as pilot:
        await settle(pilot)
        seen: set[str] = set()
        for _ in range(60):
            screen = pilot.app.screen
            assert isinstance(screen, Page)
            await settle(pilot)
            foot = screen_text(pilot).split("\n")[-1]
            assert 1 <= len([part for part in foot.split("   ") if part.strip()]) <= 6, foot
            assert "help" in foot
            seen.add(type(screen).__name__)
            if isinstance(screen, HomeScreen):
                break
            await pilot.press("f1" if isinstance(screen.focused, Entry) else "question_mark")
            await settle(pilot)
            assert "Help" in screen_text(pilot)
            await pilot.press("end")
            await settle(pilot)
            text = screen_text(pilot)
            assert "Explain this screen" in text or "copied by ctrl+c" in text, text
            await pilot.press("escape")
            await settle(pilot)
            assert pilot.app.screen is screen
            if isinstance(screen.focused, Entry):
                await pilot.press("x", "f5")
            elif isinstance(screen, QuestionScreen):
                await pilot.press("a", "enter")
            elif isinstance(screen, AnswerScreen):
                await pilot.press("enter")
            else:
                await pilot.press("escape")
        assert seen == {"QuestionScreen", "AnswerScreen", "SummaryScreen", "HomeScreen"}


async def test_control_characters_never_reach_the_terminal(bench: Bench) -> None:
    evil = "\x1b]0;owned\x07 \x9b31m \x1b[2J \u202e"
    escaped = r"\e]0;owned\a \x9b31m \e[2J \u202e"  # as YAML writes it
    for folder in ("questions", "answers"):
        path = bench.root / folder / "autograd/leaves.md"
        text = path.read_text("utf-8")
        text = text.replace("Which tensors", f"Which {escaped} tensors")
        text = text.replace("Only leaves", f"Only {evil} leaves")
        path.write_text(text.replace("What does", f"What {evil} does"), "utf-8")
    async with bench.app("autograd/leaves").run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        assert "owned" in screen_text(pilot)
        bench.prover.prints = f"{evil} True"
        for _ in range(2):
            shown = screen_text(pilot)
            assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in shown.replace("\n", ""))
            assert "\u202e" not in shown
            await pilot.press("x", "f5")
            await settle(pilot)
            await pilot.press("r")
            await settle(pilot)


async def test_an_answer_that_cannot_be_saved_stays_on_the_screen(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise StoreError("progress cannot be written", why="the disk is full")

    app = bench.app("autograd/leaves")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("x")
        with monkeypatch.context() as patch:
            patch.setattr("quizapp.study.store.Store.log", full)
            await pilot.press("f5")
            await settle(pilot)
            assert "the disk is full" in screen_text(pilot)
        assert isinstance(pilot.app.screen, QuestionScreen)
        assert pilot.app.screen.query_one(Entry).text == "x"
        await pilot.press("f5")
        await settle(pilot)
        assert isinstance(pilot.app.screen, AnswerScreen)
    assert len(bench.store.reviews()) == 1


KEYS = (
    "enter", "space", "escape", "up", "down", "a", "b", "1", "2", "4", "s", "f8", "f5", "n", "r",
    "o", "q", "t", "l", "f1", "f2", "question_mark", "home", "end", "pagedown", "ctrl+j", "tab",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(2))
async def test_keys_pressed_at_random_break_nothing(bench: Bench, seed: int) -> None:
    rng = random.Random(seed)
    counted = 0
    async with bench.app().run_test(size=(80, 24)) as pilot:
        pilot.app.open_url = lambda *_, **__: None  # type: ignore[method-assign]
        await settle(pilot)
        for step in range(120):
            home = isinstance(pilot.app.screen, HomeScreen)
            key = rng.choice([key for key in KEYS if not (home and key == "q")])
            await pilot.press(key)
            if step % 10 == 0:
                await settle(pilot)
                size = rng.choice([(80, 24), (120, 40), (40, 10), (60, 16)])
                await pilot.resize_terminal(*size)
                now = len(bench.store.reviews())
                assert now >= counted, "an answer was lost"
                counted = now
        await pilot.press("ctrl+q")
        await pilot.pause()
        assert pilot.app._exit


async def test_every_screen_has_its_stylesheet_beside_it() -> None:
    folder = Path(__file__).parents[2] / "quizapp/app/screens"
    for sheet in folder.glob("*.tcss"):
        assert sheet.with_suffix(".py").is_file()


async def test_the_app_runs_without_a_session_file(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A data folder that cannot be written: told on the home screen, the quiz works."""
    blocked = tmp_path / "home"
    blocked.write_text("a file where a folder should be")
    desk = bench.another_desk()
    desk._open_store = type(desk)(bench.root)._open_store
    async with TorchdrillApp(desk).run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert not desk.store.saving
        assert desk.store.notice.split(".")[0][:30] in screen_text(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, QuestionScreen)
