"""`torchdrill verify --update`: what is shown, what is asked, what is written, what never is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.packs import add, fence
from tests.running import torchdrill
from tests.terminals import MAIN, Terminal


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    root = tmp_path / "pack"
    add(root, "tensors/stale", fence("print(1)\nprint(2)") + fence("2", "output") + "\nprose  \n")
    add(root, "tensors/good", fence("print(1)") + fence("1", "output"))
    return root


def contents(root: Path) -> dict[str, bytes]:
    folders = (root / "questions", root / "answers")
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return {str(path): path.read_bytes() for path in files}


def test_without_a_terminal_it_shows_the_difference_and_writes_only_if_told_to(
    pack: Path, tmp_path: Path
) -> None:
    before = contents(pack)
    done = torchdrill("verify", pack, "--update", home=tmp_path, cwd=pack)
    assert done.returncode == 1
    assert done.stdout.splitlines()[:2] == [
        "--- a/answers/tensors/stale.md",
        "+++ b/answers/tensors/stale.md",
    ]
    assert [line for line in done.stdout.splitlines() if line[:1] in "+-"][2:] == ["+1"]
    assert "1 file not written: say --yes to write" in done.stderr
    assert contents(pack) == before
    done = torchdrill("verify", pack, "--update", "--yes", home=tmp_path, cwd=pack)
    assert done.returncode == 0, done.stderr
    after = contents(pack)
    changed = str(pack / "answers/tensors/stale.md")
    assert after.pop(changed) == before.pop(changed).replace(b"output\n2", b"output\n1\n2")
    assert after == before
    done = torchdrill("verify", pack, "--update", "--yes", home=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert "nothing to update" in done.stderr


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (fence("assert False"), "AssertionError: assert False (and so not updated)"),
        (fence("import os\nos._exit(0)"), "crashed"),
        (fence("import torch\nprint(torch.rand(1))") + fence("x", "output"), "another seed"),
        (fence("x = 1") + fence("x", "output"), "prints nothing"),
    ],
)
def test_nothing_of_an_answer_that_fails_or_is_random_is_written(
    pack: Path, tmp_path: Path, body: str, said: str
) -> None:
    add(pack, "tensors/stale", fence("print(1)") + fence("2", "output") + body)
    before = contents(pack)
    done = torchdrill("verify", pack, "--update", "--yes", home=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr
    assert "answers/tensors/stale.md:" in done.stderr
    assert contents(pack) == before


def test_an_output_without_which_the_bug_would_be_accepted_is_not_written(tmp_path: Path) -> None:
    root = tmp_path / "pack"
    bug, fix = (fence(f"def double(x):\n    return {code}", info) for code, info in (
        ("x + 2", "python"), ("2 * x", "python fix")))  # fmt: skip
    body = bug + fix + fence("print(double(2))") + fence("5", "output")
    add(root, "tensors/bug", body, kind="bug", prompt=bug)
    before = contents(root)
    done = torchdrill("verify", root, "--update", "--yes", home=tmp_path)
    assert done.returncode == 1
    assert "accept the bug too" in done.stderr
    assert contents(root) == before


@pytest.mark.parametrize(("typed", "code"), [("y\r", 0), ("n\r", 1)])
def test_a_terminal_is_asked(pack: Path, tmp_path: Path, typed: str, code: int) -> None:
    before = contents(pack)
    command = [*MAIN, "verify", str(pack), "--update"]
    with Terminal(command, environment={"TORCHDRILL_HOME": str(tmp_path)}) as terminal:
        terminal.until("Write 1 file? [y/N]")
        assert contents(pack) == before
        terminal.type(typed)
        assert terminal.end() == code
    assert (contents(pack) == before) is bool(code)


def test_it_goes_with_no_report_and_yes_goes_with_it(pack: Path, tmp_path: Path) -> None:
    for words in (["--update", "--json", "-"], ["--yes"]):
        done = torchdrill("verify", pack, *words, home=tmp_path)
        assert done.returncode == 2
        assert "--update" in done.stderr
