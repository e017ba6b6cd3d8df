"""``python -m verify.engine.worker.candidate FD DEVICE``: a process for candidates, in turn.

For where a fork cannot be had.  It sets itself right after each candidate, as workers do that are
used again, and is given up when it cannot.
"""

from __future__ import annotations

import os
import socket
import sys

from verify.engine.launching import Preload
from verify.engine.worker.descendants import die_with_parent
from verify.engine.worker.loading import load


def main(control: socket.socket, device: str) -> None:
    """Import all that probes need, then serve.

    Args:
        control: to be talked over.
        device: where tensors are put.
    """
    die_with_parent()
    for preload in Preload:
        if load(preload) is not None:
            return
    from verify.engine.worker.judging import replaced
    from verify.engine.worker.reset import Baseline
    from verify.laws.battery.serving import serve

    serve(control, None, device, replaced, Baseline().restore)


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])), sys.argv[2])
    os._exit(0)
