"""Asking on stdin while the clock of an interview runs."""

from __future__ import annotations

from contextlib import AbstractContextManager

from quizapp.study.clock import now
from quizapp.study.mock.interview import Sitting
from quizapp.study.mock.ticking import ticking


class PausedError(Exception):
    """The person wants to go on later, or the input has ended."""


class SkippedError(Exception):
    """The person passes the question over."""


class EndedError(Exception):
    """The person ends the interview."""


class Asking:
    """Reads lines; time runs while it waits for one.

    Args:
        sitting: the interview, whose clock it is.
    """

    def __init__(self, sitting: Sitting) -> None:
        self.sitting = sitting

    def running(self) -> AbstractContextManager[None]:
        """Let the clock run inside a block."""
        return ticking(self.sitting, now)

    def line(self, prompt: str, *, timed: bool = True) -> str:
        """A line, without the space around it.

        Args:
            prompt: what stands before it.
            timed: whether the clock runs meanwhile.

        Raises:
            PausedError: ``!``, or there is no more input.
            SkippedError: ``?``.
            EndedError: ``!!``.
        """
        try:
            if timed:
                with self.running():
                    typed = input(prompt).strip()
            else:
                typed = input(prompt).strip()
        except (EOFError, KeyboardInterrupt):
            raise PausedError from None
        if typed in _WORDS:
            raise _WORDS[typed]
        return typed


_WORDS = {"!": PausedError, "?": SkippedError, "!!": EndedError}
