"""Running a program in a pseudo-terminal and reading what it writes."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

MAIN = (sys.executable, "-P", "-m", "quizapp.cli.main")


class Terminal:
    """A program in a terminal of its own; a context manager that ends it.

    Args:
        command: the program and its arguments.
        columns: width in characters.
        lines: height in characters.
        environment: on top of the caller's.
        tells: whether it says what it is when it is asked (DA1), as all real ones do.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 80,
        lines: int = 24,
        environment: Mapping[str, str] | None = None,
        tells: bool = True,
    ) -> None:
        self._parent, child = pty.openpty()
        fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.process = subprocess.Popen(
            command,
            stdin=child,
            stdout=child,
            stderr=child,
            env={**os.environ, "TERM": "xterm-256color", **(environment or {})},
            start_new_session=True,
        )
        os.close(child)
        self.seen = ""
        self._tells = tells

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        os.close(self._parent)

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._parent, keys.encode())

    def until(self, text: str, seconds: float = 60.0) -> None:
        """Read until a text has been written since the call began.

        Raises:
            TimeoutError: it was not.
        """
        start = len(self.seen)
        deadline = time.monotonic() + seconds
        while text not in self.seen[start:]:
            if not self._read(deadline):
                raise TimeoutError(f"{text!r} was not written; last: {self.seen[-800:]!r}")

    def end(self, seconds: float = 60.0) -> int:
        """Read until the program ends; return its exit status."""
        deadline = time.monotonic() + seconds
        while self._read(deadline):
            pass
        return self.process.wait(max(0.1, deadline - time.monotonic()))

    def _read(self, deadline: float) -> bool:
        ready, _, _ = select.select([self._parent], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return False
        try:
            data = os.read(self._parent, 1 << 16)
        except OSError:  # Linux says so when the last writer has gone
            return False
        self.seen += data.decode("utf-8", "replace")
        if self._tells and b"\x1b[c" in data:
            os.write(self._parent, b"\x1b[?62;22c")
        return bool(data)
