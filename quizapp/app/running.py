"""The playground's worker: runs code beside an answer, and ends what it is told to end."""

from __future__ import annotations

import asyncio
import codecs
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from verify.engine.free import OnText, Program, Ran

CPU = "cpu"
CUDA = "cuda"

GRACE = 1.0
"""Seconds in which a program that is to end has to be gone; its worker goes with it after that."""


class RunningProver(Protocol):
    """What of `verify.engine.Prover` is used here."""

    @property
    def cuda(self) -> str:
        """What to call the CUDA device that could be had; empty if there is none."""

    async def start(self) -> None:
        """Start the worker."""

    async def load(self, program: Program) -> None:
        """Have imported what a program needs."""

    async def run(
        self, program: Program, on_text: OnText = ..., stop: asyncio.Event | None = ...
    ) -> Ran:
        """Run code that claims nothing."""

    async def close(self) -> None:
        """End the worker."""


class Runner:
    """Runs code in a worker that is started when it is first wanted, and kept.

    Each device has a worker of its own.  One program runs at a time.

    Args:
        make: makes a prover for a device.
    """

    def __init__(self, make: Callable[[str], RunningProver]) -> None:
        self._make = make
        self._provers: dict[str, asyncio.Future[RunningProver]] = {}
        self._stop: asyncio.Event | None = None
        self.device = CPU
        """Where programs run."""
        self.cuda = ""
        """What to call the CUDA device; empty if there is none, or none is known yet."""

    @property
    def ready(self) -> bool:
        """Whether the worker for this device is there."""
        prover = self._provers.get(self.device)
        return prover is not None and prover.done() and prover.exception() is None

    @property
    def busy(self) -> bool:
        """Whether a program runs, or is about to."""
        return self._stop is not None

    async def warm(self, program: Program) -> None:
        """Start the worker, if it is not there, and have it ready for a program.

        Raises:
            SurroundingsError: torch is missing, or the device.
        """
        prover = await self._prover(self.device)
        await prover.load(program)

    async def run(self, program: Program, on_text: Callable[[str, str], None]) -> Ran:
        """Run a program to its end, or until it is told to stop.

        Args:
            program: what to run.
            on_text: called with ``out`` or ``err`` and what is printed there, as it comes.

        Raises:
            SurroundingsError: torch is missing, or the device.
        """
        from verify.engine.free import End, Ran

        heard = {"out": "", "err": ""}

        def tell(stream: str, text: str) -> None:
            heard[stream] += text
            on_text(stream, text)

        stop = self._stop = asyncio.Event()
        work = asyncio.ensure_future(self._run(program, tell, stop))
        asked = asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait({work, asked}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                await asyncio.wait({work}, timeout=GRACE)
            if work.done():
                return work.result()
            # It waits for torch still, or nothing could end it but the end of its worker.
            return Ran(End.STOPPED, "stopped", heard["out"], heard["err"], device=self.device)
        finally:
            self._stop = None
            for task in (work, asked):
                task.cancel()
            await asyncio.gather(work, asked, return_exceptions=True)

    def stop(self) -> None:
        """End the program that runs."""
        if self._stop is not None:
            self._stop.set()

    async def close(self) -> None:
        """End the workers and what they run."""
        self.stop()
        provers, self._provers = self._provers, {}
        for prover in provers.values():
            prover.cancel()  # does nothing to one that is there
        for found in await asyncio.gather(*provers.values(), return_exceptions=True):
            if not isinstance(found, BaseException):
                await found.close()

    async def _run(
        self, program: Program, on_text: Callable[[str, str], None], stop: asyncio.Event
    ) -> Ran:
        device = self.device
        prover = await self._prover(device)
        # A character may come in two pieces.
        decoder = codecs.getincrementaldecoder("utf-8")
        decoders = {stream: decoder("replace") for stream in ("out", "err")}

        def tell(stream: str, data: bytes) -> None:
            on_text(stream, decoders[stream].decode(data))

        try:
            return await prover.run(program, tell, stop)
        except Exception:  # a worker that cannot be had, or is broken: the next run gets another
            self._provers.pop(device, None)
            await prover.close()
            raise

    async def _prover(self, device: str) -> RunningProver:
        if device not in self._provers:
            self._provers[device] = asyncio.ensure_future(self._started(device))
        starting = self._provers[device]
        try:
            return await asyncio.shield(starting)  # who gives up waiting leaves it to the next
        except Exception:
            if self._provers.get(device) is starting:
                del self._provers[device]
            raise

    async def _started(self, device: str) -> RunningProver:
        prover = self._make(device)
        try:
            await prover.start()
        except BaseException:
            await prover.close()
            raise
        self.cuda = self.cuda or prover.cuda
        return prover
