"""Looking at what a trial left behind: processes, files, the memory of this process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
import traceback
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

MARK = "HOSTILE_MARK"
"""Environment variable that every process of this run of the tests inherits."""


@dataclass(frozen=True)
class Process:
    """A process as /proc shows it."""

    pid: int
    parent: int
    session: int
    name: str
    command: str

    def __str__(self) -> str:
        return f"{self.pid} ({self.name}) {self.command[:60]!r}"


def processes() -> dict[int, Process]:
    """All processes there are, without the dead."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            stat = (entry / "stat").read_text("utf-8", "replace")
            command = (
                (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            )
        except OSError:
            continue  # ended meanwhile
        name, _, rest = stat.partition("(")[2].rpartition(")")
        state, parent, _, session, *_ = rest.split()
        if state not in "ZX":
            pid = int(entry.name)
            found[pid] = Process(pid, int(parent), int(session), name, command)
    return found


def _works(process: Process, launchers: set[int]) -> bool:
    if process.session in launchers:
        return True
    return "verify.engine.worker.reused" in process.command and process.parent in launchers


def _marked(pid: int, mark: str) -> bool:
    try:
        return mark.encode() in Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False


@dataclass
class Watch:
    """Remembers what there was before any trial.

    Args:
        mark: value of the environment variable MARK.
        folders: what is in them must not change.
    """

    mark: str
    folders: tuple[Path, ...]
    before: dict[Path, set[str]] = field(default_factory=dict)

    def begin(self) -> None:
        """Remember what the folders hold."""
        self.before = {folder: _entries(folder) for folder in self.folders}

    def ours(self) -> list[Process]:
        """Every process that was started from these tests, near or far, but this one."""
        everything = processes()
        family = {os.getpid()}
        grown = True
        while grown:
            more = {p.pid for p in everything.values() if p.parent in family} - family
            family |= more
            grown = bool(more)
        return [
            process
            for process in everything.values()
            if process.pid != os.getpid()
            and (
                process.pid in family
                or self.mark in process.command
                or _marked(process.pid, self.mark)
            )
        ]

    def strangers(self) -> list[Process]:
        """The processes that are neither workers nor what starts workers.

        What starts workers is a child of ours in a session of its own.  Workers that fork stay in
        that session, and code under test is moved to another before it runs; no process can enter
        a session that exists.  A worker that does not fork has a session of its own, and is known
        by its command; what it leaves behind has a name or a parent that no worker has.
        """
        ours = self.ours()
        launchers = {
            process.pid
            for process in ours
            if process.parent == os.getpid() and "verify.engine.worker" in process.command
        }
        return [
            process
            for process in ours
            if not _works(process, launchers)
            or process.name.startswith("hostile")
            or self.mark in process.command
        ]

    async def left_running(self, seconds: float = 1.0) -> list[Process]:
        """The strangers that are still there after some seconds."""
        deadline = time.monotonic() + seconds
        while (left := self.strangers()) and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        return left

    def left_on_disk(self) -> list[str]:
        """What was not in the folders before, and shared memory with the mark in its name."""
        shared = Path("/dev/shm")
        found = [shared / name for name in _entries(shared) if self.mark in name]
        for folder, names in self.before.items():
            found += [folder / name for name in _entries(folder) - names]
        return sorted(map(str, found))


def _entries(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


def acts(letter: str) -> bool:
    """Whether a terminal acts on a character instead of showing it."""
    return unicodedata.category(letter) == "Cc" and letter not in "\n\t"


@contextlib.contextmanager
def unstuck(seconds: float) -> Iterator[None]:
    """Interrupt whatever keeps the event loop to itself for longer than it may.

    A deadline that the loop keeps is of no use against that: the loop would have to turn.
    """

    def interrupt(number: int, frame: FrameType | None) -> None:
        where = traceback.extract_stack(frame)[-1]
        raise TimeoutError(f"the event loop was stuck at {where.filename}:{where.lineno}")

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class Peak:
    """How much the memory of this process grows, at its highest, from when this is made."""

    def __init__(self) -> None:
        Path("/proc/self/clear_refs").write_text("5")  # the highest is what it is now
        self._before = _status("VmRSS")

    def grown(self) -> int:
        """Bytes."""
        return _status("VmHWM") - self._before


def _status(word: str) -> int:
    for line in Path("/proc/self/status").read_text("ascii", "replace").splitlines():
        if line.startswith(f"{word}:"):
            return int(line.split()[1]) * 1024
    raise AssertionError(f"/proc/self/status has no {word}")
