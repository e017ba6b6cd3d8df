"""Proving what ``torchdrill verify`` was asked for, and showing verdicts as they come."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from quizapp.cli.exits import Exit
from quizapp.cli.survey import Survey, survey
from quizapp.cli.verify_ledger import Ledger
from verify.bank.model import Defect
from verify.engine.verdicts import AnswerVerdict, Surroundings
from verify.report import terminal

if TYPE_CHECKING:
    from verify.engine import ProveOptions
    from verify.engine.launching import LauncherProcess

_FEW = 10
"""So many answers a terminal shows one by one."""


Words = tuple[Sequence[str], Path | None]
"""What was named, and the pack it is of."""


def prove(
    options: ProveOptions,
    todo: Survey | Words,
    ledger: Ledger,
    begun: LauncherProcess | None,
    *,
    plain: bool,
) -> tuple[Survey, list[AnswerVerdict], Surroundings]:
    """Prove what the ledger does not know yet, in workers.

    Args:
        options: how.
        todo: what; words are read while torch loads.
        ledger: what is known.
        begun: a process that launches workers, if one was started already.
        plain: whether stdout takes verdicts as text.

    Raises:
        SurroundingsError: torch or the device is missing.
        UsageError: a word names nothing.
        ContentError: a file cannot be read, or not any more.
    """
    import asyncio

    return asyncio.run(_prove(options, todo, ledger, begun, plain=plain))


async def _prove(
    options: ProveOptions,
    todo: Survey | Words,
    ledger: Ledger,
    begun: LauncherProcess | None,
    *,
    plain: bool,
) -> tuple[Survey, list[AnswerVerdict], Surroundings]:
    import asyncio

    from verify.engine import Prover

    prover = Prover(options, begun)
    progress = terminal.Progress(sys.stderr)
    progress.show("starting torch …")
    starting = asyncio.ensure_future(prover.start())
    try:
        await asyncio.sleep(0)  # the workers are launched before this returns
        if isinstance(todo, Survey):
            found = todo
        else:
            found = survey(*todo)
            complain(found.defects, nothing=not found.named)
        where = ledger.expected
        known = ledger.unchanged(found, where)
        if where is None or len(known) < len(found):
            await prover.wall_in([named.subject for named in found.named])
            await starting
            if where != prover.surroundings:  # seen from here they looked different
                where = prover.surroundings
                known = ledger.unchanged(found, where)
        progress.begin(len(found))
        report = _Report(progress, plain=plain, few=len(found) <= _FEW)
        for verdict in known.values():
            report(verdict)
        left = [number for number in range(len(found)) if number not in known]
        proved = await prover.prove_all([found.named[n].subject for n in left], report)
        known |= zip(left, proved, strict=True)
        return found, [known[number] for number in range(len(found))], where
    finally:
        starting.cancel()
        await prover.close()
        progress.clear()


def show_known(verdicts: Sequence[AnswerVerdict], *, plain: bool) -> None:
    """Show verdicts that are all known already."""
    progress = terminal.Progress(sys.stderr)
    report = _Report(progress, plain=plain, few=len(verdicts) <= _FEW)
    progress.begin(len(verdicts))
    try:
        for verdict in verdicts:
            report(verdict)
    finally:
        progress.clear()


def complain(defects: Sequence[Defect], *, nothing: bool) -> None:
    """Say what is wrong with the files, and leave if nothing is left to prove."""
    for defect in defects:
        click.echo(str(defect), err=True)
    if nothing:
        click.echo("nothing to prove: no sound question and answer here", err=True)
        raise SystemExit(Exit.CONTENT if defects else Exit.USAGE)


class _Report:
    """Writes a verdict as it comes.

    A terminal gets a live line, and below it the failures, or every answer if there are few; a
    pipe gets every answer on a line of its own.
    """

    def __init__(self, progress: terminal.Progress, *, plain: bool, few: bool) -> None:
        self._progress = progress
        self._plain = plain
        self._every = few or not sys.stdout.isatty()
        self._colour = terminal.coloured(sys.stdout)
        self._width = terminal.width_of(sys.stdout)

    def __call__(self, verdict: AnswerVerdict) -> None:
        if self._plain and (self._every or verdict.outcome.bad):
            self._progress.clear()
            for line in terminal.answer_lines(verdict, colour=self._colour, width=self._width):
                click.echo(line)
        self._progress.step(verdict)
