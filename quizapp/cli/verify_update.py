"""``torchdrill verify --update``: real output into ``output`` fences, shown before written."""

from __future__ import annotations

import asyncio
import sys

import click
import msgspec

from quizapp.cli.exits import Exit
from quizapp.cli.targets import Targets
from verify.engine import AnswerVerdict, ProveOptions, Prover
from verify.errors import SurroundingsError
from verify.report import terminal, updating
from verify.report.updating import Refused, Update


def run(found: Targets, options: ProveOptions, *, yes: bool) -> Exit:
    """Prove all, show what would change, and write it if that is wanted.

    Args:
        found: what to prove.
        options: how; outputs are proved once more with another seed.
        yes: write without asking.  Else a terminal is asked, and without one nothing is written.

    Raises:
        SurroundingsError: torch or the device is missing, or a file cannot be written.
    """
    for defect in found.defects:
        click.echo(str(defect), err=True)
    updates, refused, wrong = asyncio.run(_propose(found, options))
    for refusal in refused:
        for line in refusal.lines:
            click.echo(line, err=True)
    for update in updates:
        for line in updating.difference(update):
            click.echo(line)
    bad = Exit.CONTENT if found.defects else Exit.WRONG if wrong else Exit.GOOD
    if not updates:
        if not wrong:
            click.echo("nothing to update: every output is what is printed", err=True)
        return bad
    files = f"{len(updates)} file{'' if len(updates) == 1 else 's'}"
    if not yes:
        if not sys.stdin.isatty():
            click.echo(f"{files} not written: say --yes to write", err=True)
            return bad or Exit.WRONG
        if not click.confirm(f"Write {files}?", err=True):
            return bad or Exit.WRONG
    return bad if _write(updates) else (bad or Exit.WRONG)


def _write(updates: list[Update]) -> bool:
    """Write all; False if a file had changed meanwhile and was left alone."""
    whole = True
    for update in updates:
        name = terminal.shown_path(updating.path_of(update.subject))
        try:
            updating.write(update)
        except ValueError as error:
            click.echo(f"{name}: not written: {error}", err=True)
            whole = False
        except OSError as error:
            raise SurroundingsError(
                f"cannot be written ({error.strerror})", where=name, todo="make it writable"
            ) from None
        else:
            click.echo(f"{name}: written", err=True)
    return whole


async def _propose(
    found: Targets, options: ProveOptions
) -> tuple[list[Update], list[Refused], bool]:
    """The updates that held twice, what was refused, and whether anything stays wrong."""
    verdicts = await _prove(found.subjects, options)
    proposals = [
        updating.propose(subject, verdict)
        for subject, verdict in zip(found.subjects, verdicts, strict=True)
    ]
    refused = [proposal for proposal in proposals if isinstance(proposal, Refused)]
    candidates = [proposal for proposal in proposals if isinstance(proposal, Update)]
    others = [
        verdict
        for verdict, proposal in zip(verdicts, proposals, strict=True)
        if proposal is None and verdict.outcome.bad
    ]
    for verdict in others:
        for line in terminal.answer_lines(verdict, colour=False):
            click.echo(line, err=True)
    updates = []
    if candidates:
        another = msgspec.structs.replace(options, seed=(options.seed + 1) % 2**32)
        again = await _prove([updating.updated(update) for update in candidates], another)
        for update, verdict in zip(candidates, again, strict=True):
            refusal = updating.confirm(update, verdict)
            if refusal is None:
                updates.append(update)
            else:
                refused.append(refusal)
    return updates, refused, bool(refused or others)


async def _prove(subjects: list[updating.Subject], options: ProveOptions) -> list[AnswerVerdict]:
    progress = terminal.Progress(sys.stderr)
    progress.show("starting torch …")
    jobs = max(1, min(options.jobs, len(subjects)))
    try:
        async with Prover(msgspec.structs.replace(options, jobs=jobs)) as prover:
            progress.begin(len(subjects))
            return await prover.prove_all(subjects, progress.step)
    finally:
        progress.clear()
