"""Raise walls around the process that calls: in the child, before any code from a stranger."""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from verify.engine.walls import landlock, limits, reading, refusals, room, seccomp
from verify.engine.walls.model import Wall, WallError, Walls
from verify.engine.walls.system import LAST, PR_SET_NO_NEW_PRIVS, call, known, machine, prctl

_CAPABILITIES_3 = 0x20080522
_SHARED_MEMORY = 1 << 30
"""Bytes under a room's /dev/shm where memory is not limited."""


def raise_walls(folder: str, walls: Walls, *, speaks: int | None = None) -> None:
    """Wall this process in for good, and all it will start.

    Call it in a fork that has one thread, with the working folder, ``HOME`` and ``TMPDIR`` set to
    ``folder`` already.  Descriptors that are open go on working.

    Args:
        folder: the only folder that can be written, absolute.
        walls: which walls, and how wide.
        speaks: the newest version of Landlock to use; None for what the kernel speaks.

    Raises:
        WallError: one of them cannot be raised.  The process must end then, with ``COULD_NOT``.
    """
    asked = set(walls.raised)
    if not known():
        raise WallError(walls.raised[0], f"the processor {machine()} is not known to the filter")
    readable = (*reading.system(), *walls.readable)
    devices = (*reading.DEVICES, *walls.devices)
    own_room = Wall.ROOM in asked
    if own_room:
        with _raising(Wall.ROOM):
            tree = _tree(walls.devices).copy()
            tree.show(walls.readable)
            room.enter(folder, tree, walls.memory or _SHARED_MEMORY)
    with _raising(Wall.KERNEL):
        prctl(PR_SET_NO_NEW_PRIVS, 1)
    if Wall.LIMITS in asked:
        with _raising(Wall.LIMITS):
            limits.limit(
                memory=walls.memory, largest_file=walls.largest_file, open_files=walls.open_files
            )
    if Wall.FORKS in asked:
        with _raising(Wall.FORKS):
            limits.limit_processes(walls.processes, alone=own_room)
    version = _landlock(folder, asked, readable, devices, speaks)
    if Wall.KERNEL in asked:
        with _raising(Wall.KERNEL):
            _drop_capabilities()
    if refused := _filter(frozenset(asked), version):
        with _raising(next(wall for wall in Wall if wall in asked)):
            seccomp.install(refused)


def prepare(walls: Walls) -> None:
    """Work out what is the same for every trial; a fork of this process need not."""
    if known():
        _tree(walls.devices)
        with contextlib.suppress(OSError):
            _filter(frozenset(walls.raised), landlock.version())


@cache
def _tree(devices: tuple[str, ...]) -> room.Tree:
    return room.Tree((*reading.system(), *reading.DEVICES, *devices))


def _landlock(
    folder: str,
    asked: set[Wall],
    readable: tuple[str, ...],
    devices: tuple[str, ...],
    speaks: int | None,
) -> int:
    """Forbid by Landlock what it can; return the version used, 0 if there is none."""
    try:
        version = landlock.version()
    except OSError as error:
        if Wall.FILES in asked:
            raise WallError(Wall.FILES, str(error.strerror)) from None
        return 0
    version = min(version, speaks or version)
    with _raising(Wall.FILES):
        rules = landlock.Ruleset(
            version,
            files=Wall.FILES in asked,
            tcp=Wall.NETWORK in asked and Wall.ROOM not in asked,
            scoped=Wall.PROCESSES in asked,
        )
        if Wall.FILES in asked:
            rules.allow(readable, landlock.READ)
            rules.allow(devices, landlock.DEVICE)
            rules.allow_folder(folder)
            if Wall.ROOM in asked:
                rules.allow_folder("/dev/shm")
        rules.enforce()
    return version


@cache
def _filter(asked: frozenset[Wall], version: int) -> bytes:
    """What seccomp has to refuse because Landlock does not; empty if nothing."""
    own_room = Wall.ROOM in asked
    rules: list[seccomp.Rule] = []
    if Wall.FILES in asked:
        rules += refusals.files(versions=version, room=own_room)
    if Wall.NETWORK in asked:
        rules += refusals.network(room=own_room)
    if Wall.PROCESSES in asked:
        rules += refusals.processes(scoped=version >= 6)
    if Wall.KERNEL in asked:
        rules += refusals.kernel()
    if not rules:
        return b""
    return seccomp.packed(seccomp.program(rules, LAST if Wall.KERNEL in asked else None))


def _drop_capabilities() -> None:
    """Give up every right of root; what is executed later cannot get one back."""
    head = (ctypes.c_uint32 * 2)(_CAPABILITIES_3, 0)
    none = (ctypes.c_uint32 * 6)()
    call("capset", ctypes.byref(head), ctypes.byref(none))


@contextmanager
def _raising(wall: Wall) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WallError(wall, error.strerror or str(error)) from error
