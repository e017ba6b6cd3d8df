"""Desks over a small pack, with nothing real but the files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from quizapp.app.app import TorchdrillApp
from quizapp.app.desk import Desk
from quizapp.study.goal import Goal, goal_of, set_goal
from quizapp.study.store import Store
from tests.app.fakes import Clock, FakeProver
from tests.app.small_pack import write_pack
from verify.engine.ledger.facts import Facts

SIZES = [(80, 24), (120, 40)]


class Bench:
    """A desk and the fakes on it."""

    def __init__(self, tmp_path: Path, root: Path) -> None:
        self.tmp_path = tmp_path
        self.root = root
        self.clock = Clock()
        self.prover = FakeProver()
        self.store = self.open_store()
        self.desk = self.another_desk()

    def open_store(self) -> Store:
        """The progress file, as another window would open it."""
        store = Store.open(self.tmp_path / "progress.sqlite3")
        if goal_of(store) is None:  # else the first thing asked is what one studies for
            set_goal(store, Goal())
        return store

    def another_desk(self, store: Callable[[], Store] | None = None) -> Desk:
        return Desk(
            self.root,
            store=store or self.open_store,
            prover=lambda: self.prover,
            facts=lambda: Facts(self.tmp_path / "facts.json"),
            cache=self.tmp_path / "cache",
            now=self.clock,
        )

    def app(self, *ids: str) -> TorchdrillApp:
        return TorchdrillApp(self.desk, ids=ids)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a pilot, which waits at each key, look every 5 ms whether the app is idle."""
    monkeypatch.setattr("textual._wait.SLEEP_GRANULARITY", 0.005)
    monkeypatch.setattr("textual._wait.SLEEP_IDLE", 0.0005)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setenv("TORCHDRILL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    monkeypatch.delenv("COLORFGBG", raising=False)
    found = Bench(tmp_path, write_pack(tmp_path / "pack"))
    yield found
    found.store.close()


@pytest.fixture(params=SIZES, ids=["80x24", "120x40"])
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    found: tuple[int, int] = request.param
    return found


def screen_text(pilot: Pilot[None]) -> str:
    """What stands on the screen, line by line."""
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)


async def settle(pilot: Pilot[None]) -> None:
    """Wait until workers are done and everything is painted."""
    await pilot.pause()
    await pilot.app.workers.wait_for_complete(
        [worker for worker in pilot.app.workers if worker.group == "prover"]
    )
    await pilot.pause()
    await pilot.pause()
