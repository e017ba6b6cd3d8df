"""Workers that fork: one launcher imports torch, then forks workers.

Each trial runs in a fork of its worker, so nothing it does can reach the next one.  Some workers
are forked as soon as torch is there.  The launcher goes on importing for others, when one of them
is asked for, while the first are at work already.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence

from verify.engine.plan import Preload
from verify.engine.protocol import Load, Ready, Sweep, Swept
from verify.engine.workers import Worker, WorkerGoneError, environment


class _Launcher:
    """The process that imports torch once and then forks a worker for each control socket.

    Two processes that import torch side by side take nearly twice as long as one.
    """

    def __init__(self, few: Sequence[socket.socket], more: Sequence[socket.socket]) -> None:
        fds = [[control.fileno() for control in controls] for controls in (few, more)]
        self._users = len(few) + len(more)
        told = [*map(str, fds[0]), "/", *map(str, fds[1])]
        self._process = subprocess.Popen(
            # -P: a torch.py in the working folder must not be taken for torch
            [sys.executable, "-P", "-m", "verify.engine.worker", *told],
            pass_fds=[*fds[0], *fds[1]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment(),
            start_new_session=True,
        )

    def last_words(self) -> str:
        """The last line of its stderr, once it has ended."""
        assert self._process.stderr is not None
        text = self._process.stderr.read().decode("utf-8", "replace").strip()
        return text.rsplit("\n", 1)[-1]

    async def leave(self, *, ready: bool) -> None:
        """Called once by each worker's owner; the last one waits for the end of all of them."""
        self._users -= 1
        if not ready:  # whoever is importing would import to the end; the others ignore this
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGTERM)
        if self._users:
            return
        try:
            await asyncio.to_thread(self._process.wait, 5.0)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            await asyncio.to_thread(self._process.wait)
        if self._process.stderr is not None:
            self._process.stderr.close()


def launch_zygotes(zygotes: Sequence[Zygote]) -> None:
    """Launch workers together; each is to be waited for until it is ready."""
    pairs = [(zygote, *socket.socketpair()) for zygote in zygotes]
    try:
        launcher = _Launcher(
            [theirs for zygote, _, theirs in pairs if zygote.preload is Preload.TORCH],
            [theirs for zygote, _, theirs in pairs if zygote.preload is Preload.ALL],
        )
    finally:
        for _, _, theirs in pairs:
            theirs.close()
    for zygote, mine, _ in pairs:
        zygote.launched(launcher, mine)


class Zygote(Worker):
    """One warm worker process that runs each order in a fork of itself."""

    def __init__(self, preload: Preload) -> None:
        super().__init__()
        self.preload = preload
        self._launcher: _Launcher | None = None
        self._ready = False
        self._pidfd = -1

    @property
    def fresh(self) -> bool:
        """Always: a fork leaves no trace."""
        return True

    def launched(self, launcher: _Launcher, control: socket.socket) -> None:
        """Take the socket on which a worker that is being launched will answer."""
        self._launcher, self._ready = launcher, False
        self.attach(control)

    async def ready(self) -> Ready:
        """Wait until it has imported what it is to."""
        if self.preload is Preload.ALL:
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
            await launcher.leave(ready=self._ready)
