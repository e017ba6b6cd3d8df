"""The options by which `list`, `search` and `quiz` choose questions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click

from verify.errors import UsageError

Function = TypeVar("Function", bound=Callable[..., Any])


def filter_options(function: Function) -> Function:
    """Add ``--topic``, ``--level`` and ``--kind``, each of which may be given several times."""
    levels = click.Choice(["junior", "mid", "senior"])
    kinds = click.Choice(["recall", "choice", "output", "bug", "code"])
    for option in (
        click.option("--kind", "-k", "kinds", type=kinds, multiple=True, help="Kind; repeatable."),
        click.option(
            "--level", "-l", "levels", type=levels, multiple=True, help="Level; repeatable."
        ),
        click.option("--topic", "-t", "topics", multiple=True, help="Topic; repeatable."),
    ):
        function = option(function)
    return function


STATES = ("new", "due", "weak", "known", "begun")
"""Of ``quizapp.study.browsing.State``, which costs more to import than all of `list`."""


def standing_options(function: Function) -> Function:
    """Add ``--tag``, ``--state`` and ``--bookmarked``."""
    for option in (
        click.option("--bookmarked", is_flag=True, help="Only those you have marked."),
        click.option(
            "--state", "-s", "states", type=click.Choice(STATES), multiple=True,
            help="How far you are: weak is not right last time. Repeatable.",
        ),
        click.option("--tag", "tags", multiple=True, help="Tag; repeatable."),
    ):  # fmt: skip
        function = option(function)
    return function


def expect_topics(topics: tuple[str, ...], known: Iterable[str]) -> None:
    """Refuse a topic that there is not.

    Raises:
        UsageError: with those that there are.
    """
    valid = sorted({*known})
    for topic in topics:
        if topic not in valid:
            todo = f"topics: {', '.join(valid)}"
            raise UsageError(f"no topic {topic!r}", where="--topic", todo=todo)
