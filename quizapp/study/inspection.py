"""Look at a progress file before anything is done to it: is it ours, known, and sound?"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from quizapp.study.database import DAMAGED, NOT_WRITABLE, code_of
from quizapp.study.schema import APPLICATION_ID, TABLES
from verify.errors import StoreError


class DamagedError(Exception):
    """The file is a progress file no longer."""


def connect(name: str, busy: float, *, uri: bool = False) -> sqlite3.Connection:
    """A connection that waits ``busy`` seconds for locks and leaves transactions to us."""
    connection = sqlite3.connect(
        name, timeout=busy, isolation_level=None, check_same_thread=False, uri=uri
    )
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


@contextmanager
def noticing_damage() -> Iterator[None]:
    """Turn the errors of SQLite that mean damage into ``DamagedError``."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise DamagedError("text that is none") from error
    except sqlite3.Error as error:
        # What SQLite cannot make sense of while it reads the schema is a plain error to it.
        if code_of(error) in DAMAGED or code_of(error) == sqlite3.SQLITE_ERROR:
            raise DamagedError(str(error)) from error
        raise


def expect_known(path: Path, newest: int, busy: float) -> None:
    """Look at the file in ways that cannot change it, before it is opened for writing.

    Raises:
        DamagedError: it is not a database any more.
        StoreError: a newer torchdrill or another program wrote it.
    """
    if not path.exists() or path.stat().st_size == 0:
        return
    if not _has_log(path):
        # The header tells all there is.  Even a connection that only reads would leave files
        # beside a database in WAL mode.
        version, owner = _header(path)
        if owner == APPLICATION_ID:
            _refuse_newer(version, newest, path)
            return
    try:
        with noticing_damage():
            connection = connect(f"{path.absolute().as_uri()}?mode=ro", busy, uri=True)
            try:
                expect_version(connection, path, newest)
            finally:
                connection.close()
    except sqlite3.OperationalError as error:
        # Without write access even reading may fail here; the real opening then says why.
        if code_of(error) not in NOT_WRITABLE:
            raise


def _has_log(path: Path) -> bool:
    """Whether answers lie in the file beside that have not got into the database yet."""
    try:
        return path.with_name(path.name + "-wal").stat().st_size > 0
    except FileNotFoundError:  # another window that closes takes it away at any moment
        return False


def _header(path: Path) -> tuple[int, int]:
    """``user_version`` and ``application_id``, from where the file format keeps them."""
    with path.open("rb") as file:
        header = file.read(100)
    if len(header) < 100 or not header.startswith(b"SQLite format 3\0"):
        raise DamagedError("not a database")
    return int.from_bytes(header[60:64], "big"), int.from_bytes(header[68:72], "big")


def _refuse_newer(version: int, newest: int, path: Path | None) -> None:
    if version > newest:
        raise StoreError(
            f"the progress file is of version {version}, this torchdrill knows up to {newest}",
            where=str(path or ""),
            why="a newer torchdrill wrote it; it was left untouched",
            todo="upgrade torchdrill, or set TORCHDRILL_HOME to another folder",
        )


def expect_version(connection: sqlite3.Connection, path: Path | None, newest: int) -> int:
    """The version of the file, if it is one that we can go on from.

    Raises:
        DamagedError: tables are missing.
        StoreError: a newer torchdrill or another program wrote it.
    """
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    owner = int(connection.execute("PRAGMA application_id").fetchone()[0])
    tables = {str(row[0]) for row in connection.execute("SELECT name FROM sqlite_master")}
    if owner != APPLICATION_ID:
        if not tables and not version:
            return 0
        raise StoreError(
            "this is not a progress file of torchdrill",
            where=str(path or ""),
            why="another program wrote it",
            todo="move it away, or set TORCHDRILL_HOME to another folder",
        )
    _refuse_newer(version, newest, path)
    missing = TABLES[min(version, len(TABLES)) - 1] - tables
    if version < 1 or missing:
        raise DamagedError(f"without {', '.join(sorted(missing)) or 'a version'}")
    return version
