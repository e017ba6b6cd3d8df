"""Limits that the kernel counts for each process, or for each user."""

from __future__ import annotations

import os
import resource
from pathlib import Path


def limit(*, memory: int, largest_file: int, open_files: int) -> None:
    """Bound address space, the size of a file, descriptors; no core files.

    Args:
        memory: bytes of address space besides what is there now; 0 for no bound.
        largest_file: bytes.
        open_files: descriptors.

    Raises:
        OSError: the kernel refuses.
    """
    if memory:
        _lower(resource.RLIMIT_AS, _address_space() + memory)
    _lower(resource.RLIMIT_FSIZE, largest_file)
    _lower(resource.RLIMIT_NOFILE, open_files)
    _lower(resource.RLIMIT_CORE, 0)


def limit_processes(count: int, *, alone: bool) -> None:
    """Bound the processes and threads that may be started.

    The kernel counts those of a user: in a user namespace of its own the trial is alone, and the
    bound is exact; elsewhere what the user runs already is counted first, and what the user
    starts meanwhile uses up the rest.  For root the kernel does not look at the bound at all.

    Args:
        count: processes and threads besides what is there now.
        alone: whether this process is in a user namespace of its own.

    Raises:
        OSError: the kernel refuses, or would not look.
    """
    if os.getuid() == 0:
        raise OSError(0, "the kernel does not count the processes of root")
    _lower(resource.RLIMIT_NPROC, count + (1 if alone else _running()))


def _lower(which: int, value: int) -> None:
    """Set both limits, but never above what holds already."""
    _, hard = resource.getrlimit(which)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(which, (value, value))


def _address_space() -> int:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    return pages * resource.getpagesize()


def _running() -> int:
    """Threads that this user has now."""
    me, count = os.getuid(), 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if process.stat().st_uid == me:
                count += sum(1 for _ in (process / "task").iterdir())
        except OSError:  # it has ended, or is not ours to see
            continue
    return count
