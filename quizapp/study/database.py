"""One SQLite connection with its lock, its transactions, and its errors in plain words."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from verify.errors import StoreError

DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
NOT_WRITABLE = frozenset(
    {
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
    }
)
LOCKED = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})

COPY_SECONDS = 5.0
"""How long a copy waits for another program to let go of the file."""

PART = ".part"
"""How the name of a copy ends that is not complete."""

_WHY = {
    sqlite3.SQLITE_FULL: ("the disk is full", "free some space; what is on the screen is kept"),
    sqlite3.SQLITE_READONLY: ("the file or its folder is read-only", "make both writable"),
    sqlite3.SQLITE_PERM: ("the file may not be written", "make it writable"),
    sqlite3.SQLITE_CANTOPEN: ("the file cannot be opened or made", "check its folder"),
    sqlite3.SQLITE_IOERR: ("the disk reports an error", "check the disk"),
    sqlite3.SQLITE_BUSY: ("another window or program is writing to it", "try again in a moment"),
    sqlite3.SQLITE_LOCKED: ("another window or program is writing to it", "try again in a moment"),
    sqlite3.SQLITE_CORRUPT: ("the file is damaged", "start again: it is then moved aside"),
    sqlite3.SQLITE_NOTADB: ("the file is damaged", "start again: it is then moved aside"),
}


def code_of(error: sqlite3.Error) -> int:
    """The primary SQLite result code of an error; 0 where Python raised it by itself."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def reason_of(error: sqlite3.Error) -> str:
    """Why it happened, in one clause."""
    return _WHY.get(code_of(error), (str(error), ""))[0]


def explain(error: sqlite3.Error, what: str, path: Path | None) -> StoreError:
    """The error a person is shown for an error of SQLite."""
    why, todo = _WHY.get(code_of(error), (str(error), "see `torchdrill doctor`"))
    return StoreError(what, where=str(path or ""), why=why, todo=todo)


class Database:
    """A connection that several threads may share.

    Args:
        connection: opened with ``isolation_level=None`` and ``check_same_thread=False``.
        path: the file behind it; None for one in memory.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path | None) -> None:
        self._connection = connection
        self._lock = threading.RLock()
        self._depth = 0
        self.path = path

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Hold the connection for a query.

        Raises:
            StoreError: the file cannot be read.
        """
        with self._lock:
            try:
                yield self._connection
            except sqlite3.Error as error:
                raise explain(error, "progress cannot be read", self.path) from error

    @contextmanager
    def writing(self, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
        """Run the block as one transaction, committed when the block ends, undone if it raises.

        A block inside another joins its transaction.

        Args:
            durable: wait until the disk has it.  Without, a commit outlives the process but
                perhaps not a power cut: enough for drafts, which are saved while typing.

        Raises:
            StoreError: nothing of the block was written.
        """
        with self._lock:
            if self._depth:
                yield self._connection
                return
            try:
                self._begin(durable)
                self._depth += 1
                try:
                    yield self._connection
                    self._connection.execute("COMMIT")
                finally:
                    self._depth -= 1
                    if self._connection.in_transaction:
                        self._connection.execute("ROLLBACK")
            except sqlite3.Error as error:
                raise explain(error, "progress cannot be saved", self.path) from error

    def _begin(self, durable: bool) -> None:
        self._connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        self._connection.execute("BEGIN IMMEDIATE")

    def copy_to(self, target: Path) -> None:
        """Write everything into a new file, whole or not at all.

        Raises:
            StoreError: the file exists or cannot be written.
        """
        if target.exists():
            raise StoreError("the file exists", where=str(target), todo="choose another name")
        with self._lock:
            if self._depth:
                raise RuntimeError("a copy within a transaction would wait for itself")
            try:
                copy(self._connection, target)
            except sqlite3.Error as error:
                raise explain(error, "the backup cannot be written", target) from error
            except OSError as error:
                raise StoreError(
                    "the backup cannot be written", where=str(target), why=str(error)
                ) from error

    def close(self) -> None:
        """Close the connection; nothing else may be called afterwards."""
        with self._lock:
            self._connection.close()


def pour(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """Copy a database into an open connection.

    Raises:
        TimeoutError: the source stays locked; Python would go on asking for ever.
    """
    deadline = time.monotonic() + COPY_SECONDS

    def check(status: int, left: int, total: int) -> None:
        if status in LOCKED and time.monotonic() > deadline:
            raise TimeoutError("another window or program is writing to it")

    source.backup(target, progress=check, sleep=0.01)


def copy(source: sqlite3.Connection, target: Path) -> None:
    """Copy a database into a file that appears under its name only when complete."""
    # Another window may be making the same copy, so each has a file of its own.
    part = target.with_name(f"{target.name}.{os.getpid()}{PART}")
    part.unlink(missing_ok=True)  # of a process that died, and had this number
    try:
        connection = sqlite3.connect(part)
        try:
            pour(source, connection)
            # A copy stands alone: in WAL mode part of it could be left in a file beside it.
            connection.execute("PRAGMA journal_mode = DELETE")
        finally:
            connection.close()
        part.replace(target)
        _keep_name(target)
    finally:
        part.unlink(missing_ok=True)


def _keep_name(file: Path) -> None:
    """Wait until the disk has the name of a file too, where that can be asked for."""
    with suppress(OSError):
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
