"""Is the terminal light or dark?  It is asked before the app is imported, and answers meanwhile.

OSC 11 asks for the background colour.  Not every terminal knows it, but every one answers the
question behind it (DA1: what are you?), so the second answer says that the first will not come.
"""

from __future__ import annotations

import os
import re
import select
import sys
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any

QUESTION = b"\x1b]11;?\x1b\\\x1b[c"

PATIENCE = 0.1
"""Seconds to wait for an answer once it is needed; it has had those of the import already."""

_COLOUR = re.compile(rb"\x1b\]11;rgba?:([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})")
_DEVICE = re.compile(rb"\x1b\[\?[0-9;]*c")

_LIGHT_BACKGROUNDS = ("7", "15")
"""The white of the 16 colours, as terminals that set COLORFGBG number it."""


def look_said(environment: Mapping[str, str] = os.environ) -> str | None:
    """``dark`` or ``light``, from what the terminal says in the environment; None if nothing."""
    background = environment.get("COLORFGBG", "").rpartition(";")[2]
    if not background.isdecimal():
        return None
    return "light" if background in _LIGHT_BACKGROUNDS else "dark"


def look_in(answer: bytes) -> str | None:
    """``dark`` or ``light``, from a terminal's answer to OSC 11; None if it is none.

    Source: relative luminance by the weights of ITU-R BT.709.
    """
    found = _COLOUR.search(answer)
    if found is None:
        return None
    red, green, blue = (int(part, 16) / (16 ** len(part) - 1) for part in found.groups())
    return "light" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.5 else "dark"


class Asked:
    """The question to the terminal, put when this is entered and taken back when it is left.

    Between, the terminal does not echo, so that nobody sees the answer.  What the person typed
    meanwhile is kept in ``typed``.
    """

    def __init__(self) -> None:
        self.look: str | None = None
        """``dark`` or ``light`` once ``wait`` has returned; None if the terminal has not said."""
        self.typed = ""
        self._answer = b""
        self._before: list[Any] | None = None

    def __enter__(self) -> Asked:
        self.look = look_said()
        if self.look is not None or os.environ.get("TERM", "dumb") in ("dumb", "linux"):
            return self
        try:
            import termios

            descriptor = sys.stdin.fileno()
            self._before = termios.tcgetattr(descriptor)
            quiet = termios.tcgetattr(descriptor)
            quiet[3] &= ~(termios.ECHO | termios.ICANON)
            termios.tcsetattr(descriptor, termios.TCSANOW, quiet)
            os.write(sys.stdout.fileno(), QUESTION)
        except (ImportError, OSError, ValueError):  # no such terminal, and so nothing to ask
            self._restore()
        except Exception:  # termios.error is none of these, and is there only where termios is
            self._restore()
        return self

    def wait(self) -> str | None:
        """Take the answer, if it has come or comes soon; the look, or None."""
        if self._before is None:
            return self.look
        deadline = time.monotonic() + PATIENCE
        try:
            while not _DEVICE.search(self._answer):
                left = max(0.0, deadline - time.monotonic())
                if not select.select([sys.stdin.fileno()], [], [], left)[0]:
                    break
                self._answer += os.read(sys.stdin.fileno(), 1024)
        finally:
            self._restore()
        self.look = look_in(self._answer)
        rest = _DEVICE.sub(b"", re.sub(rb"\x1b\]11;[^\x07\x1b]*(\x07|\x1b\\)", b"", self._answer))
        self.typed = "".join(c for c in rest.decode("utf-8", "ignore") if c.isprintable())
        return self.look

    def _restore(self) -> None:
        before, self._before = self._before, None
        if before is not None:
            import termios

            termios.tcsetattr(sys.stdin.fileno(), termios.TCSANOW, before)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._restore()
