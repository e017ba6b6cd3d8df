"""A room of its own: namespaces in which a trial sees its folder, what it may read, and no more.

Where user namespaces may be made without privilege, a process can have its own view of the files,
a network that is only a loopback, and shared memory that nobody shares.  Source: namespaces(7),
user_namespaces(7), pivot_root(2).
"""

from __future__ import annotations

import contextlib
import copy
import ctypes
import errno
import fcntl
import os
import socket
import struct
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from verify.engine.walls.system import call

_NEW_MOUNTS, _NEW_IPC, _NEW_USER, _NEW_NETWORK = 0x20000, 0x8000000, 0x10000000, 0x40000000
_BIND, _RECURSIVE, _PRIVATE, _NO_SETUID, _NO_DEVICES = 0x1000, 0x4000, 1 << 18, 2, 4
_DETACH = 2
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_READ_ONLY = 1
_STREAMS = {"fd": "fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2"}
"""Names under /dev that programs expect, and where under /proc/self they lead."""
_UP, _GET_FLAGS, _SET_FLAGS = 1, 0x8913, 0x8914


class _MountAttributes(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "userns"))


def enter(folder: str, tree: Tree, memory: int) -> None:
    """Leave for a room in which ``folder`` alone can be written; the paths stay the same.

    Args:
        folder: absolute; becomes the working folder.
        tree: what can be seen besides, read-only but for devices; used up.
        memory: bytes that files under ``/dev/shm`` may take.

    Raises:
        OSError: the kernel refuses; the process is then neither here nor there, and has to end.
    """
    user, group = os.getuid(), os.getgid()
    try:
        call("unshare", _NEW_USER | _NEW_MOUNTS | _NEW_NETWORK | _NEW_IPC)
    except OSError as error:
        raise OSError(error.errno, _why(error)) from None
    try:
        _map(user, group)
        _build(folder, tree, memory)
        _loopback()
    except OSError as error:
        raise OSError(error.errno, f"a user namespace gives no rights here ({error})") from None


def _why(error: OSError) -> str:
    restricted = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
    if error.errno in (errno.EPERM, errno.EACCES) and restricted.exists():
        return "user namespaces are refused (kernel.apparmor_restrict_unprivileged_userns)"
    if error.errno in (errno.ENOSPC, errno.EUSERS):
        return "user namespaces are switched off (user.max_user_namespaces)"
    return f"user namespaces are refused ({error.strerror})"


def _map(user: int, group: int) -> None:
    """Be the same user inside as outside, and nobody else."""
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{user} {user} 1")
    _write("/proc/self/gid_map", f"{group} {group} 1")


def _write(path: str, text: str) -> None:
    fd = os.open(path, os.O_WRONLY)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)


def _build(folder: str, tree: Tree, memory: int) -> None:
    """Make a root of what is to be seen, and leave the old one."""
    _mount("none", "/", "", _RECURSIVE | _PRIVATE)
    here = os.open(folder, os.O_PATH | os.O_DIRECTORY)  # the new root will lie over it
    root = os.path.realpath(folder)
    _mount("tmpfs", root, "tmpfs", _NO_SETUID | _NO_DEVICES, f"mode=755,size={1 << 20}")
    inside = root + tree.way(folder)
    tree.furnish(root)
    shared = f"{root}/dev/shm"
    attributes = _MountAttributes(set=_READ_ONLY)
    size = ctypes.sizeof(attributes)
    call("mount_setattr", _AT_FDCWD, _text(root), _AT_RECURSIVE, ctypes.byref(attributes), size)
    _mount("tmpfs", shared, "tmpfs", _NO_SETUID | _NO_DEVICES, f"mode=1777,size={memory}")
    _mount(f"/proc/self/fd/{here}", inside, "", _BIND)
    os.close(here)
    os.chdir(root)
    call("pivot_root", b".", b".")
    call("umount2", b".", _DETACH)
    os.chdir(folder)


class Tree:
    """What is to be seen in a room: worked out once, furnished many times.

    Args:
        seen: paths, absolute, to be seen with what lies below them; what is not there is passed
            over.
    """

    def __init__(self, seen: Iterable[str] = ()) -> None:
        self._steps: list[_Step] = []
        self._made: set[str] = set()
        self._shown: set[str] = set()
        self._add("folder", "/dev")
        self._add("folder", "/dev/shm")
        for name, target in _STREAMS.items():
            self._add("link", f"/dev/{name}", f"/proc/self/{target}")
        self.show(seen)

    def copy(self) -> Tree:
        """One that can be shown more without showing it here."""
        other = copy.copy(self)
        other._steps, other._made, other._shown = self._steps[:], set(self._made), set(self._shown)
        return other

    def show(self, paths: Iterable[str]) -> None:
        """Let paths be seen under their own names."""
        for path in sorted(paths, key=lambda name: len(os.path.realpath(name))):
            if path.startswith("/") and os.access(path, os.F_OK):
                place = self.way(path)
                if not self._in_view(place):
                    self._shown.add(place)
                    self._add("view", place)

    def way(self, path: str) -> str:
        """Make the folders and links that lead to a path; return it without links."""
        here, rest = "", deque(part for part in path.split("/") if part)
        while rest:
            step = f"{here}/{rest.popleft()}"
            if os.path.islink(step):  # noqa: PTH114
                target = os.readlink(step)  # noqa: PTH115
                if not self._is_there(step):
                    self._add("link", step, target)
                whole = os.path.normpath(os.path.join(here or "/", target))  # noqa: PTH118
                here, rest = "", deque([*(p for p in whole.split("/") if p), *rest])
                continue
            here = step
            if not self._is_there(here):
                self._add("folder" if os.path.isdir(here) else "file", here)  # noqa: PTH112
        return here

    def _is_there(self, place: str) -> bool:
        return place in self._made or self._in_view(place)

    def _in_view(self, place: str) -> bool:
        return any(place == shown or place.startswith(f"{shown}/") for shown in self._shown)

    def _add(self, kind: str, place: str, target: str = "") -> None:
        self._made.add(place)
        self._steps.append(_Step(kind, place, target))

    def furnish(self, root: str) -> None:
        """Make an empty root show it all.

        Raises:
            OSError: the kernel refuses.
        """
        for kind, place, target in self._steps:
            inside = root + place
            if kind == "folder":
                os.mkdir(inside)  # noqa: PTH102
            elif kind == "link":
                os.symlink(target, inside)  # noqa: PTH211
            elif kind == "file":
                os.close(os.open(inside, os.O_CREAT | os.O_WRONLY))
            else:
                with contextlib.suppress(FileNotFoundError):  # it has gone meanwhile
                    _mount(place, inside, "", _BIND | _RECURSIVE)


class _Step(NamedTuple):
    kind: str
    place: str
    target: str


def _loopback() -> None:
    """Switch on the only interface there is."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sH14x", b"lo", 0)
        flags = struct.unpack("16sH14x", fcntl.ioctl(any_socket, _GET_FLAGS, request))[1]
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sH14x", b"lo", flags | _UP))


def _mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    try:
        call("mount", _text(source), _text(target), _text(kind), flags, _text(data))
    except OSError as error:
        raise OSError(error.errno, f"mounting {source} failed: {error.strerror}") from None


def _text(name: str) -> bytes:
    return os.fsencode(name)
