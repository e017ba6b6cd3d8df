"""Working on one coding question: what was written, what help was taken, what it was worth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from quizapp.study.clock import study_day
from quizapp.study.grading import Graded
from quizapp.study.marks import Mark, Rating
from quizapp.study.records import Draft, Listed, Review
from quizapp.study.scheduling import is_due, retrievability
from quizapp.study.store import Store
from verify.bank.model import Item, Kind

CODED = (Kind.CODE, Kind.BUG)
"""Kinds whose answers the judge can grade."""


class Status(StrEnum):
    """How far one is with a coding question."""

    BEGUN = "begun"
    """There is a draft."""
    DUE = "due"
    NEW = "new"
    SOLVED = "solved"
    """Its last answer was right, and it is not due."""
    MISSED = "missed"
    """Its last answer was not."""


def grade_code(*, failures: int, hints: int, surrendered: bool) -> Graded:
    """What code is worth that the judge accepted, or that was given up.

    Args:
        failures: how often the judge rejected it before.
        hints: how many were taken.
        surrendered: whether the solution was looked at first.
    """
    if surrendered:
        return Graded(Kind.CODE, Mark.WRONG, 0.0, Rating.AGAIN)
    if hints:
        return Graded(Kind.CODE, Mark.PARTLY, 1.0 - 0.25 * min(hints, 3), Rating.HARD)
    return Graded(Kind.CODE, Mark.RIGHT, 1.0, Rating.GOOD if failures else Rating.EASY)


class Practice:
    """One coding question at work; everything that is told to it is kept at once.

    Args:
        item: the question.
        store: where it is kept.
        now: the present moment.
    """

    def __init__(self, item: Item, store: Store, now: datetime) -> None:
        self.item = item
        self._store = store
        self.start = starting_code(item)
        """What one begins with."""
        card = store.card(item.id)
        self.again = card is not None and is_due(card, study_day(now))
        """Whether it is due, and so to be written anew."""
        # Of a bug there may be notes beside, under its own id.
        place = item.id if item.question.head.kind is Kind.CODE else f"{item.id}#fix"
        self.draft = store.draft(place) or Draft(place, text=self.start)
        self.review: Review | None = None
        """How it ended, once it has."""

    @property
    def hints(self) -> tuple[str, ...]:
        """Those taken so far."""
        return self.item.answer.head.hints[: self.draft.hints]

    @property
    def surrendered(self) -> bool:
        """Whether the solution was looked at before the judge had accepted anything."""
        return self.draft.revealed

    def keep(self, text: str, seconds: float, now: datetime) -> None:
        """Keep what is written so far.

        Args:
            text: the code.
            seconds: spent on it since this was told last.
            now: the present moment.
        """
        if self.review is None:
            spent = self.draft.seconds + seconds
            self._change(now, text=text, seconds=spent)

    def hint(self, now: datetime) -> str:
        """Take one more hint; empty if there are no more."""
        all_hints = self.item.answer.head.hints
        if self.draft.hints >= len(all_hints):
            return ""
        if self.review is None:
            self._change(now, hints=self.draft.hints + 1)
        return all_hints[self.draft.hints - 1]

    def rejected(self, now: datetime) -> None:
        """The judge has rejected what was written."""
        if self.review is None:
            self._change(now, failures=self.draft.failures + 1)

    def accepted(self, now: datetime) -> Review:
        """The judge has accepted what was written: log it, once."""
        return self.review or self._log(now)

    def surrender(self, now: datetime) -> Review:
        """The solution is to be seen: log it, unless the question has ended already."""
        if self.review is None:
            self._change(now, revealed=True)
        return self.review or self._log(now)

    def reset(self, now: datetime) -> str:
        """Begin anew; help that was taken stays taken."""
        if self.review is None:
            self._change(now, text=self.start)
        return self.start

    def _change(self, now: datetime, **fields: object) -> None:
        self.draft = msgspec.structs.replace(self.draft, **fields)
        self._store.save_draft(self.draft, now=now)

    def _log(self, now: datetime) -> Review:
        draft = self.draft
        graded = grade_code(failures=draft.failures, hints=draft.hints, surrendered=draft.revealed)
        graded = msgspec.structs.replace(graded, kind=self.item.question.head.kind)
        with self._store.writing():
            self.review = self._store.log(
                self.item.id,
                graded,
                now=now,
                response=draft.text,
                rating=graded.rating,
                seconds=draft.seconds,
                hints=draft.hints,
            )
            self._store.drop_draft(draft.id)
        return self.review


def starting_code(item: Item) -> str:
    """The starter of an exercise, or the program of a bug."""
    fence = item.starter or item.question.program
    return fence.code if fence is not None else ""


def statuses(
    entries: Mapping[str, Listed], store: Store, now: datetime
) -> list[tuple[Listed, Status]]:
    """The coding questions with how far one is, what to do next first.

    What was begun comes first, then what is due and least known, then what is new, by level; what
    is known comes last.
    """
    day, cards, drafts = study_day(now), store.cards(), store.drafts()
    found: list[tuple[tuple[float, ...], Listed, Status]] = []
    for place, entry in enumerate(_coded(entries.values())):
        card = cards.get(entry.id)
        if entry.id in drafts:
            status, known = Status.BEGUN, 0.0
        elif card is None:
            status, known = Status.NEW, float(_LEVELS.get(entry.level, 1))
        elif is_due(card, day):
            status, known = Status.DUE, retrievability(card, day)
        else:
            right = card.last_mark is Mark.RIGHT
            status, known = Status.SOLVED if right else Status.MISSED, retrievability(card, day)
        found.append(((_ORDER.index(status), known, place), entry, status))
    return [(entry, status) for _, entry, status in sorted(found, key=lambda row: row[0])]


_ORDER = (Status.BEGUN, Status.DUE, Status.NEW, Status.MISSED, Status.SOLVED)
_LEVELS = {"junior": 0, "mid": 1, "senior": 2}


def _coded(entries: Iterable[Listed]) -> Iterable[Listed]:
    return (entry for entry in entries if entry.kind == Kind.CODE)
