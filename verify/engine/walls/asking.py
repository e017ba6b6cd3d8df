"""The parent's side: which walls can be had here, and are they enough for a stranger's code."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from collections.abc import Mapping

from verify.engine.walls.model import Wall, Walls
from verify.errors import SurroundingsError

_PATIENCE = 20.0
"""Seconds for a probe that takes a tenth of one."""

_REQUIRED = (Wall.FILES, Wall.NETWORK, Wall.PROCESSES, Wall.KERNEL, Wall.LIMITS)


def required() -> tuple[Wall, ...]:
    """The walls without which a stranger's code runs only if its author is trusted."""
    return _REQUIRED


@functools.cache
def available() -> Mapping[Wall, str]:
    """For each wall why it cannot be had here, in plain words; empty if it can.

    Each is tried, in a process that is thrown away; once for a process that asks.
    """
    if sys.platform != "linux":
        return dict.fromkeys(Wall, f"walls need Linux, and this is {sys.platform}")
    words = [sys.executable, "-P", "-m", "verify.engine.walls.probe"]
    try:
        done = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            start_new_session=True,
            timeout=_PATIENCE,
        )
        found = json.loads(done.stdout)
        return {wall: str(found[wall.value]) for wall in Wall}
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        return dict.fromkeys(Wall, f"trying it failed ({said})")
    except (OSError, ValueError, KeyError, subprocess.TimeoutExpired) as error:
        return dict.fromkeys(Wall, f"trying it failed ({error})")


def missing(found: Mapping[Wall, str] | None = None) -> dict[Wall, str]:
    """The required walls that cannot be had, with the reasons; empty if a stranger may run.

    Args:
        found: what :func:`available` says; asked for if None.
    """
    found = available() if found is None else found
    return {wall: found[wall] for wall in required() if found[wall]}


def demand(
    where: str = "",
    *,
    memory: int = 4 << 30,
    devices: tuple[str, ...] = (),
    found: Mapping[Wall, str] | None = None,
) -> Walls:
    """The walls to run a stranger's code behind: all that can be had here.

    Args:
        where: the pack or file, for the message.
        memory: bytes of address space for each process; 0 for no limit.
        devices: device files that may be used.
        found: what :func:`available` says; asked for if None.

    Raises:
        SurroundingsError: a required wall cannot be had; names each, and says why.
    """
    found = available() if found is None else found
    lacking = missing(found)
    if lacking:
        raise SurroundingsError(
            "code from a stranger cannot be walled in here",
            where=where,
            why="; ".join(f"no wall “{wall}”: {why}" for wall, why in lacking.items()),
            todo="run it with --trust if you trust its author",
        )
    raised = tuple(wall for wall in Wall if not found[wall])
    return Walls(raised=raised, memory=memory, devices=devices)
