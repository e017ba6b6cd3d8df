"""``torchdrill stats``: how study goes, as text or as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from textwrap import fill

import click
import msgspec

from quizapp.app.text.clean import one_line
from quizapp.cli.targets import bank_option, root_of
from quizapp.study.clock import now
from quizapp.study.records import Listed
from quizapp.study.statistics import Statistics, statistics, told
from quizapp.study.statistics.told import Bar
from quizapp.study.store import Store
from verify import locations
from verify.bank.index import load_index

WIDTH = 78
BAR = 24
POINTS = 10
"""Points that are listed; JSON has them all."""


@click.command(
    epilog="\b\nExamples:\n"
    "  torchdrill stats\n"
    "  torchdrill stats --json | jq '.retention.overall.recent'\n"
    "\n--json writes one object with the keys day, retention (overall, topics, levels: of each its "
    "recent and ever asked, kept, expected), forecast (days, overdue, later, interview), time "
    "(seconds, answers, days, kinds), points, calibration (steps) and mocks. Shares run from 0 "
    "to 1, times are seconds, days are 2026-12-24.",
)
@click.option("--json", "as_json", is_flag=True, help="Write a JSON object to stdout.")
@bank_option
def command(as_json: bool, bank: Path | None) -> None:
    """Say how well topics are known, what is due, and what is missed most."""
    entries = load_index(root_of(bank), locations.cache_folder()).entries
    with Store.open() as store:
        if store.notice:
            click.echo(store.notice, err=True)
        store.adopt(entries)
        found = statistics(entries, store, now())
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=1).decode())
    else:
        click.echo(text(found, entries))


def text(found: Statistics, entries: Mapping[str, Listed]) -> str:
    """All sections as plain text; bars are made of ASCII, and figures stand beside them."""
    if found.empty:
        return fill(told.WELCOME, WIDTH)
    spent, ahead = found.time, found.forecast
    sections = [
        ("Retention", [told.retention_words(found.retention)],
         _bars(told.retention_bars(found.retention), "| is what was expected")),
        ("Forecast", [told.forecast_words(ahead)],
         _tall([(told.day_name(day.day), day.due, str(day.due)) for day in ahead.days])),
        ("Time spent", [told.time_words(spent, found.day)],
         [*_weeks(found), *_bars(told.time_bars(spent), "| is what a question is given")]),
        ("Missed most", [] if found.points else [told.HINT["points"]], _points(found, entries)),
        ("Calibration", told.calibration_words(found.calibration),
         _bars(told.calibration_bars(found.calibration), "| is what you said")),
        ("Mock interviews", [told.mocks_words(found.mocks)],
         _tall([(told.day_name(each.started.astimezone()), each.score, told.percent(each.score))
                for each in found.mocks], 1.0)),
    ]  # fmt: skip
    return "\n\n".join(
        "\n".join([title, *(_filled(words) for words in sentences), *rows])
        for title, sentences, rows in sections
    )


def _filled(words: str, first: str = "  ") -> str:
    return fill(words, WIDTH, initial_indent=first, subsequent_indent=" " * len(first))


def _bars(rows: list[Bar], legend: str) -> list[str]:
    """Bars with a name in front and figures behind."""
    width = max((len(row.name) for row in rows), default=0)
    lines = []
    for row in rows:
        drawn = " " * (BAR + 2) if row.share is None else f"[{_bar(row.share, row.mark)}]"
        lines.append(f"  {row.name:<{width}}  {drawn}  {row.told}".rstrip())
    return [*lines, f"  ({legend})"] if rows else []


def _bar(share: float, mark: float | None = None) -> str:
    full = round(share * BAR)
    signs = ["#"] * full + ["."] * (BAR - full)
    if mark is not None:
        signs[min(BAR - 1, round(mark * BAR))] = "|"
    return "".join(signs)


def _tall(rows: Iterable[tuple[str, float, str]], most: float | None = None) -> list[str]:
    """A bar for each row, the longest as long as can be."""
    rows = list(rows)
    most = max((number for _, number, _ in rows), default=0.0) if most is None else most
    if not rows or not most:
        return []
    width = max(len(name) for name, _, _ in rows)
    figures = max(len(figure) for _, _, figure in rows)
    return [
        f"  {name:<{width}}  {figure:>{figures}}  {'#' * round(number / most * BAR)}".rstrip()
        for name, number, figure in rows
    ]


def _weeks(found: Statistics) -> list[str]:
    """The time of each of the last weeks."""
    if not found.time.answers:
        return []
    monday = found.day - timedelta(days=found.day.weekday())
    mondays = [monday - timedelta(weeks=back) for back in reversed(range(told.WEEKS))]
    weeks = {first: _seconds(found, first) for first in mondays}
    return _tall(
        (f"week of {told.day_name(first)}", spent, told.lasted(spent))
        for first, spent in weeks.items()
    )


def _seconds(found: Statistics, monday: date) -> float:
    return sum(day.seconds for day in found.time.days if 0 <= (day.day - monday).days < 7)


def _points(found: Statistics, entries: Mapping[str, Listed]) -> list[str]:
    lines = []
    for each in found.points[:POINTS]:
        lines.append(_filled(one_line(each.text), "  - "))
        lines.append(
            f"    missed {each.missed} of {each.asked} times, last on "
            f"{told.day_name(each.last)}: {each.id}"
        )
    left = len(found.points) - POINTS
    return [*lines, f"  and {left} more"] if left > 0 else lines
