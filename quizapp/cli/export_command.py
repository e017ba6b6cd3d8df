"""``torchdrill export``: progress for other programs, the bank for Anki and Jupyter."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from quizapp.cli.filters import filter_options
from quizapp.cli.own import counted, entries_of, opened
from quizapp.cli.targets import bank_option, root_of
from verify.errors import UsageError

if TYPE_CHECKING:
    from verify.bank.model import Item

Function = TypeVar("Function", bound=Callable[..., Any])

_force = click.option("--force", is_flag=True, help="Replace a file that is there.")


def _to_file(function: Function) -> Function:
    option = click.option(
        "--output",
        "-o",
        type=click.Path(path_type=Path, allow_dash=True),
        default=Path("-"),
        help="The file to write (stdout).",
    )
    return option(_force(function))


def _choosing(function: Function) -> Function:
    """Add what chooses questions."""
    marked = click.option("--bookmarks", "marked", is_flag=True, help="Only what you bookmarked.")
    return filter_options(marked(_force(bank_option(function))))


@click.group(
    epilog="\b\nExamples:\n"
    "  torchdrill export json -o progress.json     all that is yours, for other programs\n"
    "  torchdrill export csv > answers.csv         a row for each answer, for a spreadsheet\n"
    "  torchdrill export anki --topic autograd     cards, as torchdrill.apkg\n"
    "  torchdrill export notebook nb autograd      a notebook for each answer, into nb/\n"
    "\nTo take progress to another machine there is `torchdrill backup`.",
)
def command() -> None:
    """Write your progress as JSON or CSV, or the bank as Anki cards or notebooks."""


@command.command(
    "json",
    epilog="\b\nExamples:\n"
    "  torchdrill export json | jq '.answers[] | select(.counts) | .question'\n"
    "  torchdrill export json -o progress.json",
)
@_to_file
@bank_option
def as_json(output: Path, force: bool, bank: Path | None) -> None:
    """Write all that is yours as one JSON document.

    Answers (also those that were amended, taken back or reset, and are marked so), cards,
    bookmarks, settings, sessions and drafts.
    """
    from quizapp.study.clock import now
    from quizapp.study.export.as_json import json_text
    from quizapp.study.export.records import collect

    with opened(entries_of(root_of(bank))) as store:
        progress = collect(store)
    _put(output, json_text(progress, now=now()), force=force)
    click.echo(f"{counted(len(progress.answers), 'answer')} exported", err=True)


@command.command(
    "csv",
    epilog="\b\nExamples:\n"
    "  torchdrill export csv -o answers.csv\n"
    "\nText that a spreadsheet would take for a formula has an apostrophe in front.",
)
@_to_file
@bank_option
def as_csv(output: Path, force: bool, bank: Path | None) -> None:
    """Write a table with a row for each answer that counts."""
    from quizapp.study.export.as_csv import csv_text
    from quizapp.study.export.records import collect

    entries = entries_of(root_of(bank))
    with opened(entries) as store:
        progress = collect(store)
    _put(output, csv_text(progress, entries), force=force)
    rows = sum(answer.counts for answer in progress.answers)
    click.echo(f"{counted(rows, 'answer')} exported", err=True)


@command.command(
    "anki",
    epilog="\b\nExamples:\n"
    "  torchdrill export anki                          the whole bank, as torchdrill.apkg\n"
    "  torchdrill export anki --kind recall -l senior  some of it\n"
    "  torchdrill export anki --bookmarks -o mine.apkg\n"
    "\nImporting a later export updates the cards, and keeps when Anki asks them.",
)
@click.argument("words", nargs=-1, metavar="[ID|TOPIC]...")
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    default=Path("torchdrill.apkg"),
    show_default=True,
    help="The file to write.",
)
@_choosing
def as_anki(words: tuple[str, ...], output: Path, force: bool, **chosen: Any) -> None:
    """Write questions as an Anki package, a deck for each topic."""
    from quizapp.study.clock import now
    from quizapp.study.export.anki import write_anki
    from quizapp.study.export.writing import appearing

    items = _items(words, **chosen)
    with appearing(output, force=force) as part:
        count = write_anki(items, part, now=now())
    click.echo(str(output))
    click.echo(counted(count, "card"), err=True)


@command.command(
    "notebook",
    epilog="\b\nExamples:\n"
    "  torchdrill export notebook nb                           the whole bank\n"
    "  torchdrill export notebook nb autograd numerics/softmax\n"
    "  torchdrill export notebook nb --kind output -l junior\n"
    "\nA notebook runs from top to bottom; what has to raise is caught, and what needs a GPU asks "
    "for one first.",
)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), metavar="DIR")
@click.argument("words", nargs=-1, metavar="[ID|TOPIC]...")
@_choosing
def as_notebook(folder: Path, words: tuple[str, ...], force: bool, **chosen: Any) -> None:
    """Write answers as Jupyter notebooks that run.

    Each goes into DIR/topic/slug.ipynb. What it was proved to print stands under each cell.
    """
    from quizapp.study.export.notebook import notebook_text
    from quizapp.study.export.writing import expect_free, write_whole

    files = {folder / f"{item.id}.ipynb": item for item in _items(words, **chosen)}
    for path in files:
        expect_free(path, force=force)  # all of them before the first is written
    for path, item in files.items():
        write_whole(path, notebook_text(item).encode(), force=force)
        click.echo(str(path))
    click.echo(counted(len(files), "notebook"), err=True)


def _put(output: Path, text: str, *, force: bool) -> None:
    """Write to stdout or into a file, as it is: nothing is done to the ends of lines."""
    from quizapp.study.export.writing import write_whole

    if str(output) == "-":
        sys.stdout.buffer.write(text.encode())
        sys.stdout.flush()
    else:
        write_whole(output, text.encode(), force=force)


def _items(
    words: Sequence[str],
    *,
    bank: Path | None,
    topics: Collection[str],
    levels: Collection[str],
    kinds: Collection[str],
    marked: bool,
) -> list[Item]:
    """The questions that are named and fit, in order.

    Raises:
        UsageError: a word names no question, or none fits.
        ContentError: a question that was named cannot be read.
    """
    from quizapp.cli.targets import resolve
    from quizapp.study.bookmarks import bookmarks
    from quizapp.study.selection import Filters, check
    from verify.bank.model import Item

    entries = entries_of(root_of(bank))
    check(entries, Filters(tuple(topics), tuple(levels), tuple(kinds)))
    found = resolve(words, bank)
    mine: Collection[str] = ()
    if marked:
        with opened(entries) as store:
            mine = bookmarks(store)
    items = []
    for subject in found.subjects:
        if not isinstance(subject, Item):
            raise UsageError("this is no question", where=str(subject.path), todo="name an id")
        head = subject.question.head
        fits = (not topics or subject.question.topic in topics) and (
            (not levels or head.level in levels) and (not kinds or head.kind in kinds)
        )
        if fits and (not marked or subject.id in mine):
            items.append(subject)
    if found.defects:
        count = counted(len({defect.path for defect in found.defects}), "file")
        click.echo(f"{count} left out, for defects: `torchdrill lint`", err=True)
    if not items:
        raise UsageError("no question fits", todo="`torchdrill list` shows what there is")
    return items
