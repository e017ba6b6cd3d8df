"""The judge beside the app: a worker of its own, warm before the first press of the key."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from verify.bank.model import Item
    from verify.engine.checking import CodeVerdict, OnLaw


class JudgingProver(Protocol):
    """What of `verify.engine.Prover` is used here."""

    async def start(self) -> None:
        """Start the worker."""

    async def load(self) -> None:
        """Have all imported that laws need."""

    async def check(self, item: Item, code: str, path: Path, on_law: OnLaw = ...) -> CodeVerdict:
        """Judge a learner's code."""

    async def close(self) -> None:
        """End the worker."""


class Judge:
    """Judges code in a worker that is started once and kept.

    Args:
        make: makes a prover; called when it is first wanted.
    """

    def __init__(self, make: Callable[[], JudgingProver]) -> None:
        self._make = make
        self._prover: JudgingProver | None = None
        self._starting = asyncio.Lock()

    @property
    def ready(self) -> bool:
        """Whether the worker is there."""
        return self._prover is not None and not self._starting.locked()

    async def warm(self) -> None:
        """Start the worker, if it is not there.

        Raises:
            SurroundingsError: torch is missing.
        """
        async with self._starting:
            if self._prover is None:
                prover = self._make()
                try:
                    await prover.start()
                    await prover.load()
                except BaseException:
                    await prover.close()
                    raise
                self._prover = prover

    async def judge(self, item: Item, code: str, on_law: OnLaw) -> CodeVerdict:
        """Judge code; each law is told as soon as it has been tried.

        Raises:
            SurroundingsError: torch is missing.
        """
        await self.warm()
        assert self._prover is not None
        name = item.id.rpartition("/")[2].replace("-", "_")
        return await self._prover.check(item, code, Path(f"{name}.py"), on_law)

    async def close(self) -> None:
        """End the worker."""
        prover, self._prover = self._prover, None
        if prover is not None:
            await prover.close()
