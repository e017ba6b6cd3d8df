"""``python -m verify.engine.worker FD``: serve orders from the control socket FD."""

from __future__ import annotations

import socket
import sys

from verify.engine.worker.zygote import serve

if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
