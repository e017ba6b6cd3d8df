"""``torchdrill``: finds the subcommand, imports no other, and owns the way out."""

from __future__ import annotations

import importlib
import os
import sys
from typing import NoReturn

import click

from quizapp.cli.exits import Exit, complain
from verify.errors import TorchdrillError

COMMANDS = {
    "quiz": "Take a quiz, in the app or with --plain as text.",
    "mock": "Sit a mock interview against the clock, and get a scorecard.",
    "practice": "Write code for a question before the judge, in the app or beside it.",
    "check": "Judge files with solutions of a coding question.",
    "verify": "Run answers, or any Markdown file, and say what holds.",
    "list": "List questions.",
    "show": "Show a question, and its answer with --answer.",
    "search": "Search questions and answers for words.",
    "plan": "Show what each day until the interview brings, or set its date.",
    "stats": "Say how well topics are known, what is due, and what is missed most.",
    "export": "Write the bank, or your progress, as JSON, CSV, Anki or notebooks.",
    "backup": "Write all progress into one file.",
    "restore": "Take progress from a backup.",
    "reset": "Forget the answers to a question, a topic or all; or take the last one back.",
    "new": "Begin a new question or exercise from a template.",
    "lint": "Check the files of a pack against the format.",
    "doctor": "Say what is installed, where things lie, and how to mend what is broken.",
    "serve": "Open the app in a browser on this machine.",
}
"""Name to short help, so that `--help` imports no subcommand."""


class Lazy(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import ``quizapp.cli.<name>`` and return its ``command``."""
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f"quizapp.cli.{name}_command")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the nearest command when there is none of that name."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            close = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean {close[0]!r}?" if close else ""
            ctx.fail(f"No command {args[0]!r}.{hint} `torchdrill --help` lists all.")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([*COMMANDS.items()])


@click.group(
    cls=Lazy,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 88},
    epilog="\b\nExamples:\n"
    "  torchdrill                        open the app\n"
    "  torchdrill quiz --topic autograd  ten questions about autograd\n"
    "  torchdrill verify                 prove the whole bank\n"
    "  torchdrill verify notes.md        run the code of any Markdown file",
)
@click.version_option(package_name="torchdrill")
@click.pass_context
def torchdrill(ctx: click.Context) -> None:
    """PyTorch interview questions whose answers are proved on your machine.

    Without a command it opens the app.
    """
    if ctx.invoked_subcommand is None:
        from quizapp.cli.start import open_app

        open_app()


def main() -> NoReturn:
    """Run the command line; every way out of the process is here."""
    try:
        code = torchdrill.main(standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Abort:
        code = Exit.INTERRUPTED
    except KeyboardInterrupt:
        code = Exit.INTERRUPTED
    except click.ClickException as error:
        error.show()
        code = Exit.USAGE
    except TorchdrillError as error:
        code = complain(error)
    except BrokenPipeError:  # `torchdrill list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = Exit.GOOD
    sys.exit(int(code or 0))


if __name__ == "__main__":
    main()
