"""A pack is read again when a file of it changed, and only then."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine.ledgers import BODY
from tests.packs import add, write
from verify.bank import load_pack
from verify.engine.ledger import scan as scan_module
from verify.engine.ledger.claims import claim_of
from verify.engine.ledger.scan import Reading, Scan, scanned

LONG_AGO = 1_700_000_000


@pytest.fixture
def root(tmp_path: Path) -> Path:
    pack = tmp_path / "pack"
    add(pack, "topic/one", BODY)
    add(pack, "topic/two", BODY)
    add(pack, "topic/broken", "```pyhton\n```")
    age(pack)
    return pack


def age(root: Path) -> None:
    """Make files look as if they had not been written this moment."""
    for path in root.rglob("*.md"):
        os.utime(path, (LONG_AGO, LONG_AGO))


def read(root: Path, cache: Path) -> Scan:
    return Reading(root, cache).keep(load_pack(root))


def test_an_unchanged_pack_is_known_with_its_defects(root: Path, tmp_path: Path) -> None:
    assert scanned(root, tmp_path / "cache") is None
    kept = read(root, tmp_path / "cache")
    pack = load_pack(root)
    assert kept.claims == tuple(map(claim_of, pack.items.values()))
    assert scanned(root, tmp_path / "cache") == kept
    assert kept.defects == pack.defects
    assert len(kept.defects) > 0


def edit(root: Path) -> None:
    path = root / "answers/topic/one.md"
    path.write_text(path.read_text().replace("x = 1", "x = 2"))


def edit_and_reset_the_time(root: Path) -> None:
    path = root / "answers/topic/one.md"
    path.write_text(path.read_text() + "more\n")
    age(root)


def replace(root: Path) -> None:
    path = root / "answers/topic/one.md"
    other = write(root, "answers/topic/new", path.read_text().replace("x = 1", "x = 2"))
    os.utime(other, (LONG_AGO, LONG_AGO))
    other.replace(path)


def remove(root: Path) -> None:
    (root / "answers/topic/broken.md").unlink()


def rename(root: Path) -> None:
    (root / "questions/topic/two.md").rename(root / "questions/topic/three.md")


def new_file(root: Path) -> None:
    write(root, "questions/topic/new.md", "no front matter")


def close(root: Path) -> None:
    (root / "questions/topic/two.md").chmod(0)


@pytest.mark.parametrize(
    "change", [edit, edit_and_reset_the_time, replace, remove, rename, new_file, close]
)
def test_whatever_happens_to_a_file_it_is_read_again(
    root: Path, tmp_path: Path, change: Callable[[Path], None]
) -> None:
    read(root, tmp_path / "cache")
    assert scanned(root, tmp_path / "cache") is not None
    change(root)
    assert scanned(root, tmp_path / "cache") is None


def test_a_file_written_this_moment_may_be_written_again_unseen(root: Path, tmp_path: Path) -> None:
    os.utime(root / "answers/topic/one.md")
    read(root, tmp_path / "cache")
    assert scanned(root, tmp_path / "cache") is None


def test_code_that_reads_otherwise_reads_again(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(root, tmp_path / "cache")
    monkeypatch.setattr(scan_module, "reader_digest", lambda: "of other code")
    assert scanned(root, tmp_path / "cache") is None


@pytest.mark.parametrize("content", [b"", b"\xff", b"{}", b'{"stamps": 3}', b"[" * 100_000])
def test_a_damaged_copy_is_read_again(root: Path, tmp_path: Path, content: bytes) -> None:
    kept = read(root, tmp_path / "cache")
    (copy,) = (tmp_path / "cache").iterdir()
    copy.write_bytes(content)
    assert scanned(root, tmp_path / "cache") is None
    read(root, tmp_path / "cache")
    assert scanned(root, tmp_path / "cache") == kept


def test_a_copy_that_cannot_be_written_costs_time_only(root: Path, tmp_path: Path) -> None:
    write(tmp_path, "cache", "a file where the folder should be")
    assert len(read(root, tmp_path / "cache").claims) == 2
    assert scanned(root, tmp_path / "cache") is None


def test_a_pack_is_one_pack_whichever_way_it_is_reached(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(root, tmp_path / "cache")
    (tmp_path / "link").symlink_to(root)
    assert scanned(tmp_path / "link", tmp_path / "cache") is not None
    monkeypatch.chdir(tmp_path)
    found = scanned(Path("pack"), tmp_path / "cache")
    assert found is not None
    assert str(found.defects[0].path).startswith("pack/answers/")
