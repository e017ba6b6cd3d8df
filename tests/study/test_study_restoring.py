"""A backup in the place of the present progress: all of it, or nothing has changed."""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from quizapp.study.bookmarks import bookmarks, toggle_bookmark
from quizapp.study.export.records import Progress, collect
from quizapp.study.marks import Rating
from quizapp.study.records import Draft
from quizapp.study.restoring import read_backup, restore
from quizapp.study.schema import MIGRATIONS
from quizapp.study.session import begin, resume
from quizapp.study.store import Store
from quizapp.study.withdrawal import reset, undo_last
from verify.errors import StoreError, UsageError

from .files import LATER, fill, junk, names, works
from .make import DAY, NOW, PARTLY, RIGHT, WRONG

ASIDE = "progress-before-restore-2026-12-03-100000.sqlite3"


def live(store: Store) -> None:
    """Some of everything that a person leaves in a progress file."""
    session = begin(store, ["a/x", "a/y", "b/x", "b/y"], now=NOW)
    session.answer("one", RIGHT, now=NOW, rating=Rating.GOOD)
    session.amend(now=NOW, rating=Rating.EASY)
    session.answer("two", PARTLY, now=NOW)
    store.log("c/x", WRONG, now=NOW, rating=Rating.AGAIN, response="π = 3")
    undo_last(store, NOW)
    store.log("c/y", WRONG, now=NOW, rating=Rating.AGAIN)
    reset(store, ["c/y"], NOW)
    store.save_draft(Draft("d/x", "half"), now=NOW)
    store.set_setting("goal", {"minutes": 40})
    toggle_bookmark(store, "a/x", NOW)


