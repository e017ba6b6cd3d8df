"""``torchdrill reset``: answers that are to count no longer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from quizapp.cli.own import confirm, counted, entries_of, opened
from quizapp.cli.targets import bank_option, root_of
from verify import locations
from verify.errors import UsageError

if TYPE_CHECKING:
    from quizapp.study.store import Store
    from verify.bank.index import Entry


@click.command(
    epilog="\b\nExamples:\n"
    "  torchdrill reset --last                   take the last answer back\n"
    "  torchdrill reset autograd/leaf-gradients  a question is new again\n"
    "  torchdrill reset autograd memory          all of two topics\n"
    "  torchdrill reset --all                    all of them, after a backup\n"
    "\nBookmarks and settings stay, and so do the rows in the log, which count no more. To wipe "
    "everything, delete the folder that `torchdrill doctor` calls data.",
)
@click.argument("words", nargs=-1, metavar="[ID|TOPIC]...")
@click.option("--last", is_flag=True, help="Take the last answer back; its question comes again.")
@click.option("--all", "every", is_flag=True, help="Forget all answers; a backup is made first.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@bank_option
def command(words: tuple[str, ...], last: bool, every: bool, yes: bool, bank: Path | None) -> None:
    """Let questions be as if they had never been asked, or take the last answer back."""
    if bool(words) + last + every != 1:
        raise UsageError(
            "say what to reset", todo="name ids or topics, or --all, or --last: one of the three"
        )
    entries = entries_of(root_of(bank))
    if not locations.progress_file().exists():
        click.echo("Nothing was answered yet.", err=True)
        return
    with opened(entries, changing=True) as store:
        if last:
            _undo(store)
        elif every:
            _reset_all(store, yes=yes)
        else:
            _reset(store, _named(words, entries, store), yes=yes)


def _undo(store: Store) -> None:
    from quizapp.study.clock import now
    from quizapp.study.withdrawal import undo_last

    review = undo_last(store, now())
    if review is None:
        click.echo("There is no answer to take back.", err=True)
        return
    when = f"{review.at.astimezone():%Y-%m-%d %H:%M}"
    click.echo(f"{review.id}: {review.mark.value}, answered {when}, counts no more")


def _reset_all(store: Store, *, yes: bool) -> None:
    from quizapp.study.clock import now
    from quizapp.study.opening import free_name
    from quizapp.study.withdrawal import reset

    answers, drafts = len(store.reviews()), len(store.drafts())
    if not answers and not drafts:
        click.echo("Nothing was answered yet.", err=True)
        return
    confirm(f"All of your {counted(answers, 'answer')} will count no more.", yes=yes)
    assert store.path is not None
    kept = free_name(store.path, f"before-reset-{now():%Y-%m-%d-%H%M%S}")
    store.backup(kept)
    answers = reset(store, None, now())
    click.echo(f"{counted(answers, 'answer')} reset")
    click.echo(f"A backup was made before: torchdrill restore {kept}", err=True)


def _reset(store: Store, ids: set[str], *, yes: bool) -> None:
    from quizapp.study.clock import now
    from quizapp.study.withdrawal import question_of, reset

    answers = sum(review.id in ids for review in store.reviews())
    drafts = sum(question_of(store, place) in ids for place in store.drafts())
    if not answers and not drafts:
        click.echo("Nothing was answered there yet.", err=True)
        return
    begun = f" and {counted(drafts, 'draft')}" if drafts else ""
    confirm(f"{counted(answers, 'answer')}{begun} will count no more.", yes=yes)
    answers = reset(store, ids, now())
    click.echo(f"{counted(answers, 'answer')} reset")


def _named(words: Sequence[str], entries: Mapping[str, Entry], store: Store) -> set[str]:
    """The present ids of what was named; also of questions that the bank no longer has.

    Raises:
        UsageError: a word is no id and no topic.
    """
    from quizapp.study.withdrawal import question_of
    from verify.bank.words import nearest

    known = {*entries, *(review.id for review in store.reviews())}
    known |= {question_of(store, place) for place in store.drafts()}
    found: set[str] = set()
    for word in words:
        present = store.present(word)
        topic = {id for id in known if id.startswith(f"{word.rstrip('/')}/")}
        if present in known:
            found.add(present)
        elif topic:
            found |= topic
        else:
            near = nearest(word, [*known, *{id.partition("/")[0] for id in known}])
            raise UsageError(
                f"{word!r} is no question and no topic",
                why=f"the nearest is {near!r}" if near else "",
                todo="`torchdrill list` shows ids",
            )
    return found
