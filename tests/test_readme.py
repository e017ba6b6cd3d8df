"""The README tells no lies: its code runs, its example is sound, its commands exist."""

from __future__ import annotations

import json
import re
from pathlib import Path

from markdown_it import MarkdownIt

from tests.packs import write
from tests.running import torchdrill

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
TEXT = README.read_text("utf-8")


def test_the_code_in_it_is_proved(tmp_path: Path) -> None:
    done = torchdrill("verify", README, "--json", "-", home=tmp_path)
    assert done.returncode == 0, done.stdout
    assert json.loads(done.stdout)["totals"] == {"passed": 4}


def test_the_question_it_shows_is_sound_and_proved(tmp_path: Path) -> None:
    shown = [t.content for t in MarkdownIt().parse(TEXT) if t.info.strip() == "markdown"]
    question, answer = shown
    write(tmp_path, "pack/questions/autograd/left.md", question)
    write(tmp_path, "pack/answers/autograd/left.md", answer)
    assert torchdrill("lint", tmp_path / "pack", home=tmp_path).returncode == 0
    assert torchdrill("verify", tmp_path / "pack", home=tmp_path).returncode == 0


def test_every_fence_word_in_its_table_is_known(tmp_path: Path) -> None:
    words = re.findall(r"^\| `(python[^`]*)` \|", TEXT, re.MULTILINE)
    assert len(words) == 7
    from verify.bank.info import parse_info

    assert [parse_info(word).problems for word in words] == [[]] * 7


def test_its_pictures_are_there() -> None:
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", TEXT)
    assert pictures
    assert [p for p in pictures if not (ROOT / p).is_file()] == []


def test_its_two_commands_are_the_ones_that_are_tried() -> None:
    commands = re.findall(r"^\$ (.*)$", TEXT, re.MULTILINE)
    assert commands[0].startswith("python3 -m venv .venv && .venv/bin/pip install torch==")
    assert commands[0].endswith("&& .venv/bin/torchdrill")
    assert commands[1] == ".venv/bin/pytest"
    assert "README.md" in (ROOT / ".ci/run").read_text("utf-8")
