"""Questions as an Anki package: a deck for each topic, a card for each question.

Whoever imports a later export gets their cards updated and keeps their schedule, for nothing in
this file changes what Anki knows a thing by:

- the note type by ``MODEL_ID``, with the same fields in the same order;
- a deck by a number made from its name;
- a note by a text made from the id that its question had first.  So a question that is given
  another id stays the same card, if its ``aliases`` list the former ids from the oldest on.
"""

from __future__ import annotations

import hashlib
import itertools
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quizapp.study.grading import proved_text
from verify.bank.model import Fence, Item, Kind, Mode
from verify.errors import SurroundingsError

if TYPE_CHECKING:
    import genanki  # type: ignore[import-untyped]

MODEL_ID = 1789231417
"""Of the note type; never to be changed."""

FIELDS = ("Id", "Title", "About", "Question", "Answer")

_FRONT = '<p class="about">{{About}}</p>\n<h1>{{Title}}</h1>\n{{Question}}'
_BACK = "{{FrontSide}}\n<hr id=answer>\n{{Answer}}"


def write_anki(items: Iterable[Item], path: Path, *, now: datetime) -> int:
    """Write a package.

    Args:
        items: the questions, with their answers.
        path: the file to write.
        now: when it is exported; Anki takes what is newer than what it has.

    Returns:
        How many cards there are.

    Raises:
        SurroundingsError: the package that knows Anki's format is not installed.
    """
    genanki = _genanki()
    model = _model(genanki)
    decks: dict[str, Any] = {}
    for item in items:
        name = f"torchdrill::{item.question.topic}"
        deck = decks.setdefault(name, genanki.Deck(_number(name), name))
        deck.add_note(_note(genanki, model, item))
    package = genanki.Package([*decks.values()])
    # The package itself would leave its temporary file behind, and not compress.
    with tempfile.TemporaryDirectory() as folder:
        collection = Path(folder, "collection.anki2")
        connection = sqlite3.connect(collection)
        try:
            moment = now.timestamp()
            package.write_to_db(connection.cursor(), moment, itertools.count(int(moment * 1000)))
            connection.commit()
        finally:
            connection.close()
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(collection, "collection.anki2")
            archive.writestr("media", "{}")
    return sum(len(deck.notes) for deck in decks.values())


def _genanki() -> Any:
    try:
        import genanki
    except ImportError as error:
        raise SurroundingsError(
            "Anki's format needs the package genanki",
            why=str(error),
            todo="pip install 'torchdrill[anki]'",
        ) from error
    return genanki


def _model(genanki: Any) -> Any:
    return genanki.Model(
        MODEL_ID,
        "torchdrill",
        fields=[{"name": name} for name in FIELDS],
        templates=[{"name": "Card 1", "qfmt": _FRONT, "afmt": _BACK}],
        css=style(),
        sort_field_index=FIELDS.index("Title"),
    )


def _note(genanki: Any, model: Any, item: Item) -> genanki.Note:
    head = item.question.head
    about = f"{item.question.topic} · {head.kind} · {head.level} · {head.minutes} min"
    fields = [item.id, escape(head.title), about, front_of(item), back_of(item)]
    return genanki.Note(model, fields, tags=tags_of(item), guid=guid_of(genanki, item))


def guid_of(genanki: Any, item: Item) -> str:
    """What Anki knows the note by: made from the first id that the question had."""
    first = item.question.head.aliases[0] if item.question.head.aliases else item.id
    return str(genanki.guid_for("torchdrill", first))


def tags_of(item: Item) -> list[str]:
    """Topic, level, kind and the bank's own tags, each below a name of its own."""
    head = item.question.head
    named = [("topic", item.question.topic), ("level", head.level), ("kind", head.kind)]
    named += [("tag", tag) for tag in head.tags]
    return ["torchdrill", *("::".join((name, "-".join(word.split()))) for name, word in named)]


def front_of(item: Item) -> str:
    """The prompt, with the options of a choice."""
    from quizapp.study.export.html import html_of

    return html_of(item.question.prompt) + "".join(
        f'<div class="option"><b>{letter}</b>{text}</div>\n'
        for letter, text in ((each.letter, html_of(each.text)) for each in item.question.options)
    )


def back_of(item: Item) -> str:
    """The verdict, what one would say, the points and the code; the rest behind a fold."""
    from quizapp.study.export.html import sections_of

    spoken, rest = sections_of(item.answer.body)
    parts = [*_verdict(item), spoken, *_points(item), *_program(item)]
    more = rest + _references(item)
    if more:
        parts.append(f"<details><summary>The whole answer</summary>\n{more}</details>\n")
    return "".join(parts)


