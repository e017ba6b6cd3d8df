"""The progress file in every state it may be found in."""

from __future__ import annotations

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
from quizapp.study.store import Store
from verify.errors import StoreError, TorchdrillError

from .files import LATER, STEP, fill, junk, names, works
from .make import NOW, RIGHT

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


# Locked


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
