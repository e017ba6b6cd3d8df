"""What walls there are, and which a trial asks for."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from verify.errors import SurroundingsError

COULD_NOT = 72
"""Exit status of a child that could not raise a wall it was asked to; it has run no fence."""


class Wall(StrEnum):
    """One thing that a stranger's code cannot do."""

    FILES = "files"
    NETWORK = "network"
    PROCESSES = "processes"
    KERNEL = "kernel"
    LIMITS = "limits"
    FORKS = "forks"
    ROOM = "room"

    @property
    def stops(self) -> str:
        """What it stops, in one plain sentence."""
        return _STOPS[self]


_STOPS = {
    Wall.FILES: "It changes no file outside its temporary folder, and reads none that is private.",
    Wall.NETWORK: "It reaches no network and no service of this machine.",
    Wall.PROCESSES: "It traces, signals and slows no process but its own.",
    Wall.KERNEL: "It mounts nothing, gains no privilege and loads nothing into the kernel.",
    Wall.LIMITS: "It takes no more memory, file size and descriptors than it is given.",
    Wall.FORKS: "The kernel lets it start only so many processes and threads.",
    Wall.ROOM: "It sees only the files it may read, a loopback and shared memory of its own.",
}


class Walls(msgspec.Struct, frozen=True):
    """What a trial is to be walled in with."""

    raised: tuple[Wall, ...]
    """The walls to raise: each of them, or the trial does not run."""
    readable: tuple[str, ...] = ()
    """Folders and files, absolute, that may be read besides the interpreter and the system: the
    document itself, into which compilers look for the source."""
    devices: tuple[str, ...] = ()
    """Device files that may be read and written, such as those of a GPU."""
    memory: int = 4 << 30
    """Bytes of address space that each process may add to what it has; 0 for no limit (CUDA
    reserves far more than it uses)."""
    largest_file: int = 1 << 30
    """Bytes of the largest file it may write."""
    processes: int = 256
    """Processes and threads at one time, all of the trial together."""
    open_files: int = 1024
    """Descriptors that each process may hold."""


class WallError(SurroundingsError):
    """A wall that was asked for cannot be raised.

    Args:
        wall: the wall.
        why: the reason, in plain words.
    """

    def __init__(self, wall: Wall, why: str) -> None:
        super().__init__(
            f"the wall “{wall}” cannot be raised",
            why=why,
            todo="run it with --trust if you trust its author",
        )
        self.wall = wall
