"""The progress of one person: the log of answers, what follows from it, drafts and settings."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec

from quizapp.study import clock, scheduling
from quizapp.study.grading import Graded
from quizapp.study.marks import Rating
from quizapp.study.opening import Migrations, Opened, memory, open_progress
from quizapp.study.records import (
    CARD_COLUMNS,
    REVIEW_COLUMNS,
    CardState,
    Draft,
    Listed,
    Review,
    card_of,
    insert_review,
    review_of,
    write_card,
)
from quizapp.study.schema import MIGRATIONS
from verify.errors import StoreError
from verify.locations import progress_file

_DRAFT = msgspec.json.Decoder(Draft)


class Store:
    """Reads and writes one progress file; several threads may share it.

    What a method has written is on disk when it returns; if it raises, nothing was written.

    Args:
        opened: the database and how it was opened; use ``Store.open``.
    """

    def __init__(self, opened: Opened) -> None:
        self._database = opened.database
        self._present: dict[str, str] = {}
        self._former: dict[str, tuple[str, ...]] = {}
        self.notice = opened.notice
        """What a person should know about how the file was opened; empty if all is well."""
        self.saving = opened.saving
        """False if progress lives in memory only, and ends with the process."""

    @classmethod
    def open(
        cls,
        path: Path | None = None,
        *,
        now: datetime | None = None,
        migrations: Migrations = MIGRATIONS,
    ) -> Store:
        """Open the progress file, or make it.

        Args:
            path: the file; None for the user's own.
            now: names backups and damaged files.
            migrations: the steps of the schema, for tests.

        Raises:
            StoreError: the file is newer than this program, not ours, or locked for long.
        """
        moment = now if now is not None else clock.now()
        return cls(open_progress(path or progress_file(), now=moment, migrations=migrations))

    @classmethod
    def in_memory(cls) -> Store:
        """A store that ends with the process, for tests and demonstrations."""
        return cls(Opened(memory(MIGRATIONS), "", False))

    @property
    def path(self) -> Path | None:
        """The file; None if progress lives in memory."""
        return self._database.path

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def writing(self, *, durable: bool = True) -> AbstractContextManager[sqlite3.Connection]:
        """One transaction over several writes of this package; all of them or none."""
        return self._database.writing(durable=durable)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection for queries of this package; a row that makes no sense is damage."""
        try:
            with self._database.reading() as sql:
                yield sql
        except (ValueError, msgspec.MsgspecError) as error:
            raise StoreError(
                "progress holds something that cannot be understood",
                where=str(self.path or ""),
                why=str(error),
                todo="run `torchdrill doctor`",
            ) from error

    # Ids

    def adopt(self, entries: Mapping[str, Listed]) -> None:
        """Let history kept under former ids follow the questions that list them.

        Args:
            entries: the index of the pack, by id.
        """
        self._present = {
            former: entry.id
            for entry in entries.values()
            for former in entry.aliases
            if former not in entries
        }
        groups: dict[str, list[str]] = {}
        for former, present in self._present.items():
            groups.setdefault(present, []).append(former)
        self._former = {present: tuple(formers) for present, formers in groups.items()}
        if not self._present:
            return
        with self.reading() as sql:
            rows = sql.execute("SELECT question FROM cards").fetchall()
        seen: set[str] = set()
        for (name,) in rows:
            id = self.present(name)
            if id in seen:  # answered under two names: one history makes one card
                with self.writing():
                    self.remake(id)
            seen.add(id)

    def present(self, id: str) -> str:
        """The present id of a question, given that or a former one."""
        return self._present.get(id, id)

    def names(self, id: str) -> tuple[str, ...]:
        """Every id that history of a question may be kept under, the present one first."""
        id = self.present(id)
        return (id, *self._former.get(id, ()))

    # The log

    def log(
        self,
        id: str,
        graded: Graded,
        *,
        now: datetime,
        response: str = "",
        rating: Rating | None = None,
        seconds: float = 0.0,
        session: int | None = None,
        confidence: float | None = None,
        hints: int = 0,
    ) -> Review:
        """Add an answer to the log and schedule its question anew.

        Args:
            id: the question.
            graded: what the answer was worth.
            now: when it was given.
            response: what was typed or chosen.
            rating: None leaves the schedule as it is.
            seconds: the time it took.
            session: the session it belongs to.
            confidence: from 0 to 1, given before the answer.
            hints: how many were taken.
        """
        id = self.present(id)
        review = Review(
            number=0,
            id=id,
            kind=graded.kind,
            mark=graded.mark,
            share=graded.share,
            rating=rating,
            response=response,
            points=graded.points,
            seconds=seconds,
            at=clock.utc(now),
            day=clock.study_day(now),
            session=session,
            confidence=confidence,
            hints=hints,
        )
        return self._add(review, now)

    def amend(
        self,
        review: Review,
        *,
        now: datetime,
        rating: Rating | None = None,
        graded: Graded | None = None,
    ) -> Review:
        """Let another rating or grade count for an answer; the log keeps the first as well.

        Args:
            review: the one to replace, as it counts now.
            now: when it was replaced; the answer keeps its own time.
            rating: None keeps the rating.
            graded: None keeps the mark, the share and the points.
        """
        changed = review
        if graded is not None:
            changed = msgspec.structs.replace(
                changed, mark=graded.mark, share=graded.share, points=graded.points
            )
        if rating is not None:
            changed = msgspec.structs.replace(changed, rating=rating)
        return self._add(changed, now, amends=review.number)

    def _add(self, review: Review, now: datetime, amends: int | None = None) -> Review:
        if review.rating is not None:
            scheduling.warm()  # not while the file is locked for others
        with self.writing() as sql:
            number = insert_review(sql, review, logged=now, amends=amends)
            self.remake(review.id)
        return msgspec.structs.replace(review, number=number)

    def reviews(
        self, id: str | None = None, session: int | None = None, since: date | None = None
    ) -> tuple[Review, ...]:
        """The answers that count, oldest first; of one question, session or time if asked."""
        where, values = ["1"], list[Any]()
        if id is not None:
            names = self.names(id)
            where.append(f"question IN ({', '.join('?' * len(names))})")
            values.extend(names)
        if session is not None:
            where.append("session = ?")
            values.append(session)
        if since is not None:
            where.append("day >= ?")
            values.append(since.isoformat())
        with self.reading() as sql:
            rows = sql.execute(
                f"SELECT {REVIEW_COLUMNS} FROM counted WHERE {' AND '.join(where)} "
                "ORDER BY at, number",
                values,
            ).fetchall()
            return tuple(review_of(row, self.present(row[1])) for row in rows)

    def days(self) -> dict[date, int]:
        """How many answers were given on each study day; skipped ones are none."""
        with self.reading() as sql:
            rows = sql.execute(
                "SELECT day, count(*) FROM counted WHERE mark <> 'skipped' GROUP BY day"
            ).fetchall()
            return {date.fromisoformat(day): count for day, count in rows}

    # Cards

    def cards(self) -> dict[str, CardState]:
        """What is known of every question that was rated, by present id."""
        with self.reading() as sql:
            rows = sql.execute(f"SELECT {CARD_COLUMNS} FROM cards").fetchall()
            return {self.present(row[0]): card_of(row, self.present(row[0])) for row in rows}

    def card(self, id: str) -> CardState | None:
        """What is known of one question; None if it was never rated."""
        names = self.names(id)
        with self.reading() as sql:
            row = sql.execute(
                f"SELECT {CARD_COLUMNS} FROM cards "
                f"WHERE question IN ({', '.join('?' * len(names))})",
                names,
            ).fetchone()
            return None if row is None else card_of(row, names[0])

    def rebuild(self) -> int:
        """Make all cards again from the log; returns how many there are."""
        scheduling.warm()
        with self.writing() as sql:
            sql.execute("DELETE FROM cards")
            names = sql.execute("SELECT DISTINCT question FROM counted").fetchall()
            for id in sorted({self.present(name) for (name,) in names}):
                self.remake(id)
            return int(sql.execute("SELECT count(*) FROM cards").fetchone()[0])

    def remake(self, id: str) -> None:
        """Make the card of a question again from the log."""
        card = scheduling.replay(self.reviews(id))
        with self.writing() as sql:
            sql.executemany("DELETE FROM cards WHERE question = ?", [(n,) for n in self.names(id)])
            if card is not None:
                write_card(sql, card)

    # Drafts

    def draft(self, id: str) -> Draft | None:
        """The answer begun for a question."""
        return self.drafts().get(self.present(id))

    def drafts(self) -> dict[str, Draft]:
        """All answers begun, by present id."""
        with self.reading() as sql:
            rows = sql.execute("SELECT question, draft FROM drafts ORDER BY touched").fetchall()
            return {
                self.present(name): msgspec.structs.replace(
                    _DRAFT.decode(text), id=self.present(name)
                )
                for name, text in rows
            }

    def save_draft(self, draft: Draft, *, now: datetime) -> None:
        """Keep an answer that is being given; called often, so it does not wait for the disk."""
        draft = msgspec.structs.replace(draft, id=self.present(draft.id))
        with self.writing(durable=False) as sql:
            sql.execute(
                "INSERT OR REPLACE INTO drafts (question, draft, touched) VALUES (?, ?, ?)",
                (draft.id, msgspec.json.encode(draft).decode(), clock.stamp(now)),
            )

    def drop_draft(self, id: str) -> None:
        """Forget the answer begun for a question."""
        with self.writing(durable=False) as sql:
            sql.executemany(
                "DELETE FROM drafts WHERE question = ?", [(name,) for name in self.names(id)]
            )

    # Settings

    def setting(self, name: str, default: Any = None) -> Any:
        """A setting, as JSON gives it."""
        with self.reading() as sql:
            row = sql.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
            return default if row is None else msgspec.json.decode(row[0])

    def set_setting(self, name: str, value: Any) -> None:
        """Keep a setting: anything JSON can hold."""
        with self.writing() as sql:
            sql.execute(
                "INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)",
                (name, msgspec.json.encode(value).decode()),
            )

    def backup(self, to: Path) -> None:
        """Write everything into a new file.

        Raises:
            StoreError: the file exists or cannot be written.
        """
        self._database.copy_to(to)
