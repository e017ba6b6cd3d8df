"""``torchdrill verify``: prove answers, or run the code of any Markdown file."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from pathlib import Path

import click

from quizapp.cli.exits import Exit
from quizapp.cli.targets import Targets, bank_option, resolve
from verify import locations
from verify.bank.model import Item
from verify.engine import AnswerVerdict, ProveOptions, Prover
from verify.engine.facts import Facts
from verify.errors import SurroundingsError
from verify.report import machine, terminal

_FEW = 10
"""So many answers a terminal shows one by one."""


@click.command(
    epilog="\b\nExamples:\n"
    "  torchdrill verify                          the whole bank\n"
    "  torchdrill verify autograd                 a topic\n"
    "  torchdrill verify autograd/leaf-gradients  a question\n"
    "  torchdrill verify notes.md README.md       any Markdown: its python fences run in order\n"
    "  torchdrill verify ~/my-pack --json -       a pack of your own, JSON on stdout\n"
    "\nExit codes: 0 all held, 1 something did not, 2 usage, 3 a file breaks the format, "
    "4 torch or the device is missing, 130 interrupted. In the JSON, totals count checks.",
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
@click.option("--json", "json_file", metavar="FILE", help="Write verdicts as JSON; - is stdout.")
@click.option("--junit", "junit_file", metavar="FILE", help="Write verdicts as JUnit XML.")
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
    json_file: str | None,
    junit_file: str | None,
    bank: Path | None,
) -> None:
    """Run answers and say which of their claims hold here.

    A TARGET is a question's id, a topic, a pack's folder, or any Markdown file. Without one,
    the whole bank is proved.
    """
    # Resolving a few words says at once if one is wrong; a whole bank is read while torch loads.
    found = resolve(targets, bank) if targets else None
    workers = jobs or min(os.cpu_count() or 1, 8)
    if found is not None:
        workers = max(1, min(workers, len(found.subjects)))
    prover = Prover(ProveOptions(device, workers, timeout, examples, seed))
    began = time.perf_counter()
    plain = json_file != "-" and junit_file != "-"
    found, verdicts = asyncio.run(_prove(prover, found, bank, plain=plain))
    seconds = time.perf_counter() - began
    where = prover.surroundings
    click.echo(terminal.summary_line(verdicts, where, seconds), err=True)
    if json_file:
        data = machine.as_json(verdicts, where, seconds)
        _write(json_file, json.dumps(data, indent=1, ensure_ascii=False) + "\n")
    if junit_file:
        _write(junit_file, machine.as_junit(verdicts, where, seconds))
    _record(found, verdicts, prover, examples)
    if found.defects:
        ctx.exit(Exit.CONTENT)
    ctx.exit(Exit.WRONG if any(verdict.outcome.bad for verdict in verdicts) else Exit.GOOD)


async def _prove(
    prover: Prover, found: Targets | None, bank: Path | None, *, plain: bool
) -> tuple[Targets, list[AnswerVerdict]]:
    progress = terminal.Progress(sys.stderr)
    progress.show("starting torch …")
    starting = asyncio.ensure_future(prover.start())
    try:
        await asyncio.sleep(0)  # the workers are launched before this returns
        found = resolve((), bank) if found is None else found
        _complain(found)
        await starting
        progress.begin(len(found.subjects))
        report = _Report(progress, plain=plain, few=len(found.subjects) <= _FEW)
        return found, await prover.prove_all(found.subjects, report)
    finally:
        starting.cancel()
        await prover.close()
        progress.clear()


def _complain(found: Targets) -> None:
    """Say what is wrong with the files, and leave if nothing is left to prove."""
    for defect in found.defects:
        click.echo(str(defect), err=True)
    if not found.subjects:
        click.echo("nothing to prove: no sound question and answer here", err=True)
        raise SystemExit(Exit.CONTENT if found.defects else Exit.USAGE)


class _Report:
    """Writes a verdict as it comes.

    A terminal gets a live line, and below it the failures, or every answer if there are few; a
    pipe gets every answer on a line of its own.
    """

    def __init__(self, progress: terminal.Progress, *, plain: bool, few: bool) -> None:
        self._progress = progress
        self._plain = plain
        self._every = few or not sys.stdout.isatty()
        self._colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def __call__(self, verdict: AnswerVerdict) -> None:
        if self._plain and (self._every or verdict.outcome.bad):
            self._progress.clear()
            for line in terminal.answer_lines(verdict, colour=self._colour):
                click.echo(line)
        self._progress.step(verdict)


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


def _record(found: Targets, verdicts: list[AnswerVerdict], prover: Prover, examples: int) -> None:
    """Remember what was proved, so that the app can say so under each answer."""
    facts = Facts(locations.facts_file())
    for subject, verdict in zip(found.subjects, verdicts, strict=True):
        if isinstance(subject, Item):
            facts.record(subject, verdict, prover.surroundings, examples)
    facts.save()
