"""``torchdrill list``: the questions of a bank, for people or as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import click

from quizapp.cli.filters import expect_topics, filter_options, standing_options
from verify import locations
from verify.bank.index import Entry, load_index


@click.command(
    epilog="\b\nExamples:\n"
    "  torchdrill list\n"
    "  torchdrill list --topic autograd --kind bug\n"
    "  torchdrill list --state weak --state due\n"
    "  torchdrill list --bookmarked\n"
    "  torchdrill list --json | jq -r '.[].id'",
)
@filter_options
@standing_options
@click.option("--json", "as_json", is_flag=True, help="Write a JSON array to stdout.")
@click.option("--bank", type=click.Path(path_type=Path), help="Folder of the pack.")
def command(
    topics: tuple[str, ...],
    levels: tuple[str, ...],
    kinds: tuple[str, ...],
    tags: tuple[str, ...],
    states: tuple[str, ...],
    bookmarked: bool,
    as_json: bool,
    bank: Path | None,
) -> None:
    """List questions, all or those that fit the filters."""
    index = load_index(bank or locations.built_in_pack(), locations.cache_folder())
    expect_topics(topics, (entry.topic for entry in index.entries.values()))
    found = [
        entry
        for entry in index.entries.values()
        if (not topics or entry.topic in topics)
        and (not levels or entry.level in levels)
        and (not kinds or entry.kind in kinds)
        and (not tags or set(tags) & set(entry.tags))
    ]
    if states or bookmarked:
        found = _standing(found, index.entries, states, bookmarked=bookmarked)
    if as_json:
        rows = [{**entry._asdict(), "topic": entry.topic} for entry in found]
        click.echo(json.dumps(rows, indent=1, ensure_ascii=False))
    else:
        _write_table(found)
    if index.broken:
        click.echo(
            f"{len(index.broken)} left out, for their files have defects: `torchdrill lint`",
            err=True,
        )


def _standing(
    found: list[Entry], entries: dict[str, Entry], states: tuple[str, ...], *, bookmarked: bool
) -> list[Entry]:
    """Those in one of the states, and those among them that are marked."""
    from quizapp.cli.own import opened
    from quizapp.study.browsing import NEW, State, standings
    from quizapp.study.clock import now

    with opened(entries) as store:
        known = standings(entries, store, now())
    return [
        entry
        for entry in found
        if (not states or not known.get(entry.id, NEW).isdisjoint(states))
        and (not bookmarked or State.BOOKMARKED in known.get(entry.id, NEW))
    ]


def _write_table(entries: list[Entry]) -> None:
    if not entries:
        click.echo("no question fits", err=True)
        return
    width = max(len(entry.id) for entry in entries)
    for entry in entries:
        click.echo(f"{entry.id:<{width}}  {entry.kind:<6}  {entry.level:<6}  {entry.title}")
    click.echo(f"{len(entries)} questions", err=True)
