"""The full-text index of a pack: one SQLite file in the cache folder, kept in step by file stamps.

It can always be made again, so whatever is wrong with the file, the file goes and not the search:

missing, damaged, of another format     made anew
being written by another process        waited for: what that one writes need not be written again
not to be written, or locked for long   an index in memory, for this process
SQLite without FTS5                     none: titles alone are searched

The index has no copy of the texts.  What is taken out of it or changed leaves a dead document
behind, which no id refers to; when these outnumber the others, all is written anew.
"""

from __future__ import annotations

import sqlite3
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from quizapp.study.database import LOCKED, NOT_WRITABLE, code_of
from quizapp.study.search.texts import read_texts
from quizapp.study.search.words import Term, joined, parts_of, words_of
from verify.bank.index import Entry, file_stamps, pack_name

FORMAT = 1
"""Of the file, and of what counts as a word in it."""

PATIENCE = 30.0
"""Seconds to wait for a process that is writing the same index."""

DEAD = 500
"""Dead documents that are never worth writing all anew."""

_SCHEMA = (
    "CREATE TABLE documents (id TEXT PRIMARY KEY, stamp TEXT NOT NULL, number INTEGER NOT NULL)",
    # The words come cut and folded; every sign beyond ASCII is part of one.  Beginnings of up to
    # three letters, which hundreds of words share, are indexed as words are.
    "CREATE VIRTUAL TABLE words USING fts5 (title, names, prompt, answer, parts, content = '', "
    "tokenize = \"ascii tokenchars '_'\", prefix = '1 2 3')",
    "INSERT INTO words (words, rank) VALUES ('rank', 'bm25(10, 6, 3, 1, 1)')",
    "INSERT INTO words (words, rank) VALUES ('hashsize', 16777216)",
    f"PRAGMA user_version = {FORMAT}",
)


class StoppedError(Exception):
    """The index is not wanted any more."""


class TextIndex:
    """An index that is in step with the files as they were when it was opened.

    Args:
        connection: to the database.
        file: where it lies; None if it is in memory.
        places: what the caller calls each question, by id.
    """

    def __init__(
        self, connection: sqlite3.Connection, file: Path | None, places: Mapping[str, int]
    ) -> None:
        self._connection = connection
        self._file = file
        self._places = places
        self._documents: dict[int, int] = {}
        self._version = -1

    def find(self, terms: tuple[Term, ...]) -> list[int]:
        """The places of the questions in which all the terms occur, in no order.

        Raises:
            sqlite3.Error: the file is damaged, or away.
        """
        rows, documents = self._rows("rowid", terms)
        return [documents[number] for (number,) in rows if number in documents]

    def ranks(self, terms: tuple[Term, ...]) -> dict[int, float]:
        """How well each of these questions fits, by place; the lower the better.

        Raises:
            sqlite3.Error: the file is damaged, or away.
        """
        rows, documents = self._rows("rowid, rank", terms)
        return {documents[number]: rank for number, rank in rows if number in documents}

    def _rows(
        self, columns: str, terms: tuple[Term, ...]
    ) -> tuple[Iterable[tuple[Any, ...]], Mapping[int, int]]:
        """Rows of a query, which begin with the number of a document, and what numbers mean."""
        sql, places = self._connection, self._places
        version = sql.execute("PRAGMA data_version").fetchone()[0]
        if version != self._version:  # another process has written
            rows = sql.execute("SELECT number, id FROM documents")
            self._documents = {number: places[id] for number, id in rows if id in places}
            self._version = version
        query = f"SELECT {columns} FROM words WHERE words MATCH ?"
        return sql.execute(query, (_match(terms),)), self._documents

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def discard(self) -> None:
        """Close the file and take it away, for it is damaged."""
        self.close()
        if self._file is not None:
            with suppress(OSError):
                _remove(self._file)


def _match(terms: tuple[Term, ...]) -> str:
    """The terms in FTS5's own language, in which every word stands in quotes."""
    parts = []
    for each in terms:
        phrase = f'"{" ".join(each.words)}"' + (" *" if each.open else "")
        # Words that stand side by side among the parts of names never stood so in the text.
        parts.append(f"- parts : {phrase}" if len(each.words) > 1 else phrase)
    return " AND ".join(f"({part})" for part in parts)


