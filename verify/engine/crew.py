"""The workers of a prover, and who may use one when."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import math
from collections.abc import AsyncIterator, Sequence

from verify.engine.launching import Launcher, LauncherProcess, Preload, workers_for
from verify.engine.protocol import Ready
from verify.engine.spawned import SpawnedWorker
from verify.engine.workers import Worker
from verify.engine.zygotes import Zygote, launch_alone
from verify.errors import SurroundingsError


class Crew:
    """Workers for so many trials at a time.

    Those that fork come in stages, by what they have imported.  The first are at work while the
    next are still importing, which those do only when a trial wants it.

    Args:
        launcher: how a trial gets a process.
        jobs: trials side by side.
    """

    def __init__(self, launcher: Launcher, jobs: int) -> None:
        self.launcher = launcher
        self._jobs = jobs
        self._turns = Turns(jobs)
        self._posts: list[Post] = []
        self._idle: dict[Preload, list[Post]] = {kind: [] for kind in Preload}
        self._workers: dict[Preload, Sequence[Worker]] = {}
        self._loading: dict[Preload, asyncio.Future[None]] = {}
        self._spare: asyncio.Future[SpawnedWorker] | None = None

    async def start(self, begun: LauncherProcess | None = None) -> Ready:
        """Launch the workers and wait until the first have imported torch.

        Args:
            begun: the process that launches them, if it was started already.

        Raises:
            SurroundingsError: torch cannot be imported.
        """
        if self.launcher is Launcher.FORK:
            process = begun or LauncherProcess(workers_for(self._jobs))
            for kind, controls in process.controls.items():
                zygotes = [Zygote(kind) for _ in controls]
                for zygote, control in zip(zygotes, controls, strict=True):
                    zygote.launched(process, control)
                self._workers[kind] = zygotes
            return (await self._admit(Preload.TORCH))[0]
        self._workers = {Preload.ALL: [SpawnedWorker() for _ in range(self._jobs)]}
        return (await self._admit(Preload.ALL))[0]

    async def _admit(self, kind: Preload) -> list[Ready]:
        """Wait until workers are ready, and let them be used."""
        workers = self._workers[kind]
        start = _started_or_revived if self._loading else _started
        ready = await asyncio.gather(*(start(worker) for worker in workers))
        posts = [Post(worker) for worker in workers]
        self._posts += posts
        self._idle[kind] += posts
        return ready

    async def loaded(self, kind: Preload) -> None:
        """Have more imported, stage by stage, if that was not asked for yet; wait for it.

        Of workers that do not fork there is one more then, for when one of them is lost.

        Raises:
            SurroundingsError: it cannot be.
        """
        if self.launcher is not Launcher.FORK:
            if kind is Preload.ALL:
                self._spare = self._spare or asyncio.ensure_future(_spare())
                await asyncio.shield(self._spare)
            return
        if kind is Preload.TORCH:
            return
        if kind not in self._loading:
            self._loading[kind] = asyncio.ensure_future(self._load(kind))
        await asyncio.shield(self._loading[kind])

    async def _load(self, kind: Preload) -> None:
        await self.loaded(_BEFORE[kind])
        if self._jobs == 1:
            await self._admit(kind)
        else:  # importing keeps a core busy, as a trial does
            async with self._turns.turn(math.inf):
                await self._admit(kind)

    @contextlib.asynccontextmanager
    async def post(self, preload: Preload, weight: float, *, long: bool) -> AsyncIterator[Post]:
        """Where one trial after another can be run.

        Args:
            preload: what its worker had better have imported.
            weight: who has more of it goes first.
            long: whether the trial takes seconds.

        Raises:
            SurroundingsError: no such worker can be had.
        """
        if preload not in self._workers:
            preload = Preload.ALL
        elif self.launcher is Launcher.FORK:
            await self.loaded(preload)
        async with self._turns.turn(weight, long=long):
            idle = self._idle[preload]
            post = max(idle, key=lambda post: post.worker.alive)  # there is one for each turn
            idle.remove(post)
            try:
                yield post
            finally:
                idle.append(post)

    async def renew(self, post: Post) -> None:
        """Have a worker there that no trial has used; the one that was there is ended.

        Raises:
            SurroundingsError: it cannot be.
        """
        if isinstance(post.worker, Zygote):
            await revive(post.worker)
            return
        await post.worker.close()
        # A start takes seconds: the next who needs one is to find it ready.
        spare, self._spare = self._spare or asyncio.ensure_future(_spare()), None
        try:
            post.worker = await asyncio.shield(spare)
        except asyncio.CancelledError:
            self._spare = spare
            raise
        self._spare = self._spare or asyncio.ensure_future(_spare())

    async def close(self) -> None:
        """End all workers and whatever they run."""
        for loading in self._loading.values():
            loading.cancel()
        await asyncio.gather(*self._loading.values(), return_exceptions=True)
        workers = {worker for kind in self._workers.values() for worker in kind}
        workers |= {post.worker for post in self._posts}
        if self._spare is not None:
            self._spare.cancel()
            [spare] = await asyncio.gather(self._spare, return_exceptions=True)
            if isinstance(spare, Worker):
                workers.add(spare)
        await asyncio.gather(*(worker.close() for worker in workers))


class Post:
    """A place for a worker, who may be replaced by another.

    Args:
        worker: the first.
    """

    def __init__(self, worker: Worker) -> None:
        self.worker = worker


_BEFORE = {Preload.MORE: Preload.TORCH, Preload.ALL: Preload.MORE}


async def _started(worker: Worker) -> Ready:
    return await (worker.start() if isinstance(worker, SpawnedWorker) else worker.ready())


async def _started_or_revived(worker: Worker) -> Ready:
    """For who is importing while trials run already: one of them may kill it."""
    try:
        return await _started(worker)
    except SurroundingsError:
        return await revive(worker)


async def _spare() -> SpawnedWorker:
    worker = SpawnedWorker()
    try:
        await worker.start()
    except BaseException:
        await worker.close()
        raise
    return worker


async def revive(worker: Worker) -> Ready:
    """Start a worker anew that a trial took along, or that was given up halfway.

    Raises:
        SurroundingsError: it cannot be.
    """
    await worker.close()
    if isinstance(worker, Zygote):
        launch_alone(worker)
    return await _started(worker)


class Turns:
    """Leave to run, for so many at a time; of those who wait, who weighs most goes first.

    Who takes long goes before the others, for the end waits for it, but leaves one turn to them
    for as long as they want it.

    Args:
        count: how many may run at a time.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._running = {True: 0, False: 0}
        self._waiting: dict[bool, list[tuple[float, int, asyncio.Future[None]]]]
        self._waiting = {True: [], False: []}
        self._arrivals = itertools.count()

    @contextlib.asynccontextmanager
    async def turn(self, weight: float, *, long: bool = False) -> AsyncIterator[None]:
        """Wait for a turn, and have it.

        Args:
            weight: who has more of it goes first.
            long: whether it is for something that takes long.
        """
        called: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting[long], (-weight, next(self._arrivals), called))
        self._call_soon()
        try:
            await called
        except asyncio.CancelledError:
            if called.done() and not called.cancelled():  # called and cancelled at once
                self._leave(long=long)
            raise
        try:
            yield
        finally:
            self._leave(long=long)

    def _leave(self, *, long: bool) -> None:
        self._running[long] -= 1
        self._call_soon()

    def _call_soon(self) -> None:
        # Not at once: of all who come now, the right one is to go first.
        asyncio.get_running_loop().call_soon(self._call)

    def _call(self) -> None:
        """Call those whose turn it is."""
        for waiting in self._waiting.values():
            while waiting and waiting[0][2].done():  # cancelled meanwhile
                heapq.heappop(waiting)
        while sum(self._running.values()) < self._count and any(self._waiting.values()):
            others = bool(self._waiting[False])
            room = self._running[True] + 1 < self._count
            long = bool(self._waiting[True]) and (room or not others)
            _, _, called = heapq.heappop(self._waiting[long])
            if not called.done():
                self._running[long] += 1
                called.set_result(None)
