"""``torchdrill practice``: write code for a question, and have it judged."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from quizapp.cli.targets import bank_option, root_of
from verify import locations


@click.command(
    epilog="\b\nExamples:\n"
    "  torchdrill practice                            what is due, else what is new, in the app\n"
    "  torchdrill practice numerics/softmax           this one\n"
    "  torchdrill practice numerics/softmax --watch   in an editor of yours: judged at each save\n"
    "  torchdrill practice numerics/softmax --editor  in $VISUAL or $EDITOR, judged when it ends\n"
    "  torchdrill practice --plain                    list exercises, what to do next first\n"
    "\nWhat is written is kept, and goes on the next time. A pass without help makes a question "
    "come back later than one after failures, with hints, or after looking at the solution.",
)
@click.argument("identity", metavar="[ID]", required=False)
@click.option("--watch", is_flag=True, help="Write a file, and judge it at each save.")
@click.option("--editor", is_flag=True, help="Open your editor, and judge when it ends.")
@click.option(
    "--plain", is_flag=True, help="As text, without drawing: for pipes and screen readers."
)
@click.option(
    "--file",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    help="With --watch: the file (named after the question, in this folder).",
)
@bank_option
def command(
    identity: str | None,
    watch: bool,
    editor: bool,
    plain: bool,
    file: Path | None,
    bank: Path | None,
) -> None:
    """Practise coding answers before a judge.

    Without an ID it takes what was begun, then what is due, then what is new.
    """
    root = root_of(bank)
    text = watch or editor
    if identity is None and not text and (plain or not sys.stdout.isatty()):
        _list(root)
        return
    if not text and not plain:
        from quizapp.cli.start import open_practice

        open_practice(root, identity)
        return
    from quizapp.cli.plain_practice import Outside

    with Outside(root, identity) as outside:
        if watch:
            outside.watch(file)
        else:
            outside.edit(asking=plain)


def _list(root: Path) -> None:
    """Every exercise with how far one is, what to do next first."""
    from quizapp.study.clock import now
    from quizapp.study.practice import statuses
    from quizapp.study.store import Store
    from verify.bank import load_index

    entries = load_index(root, locations.cache_folder()).entries
    with Store.open() as store:
        store.adopt(entries)
        rows = statuses(entries, store, now())
    width = max((len(entry.id) for entry, _ in rows), default=0)
    for entry, status in rows:
        title = entries[entry.id].title
        click.echo(f"{status.value:<6}  {entry.id:<{width}}  {entry.level:<6}  {title}")
    click.echo(f"{len(rows)} exercises; `torchdrill practice ID` opens one", err=True)
