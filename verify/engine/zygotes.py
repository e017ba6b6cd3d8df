"""The parent's side of a warm worker: start it, order, sweep, replace it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from typing import TypeVar

from verify.engine.protocol import (
    Frames,
    FromWorker,
    Order,
    Ready,
    Started,
    Sweep,
    Swept,
    Unable,
    from_worker,
    send,
)
from verify.errors import SurroundingsError

_PATIENCE = 120.0
"""Seconds for importing torch from a cold disk."""

_Message = TypeVar("_Message", Ready, Started, Swept)


class WorkerGoneError(Exception):
    """The worker process has ended; the caller replaces it."""


def environment() -> dict[str, str]:
    """What a worker starts with: one thread each, one hash seed, the caller's rest."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    fixed = {
        "PYTHONHASHSEED": "0",
        "PYTHONUNBUFFERED": "",
        "PYTORCH_NVML_BASED_CUDA_CHECK": "1",  # asks for CUDA without making a context
        "KMP_WARNINGS": "0",
        # Freed memory is kept: a short life of many small tensors would else give it back and
        # fetch it again, page by page.
        "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
        "MALLOC_TOP_PAD_": str(1 << 24),
    }
    return {**os.environ, **threads, **fixed}


class _Launcher:
    """The process that imports torch once and then forks a worker for each control socket.

    Two processes that import torch side by side take nearly twice as long as one.
    """

    def __init__(self, controls: Sequence[socket.socket]) -> None:
        fds = [control.fileno() for control in controls]
        self._users = len(fds)
        self._process = subprocess.Popen(
            # -P: a torch.py in the working folder must not be taken for torch
            [sys.executable, "-P", "-m", "verify.engine.worker", *map(str, fds)],
            pass_fds=fds,
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
        if not ready:  # it has forked nothing yet, and would import torch to the end
            self._process.kill()
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


async def start_all(zygotes: Sequence[Zygote]) -> Ready:
    """Start workers together and wait until torch is imported.

    Raises:
        SurroundingsError: torch cannot be imported.
    """
    pairs = [socket.socketpair() for _ in zygotes]
    try:
        launcher = _Launcher([theirs for _, theirs in pairs])
    finally:
        for _, theirs in pairs:
            theirs.close()
    for zygote, (mine, _) in zip(zygotes, pairs, strict=True):
        zygote.attach(launcher, mine)
    return (await asyncio.gather(*(zygote.ready() for zygote in zygotes)))[0]


class Zygote:
    """One warm worker process."""

    def __init__(self) -> None:
        self._launcher: _Launcher | None = None
        self._control: socket.socket | None = None
        self._messages: asyncio.Queue[FromWorker | None] = asyncio.Queue()
        self._ready = False
        self.gone = asyncio.Event()
        """Set once the process has ended."""

    @property
    def alive(self) -> bool:
        """Whether the process was started and has not ended."""
        return self._control is not None and not self.gone.is_set()

    def attach(self, launcher: _Launcher, control: socket.socket) -> None:
        """Take the socket on which a worker that is being launched will answer."""
        self._launcher, self._control = launcher, control
        self._messages = asyncio.Queue()
        self._ready = False
        self.gone = asyncio.Event()
        control.setblocking(True)
        loop = asyncio.get_running_loop()
        loop.add_reader(control.fileno(), self._read, control, Frames())

    async def ready(self) -> Ready:
        """Wait until torch is imported.

        Raises:
            SurroundingsError: it cannot be.
        """
        try:
            async with asyncio.timeout(_PATIENCE):
                ready = await self._expect(Ready)
                self._ready = True
                return ready
        except WorkerGoneError:
            assert self._launcher is not None
            said = await asyncio.to_thread(self._launcher.last_words)
            raise SurroundingsError(
                "the worker process ended before torch was imported",
                why=said,
                todo="`python -c 'import torch'` shows the same failure",
            ) from None
        except TimeoutError:
            raise SurroundingsError(
                f"importing torch took more than {_PATIENCE:.0f} s",
                todo="time `python -c 'import torch'`; a network disk may be slow",
            ) from None

    def _read(self, control: socket.socket, frames: Frames) -> None:
        try:
            data = control.recv(1 << 16)
        except OSError:
            data = b""
        if not data:
            asyncio.get_running_loop().remove_reader(control.fileno())
            self._messages.put_nowait(None)
            self.gone.set()
            return
        for frame in frames.feed(data):
            self._messages.put_nowait(from_worker.decode(frame))

    async def _expect(self, kind: type[_Message]) -> _Message:
        message = await self._messages.get()
        if isinstance(message, kind):
            return message
        if isinstance(message, Unable):
            todo = (
                "pip install torch" if message.missing else "reinstall torch; `torchdrill doctor`"
            )
            what = "torch is not installed" if message.missing else "torch cannot be imported"
            raise SurroundingsError(what, why=message.reason, todo=todo)
        raise WorkerGoneError

    async def order(self, order: Order, fds: tuple[int, int, int]) -> int:
        """Have an order run; return the child's process id.

        Raises:
            WorkerGoneError: the worker has ended.
        """
        self._send(order, fds)
        return (await self._expect(Started)).pid

    async def sweep(self) -> Swept:
        """Have all that is left of the last order killed and reaped.

        Raises:
            WorkerGoneError: the worker has ended.
        """
        self._send(Sweep())
        return await self._expect(Swept)

    def _send(self, message: Order | Sweep, fds: tuple[int, ...] = ()) -> None:
        if self._control is None:
            raise WorkerGoneError
        try:
            send(self._control, message, fds)
        except OSError:
            raise WorkerGoneError from None

    async def close(self) -> None:
        """End the worker and everything it forked."""
        if self._control is not None:
            with contextlib.suppress(OSError, ValueError):
                asyncio.get_running_loop().remove_reader(self._control.fileno())
            self._control.close()  # the worker sweeps, then ends, when its parent is gone
            self._control = None
        if self._launcher is not None:
            launcher, self._launcher = self._launcher, None
            await launcher.leave(ready=self._ready)
