"""What a person changes: keys, looks, motion; and what they are told if they mistype it."""

from __future__ import annotations

from pathlib import Path

import pytest

from quizapp.app.app import TorchdrillApp
from quizapp.app.config import Config, read_config
from quizapp.app.keys import clashes, known_commands, known_key
from quizapp.app.screens.browse import BrowseScreen
from quizapp.app.screens.home import HomeScreen
from quizapp.app.screens.question import QuestionScreen
from quizapp.app.theme import LOOKS, names_of_looks
from tests.app.conftest import Bench, screen_text, settle
from verify.errors import UsageError


def read(tmp_path: Path, text: str) -> Config:
    file = tmp_path / "config.toml"
    file.write_text(text, "utf-8")
    return read_config(file, names_of_looks())


def test_without_a_file_all_is_as_it_comes(tmp_path: Path) -> None:
    assert read_config(tmp_path / "none.toml", names_of_looks()) == Config()


def test_a_file_changes_look_motion_and_keys(tmp_path: Path) -> None:
    text = 'look = "nord"\nmotion = "reduced"\n[keys]\n"question.skip" = "x,f7"\n'
    assert read(tmp_path, text) == Config("nord", True, {"question.skip": "x,f7"})


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ('lok = "dark"', 1, "did you mean 'look'"),
        ('\nlook = "drak"', 2, "did you mean 'dark'"),
        ('motion = "fast"', 1, "full, reduced"),
        ('[keys]\n"question.skpi" = "x"', 2, "did you mean 'question.skip'"),
        ('[keys]\n"answer.digit" = "x"', 2, "no command 'answer.digit'"),
        ('[keys]\n"question.skip" = "ctrl+nokey"', 2, "'ctrl+nokey' is no key"),
        ('[keys]\n"question.skip" = ""', 2, "is no key"),
        ('[keys]\n"question.skip" = 7', 2, "7 is no key"),
        ('keys = 1', 1, "keys is no table"),
        ('[keys]\n"home.mock" = "b"', 2, "home.browse"),
        ('[keys]\n"home.new" = "ctrl+p"', 2, "app.palette"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, text)
    assert says in str(caught.value)
    assert caught.value.where == f"{tmp_path / 'config.toml'}:{line}"


def test_what_is_no_toml_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no TOML") as caught:
        read(tmp_path, "look = dark")
    assert "line 1" in caught.value.why


def test_no_two_commands_of_a_place_share_a_key() -> None:
    assert len(known_commands()) > 100
    assert [*clashes({})] == []
    prefixes = {identity.partition(".")[0] for identity in known_commands()}
    assert {"home", "question", "answer", "page", "app"} <= prefixes


@pytest.mark.parametrize("name", ["x", "?", "f8", "ctrl+s", "space", "question_mark", "shift+tab"])
def test_keys_that_there_are(name: str) -> None:
    assert known_key(name)


@pytest.mark.parametrize("name", ["", "hyper+x", "enterr", "ctrl+", " "])
def test_keys_that_there_are_not(name: str) -> None:
    assert not known_key(name)


async def test_a_remapped_key_works_and_is_shown(bench: Bench, size: tuple[int, int]) -> None:
    config = Config(keys={"home.browse": "f6", "question.skip": "x"})
    async with TorchdrillApp(bench.desk, config=config).run_test(size=size) as pilot:
        await settle(pilot)
        assert "f6 browse" in screen_text(pilot)
        await pilot.press("b")
        await settle(pilot)
        assert isinstance(pilot.app.screen, HomeScreen)
        await pilot.press("f6")
        await settle(pilot)
        assert isinstance(pilot.app.screen, BrowseScreen)
        await pilot.press("escape", "n")
        await settle(pilot)
        assert isinstance(pilot.app.screen, QuestionScreen)
        first = pilot.app.screen.item.id
        await pilot.press("f1")
        await settle(pilot)
        assert "skip" in screen_text(pilot)
        await pilot.press("escape")
        pilot.app.screen.set_focus(None)
        await pilot.press("x")
        await settle(pilot)
        assert isinstance(pilot.app.screen, QuestionScreen)
        assert pilot.app.screen.item.id != first


@pytest.mark.parametrize("look", names_of_looks())
async def test_every_look_can_be_read(bench: Bench, look: str) -> None:
    """Foreground and background differ enough on every cell with text, verdicts included."""
    async with TorchdrillApp(bench.desk, config=Config(look=look)).run_test() as pilot:
        await settle(pilot)
        assert pilot.app.theme == f"torchdrill-{look}"
        for strip in pilot.app.screen._compositor.render_strips():
            for segment in strip:
                style = segment.style
                if style is None or not segment.text.strip("━─▁▂▃▄▅▆▇·▫ "):
                    continue
                assert style.color is not None and style.bgcolor is not None
                front, back = style.color.triplet, style.bgcolor.triplet
                assert front is not None and back is not None
                assert _contrast(tuple(front), tuple(back)) >= 4.4, segment.text


def _contrast(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """The contrast ratio of WCAG 2.2, from 1 to 21."""

    def luminance(colour: tuple[int, ...]) -> float:
        parts = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


async def test_automatic_takes_the_look_of_the_terminal(bench: Bench) -> None:
    async with TorchdrillApp(bench.desk, terminal="light").run_test() as pilot:
        await settle(pilot)
        assert pilot.app.theme == LOOKS["light"]
        await pilot.press("l")
        await settle(pilot)
        assert pilot.app.theme == LOOKS["dark"]
    async with TorchdrillApp(bench.another_desk(), terminal="light").run_test() as pilot:
        await settle(pilot)
        assert pilot.app.theme == LOOKS["dark"]  # what was chosen is remembered
    chosen = Config(look="contrast")
    async with TorchdrillApp(bench.another_desk(), config=chosen).run_test() as pilot:
        await settle(pilot)
        assert pilot.app.theme == LOOKS["contrast"]  # and what the file says comes first


async def test_the_palette_finds_commands_screens_and_looks(
    bench: Bench, size: tuple[int, int]
) -> None:
    async with bench.app().run_test(size=size) as pilot:
        await settle(pilot)
        await pilot.press("ctrl+p")
        await pilot.pause()
        await pilot.press(*"look: light")
        await pilot.pause()
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        await pilot.press("enter")
        await settle(pilot)
        assert pilot.app.theme == LOOKS["light"]
        await pilot.press("ctrl+p")
        await pilot.pause()
        await pilot.press(*"browse and search")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, BrowseScreen)


async def test_reduced_motion_lets_nothing_move(bench: Bench) -> None:
    app = TorchdrillApp(bench.desk, ids=("autograd/leaves",), config=Config(calm=True))
    async with app.run_test() as pilot:
        await settle(pilot)
        assert app.animation_level == "none"
        assert app.tick == 60.0
        from textual.widgets import TextArea

        assert not pilot.app.screen.query_one(TextArea).cursor_blink


async def test_the_help_names_ids_and_the_file(bench: Bench, size: tuple[int, int]) -> None:
    async with bench.app().run_test(size=size) as pilot:
        await settle(pilot)
        await pilot.press("question_mark")
        await settle(pilot)
        assert "home.mock" not in screen_text(pilot)
        await pilot.press("i")
        await settle(pilot)
        assert "home.mock" in screen_text(pilot)
