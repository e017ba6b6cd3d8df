"""Run a function in a fork, with walls around it or without, and say what came of it."""

from __future__ import annotations

import ctypes
import json
import os
import platform
import signal
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from verify.engine.walls import COULD_NOT, Wall, WallError, Walls
from verify.engine.walls.raising import raise_walls

PATIENCE = 60


class Outcome(NamedTuple):
    """What a function in a fork did."""

    did: bool
    """It came back."""
    said: str
    """The text of its value, or the class of what it raised, or how it ended."""


class Behind(NamedTuple):
    """Walls, as a test wants them."""

    name: str
    walls: Walls
    speaks: int | None = None

    @property
    def room(self) -> bool:
        return Wall.ROOM in self.walls.raised


_BASE = (Wall.FILES, Wall.NETWORK, Wall.PROCESSES, Wall.KERNEL, Wall.LIMITS)


def behind(name: str) -> Behind:
    """Walls as one kernel or another gives them; skips where this one does not.

    Whether it does is asked here in a way of our own: to ask the code under test would be to skip
    what it gets wrong.
    """
    if not _landlock_and_seccomp():
        pytest.skip("this kernel has no Landlock or no seccomp")
    if name == "room":
        if not _namespaces():
            pytest.skip("this kernel gives no user namespaces")
        return Behind("room", Walls(raised=(*_BASE, Wall.ROOM)))
    speaks = {"base": None, "oldest": 1}[name]  # the oldest is what Linux 5.13 would do
    return Behind(name, Walls(raised=_BASE), speaks)


@cache
def _landlock_and_seccomp() -> bool:
    if sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"):
        return False
    version = ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    return version > 0 and "Seccomp:" in Path("/proc/self/status").read_text()


@cache
def _namespaces() -> bool:
    """Whether a user namespace can be made, and something mounted in it."""
    pid = os.fork()
    if pid == 0:
        libc = ctypes.CDLL(None)
        made = libc.unshare(0x78020000)  # user, network, IPC, mounts
        done = libc.mount(b"none", b"/", None, ctypes.c_ulong(0x44000), None) if made == 0 else 1
        os._exit(0 if done == 0 else 1)
    return os.waitpid(pid, 0)[1] == 0


def run(action: Callable[[], object], folder: Path, walled: Behind | None) -> Outcome:
    """Call a function in a fork that works in a folder.

    Args:
        action: what to try; its value is shown as text.
        folder: the folder, as a trial has it.
        walled: the walls, or None to show what happens without.
    """
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        try:
            _child(action, folder, walled, writer)
        finally:
            os._exit(1)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        said = pipe.read()
    _, raw = os.waitpid(pid, 0)
    status = os.waitstatus_to_exitcode(raw)
    if not said:
        return Outcome(False, f"signal {-status}" if status < 0 else f"status {status}")
    return Outcome(*json.loads(said))


def _child(action: Callable[[], object], folder: Path, walled: Behind | None, writer: int) -> None:
    os.setsid()
    signal.alarm(PATIENCE)
    os.chdir(folder)
    for name in ("HOME", "TMPDIR", "TMP", "TEMP"):
        os.environ[name] = str(folder)
    import tempfile

    tempfile.tempdir = None
    if walled is not None:
        try:
            raise_walls(str(folder), walled.walls, speaks=walled.speaks)
        except WallError as error:
            os.write(2, f"{error}\n".encode())
            os._exit(COULD_NOT)
    try:
        outcome = Outcome(True, repr(action()))
    except BaseException as error:
        outcome = Outcome(False, type(error).__name__)
    os.write(writer, json.dumps(outcome).encode())
    os._exit(0)
