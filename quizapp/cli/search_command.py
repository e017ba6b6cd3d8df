"""``torchdrill search``: questions whose title, tags, prompt or answer hold the words."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING

import click

from quizapp.cli.exits import Exit
from quizapp.cli.filters import expect_topics, filter_options, standing_options
from quizapp.cli.targets import bank_option, root_of
from verify import locations
from verify.bank import Entry, load_index
from verify.errors import UsageError

if TYPE_CHECKING:
    from quizapp.study.browsing import State
    from quizapp.study.search import Finder, Query
    from quizapp.study.search.snippet import Passage

SHOWN = 20
"""Questions that are shown on a terminal unless more are asked for."""


@click.command(
    epilog="\b\nExamples:\n"
    "  torchdrill search retain_graph\n"
    "  torchdrill search cross entropy --kind bug\n"
    "  torchdrill search 'zero grad' state:due,new\n"
    "  torchdrill search compile --json | jq -r '.[].id'"
)
@click.argument("words", nargs=-1)
@filter_options
@standing_options
@click.option("-n", "--number", type=click.IntRange(1), default=None, help="At most so many.")
@click.option("--json", "as_json", is_flag=True, help="Write a JSON array to stdout.")
@bank_option
@click.pass_context
def command(
    ctx: click.Context,
    words: tuple[str, ...],
    topics: tuple[str, ...],
    levels: tuple[str, ...],
    kinds: tuple[str, ...],
    tags: tuple[str, ...],
    states: tuple[str, ...],
    bookmarked: bool,
    number: int | None,
    as_json: bool,
    bank: Path | None,
) -> None:
    """Search titles, tags, prompts and answers.

    Every word must occur; the beginning of a word, or of a part of a name, is enough. An argument
    with a space in it is found only as it stands.
    """
    from quizapp.study.search import Finder, parse
    from quizapp.study.search.query import Asked

    root = root_of(bank)
    entries = load_index(root, locations.cache_folder()).entries
    expect_topics(topics, (entry.topic for entry in entries.values()))
    query = parse(" ".join(_quoted(word) for word in words))
    given = {"topic": topics, "level": levels, "kind": kinds, "tag": tags, "state": states}
    asked = [Asked(name, values) for name, values in given.items() if values]
    asked += [Asked("state", ("bookmarked",))] if bookmarked else []
    query = type(query)(query.terms, (*query.filters, *asked))
    if not query.terms and not query.filters:
        raise UsageError("nothing to search for", todo="name words, or filters such as state:due")
    finder = Finder(root, entries, locations.cache_folder())
    try:
        ids = _find(finder, query, entries)
    finally:
        finder.close()
    shown = ids[: number or (SHOWN if sys.stdout.isatty() and not as_json else None)]
    if as_json:
        _write_json(root, [entries[id] for id in shown], query)
    else:
        _write(root, [entries[id] for id in shown], query)
        if number is None and len(shown) < len(ids):
            click.echo(f"{len(shown)} of {len(ids)}; -n {len(ids)} shows all", err=True)
    if not ids:
        click.echo("nothing found", err=True)
        ctx.exit(Exit.WRONG)


def _quoted(word: str) -> str:
    return f'"{word}"' if " " in word.strip() and '"' not in word else word


def _find(finder: Finder, query: Query, entries: dict[str, Entry]) -> list[str]:
    """The ids, best first.

    Raises:
        UsageError: a filter names what there is not.
    """
    known: dict[str, frozenset[State]] = {}
    if any(name == "state" for name, _ in query.filters):
        from quizapp.cli.own import opened
        from quizapp.study.browsing import standings
        from quizapp.study.clock import now

        with opened(entries) as store:
            known = standings(entries, store, now())
    if query.terms:
        finder.prepare()
    found = finder.find(query, known)
    if not found.complete and not found.unknown and not finder.ready:
        finder.prepare()  # the file was damaged
        found = finder.find(query, known)
    for name, value in found.unknown:
        from difflib import get_close_matches

        near = get_close_matches(value, finder.values[name], n=1)
        todo = f"did you mean {near[0]!r}?" if near else "`torchdrill list` shows what there is"
        raise UsageError(f"there is no {name} {value!r}", todo=todo)
    return [*found.ids]


def _write_json(root: Path, found: list[Entry], query: Query) -> None:
    rows = []
    for entry in found:
        why = _why(root, entry, query)
        about = {"id": entry.id, "title": entry.title, "topic": entry.topic, "kind": entry.kind,
                 "level": entry.level, "minutes": entry.minutes, "tags": entry.tags}  # fmt: skip
        rows.append({**about, "where": why.where, "line": why.line})
    click.echo(json.dumps(rows, indent=1, ensure_ascii=False))


def _write(root: Path, found: Iterable[Entry], query: Query) -> None:
    """A line for each; on a terminal, the line below it says why."""
    from quizapp.app.text.clean import one_line
    from quizapp.study.search.snippet import cropped, spans

    for entry in found:
        title = one_line(entry.title)
        if not sys.stdout.isatty():
            click.echo(f"{entry.id}  {title}")
            continue
        click.echo(f"{entry.id}  {_marked(title, spans(title, query.terms))}")
        why = _why(root, entry, query)
        if why.spans:
            where = "    in the answer: " if why.where == "answer" else "    asks: "
            seen = cropped(why, max(20, get_terminal_size().columns - len(where)))
            click.echo(click.style(where, dim=True) + _marked(seen.line, seen.spans))


def _marked(line: str, found: Iterable[tuple[int, int]]) -> str:
    """A line as it may be written to a terminal, with what was found in it standing out."""
    from quizapp.app.text.clean import clean

    parts, end = [], 0
    for start, stop in found:
        parts += [
            clean(line[end:start]),
            click.style(clean(line[start:stop]), bold=True, underline=True),
        ]
        end = stop
    return "".join([*parts, clean(line[end:])])


def _why(root: Path, entry: Entry, query: Query) -> Passage:
    from quizapp.study.search.snippet import passage
    from quizapp.study.search.texts import read_texts

    return passage(read_texts(root, entry.id), query.terms, entry.title)
