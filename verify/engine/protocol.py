"""What the parent and a worker say to each other.

Over the control socket, both ways: frames of a four-byte length and JSON.  The frame of an
order to run carries three descriptors: the child's stdout, its stderr, and its verdict socket.
Over the verdict socket, from the child: lines of JSON, each with the token of its order.  The code
under test writes to neither on purpose, and a line without the token is not ours.  The parent
answers each ``Ended`` with one byte once it has taken what the step printed; until then the child
waits, so that no step is credited with what the next one prints.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator, Sequence

import msgspec

from verify.engine.launching import Preload
from verify.engine.trial import Trial
from verify.engine.walls import Walls

_HEAD = struct.Struct("!I")

_LARGEST = 1 << 26
"""Bytes of a frame; a head that promises more was not written by us."""


class FrameError(ValueError):
    """What came over a control socket is no frame."""


class Order(msgspec.Struct, frozen=True, tag="order"):
    """Parent to worker: fork and run this."""

    trial: Trial
    token: str
    folder: str
    """An empty folder to work in."""
    device: str
    seed: int
    examples: int
    walls: Walls | None = None
    """What to be walled in with before the first step; None for code that is trusted."""
    forks: bool = True
    """Whether a candidate that is judged may have a fork of the process that judges it."""


class Sweep(msgspec.Struct, frozen=True, tag="sweep"):
    """Parent to worker: the child has ended; kill and reap all it left."""


class Load(msgspec.Struct, frozen=True, tag="load"):
    """Parent to a worker that is to have more imported than torch: it is wanted soon."""


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """Worker to parent: what it is to have imported is imported."""

    torch: str
    python: str
    cuda: str
    """What to call the CUDA device; empty if there is none."""
    pid: int = 0
    """Of the worker."""


class Unable(msgspec.Struct, frozen=True, tag="unable"):
    """Worker to parent: what it is to import cannot be imported."""

    reason: str
    missing: bool
    """Whether it is torch, and is not installed at all."""
    preload: Preload = Preload.TORCH
    """What it is part of."""


class Started(msgspec.Struct, frozen=True, tag="started"):
    """Worker to parent: the child's process id."""

    pid: int


class Swept(msgspec.Struct, frozen=True, tag="swept"):
    """Worker to parent: how the trial's process ended, as ``os.waitstatus_to_exitcode`` gives it.

    A worker that runs trials in its own process sends it unasked, once it has set itself right.
    """

    status: int
    left: int
    """Processes it had left behind."""
    spent: str = ""
    """Why the worker cannot run another trial; empty if it can."""


class Begun(msgspec.Struct, frozen=True, tag="begun"):
    """Child to parent: a step begins."""

    token: str
    fence: int


class Test(msgspec.Struct, frozen=True):
    """How one property test, or one law of an exercise, came out.

    Outcomes as in ``verify.bank.model``.
    """

    name: str
    outcome: str
    seconds: float
    message: str
    line: int
    counterexample: str = ""
    """Code that shows it, for a law of an exercise."""
    error: str = ""
    """Class name of what a candidate raised there."""


class Tried(msgspec.Struct, frozen=True, tag="tried"):
    """Child to parent: a law has been tried on the candidate of a step."""

    token: str
    fence: int
    test: Test


class Ended(msgspec.Struct, frozen=True, tag="ended"):
    """Child to parent: a step has ended."""

    token: str
    fence: int
    outcome: str
    seconds: float
    message: str = ""
    error: str = ""
    """Class name of what was raised."""
    line: int = 0
    tests: tuple[Test, ...] = ()
    trace: str = ""
    """The traceback of what a free step raised, without frames of ours."""


class Done(msgspec.Struct, frozen=True, tag="done"):
    """Child to parent: all steps have been run."""

    token: str
    changed: str = ""
    """What of the verifier, or of what it judges with, the code has replaced."""
    late: bool = False
    """Whether the code has imported Hypothesis, which was not set up: that run does not count."""


ToWorker = Load | Order | Sweep
FromWorker = Ready | Unable | Started | Swept
FromChild = Begun | Tried | Ended | Done

to_worker = msgspec.json.Decoder(ToWorker)
from_worker = msgspec.json.Decoder(FromWorker)
from_child = msgspec.json.Decoder(FromChild)
encode = msgspec.json.Encoder().encode


def send(control: socket.socket, message: ToWorker | FromWorker, fds: Sequence[int] = ()) -> None:
    """Send one frame, with descriptors if any."""
    data = encode(message)
    head = _HEAD.pack(len(data))
    if fds:
        socket.send_fds(control, [head], list(fds))
    else:
        control.sendall(head)
    control.sendall(data)


def receive(control: socket.socket) -> tuple[bytes, list[int]] | None:
    """Wait for one frame; None once the other side is gone."""
    head, fds, _, _ = socket.recv_fds(control, _HEAD.size, 3)
    if not head:
        return None
    while len(head) < _HEAD.size:
        head += control.recv(_HEAD.size - len(head))
    (size,) = _HEAD.unpack(head)
    parts: list[bytes] = []
    while size:
        part = control.recv(min(size, 1 << 16))
        if not part:
            return None
        parts.append(part)
        size -= len(part)
    return b"".join(parts), list(fds)


class Frames:
    """Cuts a stream of bytes into frames, for a reader that must not wait."""

    def __init__(self) -> None:
        self._data = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take bytes in, yield the frames that are complete.

        Raises:
            FrameError: these bytes are no frames.
        """
        self._data += data
        while len(self._data) >= _HEAD.size:
            (size,) = _HEAD.unpack(self._data[: _HEAD.size])
            if size > _LARGEST:
                raise FrameError(f"a frame of {size} bytes")
            if len(self._data) < _HEAD.size + size:
                return
            frame = bytes(self._data[_HEAD.size : _HEAD.size + size])
            del self._data[: _HEAD.size + size]
            yield frame
