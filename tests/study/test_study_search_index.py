"""The file of the search index: in step with the pack, and whole again whatever happens to it."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from quizapp.study.search import Finder, index, parse, texts
from quizapp.study.search.index import StoppedError, open_index
from quizapp.study.search.words import Term, term
from tests.big_pack import write_big_pack
from tests.packs import write
from verify.bank import Entry

COUNT = 12


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "pack"
    for number in range(COUNT):
        put(root, number, f"It has word{number}.")
    return root


def put(root: Path, number: int, answer: str) -> None:
    write(root, f"questions/topic/q{number}.md", "---\ntitle: x\n---\nAsked.\n")
    write(root, f"answers/topic/q{number}.md", f"---\n---\n{answer}\n")


def entries(count: int = COUNT, title: str = "Title") -> dict[str, Entry]:
    made = [
        Entry(f"topic/q{n}", f"{title} {n}", "recall", "mid", 1, (), (), (), (), ())
        for n in range(count)
    ]
    return {entry.id: entry for entry in made}


def ready(root: Path, cache: Path | None, found: dict[str, Entry] | None = None) -> Finder:
    finder = Finder(root, found or entries(), cache)
    finder.prepare()
    assert finder.ready
    return finder


def search(finder: Finder, typed: str) -> list[str]:
    outcome = finder.find(parse(typed), {})
    assert outcome.complete
    return [*outcome.ids]


def file_of(cache: Path) -> Path:
    (file,) = cache.glob("search-*.sqlite3")
    return file


def documents(cache: Path) -> tuple[int, int]:
    """How many questions the file knows, and how many documents are in it."""
    sql = sqlite3.connect(file_of(cache))
    try:
        known = sql.execute("SELECT count(*) FROM documents").fetchone()[0]
        return known, sql.execute("SELECT count(*) FROM words_docsize").fetchone()[0]
    finally:
        sql.close()


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The questions whose texts are read to be indexed."""
    read: list[str] = []
    real = texts.read_texts

    def note(root: Path, identity: str) -> object:
        read.append(identity)
        return real(root, identity)

    monkeypatch.setattr(index, "read_texts", note)
    return read


# -- in step ----------------------------------------------------------------------------------


def test_what_has_not_changed_is_not_read_again(
    root: Path, tmp_path: Path, reads: list[str]
) -> None:
    ready(root, tmp_path / "c").close()
    assert len(reads) == COUNT
    finder = ready(root, tmp_path / "c")
    assert len(reads) == COUNT
    assert search(finder, "word7") == ["topic/q7"]
    finder.close()


def test_an_edited_file_costs_one_file(root: Path, tmp_path: Path, reads: list[str]) -> None:
    ready(root, tmp_path / "c").close()
    reads.clear()
    put(root, 7, "Something else.")
    finder = ready(root, tmp_path / "c")
    assert reads == ["topic/q7"]
    assert search(finder, "something") == ["topic/q7"]
    assert search(finder, "word7") == []
    finder.close()


def test_a_changed_head_is_followed_though_no_file_has_changed(
    root: Path, tmp_path: Path, reads: list[str]
) -> None:
    ready(root, tmp_path / "c").close()
    finder = ready(root, tmp_path / "c", entries(title="Heading"))
    assert search(finder, "heading word3") == ["topic/q3"]
    assert search(finder, "title") == []
    assert len(reads) == 2 * COUNT
    finder.close()


def test_questions_come_and_go(root: Path, tmp_path: Path, reads: list[str]) -> None:
    ready(root, tmp_path / "c", entries(3)).close()
    ready(root, tmp_path / "c", entries(2)).close()
    put(root, 3, "The new one.")
    left = {id: entry for id, entry in entries(4).items() if id != "topic/q2"}
    finder = ready(root, tmp_path / "c", left)
    assert reads[3:] == ["topic/q3"]
    assert search(finder, "new") == ["topic/q3"]
    assert search(finder, "word2") == []  # no number is given to another question
    finder.close()
    finder = ready(root, tmp_path / "c", entries(4))
    assert search(finder, "word2") == ["topic/q2"]
    finder.close()


def test_dead_documents_are_not_kept_for_ever(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "DEAD", 0)
    most = 0
    for number in range(4 * COUNT):
        put(root, 5, f"Edited{number}.")
        finder = ready(root, tmp_path / "c")
        assert search(finder, f"edited{number}") == ["topic/q5"]
        assert search(finder, "word3") == ["topic/q3"]
        finder.close()
        most = max(most, documents(tmp_path / "c")[1])
    assert COUNT < most <= 2 * COUNT + 2


def test_what_another_process_writes_is_found(root: Path, tmp_path: Path) -> None:
    mine = ready(root, tmp_path / "c")
    assert search(mine, "word2") == ["topic/q2"]
    put(root, 2, "Written meanwhile.")
    ready(root, tmp_path / "c").close()
    assert search(mine, "meanwhile") == ["topic/q2"]
    assert search(mine, "word2") == []
    mine.close()


# -- damaged, locked, not to be written -------------------------------------------------------


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def overwrite(file: Path) -> None:
    file.write_bytes(b"this is no database" * 500)


