"""``python -m verify.engine.worker FD...``: a worker for each control socket FD."""

from __future__ import annotations

import socket
import sys

from verify.engine.worker.zygote import launch

if __name__ == "__main__":
    launch([socket.socket(fileno=int(fd)) for fd in sys.argv[1:]])
