"""The process that has the candidate, and the talk with it.

Who judges never runs the candidate's code: it sends cases, takes plain data back, and compares.  So
whatever the candidate replaces, it replaces where nothing is judged.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verify.laws.battery.exercise import Exercise
from verify.laws.battery.plain import decode, encode

_HEAD = struct.Struct("!I")
_LARGEST = 1 << 28

PATIENCE = 10.0
"""Seconds that one call may take; the inputs are small."""


class Gone(BaseException):
    """The candidate's process has ended, or does not answer.

    No Exception, so that Hypothesis does not look for a simpler case in which it does.
    """


@dataclass(frozen=True)
class Answer:
    """What a candidate's process says to a case, or to its source.

    Args:
        kind: ``value``, ``raised``, ``disagrees``, ``untold``; of a source ``loaded``, ``missing``;
            of an exercise ``ready``.
        value: what the probe gave.
        text: what was raised, found, or is missing.
        line: of the candidate's source, where it was raised; 0 if nowhere there.
        error: the class of what was raised.
    """

    kind: str
    value: Any = None
    text: str = ""
    line: int = 0
    error: str = ""


class Partner:
    """A process in which a candidate's code is run.

    Args:
        control: the socket it is talked to over.
        pid: its id.
        reusable: whether it can be made as it was, for another candidate.
    """

    def __init__(self, control: socket.socket, pid: int, *, reusable: bool) -> None:
        self._socket, self.pid, self._reusable = control, pid, reusable
        self._ended = ""

    def over(self) -> bool:
        """Be done with a candidate; say whether the process is ready for another one.

        It is ended if it is not.
        """
        if self.pid and self._reusable:
            with contextlib.suppress(Gone):
                if self._talk(["over"], _START).kind == "ready":
                    return True
        self.end()
        return False

    def load(self, code: str, path: str, line: int) -> Answer:
        """Have the candidate's source run.

        Args:
            code: the source.
            path: of the file it is in, which tracebacks name.
            line: of the file, at which it starts.

        Raises:
            Gone: the process ended.
        """
        return self._talk(["load", code, path, line])

    def ask(self, law: int, seed: int, case: Mapping[str, Any]) -> Answer:
        """Have the probe of a law run on a case.

        Raises:
            Gone: the process ended.
        """
        return self._talk(["probe", law, seed, dict(case)])

    def changed(self) -> str:
        """The name of something of torch's, Python's or ours that the candidate has replaced.

        Raises:
            Gone: the process ended.
        """
        return self._talk(["changed"]).text

    def _talk(self, message: list[Any], patience: float = PATIENCE) -> Answer:
        try:
            write(self._socket, encode(message))
            data = self._read(time.monotonic() + patience)
        except OSError:
            data = None
        if data is None:
            raise Gone(self.end())
        try:
            kind, value, text, line, error = decode(data)
            return Answer(str(kind), value, str(text), int(line), str(error))
        except (ValueError, TypeError):
            raise Gone("it wrote to the judge what only the judge's own code may") from None

    def _read(self, until: float) -> bytes | None:
        size, data = -1, b""
        while size < 0 or len(data) < size:
            ready, _, _ = select.select([self._socket], [], [], max(0.0, until - time.monotonic()))
            if not ready:
                self._ended = f"it did not return within {PATIENCE:g} s"
                return None
            part = self._socket.recv(1 << 20)
            if not part:
                return None
            data += part
            if size < 0 and len(data) >= _HEAD.size:
                (size,) = _HEAD.unpack(data[: _HEAD.size])
                data = data[_HEAD.size :]
                if size > _LARGEST:
                    self._ended = "it gave back more than can be compared"
                    return None
        return data

    def end(self) -> str:
        """End the process; say how it had ended, if it had."""
        if not self.pid:
            return self._ended
        done, status = 0, 0
        if not self._ended:  # its end may take a moment to be seen
            for _ in range(50):
                done, status = os.waitpid(self.pid, os.WNOHANG)
                if done:
                    break
                time.sleep(0.001)
        if not done:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        self.pid = 0
        self._socket.close()
        if not self._ended and done:
            code = os.waitstatus_to_exitcode(status)
            how = f"with status {code}" if code >= 0 else f"by {signal.Signals(-code).name}"
            self._ended = f"it ended the process {how}"
        return self._ended or "it closed what it talks to the judge by"


def forked(exercise: Exercise, device: str, changed: Callable[[], str]) -> Partner:
    """Fork this process; of the exercise the other one keeps all but the reference.

    Args:
        exercise: what the candidate is for.
        device: where its tensors are to be.
        changed: says there what of torch, Python or the verifier the candidate has replaced.
    """
    ours, theirs = socket.socketpair()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if not pid:
        status = 70
        try:
            _shut(theirs.fileno())
            from verify.laws.battery.serving import serve

            serve(theirs, exercise, device, changed)
            status = 0
        finally:
            os._exit(status)
    theirs.close()
    return Partner(ours, pid, reusable=False)


def spawned(module: str, source: Sequence[Any], device: str) -> Partner:
    """Start a process that imports torch for itself, for where a fork cannot be had.

    Args:
        module: to be run; called with the number of its socket and the device.
        source: of the exercise: code, path, line, and what is forbidden.
        device: where the candidate's tensors are to be.

    Raises:
        Gone: it ended at once.
    """
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-P", "-m", module, str(theirs.fileno()), device]
    process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
    theirs.close()
    partner = Partner(ours, process.pid, reusable=True)
    process.returncode = 0  # the partner waits for it
    ready = partner._talk(["exercise", *source], _START)
    if ready.kind != "ready":
        raise Gone(ready.text)
    return partner


_START = 120.0
"""Seconds for importing torch."""


def _shut(kept: int) -> None:
    """Leave a candidate no descriptor but its streams and what it is talked to by.

    They are not closed: an object may hold on to a number, and close it when it means another.
    """
    null = os.open(os.devnull, os.O_RDWR)
    for fd in [int(entry.name) for entry in Path("/proc/self/fd").iterdir()]:
        if fd > 2 and fd not in (kept, null):
            with contextlib.suppress(OSError):
                os.dup2(null, fd)


def write(to: socket.socket, data: bytes) -> None:
    """Send one message."""
    to.sendall(_HEAD.pack(len(data)) + data)


def read(source: socket.socket) -> Any:
    """Wait for one message; None once the other side is gone."""
    data = b""
    while len(data) < _HEAD.size:
        part = source.recv(_HEAD.size - len(data))
        if not part:
            return None
        data += part
    (size,) = _HEAD.unpack(data)
    parts = []
    while size:
        part = source.recv(min(size, 1 << 20))
        if not part:
            return None
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
