"""Anki packages: read back as Anki would, from the collection inside."""

from __future__ import annotations

import json
import re
import sqlite3
import sys
import warnings
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import pytest

from quizapp.study.export import anki
from quizapp.study.export.anki import FIELDS, MODEL_ID, write_anki
from tests.packs import add, fence, write
from verify import locations
from verify.bank import load_pack
from verify.bank.model import Item
from verify.errors import SurroundingsError

from .make import DAY, NOW

PROGRAM = "x = [1 < 2]\nprint(x, '&')"


class Note(NamedTuple):
    guid: str
    fields: dict[str, str]
    tags: list[str]
    deck: str
    model: int


class Package(NamedTuple):
    notes: dict[str, Note]
    """By id."""
    decks: dict[str, int]
    css: str
    templates: list[dict[str, str]]


def read(path: Path) -> Package:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert json.loads(archive.read("media")) == {}
        archive.extract("collection.anki2", path.parent)
    connection = sqlite3.connect(path.parent / "collection.anki2")
    decks_text, models_text = connection.execute("SELECT decks, models FROM col").fetchone()
    decks = {int(id): deck["name"] for id, deck in json.loads(decks_text).items()}
    (model,) = json.loads(models_text).values()
    notes = {}
    rows = connection.execute(
        "SELECT n.guid, n.flds, n.tags, n.mid, c.did FROM notes AS n JOIN cards AS c ON c.nid=n.id"
    )
    for guid, fields, tags, mid, did in rows:
        named = dict(zip(FIELDS, fields.split("\x1f"), strict=True))
        notes[named["Id"]] = Note(guid, named, tags.split(), decks[did], mid)
    connection.close()
    (path.parent / "collection.anki2").unlink()
    assert [field["name"] for field in model["flds"]] == list(FIELDS)
    by_name = {name: id for id, name in decks.items()}
    return Package(notes, by_name, model["css"], model["tmpls"])


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    root = tmp_path / "pack"
    spoken = "## Say it in a minute\n\nA `Dataset<T>` & more.\n\n## Proof\n\n"
    add(root, "data/generic", spoken + fence("print('hi')") + fence("hi", "output"),
        prompt=r"What is a Dataset\<T> & a `List<T>`?")  # fmt: skip
    answer = root / "answers/data/generic.md"
    answer.write_text(answer.read_text().replace('"two"', '"two <T>"'))
    add(root, "data/prints", spoken + fence(PROGRAM) + fence("[True] &", "output"),
        kind="output", prompt=fence(PROGRAM))  # fmt: skip
    write(root, "questions/nn/pick.md",
          "---\ntitle: Which <one>?\nkind: choice\nlevel: mid\nminutes: 2\ntags: [two words]\n---\n"
          "Which?\n\n- a) `x<y`\n- b) no\n- c) neither\n")  # fmt: skip
    write(root, "answers/nn/pick.md",
          '---\ncorrect: [b]\nwhy: {a: "a & b", b: "so", c: "not"}\n---\n' + spoken
          + fence("assert True"))  # fmt: skip
    return root


def items(root: Path) -> list[Item]:
    pack = load_pack(root)
    assert pack.defects == ()
    return [*pack.items.values()]


def exported(root: Path, tmp_path: Path) -> Package:
    path = tmp_path / "deck.apkg"
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # the writer warns of tags that are none
        assert write_anki(items(root), path, now=NOW) == len(items(root))
    return read(path)


