"""Questions, verdicts and proofs as plain text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from quizapp.study.grading import Graded
from verify.bank.model import Item, Kind, Mode, Option, Outcome
from verify.engine.ledger.facts import Facts, Stamp
from verify.engine.ledger.history import history, proved_text, stale_text
from verify.engine.verdicts import AnswerVerdict


def options_text(options: Iterable[Option]) -> str:
    """Options with the letters they have on screen."""
    return "\n".join(
        f"  {chr(ord('a') + number)}) {_indented(option.text)}"
        for number, option in enumerate(options)
    )


def _indented(text: str) -> str:
    return text.replace("\n", "\n     ")


def verdict_text(graded: Graded) -> str:
    """Why an answer was right or wrong; empty where the rubric has said it."""
    if graded.kind is Kind.CHOICE:
        return "\n".join(
            f"  {'✓' if verdict.correct else '✗'} {'(yours) ' if verdict.chosen else ''}"
            f"{_indented(verdict.option.text)}\n      {verdict.why}"
            for verdict in graded.options
        )
    if graded.difference is not None:
        why = f"The first difference: {graded.difference.why}."
        return f"It prints:\n{_quoted(graded.expected)}\n{why}"
    if graded.kind is Kind.OUTPUT:
        return f"It prints:\n{_quoted(graded.expected)}"
    made = sum(point.made for point in graded.points)
    return f"{made} of {len(graded.points)} points made."


def _quoted(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.rstrip("\n").split("\n"))


def answer_text(item: Item) -> str:
    """The answer's Markdown, which reads well as it is."""
    return f"\n{item.answer.body.strip()}\n"


def stamp_text(stamp: Stamp | None) -> str:
    """Where an answer was proved, in a line."""
    if stamp is None:
        return "not proved on this machine yet: torchdrill verify"
    laws = f" · {stamp.laws} laws × {stamp.examples} examples" if stamp.laws else ""
    day = stamp.when.astimezone().strftime("%Y-%m-%d %H:%M")
    return (
        f"{stamp.outcome.value} on torch {stamp.torch}, {stamp.device_name}, "
        f"Python {stamp.python}, {day} · {stamp.checks} checks{laws}"
    )


def history_text(item: Item, facts: Facts) -> str:
    """Where an answer was proved as it stands, here and elsewhere, and what has gone stale."""
    known, stamp = history(item, facts), facts.stamp(item)
    lines: list[str] = []
    if stamp is not None and stamp.outcome is not Outcome.PASSED:
        lines.append(stamp_text(stamp))
    proved = proved_text(known)
    if proved:
        lines.append(f"proved on {proved}" if stamp else f"not yet here; proved on {proved}")
    stale = stale_text(known)
    if stale:
        lines.append(f"stale: {stale}")
    if stamp is None and not proved:
        lines.append(stamp_text(None))
    said = [textwrap.fill(line, 72, break_on_hyphens=False) for line in lines]
    return textwrap.indent("\n".join(said), "       ").strip()


def proof_text(verdict: AnswerVerdict, stamp: Stamp) -> str:
    """What each check of an answer just printed and how it came out."""
    lines: list[str] = []
    for check in verdict.checks:
        mark = "✓" if check.outcome is Outcome.PASSED else "✗" if check.outcome.bad else "~"
        name = f" {check.check.name}" if check.check.name else ""
        said = f": {check.message}" if check.message else ""
        lines.append(f"  {mark} line {check.check.line} {check.check.kind.value}{name}{said}")
        if check.output and check.check.kind.value != Mode.OUTPUT.value:
            lines.append(_quoted(check.output))
    return "\n".join([*lines, f"Proof: {stamp_text(stamp)}"])
