"""The list of a pack follows its files, and parses again only what has changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.packs import add, fence, write
from verify.bank import load_index, loader
from verify.bank.index import file_stamps
from verify.errors import UsageError

GOOD = fence("print(1)")


def edit_title(root: Path) -> None:
    path = root / "questions/topic/one.md"
    path.write_text(path.read_text("utf-8").replace("A question", "Another"), "utf-8")


def break_answer(root: Path) -> None:
    write(root, "answers/topic/two.md", "no front matter")


def mend(root: Path) -> None:
    add(root, "topic/broken", GOOD)


def add_one(root: Path) -> None:
    add(root, "other/four", GOOD)


def take_away(root: Path) -> None:
    (root / "questions/topic/one.md").unlink()
    (root / "answers/topic/one.md").unlink()


def lose_answer(root: Path) -> None:
    (root / "answers/topic/one.md").unlink()


@pytest.mark.parametrize(
    "change", [edit_title, break_answer, mend, add_one, take_away, lose_answer]
)
def test_an_index_that_follows_is_like_one_made_anew(
    tmp_path: Path, change: Callable[[Path], None]
) -> None:
    root, cache = tmp_path / "pack", tmp_path / "cache"
    for slug in ("one", "two", "three"):
        add(root, f"topic/{slug}", GOOD)
    add(root, "topic/broken", "```pyhton\n```")
    before = load_index(root, cache)
    assert before.broken == ("topic/broken",)
    change(root)
    after = load_index(root, cache)
    assert after != before
    assert after == load_index(root, None)
    assert [*after.entries] == [*load_index(root, None).entries]
    assert load_index(root, cache) == after


def test_only_the_changed_question_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, cache = tmp_path / "pack", tmp_path / "cache"
    for slug in ("one", "two", "three"):
        add(root, f"topic/{slug}", GOOD)
    load_index(root, cache)
    read: list[str] = []
    sound = loader.read_sound

    def note(root: Path, identity: str) -> object:
        read.append(identity)
        return sound(root, identity)

    monkeypatch.setattr(loader, "read_sound", note)
    monkeypatch.setattr(loader, "load_pack", None)  # to call it would be an error
    edit_title(root)
    assert load_index(root, cache).entries["topic/one"].title == "Another"
    assert read == ["topic/one"]
    load_index(root, cache)
    assert read == ["topic/one"]


def test_stamps_tell_questions_from_answers(tmp_path: Path) -> None:
    write(tmp_path, "questions/topic/one.md", "text")
    before = file_stamps(tmp_path)
    (tmp_path / "answers/topic").mkdir(parents=True)
    (tmp_path / "questions/topic/one.md").rename(tmp_path / "answers/topic/one.md")
    after = file_stamps(tmp_path)
    assert [*before] == [*after] == ["topic/one"]
    assert before != after


def test_a_pack_that_is_gone_is_no_pack(tmp_path: Path) -> None:
    root, cache = tmp_path / "pack", tmp_path / "cache"
    add(root, "topic/one", GOOD)
    load_index(root, cache)
    root.rename(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="not a pack"):
        load_index(root, cache)