class Text(HTMLParser):
    """What a reader sees of HTML, and whether its elements are closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen = ""
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("hr", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.seen += data


def test_each_question_is_a_card_in_the_deck_of_its_topic(pack: Path, tmp_path: Path) -> None:
    package = exported(pack, tmp_path)
    assert {id: note.deck for id, note in package.notes.items()} == {
        "data/generic": "torchdrill::data",
        "data/prints": "torchdrill::data",
        "nn/pick": "torchdrill::nn",
    }
    assert {note.model for note in package.notes.values()} == {MODEL_ID}
    assert package.notes["nn/pick"].tags == [
        "torchdrill", "topic::nn", "level::mid", "kind::choice", "tag::two-words",
    ]  # fmt: skip
    assert package.notes["data/generic"].fields["About"] == "data · recall · mid · 3 min"


def test_what_looks_like_html_is_text(pack: Path, tmp_path: Path) -> None:
    notes = exported(pack, tmp_path).notes
    front = notes["data/generic"].fields["Question"]
    assert "Dataset&lt;T&gt; &amp; a <code>List&lt;T&gt;</code>" in front
    assert "<T>" not in front + notes["data/generic"].fields["Answer"]
    assert notes["nn/pick"].fields["Title"] == "Which &lt;one&gt;?"
    assert Text(notes["data/prints"].fields["Question"]).seen.strip() == PROGRAM
    for note in notes.values():
        for value in note.fields.values():
            Text(value)


def test_the_back_has_what_one_would_say_then_the_points(pack: Path, tmp_path: Path) -> None:
    back = exported(pack, tmp_path).notes["data/generic"].fields["Answer"]
    seen = Text(back).seen
    order = ["A Dataset<T> & more.", "Points an interviewer ticks", "one", "two <T>", "three",
             "In code", "print('hi')", "hi", "The whole answer", "Proof"]  # fmt: skip
    places = [seen.index(part) for part in order]
    assert places == sorted(places)
    assert "Say it in a minute" not in seen


def test_an_output_question_is_answered_by_what_is_printed(pack: Path, tmp_path: Path) -> None:
    back = exported(pack, tmp_path).notes["data/prints"].fields["Answer"]
    assert back.startswith('<h2>It prints</h2>\n<pre class="printed">[True] &amp;\n</pre>')


def test_a_choice_has_its_options_before_and_their_reasons_after(
    pack: Path, tmp_path: Path
) -> None:
    fields = exported(pack, tmp_path).notes["nn/pick"].fields
    assert Text(fields["Question"]).seen.split() == ["Which?", "ax<y", "bno", "cneither"]
    told = Text(fields["Answer"]).seen
    assert told.index("b✓ right\nso") < told.index("a✗ wrong\na & b") < told.index("c✗ wrong\nnot")


def test_code_has_colours_by_day_and_by_night_and_is_wrapped(pack: Path, tmp_path: Path) -> None:
    package = exported(pack, tmp_path)
    (pre,) = re.findall(
        r'<pre class="code">(.*?)</pre>', package.notes["data/prints"].fields["Question"], re.S
    )
    used = set(re.findall(r'class="(\w+)"', pre))
    assert {"mi", "nb", "s1"} <= used
    assert "style=" not in pre  # one style for day and night would be unreadable in one of them
    for prefix in (".code", ".nightMode .code", ".night_mode .code"):
        assert f"{prefix} .mi" in package.css
    assert re.search(r"pre \{[^}]*white-space: pre-wrap[^}]*overflow-wrap: anywhere", package.css)
    assert "monospace" in package.css
    assert "{{FrontSide}}" in package.templates[0]["afmt"]


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("night", [False, True])
def test_every_colour_of_code_can_be_read(night: bool) -> None:
    css = anki.style()
    lines = [line for line in css.splitlines() if line.startswith((".code", ".nightMode .code"))]
    chosen = [line for line in lines if line.startswith(".nightMode") is night]
    paper = luminance("393939" if night else "efefef")  # with the grey of a <pre> over Anki's own
    chosen = [line for line in chosen if ".w {" not in line]  # white space
    colours = {c for line in chosen for c in re.findall(r"[ {;]color: #(\w{6})", line.lower())}
    assert len(colours) > 5
    for colour in colours:
        light, dark = sorted((luminance(colour), paper), reverse=True)
        assert (light + 0.05) / (dark + 0.05) > 2.8, colour


# Importing again


def test_a_later_export_has_the_same_ids(pack: Path, tmp_path: Path) -> None:
    first = exported(pack, tmp_path)
    add(pack, "data/generic", "Another text.\n\n" + fence("assert True"), prompt="Other words?")
    add(pack, "data/added", "Say.\n\n" + fence("assert True"))
    path = tmp_path / "second.apkg"
    write_anki(items(pack), path, now=NOW + DAY)
    second = read(path)
    for id, note in first.notes.items():
        assert second.notes[id].guid == note.guid
    assert first.decks.items() <= second.decks.items()
    assert "Another text" in second.notes["data/generic"].fields["Answer"]
    assert len({note.guid for note in second.notes.values()}) == len(second.notes) == 4


def test_ids_never_change() -> None:
    """Whoever has imported an export of any version gets duplicates if one of these does."""
    assert MODEL_ID == 1789231417
    assert FIELDS == ("Id", "Title", "About", "Question", "Answer")
    assert anki._number("torchdrill::autograd") == 1826395424
    import genanki  # type: ignore[import-untyped]

    pack = load_pack(locations.built_in_pack())
    assert anki.guid_of(genanki, pack.items["numerics/softmax"]) == "rK=<D6,PS?"


def test_a_question_that_is_renamed_stays_the_same_card(pack: Path, tmp_path: Path) -> None:
    before = exported(pack, tmp_path).notes["data/generic"]

    def rename(old: str, new: str, aliases: str) -> Note:
        for folder in ("questions", "answers"):
            path = pack / folder / f"{old}.md"
            text = path.read_text().replace("level: mid", f"aliases: [{aliases}]\nlevel: mid")
            path.unlink()
            text = re.sub(r"aliases: .*\n(aliases: .*\n)", r"\1", text)
            write(pack, f"{folder}/{new}.md", text)
        return exported(pack, tmp_path).notes[new]

    once = rename("data/generic", "data/typed", "data/generic")
    assert once.guid == before.guid
    twice = rename("data/typed", "nn/typed", "data/generic, data/typed")
    assert twice.guid == before.guid
    assert twice.deck == "torchdrill::nn"


def test_without_the_extra_it_says_what_to_install(
    pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "genanki", None)
    with pytest.raises(SurroundingsError) as caught:
        write_anki(items(pack), tmp_path / "x.apkg", now=NOW)
    assert caught.value.todo == "pip install 'torchdrill[anki]'"
    assert not (tmp_path / "x.apkg").exists()


def test_the_whole_bank_goes_out(tmp_path: Path) -> None:
    pack = load_pack(locations.built_in_pack())
    package = exported(pack.root, tmp_path)
    assert set(package.notes) == set(pack.items)
    assert {note.deck.removeprefix("torchdrill::") for note in package.notes.values()} == {
        item.question.topic for item in pack.items.values()
    }
    for id, note in package.notes.items():
        assert Text(note.fields["Question"]).seen.strip(), id
        assert Text(note.fields["Answer"]).seen.strip(), id
    code = package.notes["numerics/softmax"].fields["Answer"]
    assert code.index("A solution") < code.index("The whole answer") < code.index("✗ wrong: ")
    fix = Text(package.notes["autograd/detach-vs-data"].fields["Answer"]).seen
    assert fix.index("The fix") < fix.index("percent = weight.detach() * 100") < fix.index("Proof"
        if "Proof" in fix else "The whole answer")  # fmt: skip
