"""``torchdrill search``: questions whose title, tags, prompt or answer hold the words."""

from __future__ import annotations

from pathlib import Path

import click

from quizapp.cli.exits import Exit
from quizapp.cli.targets import bank_option, root_of
from verify import locations
from verify.bank import Entry, load_index


@click.command(
    epilog="\b\nExamples:\n  torchdrill search retain_graph\n  torchdrill search cross entropy",
)
@click.argument("words", nargs=-1, required=True)
@bank_option
@click.pass_context
def command(ctx: click.Context, words: tuple[str, ...], bank: Path | None) -> None:
    """Search titles, tags, prompts and answers; every word must occur, case does not matter."""
    root = root_of(bank)
    index = load_index(root, locations.cache_folder())
    wanted = [word.casefold() for word in " ".join(words).split()]
    found = [
        (rank, entry) for entry in index.entries.values() if (rank := _rank(root, entry, wanted))
    ]
    for _, entry in sorted(found, key=lambda pair: (-pair[0], pair[1].id)):
        click.echo(f"{entry.id}  {entry.title}")
    if not found:
        click.echo("nothing found", err=True)
        ctx.exit(Exit.WRONG)


def _rank(root: Path, entry: Entry, wanted: list[str]) -> int:
    """How well an entry fits; 0 if a word occurs nowhere in it."""
    title = f"{entry.id} {entry.title} {' '.join(entry.tags)}".casefold()
    texts = [title]
    for folder in ("questions", "answers"):
        try:
            texts.append((root / folder / f"{entry.id}.md").read_text("utf-8").casefold())
        except OSError:
            continue
    if not all(any(word in text for text in texts) for word in wanted):
        return 0
    in_title = sum(word in title for word in wanted)
    return 1 + 1000 * in_title + sum(text.count(word) for word in wanted for text in texts)
