"""``torchdrill serve``: the app in a browser, on this machine alone."""

from __future__ import annotations

import shlex
import socket
import sys
from pathlib import Path

import click

from quizapp.cli.targets import bank_option, root_of
from verify.errors import SurroundingsError, UsageError


@click.command(
    epilog="\b\nExamples:\n  torchdrill serve\n  torchdrill serve --port 9000\n"
    "\nIt listens on 127.0.0.1 and asks for the token that stands in the address it prints: who "
    "reaches the app runs code as you. From another machine, forward the port through ssh.",
)
@click.option(
    "--port", type=click.IntRange(1, 65535), default=8321, help="Port to listen on (8321)."
)
@bank_option
def command(port: int, bank: Path | None) -> None:
    """Open the app in a browser on this machine."""
    try:
        from quizapp.app.serving import HOST, LoopbackServer
    except ImportError as error:
        raise SurroundingsError(
            f"serving needs a package that is not installed ({error.name})",
            todo="pip install 'torchdrill[serve]'",
        ) from None
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise UsageError(
                f"port {port} cannot be listened on ({error.strerror})", where="--port",
                todo="choose another with --port",
            ) from None  # fmt: skip
    opening = (
        "from pathlib import Path; from quizapp.cli.start import open_app; "
        f"open_app(Path({str(root_of(bank).absolute())!r}))"
    )
    LoopbackServer(shlex.join([sys.executable, "-P", "-c", opening]), port).serve()
