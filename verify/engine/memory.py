"""The memory and the processes of a trial, by what the kernel says."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Collection, Iterator
from pathlib import Path


def processes_of(pid: int, worker: int) -> set[int]:
    """The processes of a trial.

    Args:
        pid: the process that runs the trial.
        worker: the process that adopts what the trial leaves.  If it is another one, it is no
            part of the trial, but all its descendants are.
    """
    return {pid, *_descendants(worker or pid)}


def may_hold_more(processes: Collection[int], limit: int) -> bool:
    """Whether processes hold more bytes than that, which no file backs, if they share none.

    False where /proc does not tell.
    """
    # Forks share pages until one of them writes, and this sum counts those for each.
    return sum(_resident(process) for process in processes) > limit


def hold_more(processes: Collection[int], limit: int) -> bool:
    """Whether processes hold more bytes than that, shared ones counted once.

    It waits for processes that fork meanwhile, so let nobody wait for it.  False where /proc does
    not tell, or takes too long to.
    """
    until, total = time.monotonic() + _LONGEST, 0
    for process in processes:
        total += _proportional(process)
        if total > limit or time.monotonic() > until:
            break
    return total > limit


def kill_marked(assignment: str) -> None:
    """Kill every process that was started with a variable set, wherever it has gone since.

    Args:
        assignment: the variable, ``NAME=value``.
    """
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):
                if assignment.encode() in (entry / "environ").read_bytes().split(b"\0"):
                    os.kill(int(entry.name), signal.SIGKILL)


_LONGEST = 0.2
"""Seconds for a sum to which the kernel has to walk through all pages of a process."""


def _descendants(pid: int) -> Iterator[int]:
    waiting = [pid]
    while waiting:
        process = waiting.pop()
        try:
            listed = Path(f"/proc/{process}/task/{process}/children").read_text("ascii")
        except OSError:
            continue  # it has ended meanwhile
        found = [int(child) for child in listed.split()]
        waiting += found
        yield from found


def _resident(pid: int) -> int:
    return _sum(f"/proc/{pid}/status", ("RssAnon:", "RssShmem:"))


def _proportional(pid: int) -> int:
    """Shared pages divided among those who share them."""
    return _sum(f"/proc/{pid}/smaps_rollup", ("Pss_Anon:", "Pss_Shmem:"))


def _sum(file: str, names: tuple[str, ...]) -> int:
    try:
        text = Path(file).read_text("ascii", "replace")
    except OSError:
        return 0
    return 1024 * sum(int(line.split()[1]) for line in text.splitlines() if line.startswith(names))
