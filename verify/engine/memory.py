"""How much memory a trial holds, by what the kernel says of its processes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path


def held(pid: int, worker: int) -> int:
    """Bytes that a trial holds and that no file backs; 0 where /proc does not tell.

    Args:
        pid: the process that runs the trial.
        worker: the process that adopts what the trial leaves.  If it is another one, it is no
            part of the trial, but all its descendants are.
    """
    processes = {pid, *_descendants(worker or pid)}
    quick = sum(_resident(process) for process in processes)
    # Forks share pages until one of them writes, and the quick sum counts those for each.
    if len(processes) == 1 or quick < _LARGE:
        return quick
    return sum(_proportional(process) for process in processes)


_LARGE = 256 << 20
"""Below this no limit is near, and the quick sum will do."""


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
