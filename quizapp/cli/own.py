"""What the commands share that are about a person's own data."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from verify import locations
from verify.errors import StoreError, UsageError

if TYPE_CHECKING:
    from quizapp.study.store import Store
    from verify.bank.index import Entry


@contextmanager
def opened(entries: dict[str, Entry], *, changing: bool = False) -> Iterator[Store]:
    """The progress, its notice told; one in memory if there is none yet and none is to be made.

    Args:
        entries: the index of the pack, by whose ids history is found.
        changing: whether it is to be changed.

    Raises:
        StoreError: it cannot be opened, or not be changed where it has to be.
    """
    from quizapp.study.store import Store

    there = locations.progress_file().exists()
    with Store.open() if there or changing else Store.in_memory() as store:
        if store.notice:
            click.echo(store.notice, err=True)
        if changing and not store.saving:
            raise StoreError(
                "progress cannot be changed",
                where=str(locations.progress_file()),
                todo="`torchdrill doctor` says more",
            )
        store.adopt(entries)
        yield store


def entries_of(root: Path) -> dict[str, Entry]:
    """The index of a pack, by id."""
    from verify.bank.index import load_index

    return load_index(root, locations.cache_folder()).entries


def confirm(question: str, *, yes: bool) -> None:
    """Ask before something is taken away.

    Args:
        question: what is about to happen.
        yes: it was said already.

    Raises:
        UsageError: there is nobody to ask.
        Abort: the answer is no.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError(
            "this has to be confirmed, and there is no terminal to ask on",
            why=question,
            todo="say --yes if you are sure",
        )
    if not click.confirm(f"{question} Go on?", err=True):
        click.echo("Nothing was changed.", err=True)
        raise click.Abort


def counted(number: int, word: str) -> str:
    """``1 answer``, ``12 answers``."""
    return f"{number} {word}{'' if number == 1 else 's'}"
