"""Workers that do not fork: each imports torch for itself and runs one trial after another.

For where a fork cannot be had or trusted: a process that has made a CUDA context, macOS.  The
worker sets itself right after each trial, and is replaced when it cannot.  A guard process that
has not imported torch stands between the worker and us: it adopts and kills what a worker leaves
behind when it dies.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys

from verify.engine.launching import environment
from verify.engine.memory import kill_marked
from verify.engine.protocol import Order, Ready, Swept
from verify.engine.workers import Worker, WorkerGoneError

_GRACE = 0.5
"""Seconds that a worker has for setting itself right, which takes a few hundredths of one."""

_MARK = "TORCHDRILL_WORKER"
"""Environment variable by which descendants of a worker are known when its guard is killed."""


class SpawnedWorker(Worker):
    """One warm worker process that runs its orders itself."""

    def __init__(self) -> None:
        super().__init__()
        self._guard: subprocess.Popen[bytes] | None = None
        self._trials = 0
        self._pid = 0
        self._mark = ""

    @property
    def fresh(self) -> bool:
        """Whether it has run no trial yet."""
        return self._trials == 0

    async def start(self) -> Ready:
        """Launch the process and wait until it has imported torch.

        Raises:
            SurroundingsError: torch cannot be imported.
        """
        mine, theirs = socket.socketpair()
        self._mark = secrets.token_hex(16)
        try:
            self._guard = subprocess.Popen(
                [sys.executable, "-P", "-m", "verify.engine.worker.guard", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={**environment(), _MARK: self._mark},
                start_new_session=True,
            )
        finally:
            theirs.close()
        self._trials = self._pid = 0
        self.attach(mine)
        return await self.ready()

    async def order(self, order: Order, fds: tuple[int, int, int]) -> int:
        """Have it run an order; return its own process id."""
        self._trials += 1
        self._pid = await super().order(order, fds)
        return self._pid

    async def ended(self, pid: int, seconds: float, *, done: bool) -> bool:
        """Wait for its own report, or its end."""
        if done:  # what it does from here on, it does to set itself right
            return True
        if self._messages.empty():
            self._news.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._news.wait()
        if self._guard is not None and self._guard.poll() is not None:
            # The socket may be held open by what the worker has left behind.
            self.spoiled = True
            return True
        # Its own report, or None when it is gone.
        return not self._messages.empty()

    async def sweep(self) -> Swept:
        """How it came out of the trial; one that is spent is closed."""
        if self.spoiled:
            return await self._buried()
        try:
            async with asyncio.timeout(_GRACE):
                swept = await self._expect(Swept)
        except (TimeoutError, WorkerGoneError):
            return await self._buried()
        if swept.spent:
            await self.close()
        return swept

    async def _buried(self) -> Swept:
        """How a worker ended that is dead, or is to be."""
        guard = self._guard
        if guard is None:
            raise WorkerGoneError
        self._kill()
        said = await asyncio.to_thread(self._last_report, guard)
        self._guard = None
        self.forget()
        status, _, left = said.decode("ascii", "replace").strip().partition(" ")
        if not left.isdecimal():
            raise WorkerGoneError
        return Swept(int(status), int(left), spent="it ended")

    def _last_report(self, guard: subprocess.Popen[bytes]) -> bytes:
        """What a guard says of the end of its worker; nothing if it was killed."""
        if guard.wait() != 0:  # then nobody has swept, and its streams may be held open
            kill_marked(f"{_MARK}={self._mark}")
        said, _ = guard.communicate()
        return said

    def _kill(self) -> None:
        if self._pid:
            for kill in (os.killpg, os.kill):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    kill(self._pid, signal.SIGKILL)

    async def last_words(self) -> str:
        """The last line of its stderr, once it has ended."""
        if self._guard is None or self._guard.stderr is None:
            return ""
        text = await asyncio.to_thread(self._guard.stderr.read)
        return text.decode("utf-8", "replace").strip().rsplit("\n", 1)[-1]

    async def close(self) -> None:
        """End it, and by its guard all it started."""
        self.forget()  # an idle worker ends when its parent is gone
        guard, self._guard = self._guard, None
        if guard is None:
            return
        self._kill()
        if not self._pid:  # it may be importing torch still
            guard.terminate()
        try:
            await asyncio.to_thread(guard.communicate, None, 5.0)
        except subprocess.TimeoutExpired:
            guard.kill()
            await asyncio.to_thread(guard.communicate)
