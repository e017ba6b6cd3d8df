"""Putting a backup in the place of the present progress.

Its content is written into the file that is there, in one transaction, and never a file put in
the place of another: a window that had the old one open would go on writing into it, and what it
acknowledged would be gone.  And a window that is open knows sessions and answers by numbers that
mean others in the backup, so while there is one, nothing is restored.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType

import msgspec

from quizapp.study.database import LOCKED, Database, code_of, copy, explain, pour
from quizapp.study.export.records import collect
from quizapp.study.inspection import DamagedError, connect, expect_known, noticing_damage
from quizapp.study.opening import Migrations, Opened, clear_parts, free_name, memory, migrate
from quizapp.study.schema import MIGRATIONS
from quizapp.study.store import Store
from verify.errors import StoreError, UsageError

PATIENCE = 1.0
"""Seconds that another window has to close."""


class Backup:
    """A progress file that is sound, read into memory and brought up to the present schema.

    Made by ``read_backup``; close it, or use it as a context.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self.connection = connection
        self.answers = count_answers(connection)
        """How many count in it, skipped questions left out."""
        last = connection.execute("SELECT max(at) FROM counted").fetchone()[0]
        self.last = None if last is None else datetime.fromisoformat(last)
        """When the last of them was given, in UTC; None if there is none."""

    def __enter__(self) -> Backup:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.connection.close()


class Restored(msgspec.Struct, frozen=True):
    """What a backup has taken the place of."""

    before: int
    """Answers that counted before, skipped questions left out."""
    after: int
    aside: Path | None
    """Where what was there before is kept; None if there was nothing."""
    notice: str
    """What a person should know about how the file was opened; empty if all was well."""


def count_answers(sql: sqlite3.Connection) -> int:
    """How many answers count, skipped questions left out."""
    return int(sql.execute("SELECT count(*) FROM counted WHERE mark <> 'skipped'").fetchone()[0])


def read_backup(path: Path, migrations: Migrations = MIGRATIONS) -> Backup:
    """Read a progress file, and see whether all of it makes sense; the file stays as it is.

    Args:
        path: a file that ``backup`` wrote, or any other progress file.
        migrations: the steps of the schema, for tests.

    Raises:
        UsageError: there is no such file.
        StoreError: it is damaged, of a newer torchdrill, or another program's.
    """
    if not path.is_file():
        raise UsageError("there is no such file", where=str(path), todo="name a backup")
    connection = connect(":memory:", PATIENCE)
    try:
        try:
            expect_known(path, len(migrations), PATIENCE)
        except StoreError as error:  # what to do about one's own progress file is no help here
            todo = "name a file that `torchdrill backup` wrote, or upgrade torchdrill"
            raise StoreError(error.what, where=str(path), why=error.why, todo=todo) from error
        with noticing_damage():
            _read_into(connection, path)
            if not connection.execute("PRAGMA user_version").fetchone()[0]:
                raise DamagedError("there is nothing in it")
            migrate(connection, None, "", migrations)
            _expect_sound(connection, migrations)
            return Backup(path, connection)
    except (DamagedError, ValueError, msgspec.MsgspecError) as error:
        connection.close()
        raise StoreError(
            "this is no sound backup", where=str(path), why=str(error), todo="try another one"
        ) from error
    except (sqlite3.Error, OSError) as error:
        connection.close()
        raise StoreError("the backup cannot be read", where=str(path), why=str(error)) from error
    except BaseException:
        connection.close()
        raise


def restore(backup: Backup, path: Path, *, now: datetime) -> Restored:
    """Put a backup in the place of the present progress, which is kept beside it.

    Args:
        backup: read before.
        path: the progress file; made if there is none.
        now: names the copy of what is there.

    Raises:
        StoreError: another window has the file open, or it cannot be written; it is as it was.
    """
    with Store.open(path, now=now) as store:  # mends or makes it, as every start does
        notice = store.notice
        if not store.saving:
            raise StoreError("progress cannot be restored", where=str(path), why=notice)
    aside: Path | None = None
    try:
        with _alone(path) as sql:
            clear_parts(path)
            before = count_answers(sql)
            if _holds_anything(sql):
                aside = free_name(path, f"before-restore-{now:%Y-%m-%d-%H%M%S}")
                copy(sql, aside)
            _allow_pages(backup.connection, sql)
            pour(backup.connection, sql)
            return Restored(before, count_answers(sql), aside, notice)
    except (sqlite3.Error, OSError) as error:
        if aside is not None:
            aside.unlink(missing_ok=True)  # the file itself is as it was
        if isinstance(error, sqlite3.Error):
            raise explain(error, "progress cannot be restored", path) from error
        raise StoreError("progress cannot be restored", where=str(path), why=str(error)) from error


@contextmanager
def _alone(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection beside which there is no other, and none can be made."""
    connection = connect(str(path), PATIENCE)
    try:
        try:
            # Who has a file in WAL mode open holds a lock on it all the time.
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            if code_of(error) not in LOCKED:
                raise
            raise StoreError(
                "another window has progress open",
                where=str(path),
                why="it would mix its own answers with those of the backup",
                todo="close torchdrill there, which loses nothing, and restore again",
            ) from error
        yield connection
    finally:
        connection.close()


def _read_into(connection: sqlite3.Connection, path: Path) -> None:
    beside = [path.with_name(path.name + ending) for ending in ("-wal", "-journal")]
    live = any(file.exists() and file.stat().st_size for file in beside)
    # Even a connection that only reads leaves files beside a database in WAL mode, unless told
    # that nobody writes to it.
    access = "mode=ro" if live else "immutable=1"
    source = connect(f"{path.absolute().as_uri()}?{access}", PATIENCE, uri=True)
    try:
        pour(source, connection)
    finally:
        source.close()


def _expect_sound(connection: sqlite3.Connection, migrations: Migrations) -> None:
    """See that a database is as this program makes it, down to each row.

    Raises:
        DamagedError: it is not.
        StoreError, ValueError: a row makes no sense.
    """
    found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if found != "ok":
        raise DamagedError(found)
    if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
        raise DamagedError("an answer names a session that is not there")
    fresh = memory(migrations)
    with fresh.reading() as sql:
        strange = _schema(sql) ^ _schema(connection)
    fresh.close()
    if strange:
        raise DamagedError(f"{min(strange)[1]} is not as torchdrill makes it")
    store = Store(Opened(Database(connection, None), "", False))
    collect(store)
    store.reviews()
    store.cards()


def _schema(sql: sqlite3.Connection) -> set[tuple[str, str, tuple[str, ...]]]:
    """What there is, by kind and name, with the names of columns."""
    found = sql.execute("SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")
    return {
        (kind, name, tuple(row[1] for row in sql.execute(f'PRAGMA table_info("{name}")')))
        for kind, name in found.fetchall()
    }


def _holds_anything(sql: sqlite3.Connection) -> bool:
    tables = ("reviews", "sessions", "drafts", "settings", "bookmarks")
    return any(sql.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() for table in tables)


def _allow_pages(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """Let the target take on pages of another size, which in WAL mode it could not.

    It is in that mode again as soon as it is opened.
    """
    (size,) = target.execute("PRAGMA page_size").fetchone()
    if source.execute("PRAGMA page_size").fetchone() != (size,):
        target.execute("PRAGMA journal_mode = DELETE")
