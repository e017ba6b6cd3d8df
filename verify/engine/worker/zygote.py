"""A process that has imported torch and stays in one thread: each answer runs in a fork of it.

Computing here would start threads, and a fork of a process with OpenMP threads hangs in its first
parallel region.  So the zygote imports, warms up in one thread, forks, reaps, and no more.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
import sys
from collections.abc import Sequence

import msgspec

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
from verify.engine.worker.descendants import adopt_orphans, children, sweep
from verify.engine.worker.loading import load


def launch(controls: Sequence[socket.socket]) -> None:
    """Import torch once, fork a worker for each control socket, and wait for their end."""
    adopt_orphans()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl+c is the parent's to handle
    gc.disable()  # collecting takes a quarter of the time of importing, and finds nothing
    ready = load()
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
        for stranger in set(children()) - workers:  # what a worker left when it was killed
            with contextlib.suppress(ProcessLookupError):
                os.kill(stranger, signal.SIGKILL)
    sweep()


def _serve(control: socket.socket, ready: Ready) -> None:
    """Say that torch is there, then fork for each order until the parent is gone."""
    adopt_orphans()
    with contextlib.suppress(BrokenPipeError):
        send(control, msgspec.structs.replace(ready, pid=os.getpid()))
    child = 0
    while (frame := receive(control)) is not None:
        data, fds = frame
        message = to_worker.decode(data)
        if isinstance(message, Order):
            child = _fork(message, control, fds)
            send(control, Started(child))
        elif isinstance(message, Sweep):
            status, left = sweep(child)
            send(control, Swept(status, left))
    sweep(child)


def _fork(order: Order, control: socket.socket, fds: list[int]) -> int:
    pid = os.fork()
    if pid:
        for fd in fds:
            os.close(fd)
        return pid
    from verify.engine.worker.child import run_and_leave

    # Never close inherited descriptors by number: a stale Python object may own it and close it
    # again later, when something else has got that number.  Pointing them at /dev/null is safe.
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, control.fileno())
    os.dup2(null, 0)
    os.dup2(fds[0], 1)
    os.dup2(fds[1], 2)
    try:
        run_and_leave(order, fds[2])
    finally:
        os._exit(70)  # it leaves by itself; to come here is a defect of ours
    raise AssertionError("unreachable")


if sys.platform != "linux":  # other launchers speak the same protocol
    raise ImportError("the fork launcher needs Linux")
