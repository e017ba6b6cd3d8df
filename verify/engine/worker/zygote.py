"""A process that has imported torch and stays in one thread: each answer runs in a fork of it.

Computing here would start threads, and a fork of a process with OpenMP threads hangs in its first
parallel region.  So the zygote imports, warms up in one thread, forks, reaps, and no more.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import socket
import sys
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from verify.engine.launching import Preload
from verify.engine.protocol import (
    Order,
    Started,
    Sweep,
    Swept,
    Unable,
    receive,
    send,
    to_worker,
)
from verify.engine.walls.raising import prepare
from verify.engine.worker.descendants import adopt_orphans, children, sweep
from verify.engine.worker.loading import load, loaded


class Stage(NamedTuple):
    """Workers that have imported the same."""

    preload: Preload
    controls: Sequence[socket.socket]
    """Their control sockets."""


def launch(stages: Sequence[Stage]) -> None:
    """Import torch once, fork a worker for each control socket, and wait for their end.

    Whoever has forked the workers of a stage has to wait for them, so another process, forked
    beside them, imports what the next stage is to have: when that is asked for, and not before.

    Args:
        stages: each has imported what those before it have; the first has torch.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl+c is the parent's to handle
    gc.disable()  # collecting takes a quarter of the time of importing, and finds nothing
    for place, stage in enumerate(stages):
        adopt_orphans()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        later = [control for after in stages[place + 1 :] for control in after.controls]
        if stage.preload is not Preload.TORCH and not _wanted([*stage.controls, *later]):
            return
        if unable := load(stage.preload):
            _say([*stage.controls, *later], unable)
            return
        if not stage.controls:
            continue
        gc.freeze()  # keeps the collector off the pages the children share
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # which is for who is importing still
        workers = {_forked(control, [*stage.controls, *later]) for control in stage.controls}
        if later:
            pid = os.fork()
            if pid == 0:
                _close(stage.controls)
                continue
            workers.add(pid)
        _close([*stage.controls, *later])
        _bury(workers)
        return


def _wanted(controls: Sequence[socket.socket]) -> bool:
    """Wait for a word to one of these workers; False once the parent has let go of them all."""
    waiting = list(controls)
    while waiting:
        for control in select.select(waiting, [], [])[0]:
            if control.recv(1, socket.MSG_PEEK):
                return True
            waiting.remove(control)
    return False


def _forked(control: socket.socket, controls: Sequence[socket.socket]) -> int:
    """Fork the worker of a control socket; it keeps no other socket."""
    pid = os.fork()
    if pid == 0:
        _close(other for other in controls if other is not control)
        gc.set_threshold(50_000, 20, 50)  # a child lives for a second: it need not collect as often
        gc.enable()
        _serve(control)
        os._exit(0)
    return pid


def _bury(workers: set[int]) -> None:
    """Wait for the end of all workers, and end what they leave when they are killed."""
    while workers:
        pid, _ = os.wait()
        workers.discard(pid)
        for stranger in set(children()) - workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(stranger, signal.SIGKILL)
    sweep()


def _say(controls: Sequence[socket.socket], unable: Unable) -> None:
    for control in controls:
        with contextlib.suppress(BrokenPipeError):
            send(control, unable)


def _close(controls: Iterable[socket.socket]) -> None:
    for control in controls:
        control.close()


def _serve(control: socket.socket) -> None:
    """Say that torch is there, then fork for each order until the parent is gone."""
    adopt_orphans()
    with contextlib.suppress(BrokenPipeError):
        send(control, loaded())
    child = 0
    while (frame := receive(control)) is not None:
        data, fds = frame
        message = to_worker.decode(data)
        if isinstance(message, Order):
            if message.walls is not None:
                prepare(message.walls)
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
