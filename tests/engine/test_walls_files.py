"""The wall around files: what succeeds without it fails behind it, each shown in one test."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine.walled import Behind, Outcome, behind, run

Attempt = Callable[[Path], object]


@pytest.fixture(params=["room", "base", "oldest"])
def walled(request: pytest.FixtureRequest) -> Behind:
    return behind(request.param)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "inside"
    inside.mkdir()
    return inside


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A home with something to lose, beside the folder."""
    home = tmp_path / "home"
    furnish(home)
    return home


def furnish(home: Path) -> None:
    shutil.rmtree(home, ignore_errors=True)
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh" / "key").write_text("private")
    (home / ".ssh" / "key").chmod(0o600)
    (home / "empty").mkdir()


def snapshot(home: Path) -> dict[str, tuple[int, int, int, bytes]]:
    """All that can be seen of a folder, but for access times."""
    found = {}
    for path in sorted([home, *home.rglob("*")]) if home.exists() else []:
        state = path.lstat()
        data = path.read_bytes() if path.is_file() else b""
        found[str(path)] = (state.st_mode, state.st_mtime_ns, state.st_nlink, data)
    return found


def truncate_through_a_reader(home: Path) -> None:
    os.close(os.open(home / ".ssh" / "key", os.O_RDONLY | os.O_TRUNC))


def change_mode_through_a_reader(home: Path) -> None:
    fd = os.open(home / ".ssh" / "key", os.O_RDONLY)
    os.fchmod(fd, 0o644)


def rename_within(home: Path) -> None:
    (home / ".ssh" / "key").rename(home / "moved")


CHANGES: dict[str, Attempt] = {
    "write": lambda home: (home / "new").write_text("x"),
    "append": lambda home: (home / ".ssh" / "key").open("a").write("x"),
    "write over": lambda home: (home / ".ssh" / "key").write_text("x"),
    "delete": lambda home: (home / ".ssh" / "key").unlink(),
    "delete a folder": lambda home: (home / "empty").rmdir(),
    "delete all": lambda home: shutil.rmtree(home),
    "make a folder": lambda home: (home / "new").mkdir(),
    "make a link": lambda home: (home / "new").symlink_to("/"),
    "make a pipe": lambda home: os.mkfifo(home / "new"),
    "link into the folder": lambda home: os.link(home / ".ssh" / "key", "mine"),
    "rename": rename_within,
    "move in": lambda home: (home / ".ssh" / "key").rename("mine"),
    "move out": lambda home: Path(tempfile.mkstemp()[1]).rename(home / "new"),
    "truncate": lambda home: os.truncate(home / ".ssh" / "key", 0),
    "truncate through a reader": truncate_through_a_reader,
    "mode": lambda home: (home / ".ssh" / "key").chmod(0o644),
    "mode of a folder": lambda home: home.chmod(0o777),
    "mode through a reader": change_mode_through_a_reader,
    "times": lambda home: os.utime(home / ".ssh" / "key", (1, 1)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_nothing_outside_is_changed(walled: Behind, folder: Path, outside: Path, name: str) -> None:
    before = snapshot(outside)
    assert run(lambda: CHANGES[name](outside), folder, None).did
    assert snapshot(outside) != before
    furnish(outside)
    before = snapshot(outside)
    assert not run(lambda: CHANGES[name](outside), folder, walled).did
    assert snapshot(outside) == before


READS: dict[str, Attempt] = {
    "a private file": lambda home: (home / ".ssh" / "key").read_text(),
    "a private folder": lambda home: os.listdir(home / ".ssh"),  # noqa: PTH208
    "through a link": lambda home: read_through_a_link(home),
    "by starting a program": lambda home: os.system(f"cat {home}/.ssh/key") and 1 / 0,
}


def read_through_a_link(home: Path) -> str:
    Path("link").unlink(missing_ok=True)
    Path("link").symlink_to(home / ".ssh" / "key")
    return Path("link").read_text()


@pytest.mark.parametrize("name", READS)
def test_nothing_private_is_read(walled: Behind, folder: Path, outside: Path, name: str) -> None:
    assert run(lambda: READS[name](outside), folder, None).did
    assert not run(lambda: READS[name](outside), folder, walled).did


@pytest.mark.parametrize("path", ["/etc/shadow", "/tmp"])
def test_what_the_system_keeps_for_itself_is_not_read(
    walled: Behind, folder: Path, path: str
) -> None:
    def look() -> object:
        return os.listdir(path) if Path(path).is_dir() else Path(path).read_bytes()  # noqa: PTH208

    if path == "/tmp" or os.getuid() == 0:  # shadow is for root
        assert run(look, folder, None).did
    result = run(look, folder, walled)
    # A room has a /tmp if the folder lies in it, and nothing else is there.
    assert not result.did or (walled.room and result.said.count(",") == 0)


def test_the_parents_memory_and_environment_are_not_read(walled: Behind, folder: Path) -> None:
    parent = os.getpid()
    for name in ("environ", "maps", "mem", "root/etc/passwd", "cwd/."):

        def look(name: str = name) -> object:
            return os.open(f"/proc/{parent}/{name}", os.O_RDONLY)

        assert run(look, folder, None).did
        assert not run(look, folder, walled).did, name


def test_what_was_open_before_goes_on_working(walled: Behind, folder: Path, tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb", buffering=0) as log:
        assert run(lambda: log.write(b"x"), folder, walled) == Outcome(True, "1")
    assert (tmp_path / "log").read_bytes() == b"x"


def test_the_folder_may_be_given_by_a_link(walled: Behind, tmp_path: Path) -> None:
    """As /tmp is one on some machines: the name works inside, and so does the real one."""
    (tmp_path / "real" / "inside").mkdir(parents=True)
    (tmp_path / "link").symlink_to("real")
    folder = tmp_path / "link" / "inside"

    def write() -> None:
        (folder / "file").write_text("x")
        (tmp_path / "real" / "inside" / "second").write_text("x")
        tempfile.mkdtemp()

    assert run(write, folder, walled) == Outcome(True, "None")
    assert (tmp_path / "real" / "inside" / "file").read_text() == "x"
    assert not run(lambda: (folder / ".." / "file").write_text("x"), folder, walled).did
