"""Processes that descend from this one: adopted when orphaned, killed and reaped when asked."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from pathlib import Path

_SUBREAPER, _DEATH_SIGNAL = 36, 1
"""prctl(2)."""


def adopt_orphans() -> None:
    """Orphans of our children become our children, so none escapes :func:`sweep`."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)


def die_with_parent() -> None:
    """Be killed when the process that started us ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)


def children() -> list[int]:
    """The ids of the children of this process's main thread; none where /proc does not tell."""
    try:
        listed = Path(f"/proc/self/task/{os.getpid()}/children").read_text("ascii")
    except FileNotFoundError:
        return []
    return [int(pid) for pid in listed.split()]


def sweep(child: int = 0) -> tuple[int, int]:
    """Kill and reap every process that descends from us.

    Args:
        child: the one whose end is of interest, if it is still to be reaped.

    Returns:
        How ``child`` ended, as ``os.waitstatus_to_exitcode`` gives it, and how many others
        there were.
    """
    status, left = 0, 0
    while found := children():
        for pid in found:
            left += pid != child
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for pid in found:
            with contextlib.suppress(ChildProcessError):
                _, raw = os.waitpid(pid, 0)
                if pid == child:
                    status = os.waitstatus_to_exitcode(raw)
    return status, left
