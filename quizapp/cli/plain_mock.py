"""A mock interview as plain text: nothing is drawn, so it serves pipes and screen readers."""

from __future__ import annotations

from pathlib import Path

import click
from msgspec.structs import replace

from quizapp.cli.plain_clock import Asking, EndedError, PausedError, SkippedError
from quizapp.cli.plain_mock_code import Coder
from quizapp.cli.plain_scorecard import card_text
from quizapp.cli.plain_text import options_text
from quizapp.study.clock import now
from quizapp.study.grading import Graded, grade_choice, grade_output, grade_points, rubric
from quizapp.study.mock import wording
from quizapp.study.mock.choosing import shortages
from quizapp.study.mock.interview import Sitting
from quizapp.study.mock.sitting import begin, resume, usual_level
from quizapp.study.mock.state import Asked
from quizapp.study.store import Store
from verify import locations
from verify.bank import Entry, load_index, load_item
from verify.bank.model import Item, Kind
from verify.errors import TorchdrillError, UsageError
from verify.report.wording import printable

MEND = "mend"
"""Typed alone, it lets a bug be mended instead of talked about."""


class _MendingError(Exception):
    """The person wants to mend the program."""


def sit(root: Path, minutes: int | None, level: str | None, seed: int | None) -> None:
    """Hold an interview on stdin and stdout.

    Args:
        root: the pack.
        minutes: begin one of this length; None goes on with the one that was left, or begins the
            usual one.
        level: of the interview; ``any`` for all, None for the usual one.
        seed: of what is left to chance; None takes the time.

    Raises:
        UsageError: nothing fits.
    """
    entries = load_index(root, locations.cache_folder()).entries
    if not entries:
        raise UsageError("no question to ask", where=str(root), todo="torchdrill lint")
    with Store.open() as store:
        if store.notice:
            click.echo(store.notice, err=True)
        store.adopt(entries)
        sitting = resume(store, entries, now()) if minutes is None else None
        if sitting is not None:
            click.echo("Going on with the interview you left.")
        else:
            wanted = usual_level(store) if level is None else None if level == "any" else level
            sitting = _begun(store, entries, minutes or 30, wanted, seed)
        name = wording.named(sitting.minutes, sitting.level)
        click.echo(
            f"Mock interview · {name} · {wording.standing(sitting)}\n"
            "At any prompt: ? skips the question, ! pauses and stops the clock, !! ends the "
            "interview. The clock runs only while you are asked.\n"
        )
        try:
            while (asked := sitting.current) is not None:
                _ask(root, sitting, asked)
        except PausedError:
            click.echo("\nPaused; `torchdrill mock --plain` goes on here.")
            return
        click.echo(card_text(store, entries, sitting.number), nl=False)


def _begun(
    store: Store, entries: dict[str, Entry], minutes: int, level: str | None, seed: int | None
) -> Sitting:
    for sentence in shortages(entries, minutes, level):
        click.echo(sentence, err=True)
    return begin(store, entries, minutes=minutes, level=level, now=now(), seed=seed)


def _ask(root: Path, sitting: Sitting, asked: Asked) -> None:
    """Ask the current question, and say what the clock shows afterwards."""
    try:
        item = load_item(root, asked.id)
    except TorchdrillError as error:
        click.echo(f"{error}\nAnother is asked instead.", err=True)
        sitting.replace(now())
        return
    head = item.question.head
    click.echo(
        f"Question {sitting.position + 1} · {asked.topic} · {head.level} · {head.kind} · "
        f"{wording.left_in_words(sitting.left_here)} of {asked.minutes} min"
    )
    why = wording.why_asked(asked, sitting.level)
    if why:
        click.echo(why)
    click.echo(f"{printable(head.title)}\n\n{printable(item.question.prompt)}\n")
    place = sitting.position
    try:
        _respond(item, sitting, Asking(sitting))
    except SkippedError:
        sitting.skip(now())
        click.echo("Skipped.")
    except EndedError:
        sitting.end(now())
    spent = sitting.state.asked[place]
    click.echo(
        f"This question: {wording.clock(spent.seconds)} of {wording.clock(spent.budget)}. "
        f"In all: {wording.standing(sitting)}.\n"
    )


def _respond(item: Item, sitting: Sitting, asking: Asking) -> None:
    """Take the answer to the current question, and put it on disk."""
    match item.question.head.kind:
        case Kind.CHOICE:
            letters, graded = _choose(item, sitting, asking)
            sitting.answer(letters, graded, now=now())
        case Kind.OUTPUT:
            click.echo("What does it print? End with an empty line.")
            typed = _lines(sitting, asking)
            sitting.answer(typed, grade_output(item, typed), now=now())
        case Kind.CODE:
            Coder(item, asking).work()
        case _:
            _talk(item, sitting, asking)


def _choose(item: Item, sitting: Sitting, asking: Asking) -> tuple[str, Graded]:
    options = sitting.options(item.question)
    click.echo(printable(options_text(options)))
    letters = {chr(ord("a") + number): option.letter for number, option in enumerate(options)}
    several = " (several are right)" if len(item.answer.head.correct) > 1 else ""
    while True:
        typed = asking.line(f"Your choice{several}: ").lower().replace(",", " ").replace(" ", "")
        if typed and set(typed) <= set(letters):
            chosen = {letters[letter] for letter in typed}
            return ",".join(sorted(chosen)), grade_choice(item, chosen)
        click.echo(f"Type one or more of {', '.join(letters)}.")


def _talk(item: Item, sitting: Sitting, asking: Asking) -> None:
    """Let the person speak or write, then tick the points; a bug may be mended instead."""
    bug = item.question.head.kind is Kind.BUG
    if not sitting.draft.revealed:
        mend = f", or type {MEND} to mend it before the judge" if bug else ""
        click.echo(f"Answer aloud or in writing{mend}. End with an empty line.")
        try:
            said = _lines(sitting, asking, mending=bug)
        except _MendingError:
            Coder(item, asking).work()
            return
        sitting.keep(now(), draft=replace(sitting.draft, text=said, revealed=True))
    points = rubric(item)
    click.echo("Which of these did you say? The clock stands.")
    for number, point in enumerate(points, 1):
        click.echo(f"  {number}. {printable(point)}")
    while True:
        typed = asking.line("Numbers; empty for none: ", timed=False).replace(",", " ").split()
        if all(word.isdigit() and 1 <= int(word) <= len(points) for word in typed):
            graded = grade_points(item, {int(word) - 1 for word in typed})
            sitting.answer(sitting.draft.text, graded, now=now())
            return
        click.echo(f"Type numbers from 1 to {len(points)}.")


def _lines(sitting: Sitting, asking: Asking, *, mending: bool = False) -> str:
    """Lines up to an empty one; each is on disk once it is typed."""
    draft = sitting.draft
    for line in draft.text.splitlines():
        click.echo(f"> {printable(line)}")
    while line := asking.line("> "):
        if mending and line == MEND:
            raise _MendingError
        draft = replace(draft, text=f"{draft.text}{line}\n")
        sitting.keep(now(), draft=draft)
    return draft.text.rstrip("\n")
