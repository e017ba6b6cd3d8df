"""``torchdrill mock``: sit a mock interview, in the app or as text; write its scorecard."""

from __future__ import annotations

from pathlib import Path

import click

from quizapp.cli.targets import bank_option, root_of
from quizapp.study.mock.scoring import HOW_IT_IS_SCORED


@click.command(
    epilog="\b\nExamples:\n"
    "  torchdrill mock                          choose in the app, or go on with one\n"
    "  torchdrill mock --minutes 45 --level mid begin at once\n"
    "  torchdrill mock --plain                  as text: for pipes and screen readers\n"
    "  torchdrill mock --export last.md         the scorecard of the last one, as Markdown\n"
    "\nThe clock runs only while a question is shown. An interview that was left goes on where it "
    "was when no option chooses another.\n"
    f"\nThe score: {HOW_IT_IS_SCORED}",
)
@click.option(
    "--minutes", "-m", type=click.Choice(["30", "45", "60"]), default=None, help="Length (30)."
)
@click.option(
    "--level",
    "-l",
    type=click.Choice(["junior", "mid", "senior", "any"]),
    default=None,
    help="Level (that of the last one, or of the goal).",
)
@click.option("--seed", type=int, default=None, help="Of what is left to chance.")
@click.option(
    "--plain", is_flag=True, help="As text, without drawing: for pipes and screen readers."
)
@click.option(
    "--export",
    type=click.Path(dir_okay=False, path_type=Path, allow_dash=True),
    default=None,
    help="Write the last scorecard to a new file, or to stdout with -.",
)
@bank_option
def command(
    minutes: str | None,
    level: str | None,
    seed: int | None,
    plain: bool,
    export: Path | None,
    bank: Path | None,
) -> None:
    """Sit a mock interview of 30, 45 or 60 minutes against the clock."""
    root = root_of(bank)
    if export is not None:
        from quizapp.cli.plain_scorecard import export_last

        export_last(root, export)
        return
    chosen = minutes is not None or level is not None or seed is not None
    length = int(minutes or 30) if chosen else None
    if plain:
        from quizapp.cli.plain_mock import sit

        sit(root, length, level, seed)
        return
    from quizapp.cli.start import open_mock

    open_mock(root, length, level, seed)