def empty(file: Path) -> None:
    file.write_bytes(b"")


def scribble(file: Path) -> None:
    raw = bytearray(file.read_bytes())
    raw[4096:] = b"\xff" * (len(raw) - 4096)
    file.write_bytes(raw)


def other_format(file: Path) -> None:
    sql = sqlite3.connect(file)
    sql.execute("PRAGMA user_version = 99")
    sql.close()


def lose_words(file: Path) -> None:
    """The list of questions is there, and what they hold is not."""
    sql = sqlite3.connect(file)
    sql.execute("DELETE FROM words_data")
    sql.commit()
    sql.close()


def without_table(file: Path) -> None:
    sql = sqlite3.connect(file)
    sql.execute("DROP TABLE documents")
    sql.commit()
    sql.close()


DAMAGES = [cut, overwrite, empty, scribble, other_format, without_table, lose_words]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_made_anew(
    root: Path, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    cache = tmp_path / "c"
    ready(root, cache).close()
    damage(file_of(cache))
    finder = ready(root, cache)
    assert search(finder, "word4") == ["topic/q4"]
    finder.close()
    assert documents(cache) == (COUNT, COUNT)


def test_damage_while_it_is_open_leaves_the_titles_until_it_is_made_anew(
    root: Path, tmp_path: Path
) -> None:
    cache = tmp_path / "c"
    finder = ready(root, cache)
    lose_words(file_of(cache))
    outcome = finder.find(parse("title"), {})
    assert (len(outcome.ids), outcome.complete) == (COUNT, False)
    assert not finder.ready
    finder.prepare()
    assert search(finder, "word4") == ["topic/q4"]
    assert documents(cache) == (COUNT, COUNT)
    finder.close()


def test_without_a_folder_to_write_to_it_is_in_memory(root: Path, tmp_path: Path) -> None:
    in_the_way = write(tmp_path, "file", "no folder")
    finder = ready(root, in_the_way / "cache")
    assert search(finder, "word4") == ["topic/q4"]
    finder.close()


def test_a_file_locked_for_long_is_done_without(root: Path, tmp_path: Path) -> None:
    cache = tmp_path / "c"
    ready(root, cache, entries(3)).close()
    other = sqlite3.connect(file_of(cache), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    places = {id: place for place, id in enumerate(entries())}
    found = open_index(root, entries(), places, cache, patience=0.0)
    assert found.find((Term(("word4",), True),)) == [4]
    found.close()
    other.execute("ROLLBACK")
    other.close()
    assert documents(cache) == (3, 3)


def test_without_fts_titles_are_searched(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema = tuple(each.replace("fts5", "fts99") for each in index._SCHEMA)
    monkeypatch.setattr(index, "_SCHEMA", schema)
    finder = ready(root, tmp_path / "c")
    assert not finder.searches_texts
    outcome = finder.find(parse("title 7"), {})
    assert ([*outcome.ids], outcome.complete) == (["topic/q7"], False)
    assert finder.find(parse("word7"), {}).ids == []
    finder.close()


def test_before_it_is_ready_titles_are_searched(root: Path, tmp_path: Path) -> None:
    finder = Finder(root, entries(), tmp_path / "c")
    outcome = finder.find(parse("title 7"), {})
    assert ([*outcome.ids], outcome.complete) == (["topic/q7"], False)
    finder.close()
    finder.prepare()  # closed: it is not wanted any more
    assert not finder.ready


# -- stopped, and several at once -------------------------------------------------------------


def test_what_was_done_before_a_stop_is_kept(root: Path, tmp_path: Path, reads: list[str]) -> None:
    places = {id: place for place, id in enumerate(entries())}
    told: list[int] = []
    with pytest.raises(StoppedError):
        open_index(
            root, entries(), places, tmp_path / "c",
            stopped=lambda: len(reads) == 5, told=told.append,
        )  # fmt: skip
    assert told == [12, 11, 10, 9, 8, 7]
    assert documents(tmp_path / "c") == (5, 5)
    ready(root, tmp_path / "c").close()
    assert len(reads) == COUNT


PROGRAM = """
import sys
from pathlib import Path
from quizapp.study.search import Finder, parse
from verify.bank import load_index

root, cache = Path(sys.argv[1]), Path(sys.argv[2])
finder = Finder(root, load_index(root, cache).entries, cache)
sys.stdin.readline()
finder.prepare()
print(finder.searches_texts, len(finder.find(parse("torch"), {}).ids))
finder.close()
"""


def test_two_processes_build_one_index(tmp_path: Path) -> None:
    root, cache = write_big_pack(tmp_path / "pack", 300), tmp_path / "c"
    builders = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(root), str(cache)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            cwd=Path(__file__).parents[2],
        )
        for _ in range(3)
    ]  # fmt: skip
    said = [each.communicate("go\n", timeout=120)[0] for each in builders]
    assert [each.returncode for each in builders] == [0, 0, 0]
    assert len({*said}) == 1
    assert said[0].startswith("True")
    assert documents(cache) == (300, 300)


def test_a_word_of_signs_alone_is_no_term() -> None:
    assert term("--") is None
    assert term("_") is None
    assert term("_x") == Term(("x",), True)
