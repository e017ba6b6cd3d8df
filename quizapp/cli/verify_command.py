"""``torchdrill verify``: prove answers, or run the code of any Markdown file."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from quizapp.cli.exits import Exit
from quizapp.cli.survey import Survey, known_survey, survey
from quizapp.cli.targets import bank_option, resolve
from quizapp.cli.verify_ledger import Ledger
from quizapp.cli.verify_run import complain, prove, show_known
from verify.errors import SurroundingsError, UsageError
from verify.report import machine, tables, terminal

if TYPE_CHECKING:
    from verify.engine import ProveOptions
    from verify.engine.launching import LauncherProcess

_FEW = 5
"""So many targets are read in no time."""


@click.command(
    epilog="\b\nExamples:\n"
    "  torchdrill verify                          the whole bank\n"
    "  torchdrill verify autograd                 a topic\n"
    "  torchdrill verify autograd/leaf-gradients  a question\n"
    "  torchdrill verify notes.md README.md       any Markdown: its python fences run in order\n"
    "  torchdrill verify ~/my-pack --json -       a pack of your own, JSON on stdout\n"
    "  torchdrill verify --stale                  what this torch has not proved yet\n"
    "\nExit codes: 0 all held, 1 something did not, 2 usage, 3 a file breaks the format, "
    "4 torch or the device is missing, 130 interrupted. In the JSON, totals count checks.\n"
    "\nA terminal shows the answers that are wrong (all, if there are few), wrapped to its width, "
    "and after several topics a table by topic and the five slowest answers. A pipe gets a line "
    "for each answer, a line with file:line for each check that did not pass, and no table. "
    "NO_COLOR is honoured.",
)
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda"]),
    default="auto",
    show_default=True,
    help="Where answers run; auto takes CUDA if it is there.",
)
@click.option(
    "--jobs",
    "-j",
    type=click.IntRange(1, 64),
    default=None,
    help="Workers side by side (one for each core, at most 8).",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0.1),
    default=60.0,
    show_default=True,
    help="Seconds that one answer may take.",
)
@click.option(
    "--examples",
    type=click.IntRange(1),
    default=100,
    show_default=True,
    help="Examples drawn for each property.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    default=0,
    show_default=True,
    help="Seed of every random generator.",
)
@click.option(
    "--launcher",
    type=click.Choice(["fork", "spawn"]),
    help="Run each answer in a fork, or one after another in workers that are set right between "
    "(fork on Linux, spawn for CUDA and elsewhere).",
)
@click.option(
    "--trust",
    is_flag=True,
    help="Run what is not the built-in bank without walls: with the network, and your files.",
)
@click.option(
    "--no-cache", is_flag=True, help="Prove also what has not changed since it was proved."
)
@click.option(
    "--record", is_flag=True, help="Write what was proved, and where, into the pack itself."
)
@click.option(
    "--stale", is_flag=True, help="Prove nothing: list what is not proved here yet, and why."
)
@click.option("--json", "json_file", metavar="FILE", help="Write verdicts as JSON; - is stdout.")
@click.option("--junit", "junit_file", metavar="FILE", help="Write verdicts as JUnit XML.")
@click.option(
    "--update",
    is_flag=True,
    help="Put real output into output fences that differ, after showing the difference; never "
    "in an answer that fails otherwise or prints something else with another seed.",
)
@click.option("--yes", is_flag=True, help="With --update: write without asking.")
@bank_option
@click.pass_context
def command(
    ctx: click.Context,
    targets: tuple[str, ...],
    device: str,
    jobs: int | None,
    timeout: float,
    examples: int,
    seed: int,
    launcher: str | None,
    trust: bool,
    no_cache: bool,
    record: bool,
    stale: bool,
    json_file: str | None,
    junit_file: str | None,
    update: bool,
    yes: bool,
    bank: Path | None,
) -> None:
    """Run answers and say which of their claims hold here.

    A TARGET is a question's id, a topic, a pack's folder, or any Markdown file. Without one,
    the whole bank is proved. What was proved before, and has not changed since, is not proved
    again.
    """
    workers = jobs or min(os.cpu_count() or 1, 8)

    def options(count: int) -> ProveOptions:
        from verify.engine import ProveOptions  # with asyncio: an unchanged bank needs neither
        from verify.engine.launching import Launcher

        forced = Launcher(launcher) if launcher else None
        return ProveOptions(device, count, timeout, examples, seed, launcher=forced, trust=trust)

    if update or yes:
        if json_file or junit_file or record or stale or not update:
            raise UsageError("--update goes with targets and --yes alone, and --yes with --update")
        from quizapp.cli import verify_update

        ctx.exit(verify_update.run(resolve(targets, bank), options(workers), yes=yes))
    ledger = Ledger(device, examples, seed, ctx.params, cache=not no_cache)
    if stale:
        if record or json_file or junit_file:
            raise UsageError("--stale proves nothing, so it goes without --record and reports")
        ctx.exit(_list_stale(ledger, survey(targets, bank)))
    began = time.perf_counter()
    plain = json_file != "-" and junit_file != "-"
    # Reading a few words says at once if one is wrong; what is much is read while torch loads,
    # unless it may turn out that nothing is to be proved.
    if targets and (len(targets) <= _FEW or not ledger.empty):
        found: Survey | None = survey(targets, bank)
    else:
        found = None if targets else known_survey(targets, bank)
    if found is not None:
        complain(found.defects, nothing=not found.named)
    where = ledger.expected
    known = ledger.unchanged(found, where) if found is not None else {}
    if found is not None and where is not None and len(known) == len(found):
        verdicts = [known[number] for number in range(len(found))]
        show_known(verdicts, plain=plain)
    else:
        count = workers if found is None else min(workers, len(found) - len(known))
        begun = _launched(device, launcher, count)  # first of all: it takes longer than the rest
        todo = (targets, bank) if found is None else found
        found, verdicts, where = prove(options(count), todo, ledger, begun, plain=plain)
    seconds = time.perf_counter() - began
    width = terminal.width_of(sys.stderr)
    if width:
        for line in tables.summary_lines(verdicts, width):
            click.echo(line, err=True)
    click.echo(terminal.summary_line(verdicts, where, seconds, width), err=True)
    if json_file:
        data = machine.as_json(verdicts, where, seconds)
        _write(json_file, json.dumps(data, indent=1, ensure_ascii=False) + "\n")
    if junit_file:
        _write(junit_file, machine.as_junit(verdicts, where, seconds))
    ledger.keep(found, verdicts, where)
    if record:
        ledger.record(found, verdicts, where)
    if found.defects:
        ctx.exit(Exit.CONTENT)
    ctx.exit(Exit.WRONG if any(verdict.outcome.bad for verdict in verdicts) else Exit.GOOD)


def _launched(device: str, launcher: str | None, count: int) -> LauncherProcess | None:
    from verify.engine.launching import Launcher, LauncherProcess, best, workers_for

    kind = Launcher(launcher) if launcher else best(device)
    return LauncherProcess(workers_for(count)) if kind is Launcher.FORK else None


def _list_stale(ledger: Ledger, found: Survey) -> Exit:
    """List what is not proved here: name and reason, with a tab between."""
    complain(found.defects, nothing=not found.named)
    count = 0
    for name, reason in ledger.stale(found):
        click.echo(f"{name}\t{reason}")
        count += 1
    click.echo(f"{count} of {len(found)} answers not proved here", err=True)
    if count:
        return Exit.WRONG
    return Exit.CONTENT if found.defects else Exit.GOOD


def _write(name: str, text: str) -> None:
    if name == "-":
        click.echo(text, nl=False)
        return
    try:
        Path(name).write_text(text, "utf-8")
    except OSError as error:
        raise SurroundingsError(
            f"cannot be written ({error.strerror})", where=name, todo="name a writable file"
        ) from None
