"""Open the progress file whatever state it is in, and say what had to be done.

sound                     opened
missing or empty          made
of an earlier version     copied to a dated backup, then migrated in one transaction
of a later version        StoreError, untouched
another program's         StoreError, untouched
locked                    waited for, then StoreError
damaged                   moved aside under a dated name, a new one started, with a notice
folder or file read-only,
disk full                 what can be read is copied into memory, with a notice: not saved
"""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from quizapp.study.database import (
    NOT_WRITABLE,
    PART,
    Database,
    code_of,
    copy,
    explain,
    pour,
    reason_of,
)
from quizapp.study.inspection import (
    DamagedError,
    connect,
    expect_known,
    expect_version,
    noticing_damage,
)
from verify.errors import StoreError

BUSY_SECONDS = 5.0
"""How long another window may hold the file before we give up."""

LEAST_FREE = 256 * 1024
"""Bytes of disk below which nothing is begun that could not be finished."""

Migrations = tuple[tuple[str, ...], ...]


class Opened(NamedTuple):
    """A database, and what a person should know about how it was opened."""

    database: Database
    notice: str
    """Empty if all is well."""
    saving: bool
    """False if it lives in memory only."""


def open_progress(
    path: Path, *, now: datetime, migrations: Migrations, busy: float = BUSY_SECONDS
) -> Opened:
    """Open or make the progress file.

    Args:
        path: the file; its folder is made if need be.
        now: names the backup or the damaged file.
        migrations: the steps of the schema.
        busy: seconds to wait for a lock.

    Raises:
        StoreError: the file is another version's or another program's, or stays locked.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _expect_room(path.parent)
        with _alone(path.parent):
            return _open(path, now, migrations, busy)
    except OSError as error:
        return _in_memory(path, migrations, error.strerror or str(error))
    except sqlite3.Error as error:
        if code_of(error) in NOT_WRITABLE:
            return _in_memory(path, migrations, reason_of(error))
        raise explain(error, "progress cannot be opened", path) from error
    except DamagedError as error:  # the new one too
        raise StoreError(
            "progress cannot be opened", where=str(path), why=str(error), todo="check the disk"
        ) from error


def memory(migrations: Migrations) -> Database:
    """A database that ends with the process."""
    connection = connect(":memory:", BUSY_SECONDS)
    migrate(connection, None, "", migrations)
    return Database(connection, None)


def _open(path: Path, now: datetime, migrations: Migrations, busy: float) -> Opened:
    dated = f"{now:%Y-%m-%d-%H%M%S}"
    try:
        expect_known(path, len(migrations), busy)
        connection, backup = _open_sound(path, dated, migrations, busy)
    except DamagedError as damage:
        aside = _move_aside(path, dated)
        connection, _ = _open_sound(path, dated, migrations, busy)
        notice = (
            f"The progress file was damaged ({damage}). It was moved to {aside}, nothing of it "
            "is deleted, and a new one was started."
        )
        return Opened(Database(connection, path), notice, True)
    notice = f"Progress was upgraded; the file as it was is kept as {backup}." if backup else ""
    return Opened(Database(connection, path), notice, True)


def _open_sound(
    path: Path, dated: str, migrations: Migrations, busy: float
) -> tuple[sqlite3.Connection, Path | None]:
    connection = connect(str(path), busy)
    try:
        with noticing_damage():
            connection.execute("PRAGMA journal_mode = WAL")
            _expect_writable(connection)
            found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if found != "ok":
                raise DamagedError(found)
            backup = migrate(connection, path, dated, migrations)
        return connection, backup
    except BaseException:
        connection.close()
        raise


def _expect_writable(connection: sqlite3.Connection) -> None:
    """Begin a change and take it back: SQLite opens, and even locks, what it may not write."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(f"PRAGMA user_version = {version}")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def migrate(
    connection: sqlite3.Connection, path: Path | None, dated: str, migrations: Migrations
) -> Path | None:
    """Run the steps a database lacks, all or none; return the backup made before.

    Args:
        connection: to the database.
        path: its file; None for one in memory, of which no backup is made.
        dated: the moment, in the name of the backup.
        migrations: the steps of the schema.
    """
    if expect_version(connection, path, len(migrations)) == len(migrations):
        return None
    backup = None
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = expect_version(connection, path, len(migrations))
        if version == len(migrations):  # another window was faster
            connection.execute("ROLLBACK")
            return None
        if version and path is not None:
            clear_parts(path)
            backup = free_name(path, f"v{version}-{dated}")
            _back_up(path, backup)
        for number, step in enumerate(migrations[version:], version + 1):
            for statement in step:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")
    except OSError:
        connection.execute("ROLLBACK")
        raise
    except sqlite3.Error as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        if backup is None:
            raise
        backup.unlink(missing_ok=True)  # the file itself is as it was
        if code_of(error) in NOT_WRITABLE:
            raise
        raise explain(error, "progress cannot be upgraded", path) from error
    return backup