def open_index(
    root: Path,
    entries: Mapping[str, Entry],
    places: Mapping[str, int],
    folder: Path | None,
    *,
    stopped: Callable[[], bool] = lambda: False,
    told: Callable[[int], None] = lambda left: None,
    patience: float = PATIENCE,
) -> TextIndex:
    """Open the index of a pack and bring it up to date.

    Args:
        root: the pack.
        entries: its questions by id.
        places: what the caller calls each question, by id.
        folder: where the file lies; None for an index in memory.
        stopped: asked between two questions; what is done until then is kept.
        told: is told between two questions how many are left.
        patience: seconds to wait for another process.

    Raises:
        StoppedError: it was stopped.
        sqlite3.Error: there is no FTS5.
    """
    if folder is not None:
        file = folder / f"search-{pack_name(root)}.sqlite3"
        try:
            with suppress(OSError):
                folder.mkdir(parents=True, exist_ok=True)
            connection = _in_file(file, root, entries, stopped, told, patience)
            return TextIndex(connection, file, places)
        except (sqlite3.Error, OSError):
            pass
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    _make(connection)
    _follow(connection, root, entries, stopped, told)
    return TextIndex(connection, None, places)


def _in_file(
    file: Path,
    root: Path,
    entries: Mapping[str, Entry],
    stopped: Callable[[], bool],
    told: Callable[[int], None],
    patience: float,
) -> sqlite3.Connection:
    deadline = time.monotonic() + patience
    anew = False
    while True:
        connection = None
        try:
            connection = sqlite3.connect(
                file, timeout=0.1, isolation_level=None, check_same_thread=False
            )
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = OFF")  # a cache need not survive a power cut
            connection.execute("PRAGMA journal_size_limit = 4194304")
            _make(connection)
            _follow(connection, root, entries, stopped, told)
            return connection
        except BaseException as error:
            if connection is not None:
                connection.close()
            if not isinstance(error, sqlite3.Error):
                raise
            if code_of(error) in LOCKED:
                if stopped():
                    raise StoppedError from error
                if time.monotonic() > deadline:
                    raise
            elif anew or code_of(error) in NOT_WRITABLE:
                raise
            else:
                anew = True
                _remove(file)


def _remove(file: Path) -> None:
    for ending in ("", "-wal", "-shm", "-journal"):
        file.with_name(file.name + ending).unlink(missing_ok=True)


def _make(connection: sqlite3.Connection) -> None:
    """Make the tables if they are not there; an error if they are those of another format."""
    if _version(connection) == FORMAT:
        return
    with _writing(connection):
        if _version(connection) != FORMAT:  # nobody was faster
            for statement in _SCHEMA:
                connection.execute(statement)


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


@contextmanager
def _writing(connection: sqlite3.Connection) -> Iterator[None]:
    """A transaction; what was done before somebody stopped it is kept."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except StoppedError:
        connection.execute("COMMIT")
        raise
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _follow(
    connection: sqlite3.Connection,
    root: Path,
    entries: Mapping[str, Entry],
    stopped: Callable[[], bool],
    told: Callable[[int], None],
) -> None:
    """Bring the index in step with the files and the heads of the questions."""
    stamps = file_stamps(root)
    wanted = {each.id: f"{stamps.get(each.id)} {_head_stamp(each)}" for each in entries.values()}
    if wanted == dict(connection.execute("SELECT id, stamp FROM documents")):
        return
    with _writing(connection):
        known = dict(connection.execute("SELECT id, stamp FROM documents"))
        (last,) = connection.execute("SELECT max(id) FROM words_docsize").fetchone()
        (count,) = connection.execute("SELECT count(*) FROM words_docsize").fetchone()
        if count - len(known) > max(DEAD, len(wanted)):
            connection.execute("INSERT INTO words (words) VALUES ('delete-all')")
            connection.execute("DELETE FROM documents")
            known = {}
        gone = [(identity,) for identity in known if identity not in wanted]
        connection.executemany("DELETE FROM documents WHERE id = ?", gone)
        todo = [identity for identity, stamp in wanted.items() if known.get(identity) != stamp]
        # No number is given twice: another process may still know by it what it stood for.
        for number, identity in enumerate(todo, (last or 0) + 1):
            told(len(todo) - number + (last or 0) + 1)
            if stopped():
                raise StoppedError
            connection.execute(
                "INSERT INTO words (rowid, title, names, prompt, answer, parts) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (number, *_columns(root, entries[identity])),
            )
            connection.execute(
                "INSERT OR REPLACE INTO documents (id, stamp, number) VALUES (?, ?, ?)",
                (identity, wanted[identity], number),
            )


def _head_stamp(entry: Entry) -> int:
    return zlib.crc32(f"{entry.title}\0{names_of(entry)}".encode("utf-8", "replace"))


def names_of(entry: Entry) -> str:
    """What a question is called beside its title: id, tags, former ids."""
    return " ".join([entry.id, *entry.tags, *entry.aliases])


def _columns(root: Path, entry: Entry) -> list[str]:
    texts = [words_of(text) for text in (entry.title, names_of(entry), *read_texts(root, entry.id))]
    parts = parts_of(word for words in texts for word in words)
    return [*map(joined, texts), " ".join(parts)]
