"""``torchdrill check``: judge files with solutions."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from quizapp.cli.exits import Exit
from quizapp.cli.targets import bank_option
from verify.errors import UsageError

if TYPE_CHECKING:
    from verify.bank.model import Item
    from verify.engine import ProveOptions
    from verify.engine.checking import CodeVerdict


@click.command(
    epilog="\b\nExamples:\n"
    "  torchdrill check numerics/softmax softmax.py    judge a file\n"
    "  torchdrill check numerics/softmax *.py --json   several, a line of JSON each\n"
    "\nExit codes: 0 all accepted, 1 one or more rejected, 2 usage, 3 the question breaks the "
    "format, 4 torch or the device is missing, 130 interrupted.",
)
@click.argument("identity", metavar="ID")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda"]),
    default="auto",
    show_default=True,
    help="Where the code runs; auto takes CUDA if it is there.",
)
@click.option("--all", "every", is_flag=True, help="Name every law, not only the first one broken.")
@click.option("--json", "as_json", is_flag=True, help="Write a line of JSON for each file.")
@bank_option
@click.pass_context
def command(
    ctx: click.Context,
    identity: str,
    files: tuple[str, ...],
    device: str,
    every: bool,
    as_json: bool,
    bank: Path | None,
) -> None:
    """Judge files with solutions of a coding question, or with the mended program of a bug.

    Says of each whether it is accepted, and else which law it breaks: the smallest input that
    shows it, what came out and what should have.
    """
    from quizapp.cli.judging import judged_item, report_lines
    from verify.engine import ProveOptions

    item = judged_item(identity, bank)
    sources = [(Path(name), _source(Path(name))) for name in files]
    accepted = True

    def show(verdict: CodeVerdict) -> None:
        nonlocal accepted
        accepted = accepted and verdict.accepted
        if as_json:
            click.echo(json.dumps(verdict.as_json(), ensure_ascii=False))
        else:
            for line in report_lines(verdict, every=every, colour=sys.stdout.isatty()):
                click.echo(line)
        sys.stdout.flush()

    options = ProveOptions(device, jobs=1)
    asyncio.run(_judge(options, item, sources, show))
    ctx.exit(Exit.GOOD if accepted else Exit.WRONG)


async def _judge(
    options: ProveOptions, item: Item, sources: list[tuple[Path, str]], show: object
) -> None:
    from verify.engine import Prover

    async with Prover(options) as prover:
        for path, code in sources:
            verdict = await prover.check(item, code, path)
            assert callable(show)
            show(verdict)


def _source(path: Path) -> str:
    """The text of a file.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise UsageError(
            f"cannot be read ({error.strerror})", where=str(path), todo="name a Python file"
        ) from None
    except UnicodeDecodeError:
        raise UsageError("is no UTF-8 text", where=str(path), todo="name a Python file") from None