def _verdict(item: Item) -> Iterator[str]:
    from quizapp.study.export.html import html_of, printed_html

    head = item.answer.head
    if item.question.head.kind is Kind.OUTPUT:
        yield f"<h2>It prints</h2>\n{printed_html(proved_text(item))}"
    if item.question.head.kind is Kind.CHOICE:  # the options themselves stand above
        letters = sorted(head.why, key=lambda letter: letter not in head.correct)
        for letter in letters:
            name, mark = ("right", "✓ right") if letter in head.correct else ("wrong", "✗ wrong")
            yield (
                f'<div class="option {name}"><b>{letter}</b><i>{mark}</i>\n'
                f"{html_of(head.why[letter])}</div>\n"
            )


def _points(item: Item) -> Iterator[str]:
    from quizapp.study.export.html import html_of

    if item.answer.head.key_points:
        points = "".join(f"<li>{html_of(point)}</li>\n" for point in item.answer.head.key_points)
        yield f'<h2>Points an interviewer ticks</h2>\n<ul class="points">\n{points}</ul>\n'


_SHOWN = {Kind.CODE: (Mode.SOLUTION, "A solution"), Kind.BUG: (Mode.FIX, "The fix")}


def _program(item: Item) -> Iterator[str]:
    """The one piece of code that belongs on a card; the prompt has that of an output question."""
    from quizapp.study.export.html import printed_html, python_html

    kind = item.question.head.kind
    if kind is Kind.OUTPUT:
        return
    mode, title = _SHOWN.get(kind, (Mode.RUN, "In code"))
    fences = item.answer.fences
    for place, fence in enumerate(fences):
        if fence.mode is mode and fence.language == "python" and fence.not_run is None:
            yield f"<h2>{title}</h2>\n{python_html(fence.code)}"
            below: Fence | None = fences[place + 1] if place + 1 < len(fences) else None
            if below is not None and below.mode is Mode.OUTPUT:
                yield printed_html(below.code)
            return


def _references(item: Item) -> str:
    sources = item.answer.head.references
    lines = "".join(
        f'<li><a href="{escape(source.url)}">{escape(source.title)}</a></li>\n'
        for source in sources
    )
    return f"<h2>References</h2>\n<ul>\n{lines}</ul>\n" if sources else ""


def _number(name: str) -> int:
    """A number for a deck: always the same for a name, and in the range that Anki uses."""
    digest = hashlib.sha256(name.encode()).digest()
    return (1 << 30) + int.from_bytes(digest[:8], "big") % (1 << 30)


def style() -> str:
    """The stylesheet of the cards, by day and by night."""
    from quizapp.study.export.html import LIGHT, NIGHT, code_style

    light = code_style(".code", style=LIGHT)
    # The class on desktop and iOS, and that of older versions on Android.
    night = code_style(".nightMode .code", ".night_mode .code", style=NIGHT)
    return f"{_STYLE}\n{light}\n{night}\n"


_STYLE = """\
.card {
  font: 18px/1.45 system-ui, sans-serif; text-align: left;
  max-width: 46em; margin: 0 auto; padding: 0 0.6em;
}
h1 { font-size: 1.2em; }
h2 { font-size: 1em; margin: 1.2em 0 0.4em; }
.about, .note { font-size: 0.8em; opacity: 0.75; margin: 0.2em 0; }
code, pre { font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
code { font-size: 0.9em; }
pre {
  font-size: 0.8em; line-height: 1.35; tab-size: 4; text-align: left;
  white-space: pre-wrap; overflow-wrap: anywhere;
  background: rgba(127, 127, 127, 0.12); border-radius: 4px; padding: 0.6em 0.8em;
}
pre.printed { background: none; border-left: 3px solid rgba(127, 127, 127, 0.5); }
.option { margin: 0.5em 0; padding-left: 1.6em; position: relative; }
.option > b { position: absolute; left: 0.2em; }
.option p { margin: 0; }
.option > i { font-style: normal; font-weight: bold; }
.option.right > i { color: #1a7f37; }
.option.wrong > i { color: #c62828; }
.nightMode .option.right > i, .night_mode .option.right > i { color: #56d364; }
.nightMode .option.wrong > i, .night_mode .option.wrong > i { color: #ff7b72; }
.points p { margin: 0.2em 0; }
table { border-collapse: collapse; }
td, th { border: 1px solid rgba(127, 127, 127, 0.4); padding: 0.2em 0.5em; }
details { margin-top: 1.2em; }
summary { cursor: pointer; opacity: 0.75; }
"""
