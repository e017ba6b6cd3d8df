"""Exit codes, and the one place that turns errors into them."""

from __future__ import annotations

import sys
from enum import IntEnum

from verify.errors import ContentError, SurroundingsError, TorchdrillError, UsageError


class Exit(IntEnum):
    """What the process says to its caller."""

    GOOD = 0
    WRONG = 1
    """Something was found wrong: a claim failed, an answer was refused."""
    USAGE = 2
    CONTENT = 3
    """A file of a pack is not what the format asks for."""
    SURROUNDINGS = 4
    """torch, a device, a folder or a terminal is missing."""
    INTERRUPTED = 130


def code_of(error: TorchdrillError) -> Exit:
    """The exit code of an error."""
    if isinstance(error, UsageError):
        return Exit.USAGE
    if isinstance(error, ContentError):
        return Exit.CONTENT
    if isinstance(error, SurroundingsError):
        return Exit.SURROUNDINGS
    return Exit.WRONG


def complain(error: TorchdrillError) -> Exit:
    """Say on stderr what is wrong; return the code to leave with."""
    sys.stderr.write(f"torchdrill: {error}\n")
    return code_of(error)
