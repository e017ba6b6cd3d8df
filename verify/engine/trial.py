"""What a worker has to run; read by workers, so it imports next to nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum

import msgspec

from verify.engine.launching import Preload

_WANTS_MORE = re.compile(
    r"\b(?:optim|func|compile|compiler|_dynamo|export|onnx|fx|jit|gradcheck|gradgradcheck|checkpoint"
    r"|jac(?:rev|fwd)|hessian|vmap|jvp|vjp|functional_call|library|distributed|meta|Fake\w*"
    r"|use_deterministic_algorithms)\b"
)
_WANTS_ALL = re.compile(
    r"\b(?:hypothesis|verify|laws|importlib|__import__|_internal)\b|(?<!\.)\b(?:exec|eval)\b"
)
"""Words of code that most likely makes torch import more of itself, or that needs Hypothesis.

A guess: code that fools it is slower, or is run again where all is imported.
"""


_TAKES_LONG = re.compile(
    r"compile|export|distributed|inductor|\b(?:multiprocessing|spawn|num_workers|lightning)\b"
)
"""Words of code that takes seconds, most likely: a guess, on which the order alone depends."""


def preload(codes: Iterable[str], *, tests: bool) -> Preload:
    """What a process that runs this code had better have imported.

    Args:
        codes: of the fences.
        tests: whether there are property tests among them.
    """
    codes = list(codes)
    if tests or any(map(_WANTS_ALL.search, codes)):
        return Preload.ALL
    return Preload.MORE if any(map(_WANTS_MORE.search, codes)) else Preload.TORCH


def takes_long(codes: Iterable[str]) -> bool:
    """Whether code most likely takes seconds, so that others are not to wait behind it."""
    return any(map(_TAKES_LONG.search, codes))


class Role(StrEnum):
    """What the code of a step is to the others."""

    CELL = "cell"
    """Runs in the namespace that the cells before it left."""
    EXERCISE = "exercise"
    """Says what candidates are for and which laws they have to keep."""
    CANDIDATE = "candidate"
    """Is judged by the laws of the exercise, and never runs where they are."""
    FREE = "free"
    """Runs like a cell, but claims nothing: it shows its last value, and all of what it raises."""


class Step(msgspec.Struct, frozen=True):
    """One fence, or one file of a learner."""

    fence: int
    """Index in the document."""
    code: str
    line: int
    """Line of the file at which the code starts, from 1."""
    raises: str | None
    warns: str | None
    needs: tuple[str, ...]
    tests: tuple[str, ...]
    """Names to call after the code has run: those of a property fence."""
    role: Role = Role.CELL
    path: str = ""
    """The file it is in; empty for the trial's."""
    until_refused: bool = False
    """For a candidate: whether the first law that it does not keep settles the matter."""


class Trial(msgspec.Struct, frozen=True):
    """Steps that share one process."""

    path: str
    steps: tuple[Step, ...]
    devices: tuple[str, ...]
    """Devices it may run on, the first preferred; empty for any."""
    names_device: bool = False
    """Whether the namespace begins with ``device``, the device the answer runs on."""
    until_refused: bool = False
    """Whether the first step that does not pass settles the matter."""
    forbid: tuple[str, ...] = ()
    """What candidates may not use."""
