"""A quiz as plain text: nothing is drawn, so it serves pipes and screen readers."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import click

from quizapp.cli.plain_text import answer_text, options_text, proof_text, verdict_text
from quizapp.study.clock import now
from quizapp.study.grading import (
    Graded,
    grade_choice,
    grade_output,
    grade_points,
    rubric,
)
from quizapp.study.scheduling import due_in
from quizapp.study.selection import Filters, select
from quizapp.study.session import Answered, Session, begin, resume
from quizapp.study.store import Store
from verify import locations
from verify.bank import load_index, load_item
from verify.bank.model import Item, Kind
from verify.engine import ProveOptions, Prover
from verify.engine.ledger.facts import Facts
from verify.errors import TorchdrillError, UsageError


class _LeftError(Exception):
    """The person ended the quiz, or the input did."""


class _SkippedError(Exception):
    """The person passed a question over."""


def take(root: Path, filters: Filters | None) -> None:
    """Ask a quiz on stdin and stdout.

    Args:
        root: the pack.
        filters: what to ask; None goes on with a quiz that was left, or starts the usual one.

    Raises:
        UsageError: no question fits.
    """
    index = load_index(root, locations.cache_folder())
    if not index.entries:
        raise UsageError("no question to ask", where=str(root), todo="torchdrill lint")
    with Store.open() as store:
        if store.notice:
            click.echo(store.notice, err=True)
        store.adopt(index.entries)
        session = resume(store, index.entries) if filters is None else None
        if session is not None:
            click.echo(f"Going on with the quiz you left, at {session.position + 1}.\n")
        else:
            chosen = filters or Filters()
            ids = select(index.entries, store, chosen, now())
            if not ids:
                raise _nothing_fits()
            session = begin(store, ids, now=now(), filters=chosen)
        click.echo("At any prompt: ? skips the question, ! leaves; the quiz goes on next time.\n")
        try:
            while session.current is not None:
                _ask(root, session, session.current)
        except (_LeftError, KeyboardInterrupt):
            click.echo("\nLeft; `torchdrill quiz --plain` goes on here.")
            return
        _sum_up(session)


def _nothing_fits() -> UsageError:
    """What to say when a choice of questions is empty."""
    return UsageError(
        "no question fits",
        why="nothing is due, new or of that kind, or all of it was answered today",
        todo="ask for more with --cram or --random, or for other topics: `torchdrill list`",
    )


def _ask(root: Path, session: Session, identity: str) -> None:
    try:
        item = load_item(root, identity)
    except TorchdrillError as error:
        click.echo(f"{error}\nIt is passed over.", err=True)
        session.skip(Kind.RECALL, now=now())
        return
    head = item.question.head
    where = f"{session.position + 1} of {len(session.ids)}"
    click.echo(f"{where} · {item.question.topic} · {head.level} · {head.kind} · {identity}")
    click.echo(f"{head.title}\n\n{item.question.prompt}\n")
    began = time.monotonic()
    try:
        response, graded = _respond(item, session)
    except _SkippedError:
        session.skip(head.kind, now=now(), seconds=time.monotonic() - began)
        click.echo("Skipped.\n")
        return
    seconds = time.monotonic() - began
    answered = session.answer(response, graded, now=now(), seconds=seconds)
    _show(item, graded, answered)
    _after(item)


def _respond(item: Item, session: Session) -> tuple[str, Graded]:
    """Ask for the answer; (what was said, what it was worth)."""
    match item.question.head.kind:
        case Kind.CHOICE:
            return _choose(item, session)
        case Kind.OUTPUT:
            click.echo("What does it print? End with an empty line.")
            typed = _lines()
            return typed, grade_output(item, typed)
        case _:
            click.echo("Answer aloud or in writing. End with an empty line to see the answer.")
            said = _lines()
            return said, _tick(item)


def _choose(item: Item, session: Session) -> tuple[str, Graded]:
    options = session.options(item.question)
    click.echo(options_text(options))
    letters = {chr(ord("a") + number): option.letter for number, option in enumerate(options)}
    several = " (several are right)" if len(item.answer.head.correct) > 1 else ""
    while True:
        typed = _line(f"Your choice{several}: ").lower().replace(",", " ").replace(" ", "")
        if typed and set(typed) <= set(letters):
            chosen = {letters[letter] for letter in typed}
            return " ".join(sorted(chosen)), grade_choice(item, chosen)
        click.echo(f"Type one or more of {', '.join(letters)}.")


def _tick(item: Item) -> Graded:
    points = rubric(item)
    click.echo(f"{answer_text(item)}\n\nPoints an interviewer ticks:")
    for number, point in enumerate(points, 1):
        click.echo(f"  {number}. {point}")
    while True:
        typed = _line("Which did you make (numbers; empty for none)? ").replace(",", " ").split()
        if all(word.isdigit() and 1 <= int(word) <= len(points) for word in typed):
            return grade_points(item, {int(word) - 1 for word in typed})
        click.echo(f"Type numbers from 1 to {len(points)}.")


def _show(item: Item, graded: Graded, answered: Answered) -> None:
    back = f" · next {due_in(now().date(), answered.due)}" if answered.due else ""
    click.echo(f"\n{graded.mark.symbol} {graded.mark.value.capitalize()}{back}")
    click.echo(verdict_text(graded))
    if graded.kind in (Kind.CHOICE, Kind.OUTPUT):
        click.echo(answer_text(item))


def _after(item: Item) -> None:
    """Let the person go on, or run the proof first."""
    while True:
        typed = _line("Empty for the next question, r to run the proof now: ").lower()
        if typed != "r":
            click.echo()
            return
        click.echo("Running …")
        try:
            click.echo(asyncio.run(_prove(item)))
        except TorchdrillError as error:
            click.echo(str(error), err=True)


async def _prove(item: Item) -> str:
    async with Prover(ProveOptions()) as prover:
        verdict = await prover.prove(item)
        facts = Facts(locations.facts_file())
        stamp = facts.record(item, verdict, prover.surroundings, prover.options.examples)
        facts.save()
        return proof_text(verdict, stamp)


def _sum_up(session: Session) -> None:
    summary = session.summary()
    click.echo(
        f"Done: {summary.right} right, {summary.partly} partly, {summary.wrong} wrong, "
        f"{summary.skipped} skipped."
    )
    if summary.look_again:
        click.echo("Look at again:")
        for identity in summary.look_again:
            click.echo(f"  torchdrill show {identity} --answer")


def _line(prompt: str) -> str:
    try:
        typed = input(prompt).strip()
    except EOFError:
        raise _LeftError from None
    if typed == "!":
        raise _LeftError
    if typed == "?":
        raise _SkippedError
    return typed


def _lines() -> str:
    """Lines up to an empty one."""
    lines: list[str] = []
    while line := _line("> "):
        lines.append(line)
    return "\n".join(lines)
