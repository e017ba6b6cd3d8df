"""The progress file in every state it may be found in."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from quizapp.study import opening
from quizapp.study.marks import Rating
from quizapp.study.schema import MIGRATIONS
from quizapp.study.session import resume
from quizapp.study.store import Store
from quizapp.study.withdrawal import undo_last
from verify.errors import StoreError, TorchdrillError

from .files import LATER, STEP, fill, junk, names, works
from .make import NOW, RIGHT
from .released import RELEASED

# Sound


@pytest.mark.parametrize("there", [False, True])
def test_a_new_file_is_made_where_there_is_none_or_an_empty_one(file: Path, there: bool) -> None:
    if there:
        file.parent.mkdir()
        file.touch()
    with Store.open(file, now=NOW) as store:
        assert (store.notice, store.saving, store.path) == ("", True, file)
        works(store)
    with Store.open(file, now=NOW) as store:
        assert store.notice == ""
        assert len(store.reviews()) == 1
    assert names(file) == [file.name]


# Damaged


def short(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def scrambled(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[5000:12000] = bytes(random.Random(1).randbytes(7000))
    file.write_bytes(content)


def beheaded(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[:100] = b"\0" * 100
    file.write_bytes(content)


def tableless(file: Path) -> None:
    connection = sqlite3.connect(file)
    connection.execute("DROP TABLE cards")
    connection.commit()
    connection.close()


@pytest.mark.parametrize("damage", [junk, short, scrambled, beheaded, tableless])
def test_a_damaged_file_is_moved_aside(file: Path, damage: Callable[[Path], None]) -> None:
    fill(file, 40)
    damage(file)
    content = file.read_bytes()
    aside = file.with_name("progress-damaged-2026-12-02-100000.sqlite3")
    with Store.open(file, now=NOW) as store:
        assert store.saving
        assert "damaged" in store.notice
        assert str(aside) in store.notice
        assert store.reviews() == ()
        works(store)
    assert aside.read_bytes() == content
    with Store.open(file, now=NOW) as store:
        assert store.notice == ""
        assert len(store.reviews()) == 1


def test_two_damaged_files_of_one_second_are_both_kept(file: Path) -> None:
    for _ in range(2):
        fill(file)
        junk(file)
        Store.open(file, now=NOW).close()
    assert names(file) == [
        "progress-damaged-2026-12-02-100000-2.sqlite3",
        "progress-damaged-2026-12-02-100000.sqlite3",
        "progress.sqlite3",
    ]


def test_what_sqlite_keeps_beside_a_damaged_file_goes_with_it(file: Path) -> None:
    file.parent.mkdir()
    junk(file)
    file.with_name(file.name + "-wal").write_bytes(b"the last answers")
    Store.open(file, now=NOW).close()
    wal = file.with_name("progress-damaged-2026-12-02-100000.sqlite3-wal")
    assert wal.read_bytes() == b"the last answers"


def test_whatever_bytes_are_broken_it_opens_or_says_why(file: Path, tmp_path: Path) -> None:
    fill(file, 60)
    sound = file.read_bytes()
    chance = random.Random(7)
    for number in range(40):
        broken = bytearray(sound)
        for _ in range(chance.choice([1, 3, 30])):
            at = chance.randrange(len(broken) if number % 2 else 4096)
            broken[at] = chance.randrange(256)
        target = tmp_path / str(number) / "progress.sqlite3"
        target.parent.mkdir()
        target.write_bytes(broken)
        try:
            with Store.open(target, now=NOW) as store:
                store.reviews()
                store.cards()
                store.log("a/later", RIGHT, now=NOW, rating=Rating.GOOD)
        except TorchdrillError as error:
            assert isinstance(error, StoreError)
            assert error.where


# Another version, another program


@pytest.mark.parametrize("version", range(1, len(LATER)))
def test_an_earlier_file_is_upgraded_after_a_backup(file: Path, version: int) -> None:
    with Store.open(file, now=NOW, migrations=LATER[:version]) as old:
        old.log("a/x", RIGHT, now=NOW, rating=Rating.GOOD)
        old.set_setting("interview", "2026-12-14")
        reviews, cards = old.reviews(), old.cards()
    with Store.open(file, now=NOW, migrations=LATER) as store:
        backup = file.with_name(f"progress-v{version}-2026-12-02-100000.sqlite3")
        assert str(backup) in store.notice
        assert store.saving
        assert (store.reviews(), store.cards()) == (reviews, cards)
        assert store.setting("interview") == "2026-12-14"
        with store.reading() as sql:
            assert sql.execute("SELECT count(*) FROM later").fetchone() == (0,)
            assert sql.execute("SELECT note FROM cards").fetchone() == ("",)
            assert sql.execute("PRAGMA user_version").fetchone() == (len(LATER),)
        works(store)
    with Store.open(file, now=NOW, migrations=LATER) as store:
        assert store.notice == ""
    with Store.open(backup, now=NOW, migrations=LATER[:version]) as kept:
        assert kept.notice == ""
        assert kept.reviews() == reviews
    assert names(file) == sorted([backup.name, file.name])


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS)))
def test_a_file_as_it_was_released_loses_nothing_in_the_upgrade(file: Path, version: int) -> None:
    RELEASED[version](file)
    before, columns = rows(file), {name: list(each[0]) for name, each in rows(file).items()}
    with Store.open(file, now=NOW) as store:
        backup = file.with_name(f"progress-v{version}-2026-12-02-100000.sqlite3")
        assert store.notice == f"Progress was upgraded; the file as it was is kept as {backup}."
        reviews, cards = store.reviews(), store.cards()
        assert len(reviews) > 30
        store.rebuild()
        assert store.cards() == cards
        session = resume(store)
        assert session is not None
        assert (session.number, session.current, session.draft().text) == (2, "a/4", "half")
        works(store)
        assert undo_last(store, NOW) is not None
        assert store.reviews() == reviews
    after = rows(file)
    for name, kept in before.items():
        found = [{column: row[column] for column in columns[name]} for row in after[name]]
        assert found[: len(kept)] == kept, name
    assert rows(backup) == before
    with Store.open(file, now=NOW) as store:
        assert store.notice == ""


def rows(file: Path) -> dict[str, list[dict[str, object]]]:
    """Every row of every table that has one, by the names of its columns."""
    connection = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    tables = [
        row["name"]
        for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    ]
    found = {
        name: [dict(row) for row in connection.execute(f"SELECT * FROM {name} ORDER BY 1")]
        for name in tables
    }
    connection.close()
    return {name: each for name, each in found.items() if each}


def test_what_an_upgrade_left_that_was_killed_is_cleared_away(file: Path) -> None:
    RELEASED[1](file)
    for left in ("", "-journal"):
        file.with_name(f"progress-v1-2026-12-01-100000.sqlite3.77.part{left}").write_bytes(b"half")
    mine = file.with_name("my.part")
    mine.touch()
    Store.open(file, now=NOW).close()
    assert names(file) == ["my.part", "progress-v1-2026-12-02-100000.sqlite3", "progress.sqlite3"]


def test_an_upgrade_that_fails_leaves_the_file_as_it_was(file: Path) -> None:
    fill(file)
    broken = (*MIGRATIONS, STEP, ("CREATE TABLE half (x)", "NO SUCH STATEMENT"))
    with pytest.raises(StoreError, match="cannot be upgraded"):
        Store.open(file, now=NOW, migrations=broken)
    with Store.open(file, now=NOW) as store:
        assert len(store.reviews()) == 1
        with store.reading() as sql:
            tables = {name for (name,) in sql.execute("SELECT name FROM sqlite_master")}
        assert "half" not in tables
    assert names(file) == [file.name]


def test_no_backup_no_upgrade(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(file)

    def full(source: sqlite3.Connection, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(opening, "copy", full)
    with Store.open(file, now=NOW, migrations=LATER) as store:
        assert not store.saving
        assert "No space left" in store.notice
        assert len(store.reviews()) == 1
    monkeypatch.undo()
    with Store.open(file, now=NOW) as store:
        assert store.notice == ""


def test_a_newer_file_is_left_untouched(file: Path) -> None:
    with Store.open(file, now=NOW, migrations=LATER) as store:
        works(store)
    content = file.read_bytes()
    with pytest.raises(StoreError, match="version 4") as caught:
        Store.open(file, now=NOW)
    assert caught.value.where == str(file)
    assert "upgrade" in caught.value.todo
    assert file.read_bytes() == content
    assert names(file) == [file.name]


def test_a_newer_file_that_is_in_use_is_seen_to_be_newer(file: Path) -> None:
    with Store.open(file, now=NOW, migrations=LATER) as store:
        works(store)
        with pytest.raises(StoreError, match="version 4"):
            Store.open(file, now=NOW)
        works(store)


@pytest.mark.parametrize("mode", ["WAL", "DELETE"])
def test_a_file_of_another_program_is_left_untouched(file: Path, mode: str) -> None:
    file.parent.mkdir()
    connection = sqlite3.connect(file)
    connection.execute(f"PRAGMA journal_mode = {mode}")
    connection.execute("CREATE TABLE bookmarks (url TEXT)")
    connection.commit()
    connection.close()
    content = file.read_bytes()
    with pytest.raises(StoreError, match="not a progress file"):
        Store.open(file, now=NOW)
    assert file.read_bytes() == content


# Locked, or closed by another window


def test_the_log_beside_the_file_may_vanish_while_it_is_looked_at(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The window that closes last takes it away; another one may be opening meanwhile."""
    fill(file)
    original = Path.stat

    def stat(path: Path, **how: bool) -> os.stat_result:
        if path.name.endswith("-wal"):
            raise FileNotFoundError(2, "No such file or directory", str(path))
        return original(path, **how)

    monkeypatch.setattr(Path, "stat", stat)
    with Store.open(file, now=NOW) as store:
        assert (store.notice, store.saving, len(store.reviews())) == ("", True, 1)


