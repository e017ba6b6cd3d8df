"""The errors of torchdrill, each of which says what, where, why and what to do.

    TorchdrillError
    ├── UsageError         the command line asks for something that is not there      exit 2
    ├── ContentError       a file of a pack is not what the format asks for           exit 3
    └── SurroundingsError  torch, a device, a folder or a terminal is missing         exit 4
        └── StoreError     the progress file cannot be read or written

A wrong answer, a timeout or a crash of code under test is no error: it is an outcome
(``verify.bank.model.Outcome``).  Exit codes belong to ``quizapp.cli.exits`` alone.
"""

from __future__ import annotations


class TorchdrillError(Exception):
    """The root of all errors that a person is shown.

    Args:
        what: what happened, in one clause.
        where: a path, ``file:line`` or option it happened at; empty if nowhere in particular.
        why: the usual cause; empty if ``what`` says it already.
        todo: what to do about it.
    """

    def __init__(self, what: str, *, where: str = "", why: str = "", todo: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.why = why
        self.todo = todo

    def __str__(self) -> str:
        head = f"{self.where}: {self.what}" if self.where else self.what
        rest = [line for line in (self.why, self.todo) if line]
        return "\n".join([head, *(f"  {line}" for line in rest)])


class UsageError(TorchdrillError):
    """An argument names something that does not exist or cannot be combined."""


class ContentError(TorchdrillError):
    """A file cannot be understood; ``where`` is its ``file:line``."""


class SurroundingsError(TorchdrillError):
    """Something outside the project is missing: torch, a device, a terminal, a writable folder."""


class StoreError(SurroundingsError):
    """The progress file cannot be opened, read or written."""
