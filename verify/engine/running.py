"""Run one trial in a worker: the parent owns its streams, deadline, memory and end.

Nothing the code under test prints is believed.  A step that does not report its end over the
verdict socket has failed, whatever the exit status says.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable
from enum import Enum
from pathlib import Path

import msgspec

from verify.engine.memory import hold_more, may_hold_more, processes_of
from verify.engine.protocol import Begun, Done, Ended, Order, Test, Tried, from_child
from verify.engine.trial import Trial
from verify.engine.walls import Walls
from verify.engine.workers import Worker, WorkerGoneError

_GLANCE = 0.05
"""Seconds between two looks at the memory in use."""

_REPORTS = 16 << 20
"""Bytes of reports that a trial may send; more than that is not from us."""


class Limits(msgspec.Struct, frozen=True):
    """What a trial may use."""

    seconds: float = 60.0
    memory: int = 4 << 30
    """Bytes resident, over all processes of the trial."""
    output: int = 1 << 20
    """Bytes on each of stdout and stderr."""
    processes: int = 256
    """Processes at one time."""


class Stop(Enum):
    """Why the parent ended a trial."""

    TIMEOUT = "timeout"
    MEMORY = "memory"
    OUTPUT = "output"
    PROCESSES = "processes"
    ASKED = "asked"
    """Somebody wanted it to end."""


class Watch(msgspec.Struct, frozen=True):
    """Who looks on while a trial runs."""

    on_tried: Callable[[int, Test], None] = lambda fence, test: None
    """Called with each law of a candidate, once it was tried."""
    on_printed: Callable[[int, str, bytes], None] = lambda ended, stream, data: None
    """Called with how many steps had ended, ``out`` or ``err``, and what was printed."""
    stop: asyncio.Event | None = None
    """Ends the trial when it is set."""


NOBODY = Watch()


class Record(msgspec.Struct):
    """What happened in a trial."""

    steps: dict[int, Ended] = {}
    """Reports by fence."""
    output: dict[int, str] = {}
    """What each fence printed on stdout."""
    said: dict[int, str] = {}
    """What each fence wrote to stderr."""
    tried: dict[int, list[Test]] = {}
    """The laws that were tried on the candidate of each fence."""
    begun: int = -1
    """The last fence that began; -1 if none did."""
    done: bool = False
    """Every step was run."""
    changed: str = ""
    """What of the verifier the code replaced."""
    late: bool = False
    """Whether it needed Hypothesis where that was not set up."""
    stop: Stop | None = None
    status: int = 0
    """Exit status; negative is a signal's number."""
    left: int = 0
    """Processes it left behind, all killed since."""
    lost: bool = False
    """The worker itself was gone."""
    errors: str = ""
    """The end of stderr."""


async def run_trial(
    worker: Worker,
    trial: Trial,
    *,
    device: str,
    seed: int,
    examples: int,
    limits: Limits,
    walls: Walls | None = None,
    watch: Watch = NOBODY,
) -> Record:
    """Run a trial in a fork of a worker; whatever happens is in the record.

    Args:
        worker: that runs it.
        trial: what to run.
        device: where tensors are put, ``cpu`` or ``cuda``.
        seed: of every generator.
        examples: of each property.
        limits: what it may use.
        walls: what to be walled in with; None for code that is trusted.
        watch: who looks on.
    """
    # A folder within a folder: the code may move or replace the one it works in.
    outer = tempfile.mkdtemp(prefix="torchdrill-")
    folder = Path(outer, "work")
    folder.mkdir()
    if walls is not None:  # compilers look for the source in the document
        document = str(Path(trial.path).absolute())
        walls = msgspec.structs.replace(walls, readable=(*walls.readable, document))
    order = Order(
        trial, secrets.token_hex(16), str(folder), device, seed, examples, walls, worker.forks
    )
    try:
        return await _Running(order.token, limits, watch).run(worker, order)
    finally:
        await asyncio.to_thread(_remove, outer)


def _remove(folder: str) -> None:
    """Remove a folder that the code under test has filled as it liked."""
    try:
        shutil.rmtree(folder, onerror=_unlock)
    except (RecursionError, OSError):  # deeper than Python can go
        subprocess.run(["rm", "-rf", "--", folder], check=False, capture_output=True)


def _unlock(remove: Callable[[str], object], path: str, _: object) -> None:
    """Try again what failed for want of rights."""
    Path(path).parent.chmod(0o700)
    if not Path(path).is_symlink():
        Path(path).chmod(0o700)
    if remove in (os.open, os.scandir, os.lstat):
        shutil.rmtree(path)
    else:
        remove(path)


