"""A prover that needs no process, and a clock that stands still."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from verify.bank.checks import checks_of_item
from verify.bank.model import CheckKind, Item, Outcome
from verify.engine import AnswerVerdict, CheckVerdict, Surroundings
from verify.errors import SurroundingsError

NOON = datetime(2026, 12, 2, 12, 0, tzinfo=UTC)


class Clock:
    """The time, moved by hand."""

    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> datetime:
        return self.time

    def wait(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


class FakeProver:
    """Says that everything holds; `hold` makes it wait, `missing` makes it fail to start."""

    def __init__(self, *, missing: bool = False, held: bool = False) -> None:
        self.missing = missing
        self.release = asyncio.Event()
        if not held:
            self.release.set()
        self.started = 0
        self.closed = 0
        self.proved: list[str] = []
        self.outcome = Outcome.PASSED
        self.message = ""
        self.prints = ""

    @property
    def surroundings(self) -> Surroundings:
        return Surroundings("2.13.0", "3.11.7", "cpu", "CPU")

    async def start(self) -> None:
        if self.missing:
            raise SurroundingsError("torch cannot be imported", why="No module named 'torch'")
        self.started += 1

    async def prove(self, item: Item, upto: int | None = None) -> AnswerVerdict:
        await self.release.wait()
        self.proved.append(item.id if upto is None else f"{item.id} up to {upto}")
        fences = item.answer.fences
        checks = []
        for check in checks_of_item(item):
            if upto is not None and check.fence not in (upto, upto + 1):
                continue
            output = self.prints
            if check.kind is CheckKind.OUTPUT and not output:
                output = fences[check.fence].code
            checks.append(CheckVerdict(check, self.outcome, 0.012, self.message, output))
        return AnswerVerdict(item.id, item.answer.path, self.outcome, 0.2, tuple(checks))

    async def close(self) -> None:
        self.closed += 1
