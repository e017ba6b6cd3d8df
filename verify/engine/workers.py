"""The parent's side of a warm worker, whichever way it is launched."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from abc import ABC, abstractmethod
from typing import TypeVar

import msgspec

from verify.engine.launching import Preload
from verify.engine.protocol import (
    FrameError,
    Frames,
    FromWorker,
    Order,
    Ready,
    Started,
    Swept,
    ToWorker,
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


class Worker(ABC):
    """One warm worker process, ordered over a control socket."""

    forks = False
    """Whether what it runs may fork."""

    def __init__(self) -> None:
        self._control: socket.socket | None = None
        self._messages: asyncio.Queue[FromWorker | None] = asyncio.Queue()
        self._news = asyncio.Event()
        self.gone = asyncio.Event()
        """Set once the process has ended."""
        self.pid = 0
        """Process id of the worker; 0 until it is ready."""
        self.spoiled = False
        """Whether somebody else wrote to the control socket, so that it means nothing now."""

    @property
    def alive(self) -> bool:
        """Whether the process was started and can take an order."""
        return self._control is not None and not self.gone.is_set() and not self.spoiled

    @property
    @abstractmethod
    def fresh(self) -> bool:
        """Whether the next trial will find the process as no trial has left it."""

    def attach(self, control: socket.socket) -> None:
        """Take the socket on which a worker that is being launched will answer."""
        self._control = control
        self._messages = asyncio.Queue()
        self.gone = asyncio.Event()
        self.spoiled = False
        control.setblocking(True)
        loop = asyncio.get_running_loop()
        loop.add_reader(control.fileno(), self._read, control, Frames())

    async def ready(self) -> Ready:
        """Wait until it has imported what it is to.

        Raises:
            SurroundingsError: it cannot.
        """
        try:
            async with asyncio.timeout(_PATIENCE):
                ready = await self._expect(Ready)
                self.pid = ready.pid
                return ready
        except WorkerGoneError:
            raise SurroundingsError(
                "the worker process ended before torch was imported",
                why=await self.last_words(),
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
        elif not self.spoiled:
            try:
                for frame in frames.feed(data):
                    self._messages.put_nowait(from_worker.decode(frame))
            except (FrameError, msgspec.DecodeError):
                self.spoiled = True
        self._news.set()

    async def _expect(self, kind: type[_Message]) -> _Message:
        message = await self._messages.get()
        if isinstance(message, kind):
            return message
        if isinstance(message, Unable):
            raise _unable(message)
        raise WorkerGoneError

    def _send(self, message: ToWorker, fds: tuple[int, ...] = ()) -> None:
        if self._control is None:
            raise WorkerGoneError
        try:
            send(self._control, message, fds)
        except OSError:
            raise WorkerGoneError from None

    async def order(self, order: Order, fds: tuple[int, int, int]) -> int:
        """Have an order run; return the id of the process that runs it.

        Raises:
            WorkerGoneError: the worker has ended.
        """
        self._send(order, fds)
        return (await self._expect(Started)).pid

    def forget(self) -> None:
        """Let go of the control socket; the worker ends when it is idle."""
        if self._control is not None:
            with contextlib.suppress(OSError, ValueError):
                asyncio.get_running_loop().remove_reader(self._control.fileno())
            self._control.close()
            self._control = None

    @abstractmethod
    async def ended(self, pid: int, seconds: float, *, done: bool) -> bool:
        """Wait at most so long for the end of a trial; say whether it came.

        Args:
            pid: the process that runs it.
            seconds: how long to wait.
            done: whether the trial has reported its last step.

        Raises:
            WorkerGoneError: the worker itself has ended, the trial's process maybe not.
        """

    @abstractmethod
    async def sweep(self) -> Swept:
        """Have all that is left of the last order killed and reaped.

        Raises:
            WorkerGoneError: the worker has ended.
        """

    @abstractmethod
    async def last_words(self) -> str:
        """The last line of the stderr of a worker that has ended."""

    @abstractmethod
    async def close(self) -> None:
        """End the worker and everything it started."""


def _unable(message: Unable) -> SurroundingsError:
    if message.missing:
        return SurroundingsError(
            "torch is not installed", why=message.reason, todo="pip install torch"
        )
    if message.preload is Preload.ALL:
        return SurroundingsError(
            "Hypothesis or the laws cannot be imported",
            why=message.reason,
            todo="reinstall torchdrill, which brings Hypothesis; `torchdrill doctor`",
        )
    return SurroundingsError(
        "torch cannot be imported",
        why=message.reason,
        todo="reinstall torch; `torchdrill doctor`",
    )
