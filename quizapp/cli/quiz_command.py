"""``torchdrill quiz``: choose questions and take them, in the app or as text."""

from __future__ import annotations

from pathlib import Path

import click

from quizapp.cli.filters import filter_options
from quizapp.cli.targets import bank_option, root_of
from quizapp.study.selection import Filters, Order


@click.command(
    epilog="\b\nExamples:\n"
    "  torchdrill quiz                                ten questions, due ones first\n"
    "  torchdrill quiz -t autograd -t modules -n 5    five of two topics\n"
    "  torchdrill quiz --kind output --new --plain    new ones, as text\n"
    "\nA quiz that was left goes on where it was when no option chooses another.",
)
@filter_options
@click.option("-n", "--number", type=click.IntRange(1), default=None, help="How many (10).")
@click.option("--due", "order", flag_value="due", help="Only what is due.")
@click.option("--new", "order", flag_value="new", help="Only what was never answered.")
@click.option("--random", "order", flag_value="random", help="In random order.")
@click.option("--cram", "order", flag_value="cram", help="What is least known first.")
@click.option("--seed", type=int, default=None, help="Of the random order.")
@click.option(
    "--plain", is_flag=True, help="Ask as text, without drawing: for pipes, screen readers."
)
@bank_option
def command(
    topics: tuple[str, ...],
    levels: tuple[str, ...],
    kinds: tuple[str, ...],
    number: int | None,
    order: str | None,
    seed: int | None,
    plain: bool,
    bank: Path | None,
) -> None:
    """Take a quiz."""
    chosen = bool(topics or levels or kinds or number or order or seed is not None)
    filters = Filters(
        topics=topics,
        levels=levels,
        kinds=kinds,
        count=number or 10,
        order=Order(order) if order else Order.MIXED,
        seed=seed,
    )
    if plain:
        from quizapp.cli.plain_quiz import take

        take(root_of(bank), filters if chosen else None)
        return
    from quizapp.cli.start import open_app

    open_app(root_of(bank), filters, fresh=chosen)
