"""The progress file where nothing can be written."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import namedtuple
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from quizapp.study.store import Store
from verify.errors import StoreError

from .files import LATER, fill, junk, works
from .make import NOW


def test_a_folder_that_cannot_be_made_means_memory_and_a_notice(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    with Store.open(tmp_path / "data" / "progress.sqlite3", now=NOW) as store:
        assert not store.saving
        assert store.path is None
        assert "not being saved" in store.notice
        assert str(tmp_path / "data") in store.notice
        works(store)


def test_a_path_below_a_file_means_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with Store.open(tmp_path / "file" / "deep" / "progress.sqlite3", now=NOW) as store:
        assert not store.saving
        works(store)


def test_a_folder_in_place_of_the_file_means_memory(file: Path) -> None:
    file.mkdir(parents=True)
    with Store.open(file, now=NOW) as store:
        assert not store.saving
        assert "not being saved" in store.notice
        works(store)
    assert file.is_dir()


@pytest.mark.parametrize("there", [False, True])
def test_a_full_disk_means_memory_with_what_is_there(
    file: Path, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    if there:
        fill(file, 3)
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(1, 1, 0))
    with Store.open(file, now=NOW) as store:
        assert not store.saving
        assert "the disk is full" in store.notice
        assert ("saved before" in store.notice) == there
        assert len(store.reviews()) == (3 if there else 0)
        works(store)
    monkeypatch.undo()
    with Store.open(file, now=NOW) as store:
        assert len(store.reviews()) == (3 if there else 0)


def test_a_newer_file_on_a_full_disk_is_still_an_error(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Store.open(file, now=NOW, migrations=LATER).close()
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(1, 1, 0))
    with pytest.raises(StoreError, match="version 4"):
        Store.open(file, now=NOW)


def test_a_damaged_file_that_cannot_be_moved_means_memory(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(file)
    junk(file)
    content = file.read_bytes()

    def refuse(self: Path, target: Path) -> Path:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", refuse)
    with Store.open(file, now=NOW) as store:
        assert not store.saving
        assert "Permission denied" in store.notice
        works(store)
    assert file.read_bytes() == content


NOBODY = 65534


@pytest.fixture
def shared_file() -> Iterator[Path]:
    """A file in a folder that others may reach, unlike ``tmp_path``."""
    folder = Path(tempfile.mkdtemp(prefix="torchdrill-"))
    folder.chmod(0o755)
    yield folder / "data" / "progress.sqlite3"
    for path in (folder, folder / "data"):
        if path.exists():
            path.chmod(0o755)
    shutil.rmtree(folder)


def as_nobody(action: Callable[[], str]) -> str:
    """What an action says in a process that has no more rights than anybody."""
    import fcntl  # noqa: F401  (the child may not be able to read it any more)

    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        said = "it did not come to that"
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            said = action()
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
        finally:
            os.write(writer, said.encode())
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return said


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("state", ["empty folder", "file", "file and log"])
def test_a_read_only_folder_means_memory_with_what_is_there(shared_file: Path, state: str) -> None:
    file = shared_file
    file.parent.mkdir()
    if state != "empty folder":
        fill(file, 3)
    if state == "file and log":  # as after a crash: the last answer is not in the file itself
        with Store.open(file, now=NOW) as store:
            works(store)
            shutil.copytree(file.parent, file.parent.with_name("crashed"))
        file.parent.with_name("data").rename(file.parent.with_name("before"))
        file.parent.with_name("crashed").rename(file.parent)
    file.parent.chmod(0o555)
    for path in file.parent.iterdir():
        path.chmod(0o444)

    def look() -> str:
        with Store.open(file, now=NOW) as store:
            count = len(store.reviews())
            works(store)
            return f"{store.saving} {count} {store.notice}"

    said = as_nobody(look)
    expected = {"empty folder": 0, "file": 3, "file and log": 4}[state]
    assert said.startswith(f"False {expected} Progress is not being saved: "), said
    assert "read-only" in said or "cannot be opened" in said
