"""Open the app, if there is a terminal to draw it on."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from verify.errors import SurroundingsError

if TYPE_CHECKING:
    from quizapp.study.selection import Filters


def need_terminal() -> None:
    """Raise unless the app can be drawn.

    Raises:
        SurroundingsError: stdin or stdout is no terminal.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise SurroundingsError(
            "no terminal to draw the app on",
            why="stdin or stdout is a pipe or a file",
            todo="`torchdrill quiz --plain` asks as text; `torchdrill --help` lists the rest",
        )


def open_practice(root: Path, identity: str | None) -> None:
    """Open the app at a coding question.

    Args:
        root: the pack.
        identity: of the question; None for what is begun, due or new.

    Raises:
        SurroundingsError: there is no terminal.
        UsageError: there is no such question, or none to be coded.
    """
    need_terminal()
    if identity is not None:
        from quizapp.cli.judging import judged_item

        judged_item(identity, root)
    from quizapp.app.app import run_app

    code = run_app(root, practice=identity or "")
    if code:
        raise SystemExit(code)


def open_app(
    root: Path | None = None, filters: Filters | None = None, *, fresh: bool = False
) -> None:
    """Open the app.

    Args:
        root: the pack; None is the built-in bank.
        filters: start a quiz of these at once; None opens at home.
        fresh: start a new quiz even if one was left.

    Raises:
        SurroundingsError: there is no terminal.
        UsageError: the filters name something that there is not.
    """
    need_terminal()
    from quizapp.app.app import run_app

    code = run_app(root, filters, fresh=fresh)
    if code:
        raise SystemExit(code)
