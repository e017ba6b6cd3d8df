"""``torchdrill restore``: take progress from a backup."""

from __future__ import annotations

from pathlib import Path

import click

from verify import locations


@click.command(
    epilog="\b\nExamples:\n"
    "  torchdrill restore torchdrill-backup-2026-12-02.sqlite3\n"
    "  torchdrill restore before.sqlite3 --yes\n"
    "\nA backup of an earlier torchdrill is brought up to date; the backup itself stays as it is.",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def command(file: Path, yes: bool) -> None:
    """Put a backup in the place of the present progress.

    What is there now is kept beside it as a backup of its own, and can be restored in turn. Other
    windows of torchdrill have to be closed first.
    """
    from quizapp.cli.own import confirm, counted
    from quizapp.study.clock import now
    from quizapp.study.restoring import read_backup, restore

    path = locations.progress_file()
    with read_backup(file) as backup:
        last = "" if backup.last is None else f", the last of {backup.last.astimezone():%Y-%m-%d}"
        there = f"{counted(backup.answers, 'answer')}{last}"
        here = counted(_present(path), "answer")
        confirm(f"The backup has {there}; it takes the place of {here}.", yes=yes)
        done = restore(backup, path, now=now())
    if done.notice:
        click.echo(done.notice, err=True)
    click.echo(f"{counted(done.before, 'answer')} before, {done.after} now", err=True)
    if done.aside is not None:
        click.echo(f"What was there is kept as {done.aside}", err=True)


def _present(path: Path) -> int:
    """How many answers count now."""
    from quizapp.cli.own import opened
    from quizapp.study.restoring import count_answers

    if not path.exists():
        return 0
    with opened({}) as store, store.reading() as sql:
        return count_answers(sql)
