"""A long walk at random over the whole app: it never crashes, loses no answer, can be left."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import tempfile
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from textual.pilot import OutOfBounds, Pilot

from quizapp.app.app import TorchdrillApp
from quizapp.app.desk import Desk
from quizapp.app.screens.page import Page
from quizapp.study.goal import Goal, set_goal
from quizapp.study.store import Store
from tests.app.fakes import Clock, FakeProver
from tests.app.test_app_playground import FakeRunner
from tests.app.test_app_practice import FakeJudge
from tests.big_pack import write_big_pack
from verify.engine.ledger.facts import Facts

KEYS = [
    *"abcdeghijklmnopqrstuxy1234?/", "enter", "space", "escape", "tab", "shift+tab", "up", "down",
    "left", "right", "home", "end", "pageup", "pagedown", "backspace", "ctrl+b", "ctrl+j",
    "ctrl+p", "ctrl+s", "ctrl+z", "f1", "f2", "f4", "f5", "f6", "f7", "f8", "f9",
]  # fmt: skip
"""All but f3, which hands the terminal to another program, and what leaves."""

ROUTES = (
    "n enter enter", "n a enter space", "n s s", "n enter 1 2 enter 1", "n enter x", "n enter u",
    "m enter", "m enter a enter", "p enter", "p enter f5", "p down enter f2 f4", "b",
    "b r e s h down enter", "s down enter", "s q", "d enter", "d", "g 1 2 enter enter 3 0 enter",
    "question_mark i", "ctrl+p m o c k enter",
)  # fmt: skip
"""What people do: without these a walk would seldom come far from home."""

SIZES = [(80, 24), (120, 40), (60, 16), (40, 10)]


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Questions of every kind."""
    return write_big_pack(tmp_path_factory.mktemp("walk") / "pack", 40)


class Walk(RuleBasedStateMachine):
    """Somebody presses keys, clicks, resizes, leaves and comes back."""

    pack: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="torchdrill-walk-"))
        self.runner = asyncio.Runner()
        self.clock = Clock()
        self.logged: list[tuple[Any, ...]] = []
        self.pilot: Pilot[None] | None = None
        self.running: AbstractAsyncContextManager[Pilot[None]]

    @initialize(size=st.sampled_from(SIZES[:2]))
    def begin(self, size: tuple[int, int]) -> None:
        with Store.open(self.folder / "progress.sqlite3", now=self.clock()) as store:
            set_goal(store, Goal())
        self.start(size)

    def start(self, size: tuple[int, int]) -> None:
        desk = Desk(
            self.pack,
            store=lambda: Store.open(self.folder / "progress.sqlite3", now=self.clock()),
            prover=FakeProver,
            judge=FakeJudge,
            runner=lambda device: FakeRunner(),
            facts=lambda: Facts(self.folder / "facts.json"),
            cache=self.folder / "cache",
            now=self.clock,
        )
        app = TorchdrillApp(desk)
        app.open_url = lambda *_, **__: None  # type: ignore[method-assign]
        app.copy_to_clipboard = lambda text: None  # type: ignore[method-assign]
        self.running = app.run_test(size=size)
        self.pilot = self.runner.run(self.running.__aenter__())
        self.settle()

    def settle(self) -> None:
        assert self.pilot is not None
        self.runner.run(self.pilot.pause())

    def press(self, *keys: str) -> None:
        assert self.pilot is not None
        self.runner.run(self.pilot.press(*keys))
        self.settle()

    # -- what somebody does -----------------------------------------------------------------

    @rule(keys=st.lists(st.sampled_from(KEYS), min_size=1, max_size=6))
    def press_anything(self, keys: list[str]) -> None:
        home = len(self.app.screen_stack) == 1
        self.press(*(key for key in keys if not (home and key == "q")))

    @rule(route=st.sampled_from(ROUTES))
    def do_what_people_do_from_home(self, route: str) -> None:
        self.press(*["escape"] * 4, *route.split())

    @rule(route=st.sampled_from(ROUTES))
    def do_what_people_do_elsewhere(self, route: str) -> None:
        self.press(*route.split())

    @rule(text=st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), max_size=12))
    def type_text(self, text: str) -> None:
        if self.page is None or self.page.typing:
            assert self.pilot is not None

            async def paste() -> None:
                from textual import events

                focused = self.app.focused
                if focused is not None:
                    focused.post_message(events.Paste(text))

            self.runner.run(paste())
            self.settle()

    @rule(size=st.sampled_from(SIZES))
    def resize(self, size: tuple[int, int]) -> None:
        assert self.pilot is not None
        self.runner.run(self.pilot.resize_terminal(*size))
        self.settle()

    @rule(x=st.floats(0, 0.999), y=st.floats(0, 0.999))
    def click(self, x: float, y: float) -> None:
        assert self.pilot is not None
        size = self.app.size
        try:
            self.runner.run(self.pilot.click(offset=(int(x * size.width), int(y * size.height))))
        except OutOfBounds:
            return
        self.settle()

    @rule(seconds=st.sampled_from([1, 60, 3600, 86400]))
    def wait(self, seconds: int) -> None:
        self.clock.wait(seconds)
        self.settle()

    @precondition(lambda self: self.pilot is not None)
    @rule(size=st.sampled_from(SIZES[:2]))
    def leave_with_one_key_and_come_back(self, size: tuple[int, int]) -> None:
        self.leave()
        self.start(size)

    def leave(self) -> None:
        assert self.pilot is not None
        self.runner.run(self.pilot.press("ctrl+q"))
        self.settle()
        assert self.app._exit, f"ctrl+q does not leave {self.app.screen}"
        self.runner.run(self.running.__aexit__(None, None, None))
        self.pilot = None

    # -- what must hold ---------------------------------------------------------------------

    @property
    def app(self) -> TorchdrillApp:
        assert self.pilot is not None
        assert isinstance(self.pilot.app, TorchdrillApp)
        return self.pilot.app

    @property
    def page(self) -> Page | None:
        screen = self.app.screen
        return screen if isinstance(screen, Page) else None

    @invariant()
    def it_runs(self) -> None:
        if self.pilot is not None:
            assert self.app._exception is None
            if self.app._exit:  # q at home, or ctrl+c through a click on a key
                self.runner.run(self.running.__aexit__(None, None, None))
                self.pilot = None
                self.start(SIZES[0])

    @invariant()
    def no_answer_is_lost(self) -> None:
        file = self.folder / "progress.sqlite3"
        if file.exists():
            connection = sqlite3.connect(file)
            rows = connection.execute("SELECT * FROM reviews ORDER BY number").fetchall()
            connection.close()
            assert rows[: len(self.logged)] == self.logged
            self.logged = rows

    @invariant()
    def the_foot_says_what_to_press(self) -> None:
        page = self.page if self.pilot is not None else None
        if page is not None and not page.too_small:
            assert page.commands(), page

    def teardown(self) -> None:
        if self.pilot is not None:
            self.leave()
        self.runner.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def test_a_long_walk(pack: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TORCHDRILL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    monkeypatch.delenv("COLORFGBG", raising=False)
    monkeypatch.chdir(tmp_path)
    walk = type("WalkOverPack", (Walk,), {"pack": pack})
    run_state_machine_as_test(
        walk,
        settings=settings(
            max_examples=15, stateful_step_count=40, deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
