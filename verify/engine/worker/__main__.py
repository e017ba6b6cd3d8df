"""``python -m verify.engine.worker [FD...] / [FD...]``: a worker for each control socket FD.

Those before the slash have imported torch alone, those behind it all that answers may need.
"""

from __future__ import annotations

import os
import socket
import sys

from verify.engine.worker.zygote import launch

if __name__ == "__main__":
    slash = sys.argv.index("/")
    few, more = sys.argv[1:slash], sys.argv[slash + 1 :]
    launch(
        [socket.socket(fileno=int(fd)) for fd in few],
        [socket.socket(fileno=int(fd)) for fd in more],
    )
    os._exit(0)  # taking an interpreter with all of torch apart takes a quarter of a second
