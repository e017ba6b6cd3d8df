"""``torchdrill show``: a question as text, and its answer."""

from __future__ import annotations

from pathlib import Path

import click

from quizapp.cli.plain_text import history_text
from quizapp.cli.targets import bank_option, root_of
from verify import locations
from verify.bank import load_item
from verify.bank.model import Item, Kind
from verify.engine.ledger.facts import Facts


@click.command(
    epilog="\b\nExamples:\n"
    "  torchdrill show autograd/leaf-gradients\n"
    "  torchdrill show autograd/leaf-gradients --answer",
)
@click.argument("identity", metavar="ID")
@click.option("--answer", is_flag=True, help="Show the answer too.")
@bank_option
def command(identity: str, answer: bool, bank: Path | None) -> None:
    """Show a question as Markdown; with --answer the answer and where it was proved."""
    item = load_item(root_of(bank), identity)
    head = item.question.head
    click.echo(f"# {head.title}\n\n{item.id} · {head.level} · {head.kind} · {head.minutes} min\n")
    click.echo(item.question.prompt)
    for option in item.question.options:
        click.echo(f"- {option.letter}) {option.text}")
    if answer:
        click.echo(f"\n{_answer(item)}")


def _answer(item: Item) -> str:
    answer = item.answer
    parts: list[str] = ["---", ""]
    if item.question.head.kind is Kind.CHOICE:
        for letter, why in answer.head.why.items():
            mark = "✓" if letter in answer.head.correct else "✗"
            parts.append(f"{mark} {letter}) {why}")
        parts.append("")
    parts += [answer.body.strip(), ""]
    if answer.head.key_points:
        parts += ["## Points an interviewer ticks", ""]
        parts += [f"- {point}" for point in answer.head.key_points]
        parts.append("")
    if answer.head.follow_ups:
        parts += ["## They would ask next", ""]
        parts += [f"- {follow_up}" for follow_up in answer.head.follow_ups]
        parts.append("")
    if answer.head.references:
        parts += ["## References", ""]
        parts += [f"- {r.title}, {r.url} (read {r.date})" for r in answer.head.references]
        parts.append("")
    return "\n".join([*parts, f"Proof: {history_text(item, Facts(locations.facts_file()))}"])
