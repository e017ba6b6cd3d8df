"""Workers that fork: one launcher imports torch, then forks workers.

Each trial runs in a fork of its worker, so nothing it does can reach the next one.  Some workers
are forked as soon as torch is there.  The launcher goes on importing for others, when one of them
is asked for, while the first are at work already.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket

from verify.engine.launching import LauncherProcess, Preload
from verify.engine.protocol import Load, Ready, Sweep, Swept
from verify.engine.workers import Worker, WorkerGoneError


def launch_alone(zygote: Zygote) -> None:
    """Launch one worker, which is to be waited for until it is ready."""
    process = LauncherProcess({zygote.preload: 1})
    zygote.launched(process, process.controls[zygote.preload][0])


class Zygote(Worker):
    """One warm worker process that runs each order in a fork of itself."""

    forks = True

    def __init__(self, preload: Preload) -> None:
        super().__init__()
        self.preload = preload
        self._launcher: LauncherProcess | None = None
        self._ready = False
        self._pidfd = -1

    @property
    def fresh(self) -> bool:
        """Always: a fork leaves no trace."""
        return True

    def launched(self, launcher: LauncherProcess, control: socket.socket) -> None:
        """Take the socket on which a worker that is being launched will answer."""
        self._launcher, self._ready = launcher, False
        self.attach(control)

    async def ready(self) -> Ready:
        """Wait until it has imported what it is to."""
        if self.preload is not Preload.TORCH:
            with contextlib.suppress(WorkerGoneError):  # which is found out below
                self._send(Load())
        ready = await super().ready()
        self._ready = True
        return ready

    async def ended(self, pid: int, seconds: float, *, done: bool) -> bool:
        """Wait for the end of the fork."""
        # On its pidfd, not on the end of its pipes: those stay open while an orphan holds them.
        if self._pidfd < 0:
            try:
                self._pidfd = os.pidfd_open(pid)
            except ProcessLookupError:
                return True
        over = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(self._pidfd, over.set)
        try:
            async with asyncio.timeout(seconds):
                await over.wait()
        except TimeoutError:
            if self.gone.is_set():
                raise WorkerGoneError from None
            return False
        finally:
            loop.remove_reader(self._pidfd)
        return True

    async def sweep(self) -> Swept:
        """Have all that is left of the last order killed and reaped."""
        if self._pidfd >= 0:
            os.close(self._pidfd)
            self._pidfd = -1
        self._send(Sweep())
        return await self._expect(Swept)

    async def last_words(self) -> str:
        """The last line of the launcher's stderr, once it has ended."""
        return await asyncio.to_thread(self._launcher.last_words) if self._launcher else ""

    async def close(self) -> None:
        """End the worker and everything it forked."""
        if self._pidfd >= 0:
            os.close(self._pidfd)
            self._pidfd = -1
        self.forget()  # the worker sweeps, then ends, when its parent is gone
        if self._launcher is not None:
            launcher, self._launcher = self._launcher, None
            if launcher.leave(ready=self._ready):
                await asyncio.to_thread(launcher.wait)