def test_a_file_locked_by_another_program_is_an_error_in_words(file: Path) -> None:
    fill(file)
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("BEGIN EXCLUSIVE")
    connection.execute("DELETE FROM settings")
    try:
        with pytest.raises(StoreError, match="cannot be opened") as caught:
            opening.open_progress(file, now=NOW, migrations=MIGRATIONS, busy=0.02)
        assert "another window" in caught.value.why
    finally:
        connection.close()
    with Store.open(file, now=NOW) as store:
        assert len(store.reviews()) == 1


def test_many_processes_may_open_a_damaged_file_at_once(file: Path) -> None:
    fill(file)
    junk(file)
    code = (
        "import sys; from pathlib import Path; from quizapp.study.store import Store\n"
        "with Store.open(Path(sys.argv[1])) as s: s.set_setting(sys.argv[2], 1)\n"
        "print(s.notice)"
    )
    root = Path(opening.__file__).parents[2]
    children = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(file), str(number)],
            cwd=root,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(3)
    ]
    said = [child.communicate(timeout=60)[0].strip() for child in children]
    assert [child.returncode for child in children] == [0, 0, 0]
    assert sum(bool(words) for words in said) == 1
    assert sum("damaged" in name for name in names(file)) == 1
    with Store.open(file, now=NOW) as store:
        assert [store.setting(str(number)) for number in range(3)] == [1, 1, 1]
