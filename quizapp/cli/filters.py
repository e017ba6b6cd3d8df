"""The options by which `list` and `quiz` choose questions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

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
