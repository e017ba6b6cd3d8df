"""Landlock: which files may be touched and which processes signalled, held by the kernel.

Source: https://docs.kernel.org/userspace-api/landlock.html
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import stat
from collections.abc import Sequence

from verify.engine.walls.system import call

_VERSION = 1
_PATH_BENEATH = 1

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_MAKE_CHAR, _MAKE_BLOCK = 1 << 6, 1 << 11
TRUNCATE, IOCTL_DEVICE = 1 << 14, 1 << 15

READ = EXECUTE | READ_FILE | READ_DIR
"""What is granted on the interpreter and the system: what they run stays behind the same walls."""
DEVICE = READ_FILE | WRITE_FILE | TRUNCATE | IOCTL_DEVICE
_OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEVICE
"""What can be granted on something that is no folder."""

_TCP = 0b11  # bind, connect
_SCOPES = 0b11  # abstract UNIX sockets, signals

_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
"""How many rights each version knows; from 5 on it is 16."""


class _Attributes(ctypes.Structure):
    _fields_ = (
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def version() -> int:
    """The version of Landlock that the kernel speaks.

    Raises:
        OSError: it speaks none; the message says why in plain words.
    """
    try:
        return call("landlock_create_ruleset", None, 0, _VERSION)
    except OSError as error:
        why = {
            errno.ENOSYS: "this kernel has no Landlock: it came with Linux 5.13",
            errno.EOPNOTSUPP: "Landlock is not switched on: boot with landlock in lsm=",
        }.get(error.errno or 0, f"Landlock is refused ({error.strerror})")
        raise OSError(error.errno, why) from None


class Ruleset:
    """What will be forbidden, and the exceptions.

    Args:
        speaks: the version to use.
        files: whether files are handled.
        tcp: whether TCP is forbidden, where the version can.
        scoped: whether signals and abstract sockets are kept inside, where the version can.
    """

    def __init__(self, speaks: int, *, files: bool, tcp: bool, scoped: bool) -> None:
        self._rights = (1 << _FILE_RIGHTS.get(speaks, 16)) - 1 if files else 0
        self._attributes = _Attributes(
            handled_access_fs=self._rights,
            handled_access_net=_TCP if tcp and speaks >= 4 else 0,
            scoped=_SCOPES if scoped and speaks >= 6 else 0,
        )
        size = {1: 8, 2: 8, 3: 8, 4: 16, 5: 16}.get(speaks, 24)
        handled = self._attributes
        self._fd = -1
        if handled.handled_access_fs or handled.handled_access_net or handled.scoped:
            self._fd = call("landlock_create_ruleset", ctypes.byref(handled), size, 0)

    def allow(self, paths: Sequence[str], rights: int) -> None:
        """Grant rights on what lies at and below paths; what is not there is passed over."""
        for path in paths:
            with contextlib.suppress(FileNotFoundError, PermissionError, NotADirectoryError):
                self._allow(path, rights)

    def allow_folder(self, path: str) -> None:
        """Grant everything in a folder, but for making devices.

        Raises:
            OSError: it is not there.
        """
        self._allow(path, ~(_MAKE_CHAR | _MAKE_BLOCK))

    def _allow(self, path: str, rights: int) -> None:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            if not stat.S_ISDIR(os.fstat(fd).st_mode):
                rights &= _OF_FILES
            rule = _Beneath(allowed_access=rights & self._rights, parent_fd=fd)
            if rule.allowed_access:
                call("landlock_add_rule", self._fd, _PATH_BENEATH, ctypes.byref(rule), 0)
        finally:
            os.close(fd)

    def enforce(self) -> None:
        """Forbid, from now on, for this process and all it starts.

        Raises:
            OSError: the kernel refuses.
        """
        if self._fd >= 0:
            try:
                call("landlock_restrict_self", self._fd, 0)
            finally:
                os.close(self._fd)
