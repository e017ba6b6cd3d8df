"""How checks and answers came out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from verify.bank.model import Check, CheckKind, Outcome

_WORST_FIRST = (
    Outcome.CRASHED,
    Outcome.OUT_OF_MEMORY,
    Outcome.TIMEOUT,
    Outcome.RAISED,
    Outcome.FAILED,
)


class CheckVerdict(msgspec.Struct, frozen=True):
    """How one check came out."""

    check: Check
    outcome: Outcome
    seconds: float
    message: str = ""
    """Why it did not pass, the counterexample first; or why it was not run."""
    output: str = ""
    """What the fence printed on stdout, without control characters."""
    line: int = 0
    """The Markdown line it went wrong at; 0 for the line of the check."""
    exercise: int = 0
    """How many laws an exercise has, if it is one."""

    @property
    def laws(self) -> int:
        """How many laws it proves: a property is one, an exercise has several."""
        return self.exercise or int(self.check.kind is CheckKind.PROPERTY)

    @property
    def at(self) -> int:
        """The Markdown line to look at."""
        return self.line or self.check.line


class AnswerVerdict(msgspec.Struct, frozen=True):
    """How an answer, or a document, came out."""

    id: str
    path: Path
    outcome: Outcome
    seconds: float
    checks: tuple[CheckVerdict, ...]
    unchanged: bool = False
    """Whether it was proved before, and nothing it depends on has changed since."""
    aside: str = ""
    """Where it was proved, and why there, if that is not the device that was asked for."""


def aside(device: str, devices: Sequence[str], why: str) -> str:
    """What to say of an answer that is not proved on a device; empty if it is.

    Args:
        device: that was asked for.
        devices: it can be proved on; empty for any.
        why: it cannot on others.
    """
    if not devices or device in devices:
        return ""
    return f"proved on {devices[0]}, not {device}: {why}"


class Surroundings(msgspec.Struct, frozen=True):
    """Where something was proved."""

    torch: str
    python: str
    device: str
    """``cpu`` or ``cuda``."""
    device_name: str
    """The device as its maker calls it."""


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """The outcome of an answer, given those of its checks.

    The worst that went wrong; else passed, if anything passed; else skipped or unverified, so
    that an answer of which nothing was run never counts as passed.
    """
    found = set(outcomes)
    for outcome in _WORST_FIRST:
        if outcome in found:
            return outcome
    for outcome in (Outcome.PASSED, Outcome.SKIPPED):
        if outcome in found:
            return outcome
    return Outcome.UNVERIFIED
