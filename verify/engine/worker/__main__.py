"""``python -m verify.engine.worker STAGE[=FD,FD...]...``: a worker for each control socket FD."""

from __future__ import annotations

import os
import socket
import sys

from verify.engine.launching import Preload
from verify.engine.worker.zygote import Stage, launch


def _stage(word: str) -> Stage:
    preload, _, fds = word.partition("=")
    return Stage(Preload(preload), [socket.socket(fileno=int(fd)) for fd in fds.split(",") if fd])


if __name__ == "__main__":
    launch([_stage(word) for word in sys.argv[1:]])
    os._exit(0)  # taking an interpreter with all of torch apart takes a quarter of a second
