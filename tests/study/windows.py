"""What a window of the app does to a progress file, drawn at random, for tests that end it."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from quizapp.study.bookmarks import toggle_bookmark
from quizapp.study.clock import stamp
from quizapp.study.marks import Rating
from quizapp.study.records import Draft
from quizapp.study.session import Session, begin, resume
from quizapp.study.store import Store
from quizapp.study.withdrawal import reset, undo_last
from verify.bank.model import Kind

from .make import NOW, PARTLY, RIGHT, WRONG

IDS = [f"{topic}/{number}" for topic in ("autograd", "memory", "numerics") for number in range(6)]

TABLES = ("reviews", "withdrawn", "cards", "sessions", "drafts", "settings", "bookmarks")


class Window:
    """Does one thing after the other; each is one that a screen of the app does at once.

    Args:
        store: what it works on.
        resumes: whether it goes on with the session of the file at each step, as a window does
            that was opened anew; else it keeps the session that it once had in hand.
    """

    def __init__(self, store: Store, *, resumes: bool = True) -> None:
        self.store = store
        self._resumes = resumes
        self._session: Session | None = None

    def act(self, number: int, seed: int) -> str:
        """Do what is drawn for a number: the same to the same file whenever it is done.

        Returns:
            What was typed, if it was an answer; else nothing.
        """
        chance = random.Random(f"{seed} {number}")
        now = NOW + timedelta(minutes=number)
        act, _ = chance.choices(_ACTS, weights=[weight for _, weight in _ACTS])[0]
        return act(self, chance, now, f"answer {seed} {number}") or ""

    @property
    def session(self) -> Session | None:
        """The session to go on with, if there is one."""
        if self._resumes or self._session is None or self._session.done:
            self._session = resume(self.store)
        return self._session

    def answer(self, chance: random.Random, now: datetime, text: str) -> str:
        session = self.session
        if session is None:
            chosen = chance.sample(IDS, chance.randrange(2, 9))
            self._session = begin(self.store, chosen, now=now)
            return ""
        graded = chance.choice([RIGHT, PARTLY, WRONG])
        session.answer(text, graded, now=now, seconds=chance.randrange(90))
        return text

    def practise(self, chance: random.Random, now: datetime, text: str) -> str:
        graded = msgspec.structs.replace(WRONG, kind=Kind.CODE)
        rating = chance.choice(list(Rating))
        self.store.log(chance.choice(IDS), graded, now=now, rating=rating, response=text)
        return text

    def skip(self, chance: random.Random, now: datetime, text: str) -> None:
        session = self.session
        if session is not None:
            session.skip(Kind.RECALL, now=now)

    def amend(self, chance: random.Random, now: datetime, text: str) -> None:
        session = self.session
        if session is not None and session.answered:
            session.amend(now=now, rating=chance.choice(list(Rating)))

    def draft(self, chance: random.Random, now: datetime, text: str) -> None:
        length = chance.choice([3, 300, 30_000])  # so that the log beside the file gets long
        self.store.save_draft(Draft(chance.choice(IDS), text[-1] * length), now=now)

    def undo(self, chance: random.Random, now: datetime, text: str) -> None:
        undo_last(self.store, now)

    def reset(self, chance: random.Random, now: datetime, text: str) -> None:
        first = chance.choice("amn")
        reset(self.store, [id for id in IDS if id.startswith(first)], now)

    def reset_all(self, chance: random.Random, now: datetime, text: str) -> None:
        reset(self.store, None, now)

    def mark(self, chance: random.Random, now: datetime, text: str) -> None:
        toggle_bookmark(self.store, chance.choice(IDS), now)

    def set(self, chance: random.Random, now: datetime, text: str) -> None:
        self.store.set_setting(f"setting {chance.randrange(3)}", {"value": text})

    def keep_state(self, chance: random.Random, now: datetime, text: str) -> None:
        session = self.session
        if session is not None:  # as a mock interview keeps its clock
            with self.store.writing() as sql:
                sql.execute(
                    "UPDATE sessions SET state = ?, touched = ? WHERE number = ?",
                    (msgspec.json.encode({"left": text}).decode(), stamp(now), session.number),
                )

    def finish(self, chance: random.Random, now: datetime, text: str) -> None:
        session = self.session
        if session is not None:
            session.finish(now)


Act = Callable[[Window, random.Random, datetime, str], str | None]

_ACTS: list[tuple[Act, int]] = [
    (Window.answer, 30),
    (Window.practise, 8),
    (Window.skip, 4),
    (Window.amend, 10),
    (Window.draft, 14),
    (Window.undo, 8),
    (Window.reset, 2),
    (Window.reset_all, 1),
    (Window.mark, 6),
    (Window.set, 6),
    (Window.keep_state, 6),
    (Window.finish, 3),
]


def content(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    with store.reading() as sql:
        return {
            table: sql.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in TABLES
        }
