"""From fences to the claims that can be proved, in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from verify.bank.markdown import EXERCISE, parsed, test_names
from verify.bank.model import Check, CheckKind, Defect, Fence, Item, Kind, Mode, Outcome


def checks_of_item(item: Item) -> tuple[Check, ...]:
    """The claims of an answer; for a bug, that the checks of its fix reject the bug."""
    fences = item.answer.fences
    checks = list(checks_of_fences(fences))
    program = item.program
    if item.question.head.kind is Kind.BUG and program is not None:
        where = fences.index(program)
        checks.append(Check(kind=CheckKind.BUG, line=program.line, fence=where))
    exercise = next((c for c in checks if c.name == EXERCISE and not c.beyond), None)
    if item.starter is not None and exercise is not None:
        # It stands in the prompt, so what points at it is the exercise that has to refuse it.
        checks.append(Check(CheckKind.STARTER, exercise.line, len(fences)))
    return tuple(sorted(checks, key=lambda check: (check.fence, check.line)))


def checks_of_document(fences: Sequence[Fence], defects: Sequence[Defect]) -> tuple[Check, ...]:
    """The claims of a document; what cannot be read in it is a check that fails."""
    checks = [*checks_of_fences(fences)]
    for defect in defects:
        reason = f"{defect.found}; expected {defect.expected}"
        checks.append(Check(CheckKind.FENCE, defect.line, -1, beyond=Outcome.FAILED, reason=reason))
    return tuple(sorted(checks, key=lambda check: check.line))


def checks_of_fences(fences: Sequence[Fence]) -> Iterator[Check]:
    """Yield a check for each claim that a fence makes."""
    for number, fence in enumerate(fences):
        if fence.language == "python":
            yield from _of_python(number, fence)
        elif fence.mode is Mode.OUTPUT and number and fences[number - 1].language == "python":
            above = fences[number - 1]
            beyond, reason = _beyond(above if above.not_run is not None else fence)
            yield Check(CheckKind.OUTPUT, fence.line, number, beyond=beyond, reason=reason)


def _of_python(number: int, fence: Fence) -> Iterator[Check]:
    beyond, reason = _beyond(fence)
    if fence.mode is Mode.PROPERTY:
        try:
            tests = test_names(parsed(fence.code))
        except (SyntaxError, ValueError):
            tests = []  # a defect of the document, which is a check of its own
        if not tests:
            tests = [(EXERCISE, 0)] if EXERCISE in fence.code else []
        for name, line in tests:
            at = fence.line + line
            yield Check(CheckKind.PROPERTY, at, number, name, beyond=beyond, reason=reason)
        return
    if fence.mode is Mode.FIX:
        kind = CheckKind.FIX
    elif fence.mode in (Mode.SOLUTION, Mode.WRONG, Mode.STARTER):
        kind = CheckKind(fence.mode.value)
    elif fence.raises is not None:
        kind = CheckKind.RAISES
    elif fence.warns is not None:
        kind = CheckKind.WARNS
    else:
        kind = CheckKind.PYTHON
    yield Check(kind, fence.line, number, beyond=beyond, reason=reason)


def _beyond(fence: Fence) -> tuple[Outcome | None, str]:
    if fence.not_run is not None:
        return Outcome.UNVERIFIED, fence.not_run
    return None, ""