def _back_up(path: Path, backup: Path) -> None:
    # Through a connection of its own: the one that migrates holds the lock of a writer, which
    # keeps other writers out and would keep its own copying waiting.
    source = connect(f"{path.absolute().as_uri()}?mode=ro", BUSY_SECONDS, uri=True)
    try:
        copy(source, backup)
    finally:
        source.close()


def clear_parts(path: Path) -> None:
    """Remove what processes left beside the file that died while they made a backup of it."""
    for left in path.parent.glob(f"{path.stem}-*{PART}*"):
        left.unlink(missing_ok=True)


def free_name(path: Path, word: str) -> Path:
    """A name beside the file that is not taken: ``progress-<word>.sqlite3``."""
    found = path.with_name(f"{path.stem}-{word}{path.suffix}")
    count = 1
    while found.exists():
        count += 1
        found = path.with_name(f"{path.stem}-{word}-{count}{path.suffix}")
    return found


def _move_aside(path: Path, dated: str) -> Path:
    """Give the file, and what SQLite keeps beside it, another name that it can be opened by."""
    aside = free_name(path, f"damaged-{dated}")
    path.replace(aside)
    for ending in ("-wal", "-shm", "-journal"):
        with suppress(FileNotFoundError):
            path.with_name(path.name + ending).replace(aside.with_name(aside.name + ending))
    return aside


def _in_memory(path: Path, migrations: Migrations, reason: str) -> Opened:
    """Go on without a file, with what the file holds if it can be read."""
    notice = f"Progress is not being saved: {reason} ({path})."
    connection = connect(":memory:", BUSY_SECONDS)
    try:
        if _read_into(connection, path):
            notice += " What was saved before is shown."
        migrate(connection, None, "", migrations)
    except (DamagedError, sqlite3.Error):
        connection.close()
        return Opened(memory(migrations), notice, False)
    except BaseException:
        connection.close()
        raise
    return Opened(Database(connection, None), notice, False)


def _read_into(connection: sqlite3.Connection, path: Path) -> bool:
    """Copy the file into a connection; False if there is none that can be read."""
    try:
        if not path.is_file() or path.stat().st_size == 0:
            return False
    except OSError:
        return False
    # The second way reads where SQLite may not even keep its notes beside the file; it does not
    # see what still lies in the write-ahead log, so it comes second.
    for access in ("mode=ro", "immutable=1"):
        try:
            source = connect(f"{path.absolute().as_uri()}?{access}", BUSY_SECONDS, uri=True)
        except sqlite3.Error:
            continue
        try:
            pour(source, connection)
            return True
        except (sqlite3.Error, TimeoutError):
            continue
        finally:
            source.close()
    return False


def _expect_room(folder: Path) -> None:
    if shutil.disk_usage(folder).free < LEAST_FREE:
        raise OSError(errno.ENOSPC, "the disk is full", str(folder))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other processes from opening at the same time: one of them moves or migrates the file.

    The folder itself is locked, so no lock file is left behind.  Where that cannot be had
    (Windows, some network drives) SQLite's own locks must do.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        deadline = time.monotonic() + BUSY_SECONDS
        while time.monotonic() < deadline:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(0.01)
            except OSError:
                break
        yield
    finally:
        os.close(handle)
