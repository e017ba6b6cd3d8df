"""A process that has imported torch and stays in one thread: each answer runs in a fork of it.

Computing here would start threads, and a fork of a process with OpenMP threads hangs in its first
parallel region.  So the zygote imports, warms up in one thread, forks, reaps, and no more.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import platform
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from verify.engine.protocol import (
    Order,
    Ready,
    Started,
    Sweep,
    Swept,
    Unable,
    receive,
    send,
    to_worker,
)

_SUBREAPER = 36
"""prctl(2): orphans of our children become our children, so none escapes the sweep."""


def launch(controls: Sequence[socket.socket]) -> None:
    """Import torch once, fork a worker for each control socket, and wait for their end."""
    _adopt_orphans()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl+c is the parent's to handle
    gc.disable()  # collecting takes a quarter of the time of importing, and finds nothing
    ready = _import()
    if isinstance(ready, Unable):
        for control in controls:
            with contextlib.suppress(BrokenPipeError):
                send(control, ready)
        return
    gc.freeze()  # keeps the collector off the pages the children share
    gc.set_threshold(50_000, 20, 50)  # a child lives for a second: it need not collect as often
    gc.enable()
    workers: set[int] = set()
    for control in controls:
        pid = os.fork()
        if pid == 0:
            for other in controls:
                if other is not control:
                    other.close()
            _serve(control, ready)
            os._exit(0)
        workers.add(pid)
    for control in controls:
        control.close()
    while workers:
        pid, _ = os.wait()
        workers.discard(pid)
        for stranger in set(_children()) - workers:  # what a worker left when it was killed
            with contextlib.suppress(ProcessLookupError):
                os.kill(stranger, signal.SIGKILL)


def _serve(control: socket.socket, ready: Ready) -> None:
    """Say that torch is there, then fork for each order until the parent is gone."""
    _adopt_orphans()
    with contextlib.suppress(BrokenPipeError):
        send(control, ready)
    child = 0
    while (frame := receive(control)) is not None:
        data, fds = frame
        message = to_worker.decode(data)
        if isinstance(message, Order):
            child = _fork(message, control, fds)
            send(control, Started(child))
        elif isinstance(message, Sweep):
            send(control, _sweep(child))
    _sweep(child)


def _adopt_orphans() -> None:
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)


def _import() -> Ready | Unable:
    """Import all that answers commonly need; lazily it would cost each child a second."""
    try:
        import torch
    except Exception as error:
        missing = isinstance(error, ModuleNotFoundError) and error.name == "torch"
        return Unable(reason=f"{type(error).__name__}: {error}", missing=missing)
    try:
        import torch._dynamo
        import torch.autograd.gradcheck

        import verify.laws  # noqa: F401
        from verify.engine.worker.child import warm_up
    except ImportError as error:
        return Unable(reason=f"{type(error).__name__}: {error}", missing=False)
    warm_up()
    # Asking the device for its name would make a context here, and no fork could use CUDA then.
    name = f"CUDA {torch.version.cuda}" if torch.cuda.is_available() else ""
    return Ready(torch=str(torch.__version__), python=platform.python_version(), cuda=name)


def _fork(order: Order, control: socket.socket, fds: list[int]) -> int:
    pid = os.fork()
    if pid:
        for fd in fds:
            os.close(fd)
        return pid
    from verify.engine.worker.child import run

    # Never close inherited descriptors by number: a stale Python object may own it and close it
    # again later, when something else has got that number.  Pointing them at /dev/null is safe.
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, control.fileno())
    os.dup2(null, 0)
    os.dup2(fds[0], 1)
    os.dup2(fds[1], 2)
    try:
        run(order, fds[2])
    finally:
        os._exit(70)  # run() leaves by itself; to come here is a defect of ours
    raise AssertionError("unreachable")


def _sweep(child: int) -> Swept:
    """Kill and reap every process that descends from us; return how the child ended."""
    status, left = 0, 0
    while children := _children():
        for pid in children:
            if pid != child:
                left += 1
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for pid in children:
            with contextlib.suppress(ChildProcessError):
                _, raw = os.waitpid(pid, 0)
                if pid == child:
                    status = os.waitstatus_to_exitcode(raw)
    return Swept(status=status, left=left)


def _children() -> list[int]:
    listed = Path(f"/proc/self/task/{os.getpid()}/children").read_text("ascii")
    return [int(pid) for pid in listed.split()]


if sys.platform != "linux":  # other launchers speak the same protocol
    raise ImportError("the fork launcher needs Linux")
