"""What the commands that judge code share: finding the question, and wording a verdict."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from quizapp.cli.targets import root_of
from verify.bank import load_item
from verify.bank.model import Item, Kind
from verify.errors import UsageError
from verify.report.wording import printable

if TYPE_CHECKING:
    from verify.engine.checking import CodeVerdict, LawVerdict

_GREEN, _RED, _DIM, _PLAIN = "\x1b[32m", "\x1b[31m", "\x1b[2m", "\x1b[0m"


def judged_item(identity: str, bank: Path | None) -> Item:
    """Load a question whose answers are code.

    Raises:
        UsageError: there is no such question, or it is not answered by code.
        ContentError: it breaks the format.
    """
    item = load_item(root_of(bank), identity)
    kind = item.question.head.kind
    if kind not in (Kind.CODE, Kind.BUG):
        raise UsageError(
            f"{identity} is of kind {kind.value}, and no code can be judged",
            todo="`torchdrill list --kind code` lists exercises, `--kind bug` programs to mend",
        )
    return item


def report_lines(verdict: CodeVerdict, *, every: bool, colour: bool) -> Iterator[str]:
    """Word a verdict: the first law broken, what shows it, and how many there are.

    Args:
        verdict: the judge's.
        every: whether to name every law.
        colour: whether to write for a terminal.
    """

    def painted(text: str, code: str) -> str:
        return f"{code}{text}{_PLAIN}" if colour else text

    kept = sum(not law.outcome.bad for law in verdict.laws)
    count = f"{kept} of {len(verdict.laws)} laws · {verdict.seconds:.1f} s"
    mark = painted("✓ accepted", _GREEN) if verdict.accepted else painted("✗ rejected", _RED)
    yield f"{mark}  {printable(str(verdict.path))}  {painted(count, _DIM)}"
    refused = verdict.refused
    if refused is not None:
        yield from (f"  {line}" for line in law_lines(refused))
        if refused.line:
            yield f"  at {printable(str(verdict.path))}:{refused.line}"
    if every:
        for law in verdict.laws:
            yield f"    {'✗' if law.outcome.bad else '✓'} {law.name}" + (
                f"  ({law.outcome.value}: {law.message})" if law.outcome.value == "skipped" else ""
            )


def law_lines(law: LawVerdict) -> Iterator[str]:
    """A broken law in plain words, and the code that shows it."""
    yield printable(f"{law.name}: {law.message}")
    if law.counterexample:
        yield from (f"  {line}" for line in printable(law.counterexample).split("\n"))
