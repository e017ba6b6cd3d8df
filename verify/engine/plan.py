"""From an answer or a document to what a worker has to run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from verify.bank.checks import checks_of_document, checks_of_item
from verify.bank.model import Check, CheckKind, Document, Fence, Item, Kind, Mode
from verify.engine.trial import Step, Trial

Subject = Item | Document


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
