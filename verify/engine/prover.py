"""Prove answers: warm workers, one answer at a time in each, verdicts as they come."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

import msgspec

from verify.bank.model import Document, Mode
from verify.engine.judging import judge
from verify.engine.plan import Plan, Subject, Trial, plan
from verify.engine.protocol import Ready
from verify.engine.running import Limits, Record, run_trial
from verify.engine.verdicts import AnswerVerdict, Surroundings
from verify.engine.zygotes import Zygote, start_all
from verify.errors import SurroundingsError


class ProveOptions(msgspec.Struct, frozen=True):
    """How to prove."""

    device: str = "auto"
    """``auto`` (CUDA if there is any), ``cpu`` or ``cuda``."""
    jobs: int = 1
    """Workers side by side."""
    timeout: float = 60.0
    """Seconds an answer may take."""
    examples: int = 100
    """What Hypothesis draws for each property."""
    seed: int = 0
    """Of every generator, in torch, NumPy, Python and Hypothesis."""
    memory: int = 4 << 30
    """Bytes that an answer and its processes may hold."""


class Prover:
    """Workers that prove answers.

    Use it as an asynchronous context manager, or call :meth:`start` and :meth:`close`.
    """

    def __init__(self, options: ProveOptions | None = None) -> None:
        self.options = options or ProveOptions()
        self._idle: asyncio.Queue[Zygote] = asyncio.Queue()
        self._zygotes: list[Zygote] = []
        self._surroundings: Surroundings | None = None

    @property
    def surroundings(self) -> Surroundings:
        """Versions and device; known once started."""
        if self._surroundings is None:
            raise RuntimeError("the prover has not been started")
        return self._surroundings

    async def __aenter__(self) -> Prover:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def start(self) -> None:
        """Start the workers and wait until they have imported torch.

        Raises:
            SurroundingsError: torch, or the device asked for, is not there.
        """
        self._zygotes = [Zygote() for _ in range(self.options.jobs)]
        try:
            self._surroundings = self._choose(await start_all(self._zygotes))
        except BaseException:
            await self.close()
            raise
        for zygote in self._zygotes:
            self._idle.put_nowait(zygote)

    def _choose(self, ready: Ready) -> Surroundings:
        wanted = self.options.device
        if wanted == "cuda" and not ready.cuda:
            raise SurroundingsError(
                "no CUDA device",
                where="--device cuda",
                why=f"torch {ready.torch} sees none here",
                todo="use --device cpu, or install a CUDA build of torch and its driver",
            )
        device = "cuda" if ready.cuda and wanted != "cpu" else "cpu"
        name = ready.cuda if device == "cuda" else "CPU"
        return Surroundings(ready.torch, ready.python, device, name)

    async def prove(self, subject: Subject) -> AnswerVerdict:
        """Run all that proves one answer or document."""
        todo = plan(subject)
        limits = Limits(seconds=self.options.timeout, memory=self.options.memory)
        zygote = await self._idle.get()
        began = time.perf_counter()
        try:
            proof = await self._run(zygote, todo.proof, limits)
            bug = None if todo.bug is None else await self._run(zygote, todo.bug, limits)
        finally:
            self._idle.put_nowait(zygote)
        return judge(todo, proof, bug, time.perf_counter() - began, limits)

    async def _run(self, zygote: Zygote, trial: Trial, limits: Limits) -> Record:
        if not trial.steps:
            return Record(done=True)
        if not zygote.alive:  # the trial before took it along, or was given up halfway
            await zygote.close()
            await start_all([zygote])
        try:
            return await run_trial(
                zygote,
                trial,
                device=self.surroundings.device,
                seed=self.options.seed,
                examples=self.options.examples,
                limits=limits,
            )
        except BaseException:  # cancelled: what the worker says next would be about this trial
            await zygote.close()
            raise

    async def prove_all(
        self,
        subjects: Sequence[Subject],
        on_verdict: Callable[[AnswerVerdict], None] | None = None,
    ) -> list[AnswerVerdict]:
        """Prove many, in parallel; verdicts come back in the order of the subjects."""

        async def one(subject: Subject) -> AnswerVerdict:
            verdict = await self.prove(subject)
            if on_verdict is not None:
                on_verdict(verdict)
            return verdict

        # The longest first, as far as can be told, so that none is left alone at the end.
        order = sorted(range(len(subjects)), key=lambda number: -_weight(subjects[number]))
        async with asyncio.TaskGroup() as group:
            tasks = {number: group.create_task(one(subjects[number])) for number in order}
        return [tasks[number].result() for number in range(len(subjects))]

    async def close(self) -> None:
        """End all workers and whatever they run."""
        zygotes, self._zygotes = self._zygotes, []
        await asyncio.gather(*(zygote.close() for zygote in zygotes))


def _weight(subject: Subject) -> int:
    """A guess at how long a subject takes: properties are what costs."""
    fences = subject.fences if isinstance(subject, Document) else subject.answer.fences
    return sum(fence.code.count("test_") for fence in fences if fence.mode is Mode.PROPERTY)


__all__ = ["Plan", "ProveOptions", "Prover", "Subject"]
