"""``python -m verify.engine.worker.guard FD``: starts a worker that does not fork, and buries it.

It imports no torch and runs nobody's code, so it is there when the worker dies: orphans become its
children, are killed, and its last line says how the worker ended and how many they were.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from types import FrameType

from verify.engine.worker.descendants import adopt_orphans, sweep


def main(control: int) -> None:
    """Start a worker on a control socket, wait for its end, and report it on stdout."""
    adopt_orphans()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl+c is the parent's to handle
    worker = subprocess.Popen(
        # -P: a torch.py in the working folder must not be taken for torch
        [sys.executable, "-P", "-m", "verify.engine.worker.reused", str(control)],
        pass_fds=[control],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    os.close(control)

    def end(_: int, __: FrameType | None) -> None:
        worker.kill()

    signal.signal(signal.SIGTERM, end)
    status = worker.wait()
    _, left = sweep()
    sys.stdout.write(f"{status} {left}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]))