def content(file: Path) -> Progress:
    with Store.open(file, now=NOW) as store:
        assert store.notice == ""
        return collect(store)


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A backup of some progress."""
    with Store.open(tmp_path / "other" / "progress.sqlite3", now=NOW) as store:
        live(store)
        store.backup(tmp_path / "backup.sqlite3")
    return tmp_path / "backup.sqlite3"


def restored(backup: Path, file: Path) -> tuple[int, int, Path | None]:
    with read_backup(backup) as found:
        done = restore(found, file, now=NOW + DAY)
    assert done.notice == ""
    return done.before, done.after, done.aside


def test_a_backup_takes_the_place_of_what_is_there_which_is_kept(file: Path, backup: Path) -> None:
    fill(file, 5)
    before, wanted, source = content(file), content(backup), backup.read_bytes()
    aside = file.with_name(ASIDE)
    assert restored(backup, file) == (5, 2, aside)
    assert content(file) == wanted
    assert content(aside) == before
    assert backup.read_bytes() == source
    with Store.open(file, now=NOW) as store:
        session = resume(store)
        assert session is not None
        assert session.current == "b/x"
        assert bookmarks(store) == {"a/x"}
        works(store)
    assert names(file) == sorted([file.name, aside.name])


def test_into_nothing(file: Path, backup: Path) -> None:
    assert restored(backup, file) == (0, 2, None)
    assert content(file) == content(backup)
    assert names(file) == [file.name]


def test_what_was_kept_can_be_restored_in_turn(file: Path, backup: Path) -> None:
    fill(file, 5)
    before = content(file)
    restored(backup, file)
    aside = file.with_name(ASIDE)
    assert restored(aside, file) == (2, 5, file.with_name(ASIDE.replace(".sq", "-2.sq")))
    assert content(file) == before


def test_a_damaged_progress_file_is_no_hindrance(file: Path, backup: Path) -> None:
    fill(file, 5)
    junk(file)
    with read_backup(backup) as found:
        done = restore(found, file, now=NOW)
    assert "was damaged" in done.notice
    assert (done.before, done.after, done.aside) == (0, 2, None)
    assert content(file) == content(backup)


@pytest.mark.parametrize("version", range(1, len(LATER)))
def test_a_backup_of_an_earlier_version_is_brought_up(
    file: Path, tmp_path: Path, version: int
) -> None:
    old = tmp_path / "old.sqlite3"
    with Store.open(old, now=NOW, migrations=LATER[:version]) as store:
        store.log("a/x", RIGHT, now=NOW, rating=Rating.GOOD)
        reviews = store.reviews()
    before = old.read_bytes()
    Store.open(file, now=NOW, migrations=LATER).close()
    with read_backup(old, LATER) as found, sqlite3.connect(file) as present:
        assert found.answers == 1
        found.connection.backup(present)
    present.close()
    with Store.open(file, now=NOW, migrations=LATER) as store:
        assert (store.notice, store.reviews()) == ("", reviews)
    assert old.read_bytes() == before
    assert names(old) == sorted([old.name, "data"])


def test_version_1_is_restored_as_version_2(file: Path, tmp_path: Path) -> None:
    old = tmp_path / "old.sqlite3"
    with Store.open(old, now=NOW, migrations=MIGRATIONS[:1]) as store:
        store.log("a/x", RIGHT, now=NOW, rating=Rating.GOOD)
    assert restored(old, file) == (0, 1, None)
    with Store.open(file, now=NOW) as store:
        assert store.notice == ""
        assert undo_last(store, NOW) is not None


def test_a_copy_of_a_file_in_use_is_read_with_its_log(file: Path, tmp_path: Path) -> None:
    copied = tmp_path / "copied"
    copied.mkdir()
    with Store.open(file, now=NOW) as store:
        works(store)
        for path in file.parent.iterdir():
            (copied / path.name).write_bytes(path.read_bytes())
    other = tmp_path / "there" / "progress.sqlite3"
    assert restored(copied / file.name, other) == (0, 1, None)


def test_a_copy_of_a_closed_file_is_read_and_nothing_is_left_beside_it(
    file: Path, tmp_path: Path
) -> None:
    fill(file, 3)
    copied = tmp_path / "copied" / "progress.sqlite3"
    copied.parent.mkdir()
    copied.write_bytes(file.read_bytes())
    assert restored(copied, tmp_path / "there" / "progress.sqlite3") == (0, 3, None)
    assert names(copied) == [copied.name]


def test_pages_of_another_size_are_no_hindrance(file: Path, backup: Path) -> None:
    wanted = content(backup)
    connection = sqlite3.connect(backup, isolation_level=None)
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.execute("PRAGMA page_size = 1024")
    connection.execute("VACUUM")
    assert connection.execute("PRAGMA page_size").fetchone() == (1024,)
    connection.close()
    restored(backup, file)
    assert content(file) == wanted


def test_what_a_restore_left_that_was_killed_is_cleared_away(file: Path, backup: Path) -> None:
    fill(file, 5)
    file.with_name(f"{ASIDE}.77.part").write_bytes(b"half")
    restored(backup, file)
    assert names(file) == sorted([file.name, ASIDE])


# Refused


def other_program(path: Path) -> None:
    path.unlink()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE bookmarks (url TEXT)")
    connection.commit()
    connection.close()


def newer(path: Path) -> None:
    path.unlink()
    Store.open(path, now=NOW, migrations=LATER).close()


def altered(statement: str) -> Callable[[Path], None]:
    def alter(path: Path) -> None:
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute("DROP TRIGGER IF EXISTS reviews_keep")
        connection.execute(statement)
        trigger = "CREATE TRIGGER reviews_keep BEFORE UPDATE ON reviews BEGIN SELECT 1; END"
        connection.execute(trigger)
        connection.commit()
        connection.close()

    return alter


DEFECTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "junk": (junk, "no sound backup"),
    "empty": (lambda path: path.write_bytes(b""), "no sound backup"),
    "text": (lambda path: path.write_text("id,answer\n"), "no sound backup"),
    "half": (
        lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
        "no sound backup",
    ),
    "another program's": (other_program, "not a progress file"),
    "newer": (newer, "version 4"),
    "tableless": (altered("DROP TABLE cards"), "no sound backup"),
    "with more": (altered("CREATE TABLE more (x)"), "more is not as torchdrill makes it"),
    "columnless": (altered("ALTER TABLE cards DROP COLUMN lapses"), "cards is not as"),
    "marked oddly": (altered("UPDATE reviews SET mark = 'splendid'"), "no sound backup"),
    "timeless": (altered("UPDATE reviews SET at = 'noon'"), "cannot be understood"),
    "pointless": (altered("UPDATE reviews SET points = '[1, 2]'"), "cannot be understood"),
    "set oddly": (altered("UPDATE settings SET value = 'no JSON'"), "cannot be understood"),
    "without its session": (altered("DELETE FROM sessions"), "no sound backup"),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_what_is_no_sound_backup_is_refused(file: Path, backup: Path, defect: str) -> None:
    spoil, says = DEFECTS[defect]
    fill(file, 2)
    spoil(backup)
    found = backup.read_bytes()
    with pytest.raises(StoreError) as caught:
        read_backup(backup)
    assert says in str(caught.value)
    assert str(backup) in str(caught.value) or defect in ("timeless", "pointless", "set oddly")
    assert "TORCHDRILL_HOME" not in str(caught.value)
    assert backup.read_bytes() == found
    assert names(backup) == sorted([backup.name, "data", "other"])


def test_whatever_bytes_are_broken_it_is_read_or_refused(file: Path, backup: Path) -> None:
    sound = backup.read_bytes()
    chance = random.Random(11)
    refused = 0
    for number in range(60):
        broken = bytearray(sound)
        for _ in range(chance.choice([1, 3, 30])):
            at = chance.randrange(len(broken) if number % 2 else 4096)
            broken[at] = chance.randrange(256)
        backup.write_bytes(broken)
        try:
            with read_backup(backup) as found:
                restore(found, file, now=NOW)
        except StoreError:
            refused += 1
        else:  # what was restored can be worked with
            with Store.open(file, now=NOW) as store:
                assert store.notice == ""
                collect(store)
                works(store)
    assert refused > 5


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        read_backup(tmp_path / "none.sqlite3")
    with pytest.raises(UsageError, match="no such file"):
        read_backup(tmp_path)


def test_while_another_window_is_open_nothing_is_restored(file: Path, backup: Path) -> None:
    fill(file, 5)
    before = content(file)
    with Store.open(file, now=NOW) as window:
        with read_backup(backup) as found, pytest.raises(StoreError) as caught:
            restore(found, file, now=NOW)
        assert "another window has progress open" in str(caught.value)
        assert "close torchdrill" in caught.value.todo
        assert collect(window) == before
        works(window)
    assert len(content(file).answers) == 6
    assert names(file) == [file.name]
    assert restored(backup, file)[:2] == (6, 2)


def test_a_window_that_opens_meanwhile_waits(file: Path, backup: Path) -> None:
    """It finds the backup, never a mixture, however the two run into each other."""
    fill(file, 5)
    wanted = content(backup)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.read(reader, 1)
            with Store.open(file, now=NOW) as store:
                status = 0 if len(store.reviews()) in (2, 5) else 2
        finally:
            os._exit(status)
    with read_backup(backup) as found:
        os.write(writer, b".")
        for _ in range(50):  # the other window is open for a moment, if it came first
            try:
                restore(found, file, now=NOW)
                break
            except StoreError as error:
                assert "another window" in str(error)
    assert os.waitpid(child, 0)[1] == 0
    assert content(file) == wanted


def test_where_nothing_can_be_written_it_says_why(file: Path, backup: Path) -> None:
    file.parent.write_text("a file where the folder should be")
    with read_backup(backup) as found, pytest.raises(StoreError, match="cannot be restored"):
        restore(found, file, now=NOW)


def test_a_copy_that_cannot_be_made_stops_it(
    file: Path, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(file, 5)
    before = content(file)

    def full(source: sqlite3.Connection, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("quizapp.study.restoring.copy", full)
    with read_backup(backup) as found, pytest.raises(StoreError, match="cannot be restored"):
        restore(found, file, now=NOW)
    assert content(file) == before
    assert names(file) == [file.name]
