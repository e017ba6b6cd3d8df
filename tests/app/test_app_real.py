"""The app with the real worker, and in a real terminal."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from quizapp.app.app import TorchdrillApp
from quizapp.app.desk import Desk
from quizapp.app.proofs import State
from quizapp.app.widgets.blocks import Fence
from quizapp.study.session import resume
from quizapp.study.store import Store
from tests.app.conftest import Bench, screen_text, settle

ROOT = Path(__file__).parents[2]


def children(pid: int) -> list[int]:
    """The processes a process has started."""
    try:
        words = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [int(word) for word in words]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for(condition: object, seconds: float = 30.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():  # type: ignore[operator]
            return True
        time.sleep(0.02)
    return False


async def test_a_real_worker_proves_and_runs_and_is_gone_afterwards(bench: Bench) -> None:
    desk = Desk(bench.root, store=bench.open_store, cache=bench.tmp_path / "c", now=bench.clock)
    before = set(children(os.getpid()))
    app = TorchdrillApp(desk, ids=("autograd/leaves",))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press(*"True False", "enter", *"tensor([3., 3.])", "enter")
        await settle(pilot)
        while app.proofs.of("autograd/leaves").state in (State.UNKNOWN, State.RUNNING):
            await pilot.pause()
        started = set(children(os.getpid())) - before
        assert started
        await pilot.press("r")
        await settle(pilot)
        assert "✓ proved just now · torch" in screen_text(pilot), screen_text(pilot)
        told = [str(note.query_one(".report").render()) for note in app.screen.query(Fence)]
        assert any("and printed just this" in each for each in told)
        assert any("test_gradient_is_the_factor holds" in each for each in told)
    assert wait_for(lambda: not any(alive(pid) for pid in started))


class Terminal:
    """The app in a pseudo-terminal."""

    def __init__(self, root: Path, home: Path) -> None:
        program = (
            "from quizapp.app.app import TorchdrillApp, run_app\n"
            "from quizapp.app.desk import Desk\nfrom pathlib import Path\n"
            f"app = TorchdrillApp(Desk(Path({str(root)!r})), ids=('autograd/leaves',))\n"
            "raise SystemExit(run_app(app))"
        )
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            os.chdir(ROOT)
            os.environ.update(TERM="xterm-256color", TORCHDRILL_HOME=str(home))
            os.execv(sys.executable, [sys.executable, "-c", program])
        size = struct.pack("HHHH", 24, 80, 0, 0)
        fcntl.ioctl(self.descriptor, termios.TIOCSWINSZ, size)
        self.drawn = b""

    def read(self, seconds: float = 0.05) -> None:
        if select.select([self.descriptor], [], [], seconds)[0]:
            with contextlib.suppress(OSError):
                self.drawn += os.read(self.descriptor, 65536)

    def until(self, condition: object, seconds: float = 30.0) -> None:
        def met() -> bool:
            self.read()
            return bool(condition())  # type: ignore[operator]

        assert wait_for(met, seconds), self.drawn[-3000:].decode("utf-8", "replace")

    def until_gone(self) -> int:
        code: list[int] = []

        def gone() -> bool:
            self.read()
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                code.append(os.waitstatus_to_exitcode(status))
            return bool(pid)

        assert wait_for(gone), "the app did not end"
        return code[0]


@pytest.fixture
def terminal(bench: Bench) -> Iterator[Terminal]:
    found = Terminal(bench.root, bench.tmp_path / "home")
    yield found
    with contextlib.suppress(OSError):
        os.kill(found.pid, signal.SIGKILL)
        os.waitpid(found.pid, 0)
    with contextlib.suppress(OSError):
        os.close(found.descriptor)


@pytest.mark.parametrize("how", ["ctrl+c", "SIGTERM", "hangup", "SIGKILL"])
def test_however_it_ends_the_worker_is_gone_and_the_draft_is_kept(
    bench: Bench, terminal: Terminal, how: str
) -> None:
    terminal.until(lambda: b"1 of 1" in terminal.drawn)
    os.write(terminal.descriptor, b"True")
    terminal.until(lambda: children(terminal.pid))
    workers = children(terminal.pid)
    path = bench.tmp_path / "home/data/progress.sqlite3"
    if how == "SIGKILL":  # only what was typed before the last pause is safe then

        def drafted() -> bool:
            with Store.open(path) as store:
                return bool(store.drafts())

        terminal.until(drafted)
        os.kill(terminal.pid, signal.SIGKILL)
    elif how == "SIGTERM":
        os.kill(terminal.pid, signal.SIGTERM)
    elif how == "hangup":
        os.close(terminal.descriptor)
    else:
        os.write(terminal.descriptor, b"\x03")
    if how == "hangup":
        assert wait_for(lambda: os.waitpid(terminal.pid, os.WNOHANG)[0])
    else:
        code = terminal.until_gone()
        assert code == (-signal.SIGKILL if how == "SIGKILL" else 0)
    assert wait_for(lambda: not any(alive(pid) for pid in workers))
    with Store.open(path) as store:
        session = resume(store)
        assert session is not None
        assert session.draft().text == "True"