class _Running:
    """The parent's hold on one child."""

    def __init__(self, token: str, limits: Limits, watch: Watch) -> None:
        self._token = token
        self._watch = watch
        self._limits = limits
        self._record = Record(steps={}, output={}, tried={}, said={})
        self._printed = {"out": bytearray(), "err": bytearray()}
        self._total = {"out": 0, "err": 0}
        self._last_words = b""
        self._verdicts = bytearray()
        self._reported = 0
        self._pid = 0
        self._verdict_fd = -1

    async def run(self, worker: Worker, order: Order) -> Record:
        loop = asyncio.get_running_loop()
        pipes = [os.pipe(), os.pipe(), _pair()]
        readers: list[tuple[int, Callable[[], bool]]] = [
            (pipes[0][0], lambda: self._drain("out", pipes[0][0])),
            (pipes[1][0], lambda: self._drain("err", pipes[1][0])),
            (pipes[2][0], lambda: self._listen(pipes)),
        ]
        self._verdict_fd = pipes[2][0]
        for fd, _ in readers:
            os.set_blocking(fd, False)
        timers: list[asyncio.TimerHandle] = []
        try:
            try:
                self._pid = await worker.order(order, (pipes[0][1], pipes[1][1], pipes[2][1]))
            finally:
                for _, write in pipes:
                    os.close(write)
            for fd, read in readers:
                loop.add_reader(fd, self._on_readable, fd, read)
            timers.append(loop.call_later(self._limits.seconds, self._kill, Stop.TIMEOUT))
            await self._ended(worker)
            timers.pop().cancel()
            swept = await worker.sweep()
            self._record.status, self._record.left = swept.status, swept.left
        except WorkerGoneError:
            self._record.lost = True
        finally:
            for timer in timers:
                timer.cancel()
            for fd, read in readers:
                loop.remove_reader(fd)
                with contextlib.suppress(OSError):
                    read()
                os.close(fd)
        self._record.errors = self._last_words.decode("utf-8", "replace")
        self._keep_output()
        return self._record

    def _on_readable(self, fd: int, read: Callable[[], bool]) -> None:
        if not read():
            asyncio.get_running_loop().remove_reader(fd)

    async def _ended(self, worker: Worker) -> None:
        """Wait for the end of the trial's process, and watch its memory meanwhile."""
        weighing: asyncio.Future[bool] | None = None
        try:
            while not await worker.ended(self._pid, _GLANCE, done=self._record.done):
                processes, limit = processes_of(self._pid, worker.pid), self._limits.memory
                if self._watch.stop is not None and self._watch.stop.is_set():
                    self._kill(Stop.ASKED)
                elif len(processes) > self._limits.processes:
                    self._kill(Stop.PROCESSES)
                elif weighing is None and may_hold_more(processes, limit):
                    weighed = asyncio.to_thread(hold_more, processes, limit)
                    weighing = asyncio.ensure_future(weighed)
                if weighing is not None and weighing.done():
                    if weighing.result():
                        self._kill(Stop.MEMORY)
                    weighing = None
        except WorkerGoneError:
            self._kill(None)
            raise
        except asyncio.CancelledError:
            self._kill(None)
            raise

    def _kill(self, why: Stop | None) -> None:
        if self._record.stop is None:
            self._record.stop = why
        for kill in (os.killpg, os.kill):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                kill(self._pid, signal.SIGKILL)

    def _drain(self, stream: str, fd: int) -> bool:
        """Take what is in a pipe; False once nobody can write to it any more.

        No more than may be printed, so that whoever fills it faster than we read cannot hold us.
        """
        while self._total[stream] <= self._limits.output:
            try:
                data = os.read(fd, 1 << 16)
            except BlockingIOError:
                return True
            if not data:
                return False
            self._total[stream] += len(data)
            if self._total[stream] <= self._limits.output:
                self._printed[stream] += data
                if stream == "err":
                    self._last_words = (self._last_words + data)[-4000:]
                self._watch.on_printed(len(self._record.steps), stream, data)
        self._kill(Stop.OUTPUT)
        return False

    def _listen(self, pipes: list[tuple[int, int]]) -> bool:
        """Take reports; what was printed before a report belongs to its step."""
        while self._reported <= _REPORTS:
            try:
                data = os.read(pipes[2][0], 1 << 16)
            except BlockingIOError:
                return True
            except ConnectionResetError:  # the child was killed before it read our byte
                return False
            if not data:
                return False
            self._reported += len(data)
            *ends, rest = data.split(b"\n")
            for end in ends:
                self._take(bytes(self._verdicts + end), pipes)
                self._verdicts.clear()
            self._verdicts += rest
        self._kill(Stop.OUTPUT)
        return False

    def _take(self, line: bytes, pipes: list[tuple[int, int]]) -> None:
        try:
            message = from_child.decode(line)
        except msgspec.DecodeError:
            return  # somebody else wrote to the pipe
        if message.token != self._token:
            return
        if isinstance(message, Begun):
            self._record.begun = message.fence
        elif self._record.stop is not None:  # what is reported from now on came too late
            return
        elif isinstance(message, Tried):
            self._record.tried.setdefault(message.fence, []).append(message.test)
            self._watch.on_tried(message.fence, message.test)
        elif isinstance(message, Ended):
            for stream, (fd, _) in zip(("out", "err"), pipes, strict=False):
                with contextlib.suppress(OSError):
                    self._drain(stream, fd)
            self._record.steps[message.fence] = message
            self._keep_output()
            with contextlib.suppress(OSError):
                os.write(self._verdict_fd, b".")  # the child waits before it prints any more
        elif isinstance(message, Done):
            self._record.done = True
            self._record.changed, self._record.late = message.changed, message.late

    def _keep_output(self) -> None:
        begun = self._record.begun
        for stream, kept in (("out", self._record.output), ("err", self._record.said)):
            if begun >= 0:
                text = self._printed[stream].decode("utf-8", "replace")
                kept[begun] = kept.get(begun, "") + text
            self._printed[stream].clear()


def _pair() -> tuple[int, int]:
    """Descriptors of two connected sockets: ours, the child's."""
    ours, theirs = socket.socketpair()
    return ours.detach(), theirs.detach()
