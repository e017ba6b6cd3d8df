"""``torchdrill backup``: all progress in one file."""

from __future__ import annotations

from pathlib import Path

import click

from verify import locations
from verify.errors import UsageError


@click.command(
    epilog="\b\nExamples:\n"
    "  torchdrill backup                     torchdrill-backup-2026-12-02.sqlite3, in this folder\n"
    "  torchdrill backup ~/Backups           the same, in that folder\n"
    "  torchdrill backup before.sqlite3\n"
    "\nWorks while the app is open. `torchdrill restore FILE` takes it back.",
)
@click.argument("file", type=click.Path(path_type=Path), required=False)
def command(file: Path | None) -> None:
    """Write all progress into one file: answers, drafts, bookmarks, sessions and settings.

    Writes the name of the file to stdout. An existing file is never overwritten.
    """
    from quizapp.cli.own import counted, opened
    from quizapp.study.clock import now
    from quizapp.study.restoring import count_answers

    source = locations.progress_file()
    if not source.exists():
        raise UsageError("there is nothing to back up yet", where=str(source))
    target = _target(file, f"torchdrill-backup-{now():%Y-%m-%d}")
    with opened({}) as store:
        store.backup(target)
        with store.reading() as sql:
            answers = count_answers(sql)
    click.echo(str(target))
    click.echo(f"{counted(answers, 'answer')} backed up", err=True)


def _target(file: Path | None, name: str) -> Path:
    """The file to write: the one named, or one by the day that is not there yet.

    Raises:
        UsageError: the one named is there.
    """
    if file is not None and not file.is_dir():
        if file.exists():
            raise UsageError("the file exists", where=str(file), todo="choose another name")
        return file
    folder, count = file or Path(), 1
    target = folder / f"{name}.sqlite3"
    while target.exists():
        count += 1
        target = folder / f"{name}-{count}.sqlite3"
    return target
