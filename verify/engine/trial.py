"""What a worker has to run; read by workers, so it imports next to nothing."""

from __future__ import annotations

import re

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


class Step(msgspec.Struct, frozen=True):
    """One fence, run in the namespace the fences before it left."""

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

    @property
    def preload(self) -> Preload:
        """What its process had better have imported."""
        if any(step.tests or _WANTS_ALL.search(step.code) for step in self.steps):
            return Preload.ALL
        if any(_WANTS_MORE.search(step.code) for step in self.steps):
            return Preload.MORE
        return Preload.TORCH
