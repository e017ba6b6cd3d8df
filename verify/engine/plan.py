"""From an answer or a document to what a worker has to run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from verify.bank.checks import checks_of_document, checks_of_fences, checks_of_item
from verify.bank.markdown import parsed, test_names
from verify.bank.model import Check, CheckKind, Document, Fence, Item, Kind, Mode
from verify.engine.trial import Role, Step, Trial

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
    judged: Trial | None = None
    """An exercise with the solutions, mistakes and starter of its answer."""


def plan(subject: Subject) -> Plan:
    """Make the plan of an answer, or of a document that is no part of a pack."""
    if isinstance(subject, Document):
        checks = checks_of_document(subject.fences, subject.defects)
        trial = Trial(path=str(subject.path), steps=_steps(subject.fences, checks, ()), devices=())
        name = str(subject.path)
        return Plan(name, subject.path, subject.fences, checks, trial, None, -1)
    answer = subject.answer
    checks = checks_of_item(subject)
    path = str(answer.path)
    if subject.question.head.kind is Kind.CODE:
        return _plan_of_code(subject, checks)
    steps = _steps(answer.fences, checks, subject.question.head.needs)
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


def _plan_of_code(item: Item, checks: tuple[Check, ...]) -> Plan:
    """Cells, among which solutions may be shown at work, and the judging of the candidates."""
    answer = item.answer
    steps = _steps(answer.fences, checks, item.question.head.needs)
    cells = [s for s in steps if answer.fences[s.fence].mode in (Mode.RUN, Mode.SOLUTION)]
    proof = Trial(
        path=str(answer.path), steps=tuple(cells), devices=answer.head.devices, names_device=True
    )
    candidates = [s for s in steps if answer.fences[s.fence].mode in (Mode.SOLUTION, Mode.WRONG)]
    fences = answer.fences
    if item.starter is not None:
        candidates.append(_candidate(item, item.starter, item.question.path))
        fences = (*fences, item.starter)
    judged = _judging(item, [*_exercise(item, steps), *map(_as_candidate, candidates)])
    return Plan(answer.id, answer.path, fences, checks, proof, None, -1, judged)


def _exercise(item: Item, steps: Sequence[Step]) -> list[Step]:
    return [
        msgspec.structs.replace(step, role=Role.EXERCISE, tests=())
        for step in steps
        if item.answer.fences[step.fence].mode is Mode.PROPERTY
    ]


def _as_candidate(step: Step) -> Step:
    return msgspec.structs.replace(step, role=Role.CANDIDATE, until_refused=True)


def _judging(item: Item, steps: Sequence[Step]) -> Trial:
    head = item.answer.head
    path = str(item.answer.path)
    return Trial(path=path, steps=tuple(steps), devices=head.devices, forbid=head.forbid)


def part_of(whole: Plan, fence: int) -> Plan:
    """The plan that runs an answer up to one of its fences, and proves what that one claims.

    Args:
        whole: the plan of all of it.
        fence: the number of the fence.
    """
    below = fence + 1
    printed = below < len(whole.fences) and whole.fences[below].mode is Mode.OUTPUT
    kept = (fence, below) if printed else (fence,)
    checks = tuple(c for c in whole.checks if c.fence in kept and c.kind is not CheckKind.BUG)
    steps = tuple(step for step in whole.proof.steps if step.fence <= fence)
    judged = whole.judged
    if judged is not None:
        mine = [s for s in judged.steps if s.role is Role.EXERCISE or s.fence == fence]
        wanted = any(step.fence == fence for step in mine)
        judged = msgspec.structs.replace(judged, steps=tuple(mine)) if wanted else None
    return msgspec.structs.replace(
        whole, checks=checks, proof=msgspec.structs.replace(whole.proof, steps=steps), bug=None,
        judged=judged,
    )  # fmt: skip


def before(item: Item, fence: int) -> tuple[int, ...]:
    """The fences whose names one fence of an answer may use: cells above it that are run.

    Args:
        item: the question.
        fence: the number of the fence.
    """
    fences = item.answer.fences
    modes: tuple[Mode, ...] = (Mode.RUN, Mode.FIX, Mode.PROPERTY)
    if item.question.head.kind is Kind.CODE:  # of which only cells share names with anything
        modes = (Mode.RUN, Mode.SOLUTION) if fences[fence].mode is Mode.RUN else ()
    above = enumerate(fences[:fence])
    return tuple(n for n, f in above if f.mode in modes and f.not_run is None)


def free_of(
    item: Item, code: str, above: Sequence[int], path: Path, *, tests: bool
) -> tuple[Trial, int]:
    """Make a trial of code that claims nothing, and say at which number it reports.

    Args:
        item: the question that it belongs to.
        code: to be run.
        above: fences of the answer that are run before it.
        path: of the file it is in, which messages name.
        tests: whether the tests that it defines are run too.
    """
    answer = item.answer
    steps = _steps(answer.fences, checks_of_item(item), item.question.head.needs)
    cells = [
        msgspec.structs.replace(step, tests=(), path=str(answer.path))
        for step in steps
        if step.fence in above
    ]
    fence = Fence(language="python", mode=Mode.RUN, code=code, line=0)
    names = [name for name, _ in _tests_in(code)] if tests else []
    free = msgspec.structs.replace(
        _candidate(item, fence, path), role=Role.FREE, needs=(), tests=tuple(names)
    )
    return Trial(str(path), (*cells, free), devices=(), names_device=True), free.fence


def _tests_in(code: str) -> list[tuple[str, int]]:
    try:
        return test_names(parsed(code))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []  # the worker says what is wrong with it


def judging_of(item: Item, code: str, path: Path) -> tuple[Trial, int]:
    """Make a trial of a learner's code, and say at which number it reports on it.

    Args:
        item: a coding question.
        code: the learner's.
        path: of the file it is in, which messages name.
    """
    checks = checks_of_item(item)
    steps = _exercise(item, _steps(item.answer.fences, checks, item.question.head.needs))
    fence = Fence(language="python", mode=Mode.SOLUTION, code=code, line=0)
    step = _candidate(item, fence, path)
    return _judging(item, [*steps, step]), step.fence


def mending_of(item: Item, code: str) -> tuple[Plan, int]:
    """Make the plan of a learner's program for a bug question, and say in whose place it stands.

    Args:
        item: a bug question.
        code: the learner's.
    """
    fences = list(item.answer.fences)
    program = fences.index(item.program) if item.program is not None else -1
    fix = next(n for n, fence in enumerate(fences) if fence.mode is Mode.FIX)
    fences[fix] = msgspec.structs.replace(fences[fix], code=code, line=0)
    answer = msgspec.structs.replace(item.answer, fences=tuple(fences))
    checks = tuple(c for c in checks_of_fences(answer.fences) if c.fence >= fix)
    kept = _with_the_bug(answer.fences, program) - {program}
    steps = _steps(answer.fences, tuple(checks_of_fences(answer.fences)), item.question.head.needs)
    trial = Trial(
        path=str(answer.path),
        steps=tuple(step for step in steps if step.fence in kept or step.fence == fix),
        devices=answer.head.devices,
        names_device=True,
    )
    return Plan(answer.id, answer.path, answer.fences, checks, trial, None, -1), fix


def _candidate(item: Item, fence: Fence, path: Path) -> Step:
    """A step of code that is not in the answer; its number is the first that no fence has."""
    return Step(
        fence=len(item.answer.fences),
        code=fence.code,
        line=fence.code_line,
        raises=None,
        warns=None,
        needs=item.question.head.needs,
        tests=(),
        role=Role.CANDIDATE,
        path=str(path),
    )


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
