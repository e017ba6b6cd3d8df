"""``torchdrill lint``: every defect of a pack, with file, line and what was expected."""

from __future__ import annotations

from pathlib import Path

import click

from quizapp.cli.exits import Exit
from quizapp.cli.targets import root_of
from verify.bank import load_pack
from verify.bank.record import read_record
from verify.report.terminal import shown_path


@click.command(
    epilog="\b\nExamples:\n"
    "  torchdrill lint            the built-in bank\n"
    "  torchdrill lint ~/my-pack  a pack of your own\n"
    "\nExit codes: 0 clean, 2 no pack there, 3 defects found.",
)
@click.argument("pack", required=False, type=click.Path(path_type=Path))
@click.pass_context
def command(ctx: click.Context, pack: Path | None) -> None:
    """Check the files of a pack against the format; nothing is run."""
    loaded = load_pack(root_of(pack))
    _, unreadable = read_record(loaded.root)  # only lint minds: nothing else depends on it
    defects = sorted([*loaded.defects, *unreadable])
    for defect in defects:
        text = str(defect).removeprefix(str(defect.path))
        click.echo(f"{shown_path(defect.path)}{text}")
    count = len(defects)
    sound = len(loaded.items)
    click.echo(f"{sound} sound, {count} defect{'' if count == 1 else 's'}", err=True)
    if not loaded.items and not defects:
        click.echo(f"{loaded.root}: the pack is empty; add questions/<topic>/<slug>.md", err=True)
    ctx.exit(Exit.CONTENT if defects else Exit.GOOD)
