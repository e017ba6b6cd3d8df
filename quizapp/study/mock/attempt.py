"""Code in a mock interview: the best attempt counts, and no help is to be had."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from quizapp.study.mock.interview import Sitting
from quizapp.study.mock.state import Asked
from quizapp.study.practice import Practice, starting_code
from quizapp.study.records import Draft, Review
from verify.bank.model import Item
from verify.errors import UsageError


class Attempt(Practice):
    """The current question of an interview at work, if it is answered by code.

    Args:
        item: the question.
        sitting: the interview.
    """

    def __init__(self, item: Item, sitting: Sitting) -> None:
        # All that practice keeps in the store is kept in the interview instead.
        self.item = item
        self.sitting = sitting
        self.start = starting_code(item)
        self.again = False
        self.draft = sitting.state.code or Draft(item.id, text=self.start)
        self.review: Review | None = None

    @property
    def kept(self) -> int:
        """How many laws the best attempt keeps."""
        return self._asked.kept

    @property
    def laws(self) -> int:
        """How many laws there are; 0 while nothing was judged."""
        return self._asked.laws

    @property
    def _asked(self) -> Asked:
        asked = self.sitting.current
        assert asked is not None
        return asked

    def judged(self, code: str, kept: int, laws: int, now: datetime) -> None:
        """The judge has tried code; it is kept if nothing before was as good.

        Args:
            code: as it was tried.
            kept: laws that it keeps.
            laws: of how many.
            now: the present moment.
        """
        if kept < laws:
            self.rejected(now)
        if not self.laws or kept / laws >= self.kept / self.laws:
            self.sitting.note_best(code, kept, laws, now)

    def _change(self, now: datetime, **fields: object) -> None:
        draft = replace(self.draft, **fields)
        self.sitting.keep(now, code=draft)
        self.draft = draft

    def _log(self, now: datetime) -> Review:
        raise UsageError("in an interview code is handed in", todo="hand it in, or skip it")
