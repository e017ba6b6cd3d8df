"""Open the app, if there is a terminal to draw it on."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from verify import locations
from verify.errors import SurroundingsError

if TYPE_CHECKING:
    from quizapp.app.app import TorchdrillApp
    from quizapp.study.selection import Filters


def need_terminal() -> None:
    """Raise unless the app can be drawn.

    Raises:
        SurroundingsError: stdin or stdout is no terminal.
    """
    served = os.environ.get("TEXTUAL_DRIVER", "").endswith("WebDriver")  # `torchdrill serve`
    if not served and not (sys.stdin.isatty() and sys.stdout.isatty()):
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
    _run(root, practice=identity or "")


def open_mock(root: Path, minutes: int | None, level: str | None, seed: int | None) -> None:
    """Open the app at mock interviews.

    Args:
        root: the pack.
        minutes: begin one of this length at once; None opens the door to them.
        level: of the interview; None for all.
        seed: of what is left to chance in it; None takes the time.

    Raises:
        SurroundingsError: there is no terminal.
    """
    need_terminal()

    def opening(app: TorchdrillApp) -> None:
        app.enter("mock")
        if minutes is not None:
            from quizapp.app import mock

            mock.begin(app, minutes, level, seed)

    _run(root, opening=opening)


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
    _run(root, filters, fresh=fresh)


def _run(root: Path | None, filters: Filters | None = None, **opening: Any) -> None:
    """Run the app, in the looks and with the keys of this person."""
    from quizapp.app.terminal import Asked

    with Asked() as asked:  # the terminal answers while the app is imported
        from quizapp.app.app import TorchdrillApp, run_app
        from quizapp.app.config import read_config
        from quizapp.app.desk import Desk
        from quizapp.app.theme import names_of_looks

        terminal = asked.wait()
    config = read_config(locations.config_file(), names_of_looks())
    desk = Desk(root)
    if filters is not None:
        from quizapp.study.selection import check

        check(desk.entries, filters)
    app = TorchdrillApp(desk, filters=filters, config=config, terminal=terminal, **opening)
    code = run_app(app, asked.typed)
    if code:
        raise SystemExit(code)
