"""``python -P -m verify.engine.walls.probe``: try each wall; JSON of what stands in the way."""

from __future__ import annotations

import json
import os
import resource
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from verify.engine.walls.model import Wall, WallError, Walls
from verify.engine.walls.raising import raise_walls
from verify.engine.walls.system import call

_SMALL = 1 << 10
_SHARE_FOLDER = 0x200
"""unshare(2): gives up nothing but a shared working folder; nobody needs a right for it."""


def reasons(folder: str) -> dict[Wall, str]:
    """Try all walls, each in a process of its own; why each cannot be had, empty if it can.

    Args:
        folder: an empty folder to try in.
    """
    outside = Path(folder) / "outside"
    outside.mkdir()
    pipes: dict[Wall, int] = {}
    for wall in Wall:
        inside = Path(folder) / wall
        inside.mkdir()
        reader, writer = os.pipe()
        if os.fork() == 0:
            os.write(writer, b"\n" + _try(wall, inside, outside).encode())
            os._exit(0)
        os.close(writer)
        pipes[wall] = reader
    found = {wall: _all(reader) for wall, reader in pipes.items()}
    for _ in pipes:
        os.wait()
    return found


def _try(wall: Wall, inside: Path, outside: Path) -> str:
    walls = Walls(raised=(wall,), memory=1 << 28, largest_file=_SMALL, processes=0)
    os.chdir(inside)
    try:
        raise_walls(str(inside), walls)
    except WallError as error:
        return error.why
    try:
        did = _ATTEMPTS[wall](inside, outside)
    except OSError:
        return ""
    return f"it was raised, and yet {did}"


def _all(reader: int) -> str:
    """What a process said; it says at least one line break."""
    with os.fdopen(reader, encoding="utf-8") as pipe:
        said = pipe.read()
    return said[1:] if said else "the process that tried it ended without a word"


def _files(inside: Path, outside: Path) -> str:
    (outside / "file").write_bytes(b"")
    return "a file was made outside the folder"


def _network(inside: Path, outside: Path) -> str:
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()
    return "a socket was made"


def _processes(inside: Path, outside: Path) -> str:
    os.kill(os.getppid(), 0)
    return "a signal was sent"


def _kernel(inside: Path, outside: Path) -> str:
    call("unshare", _SHARE_FOLDER)
    return "a namespace was left"


def _limits(inside: Path, outside: Path) -> str:
    with (inside / "file").open("wb", buffering=0) as file:
        while file.write(b"x" * _SMALL):
            if file.tell() > _SMALL:
                break
    return "a file grew past its limit"


def _forks(inside: Path, outside: Path) -> str:
    resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))  # what others end meanwhile counts for less
    if os.fork() == 0:
        os._exit(0)
    return "a process was started"


def _room(inside: Path, outside: Path) -> str:
    outside.stat()
    return "a folder outside was seen"


_ATTEMPTS: dict[Wall, Callable[[Path, Path], str]] = {
    Wall.FILES: _files,
    Wall.NETWORK: _network,
    Wall.PROCESSES: _processes,
    Wall.KERNEL: _kernel,
    Wall.LIMITS: _limits,
    Wall.FORKS: _forks,
    Wall.ROOM: _room,
}


def main() -> None:
    """Print the reasons."""
    folder = tempfile.mkdtemp(prefix="torchdrill-walls-")
    try:
        found = reasons(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
