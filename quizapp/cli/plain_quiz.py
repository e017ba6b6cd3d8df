"""A quiz as plain text: nothing is drawn, so it serves pipes and screen readers."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import click

from quizapp.cli.plain_text import answer_text, options_text, proof_text, verdict_text
from quizapp.study.bookmarks import bookmarks, toggle_bookmark
from quizapp.study.clock import now
from quizapp.study.confidence import STEPS, asks_confidence, toggle_confidence
from quizapp.study.grading import (
    Graded,
    grade_choice,
    grade_output,
    grade_points,
    rubric,
    with_hints,
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
                _ask(root, store, session, session.current)
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


def _ask(root: Path, store: Store, session: Session, identity: str) -> None:
    try:
        item = load_item(root, identity)
    except TorchdrillError as error:
        click.echo(f"{error}\nIt is passed over.", err=True)
        session.skip(Kind.RECALL, now=now())
        return
    head = item.question.head
    where = f"{session.position + 1} of {len(session.ids)}"
    click.echo(f"{where} · {item.question.topic} · {head.level} · {head.kind} · {identity}")
    star = " (bookmarked)" if identity in bookmarks(store) else ""
    click.echo(f"{head.title}{star}\n\n{item.question.prompt}\n")
    began = time.monotonic()
    talk = _Talk(item, store, session)
    try:
        response, graded = talk.respond()
    except _SkippedError:
        session.skip(head.kind, now=now(), seconds=time.monotonic() - began)
        click.echo("Skipped.\n")
        return
    seconds = time.monotonic() - began
    answered = session.answer(
        response,
        with_hints(graded, talk.hints),
        now=now(),
        seconds=seconds,
        confidence=talk.confidence,
        hints=talk.hints,
    )
    _show(item, graded, answered)
    _after(item, store)


class _Talk:
    """One question, from its prompt to what the answer was worth."""

    def __init__(self, item: Item, store: Store, session: Session) -> None:
        self.item = item
        self.store = store
        self.session = session
        self.hints = 0
        """How many were taken."""
        self.confidence: float | None = None
        """How sure the person said to be."""

    def respond(self) -> tuple[str, Graded]:
        """Ask for the answer; (what was said, what it was worth)."""
        if self.item.answer.head.hints:
            click.echo("+ gives a hint.")
        match self.item.question.head.kind:
            case Kind.CHOICE:
                return self.choose()
            case Kind.OUTPUT:
                click.echo("What does it print? End with an empty line.")
                typed = self.lines()
                self.ask_how_sure()
                return typed, grade_output(self.item, typed)
            case _:
                click.echo("Answer aloud or in writing. End with an empty line to see the answer.")
                said = self.lines()
                self.ask_how_sure()
                return said, _tick(self.item)

    def choose(self) -> tuple[str, Graded]:
        """Ask for letters."""
        item = self.item
        options = self.session.options(item.question)
        click.echo(options_text(options))
        letters = {chr(ord("a") + number): option.letter for number, option in enumerate(options)}
        several = " (several are right)" if len(item.answer.head.correct) > 1 else ""
        while True:
            typed = self.line(f"Your choice{several}: ").lower().replace(",", " ").replace(" ", "")
            if typed and set(typed) <= set(letters):
                chosen = {letters[letter] for letter in typed}
                self.ask_how_sure()
                return ",".join(sorted(chosen)), grade_choice(item, chosen)
            click.echo(f"Type one or more of {', '.join(letters)}.")

    def ask_how_sure(self) -> None:
        """Ask how sure the person is, if they wish that."""
        if not asks_confidence(self.store):
            return
        steps = ", ".join(f"{step.key} {step.words}" for step in STEPS)
        while True:
            typed = _line(f"How sure? {steps}; empty for not said: ")
            found = [step.said for step in STEPS if step.key == typed]
            if found or not typed:
                self.confidence = found[0] if found else None
                return
            click.echo(f"Type a number from 1 to {len(STEPS)}, or nothing.")

    def line(self, prompt: str) -> str:
        """A line of an answer; a hint is given on the way to it."""
        texts = self.item.answer.head.hints
        while (typed := _line(prompt)) == "+" and texts:
            if self.hints < len(texts):
                self.hints += 1
                click.echo(f"Hint {self.hints} of {len(texts)}: {texts[self.hints - 1]}")
            else:
                click.echo("There are no more hints.")
        return typed

    def lines(self) -> str:
        """Lines up to an empty one."""
        lines: list[str] = []
        while line := self.line("> "):
            lines.append(line)
        return "\n".join(lines)


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


def _after(item: Item, store: Store) -> None:
    """Let the person go on, or do something about this question first."""
    sure = "no longer asks" if asks_confidence(store) else "asks"
    click.echo(
        f"r runs the proof, b bookmarks it or takes that back, c {sure} how sure you are of each "
        "answer."
    )
    while True:
        typed = _line("Empty for the next question: ").lower()
        match typed:
            case "r":
                click.echo("Running …")
                try:
                    click.echo(asyncio.run(_prove(item)))
                except TorchdrillError as error:
                    click.echo(str(error), err=True)
            case "b":
                marked = toggle_bookmark(store, item.id, now())
                click.echo("Bookmarked." if marked else "No longer bookmarked.")
            case "c":
                asked = toggle_confidence(store)
                click.echo("You are asked from now on." if asked else "You are asked no more.")
            case _:
                click.echo()
                return


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
