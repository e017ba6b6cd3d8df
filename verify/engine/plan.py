"""From an answer or a document to what a worker has to run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

import msgspec

from verify.bank.checks import checks_of_document, checks_of_item
from verify.bank.model import Check, CheckKind, Document, Fence, Item, Kind, Mode

Subject = Item | Document


class Preload(StrEnum):
    """What a process has imported before a trial begins in it."""

    TORCH = "torch"
    """torch alone: half as long to wait for, and cheaper to fork."""
    ALL = "all"
    """Also torch._dynamo, which optimisers and much else import late, Hypothesis and the laws."""


_IMPORTS_MORE = re.compile(
    r"\b(?:optim|func|compile|compiler|_dynamo|export|onnx|fx|jit|gradcheck|gradgradcheck|checkpoint"
    r"|jac(?:rev|fwd)|hessian|vmap|jvp|vjp|functional_call|library|distributed|meta|Fake\w*"
    r"|use_deterministic_algorithms"
    r"|hypothesis|verify|laws|importlib|__import__|exec|eval|_internal)\b"
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
        if any(step.tests or _IMPORTS_MORE.search(step.code) for step in self.steps):
            return Preload.ALL
        return Preload.TORCH


class Plan(msgspec.Struct, frozen=True):
    """All that proves one answer."""

    id: str
    path: Path
    fences: tuple[Fence, ...]
    checks: tuple[Check, ...]
    proof: Trial
    bug: Trial | None
    """The checks of a fix with the bug in its place; must fail."""
    program: int
    """Index of the fence with the bug; -1 if there is none."""


def plan(subject: Subject) -> Plan:
    """Make the plan of an answer, or of a document that is no part of a pack."""
    if isinstance(subject, Document):
        checks = checks_of_document(subject.fences, subject.defects)
        trial = Trial(path=str(subject.path), steps=_steps(subject.fences, checks, ()), devices=())
        name = str(subject.path)
        return Plan(name, subject.path, subject.fences, checks, trial, None, -1)
    answer = subject.answer
    checks = checks_of_item(subject)
    steps = _steps(answer.fences, checks, subject.question.head.needs)
    path = str(answer.path)
    proof = Trial(path=path, steps=steps, devices=answer.head.devices, names_device=True)
    bug, where = None, -1
    if subject.question.head.kind is Kind.BUG and subject.program is not None:
        where = answer.fences.index(subject.program)
        kept = _with_the_bug(answer.fences, where)
        bug = Trial(
            path=path,
            steps=tuple(_bare(step) for step in steps if step.fence in kept),
            devices=answer.head.devices,
            names_device=True,
            until_refused=True,
        )
    return Plan(answer.id, answer.path, answer.fences, checks, proof, bug, where)


def _with_the_bug(fences: Sequence[Fence], program: int) -> set[int]:
    """What comes before the bug, the bug, and what follows the fix."""
    fix = next(n for n, fence in enumerate(fences) if fence.mode is Mode.FIX)
    return {n for n in range(len(fences)) if n <= program or n > fix}


def _bare(step: Step) -> Step:
    """The step without what it is expected to raise: any error refuses the bug."""
    return msgspec.structs.replace(step, raises=None, warns=None)


def _steps(
    fences: Sequence[Fence], checks: Sequence[Check], needs: tuple[str, ...]
) -> tuple[Step, ...]:
    steps = []
    for number, fence in enumerate(fences):
        mine = [check for check in checks if check.fence == number]
        runs = [check for check in mine if check.beyond is None and check.kind != CheckKind.OUTPUT]
        if fence.language != "python" or not runs:
            continue
        tests = tuple(check.name for check in runs if check.kind is CheckKind.PROPERTY)
        steps.append(
            Step(
                fence=number,
                code=fence.code,
                line=fence.code_line,
                raises=fence.raises,
                warns=fence.warns,
                needs=(*needs, *fence.needs),
                tests=tests,
            )
        )
    return tuple(steps)
