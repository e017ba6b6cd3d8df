"""The scorecard of a mock interview outside the app, as Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from quizapp.study.clock import now
from quizapp.study.mock.markdown import as_markdown
from quizapp.study.mock.scorecard import mock_history, scorecard
from quizapp.study.store import Store
from verify import locations
from verify.bank.index import Entry, load_index
from verify.errors import UsageError


def card_text(store: Store, entries: Mapping[str, Entry], number: int) -> str:
    """The scorecard of an ended interview."""
    return as_markdown(scorecard(store, entries, number), entries, now().tzinfo)


def export_last(root: Path, file: Path) -> None:
    """Write the scorecard of the last interview to a new file, or to stdout for ``-``.

    Raises:
        UsageError: no interview was finished, or the file is there already or cannot be written.
    """
    entries = load_index(root, locations.cache_folder()).entries
    with Store.open() as store:
        if store.notice:
            click.echo(store.notice, err=True)
        store.adopt(entries)
        history = mock_history(store, entries)
        if not history:
            raise UsageError("no interview was finished yet", todo="torchdrill mock")
        text = card_text(store, entries, history[-1].number)
    if str(file) == "-":
        click.echo(text, nl=False)
        return
    try:
        with file.open("x", encoding="utf-8") as target:
            target.write(text)
    except FileExistsError:
        raise UsageError("the file exists", where=str(file), todo="choose another name") from None
    except OSError as error:
        raise UsageError(f"cannot be written ({error.strerror})", where=str(file)) from None
    click.echo(f"written to {file}", err=True)
