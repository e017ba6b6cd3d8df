"""``python -m verify.engine.worker.reused FD``: a worker that runs its orders itself.

Where no fork can be had, one trial follows the other in this process.  It sets itself right after
each, and says so when it cannot: then it is replaced.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys

from verify.engine.launching import Preload
from verify.engine.protocol import Order, Started, Swept, receive, send, to_worker
from verify.engine.worker.descendants import adopt_orphans, die_with_parent, sweep
from verify.engine.worker.loading import load, loaded


def serve(control: socket.socket) -> None:
    """Say that torch is there, then run each order until the parent is gone."""
    die_with_parent()
    adopt_orphans()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    unable = next(filter(None, map(load, Preload)), None)
    with contextlib.suppress(BrokenPipeError):
        send(control, unable or loaded())
    if unable:
        return
    from verify.engine.worker.child import run
    from verify.engine.worker.reset import Baseline

    baseline = Baseline()
    null = os.open(os.devnull, os.O_RDWR)
    while (frame := receive(control)) is not None:
        data, fds = frame
        order = to_worker.decode(data)
        if not isinstance(order, Order):
            continue
        send(control, Started(os.getpid()))
        os.dup2(fds[0], 1)
        os.dup2(fds[1], 2)
        os.close(fds[0])
        os.close(fds[1])
        run(order, fds[2])
        for stream in (1, 2, fds[2]):  # not closed: somebody may hold on to the number
            os.dup2(null, stream)
        # Walls cannot be taken down again.
        spent = baseline.restore() if order.walls is None else "it has walls around it"
        with contextlib.suppress(OSError):
            os.close(fds[2])
        _, left = sweep()
        send(control, Swept(0, left, spent))
        if spent:
            os._exit(0)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
    os._exit(0)
