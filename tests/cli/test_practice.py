"""``check`` and ``practice`` outside the app."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from quizapp.study.marks import Rating
from quizapp.study.store import Store
from tests.judge.test_judging import RIGHT, code_of, exercise
from tests.packs import add, fence, write
from tests.running import torchdrill


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    root = tmp_path / "pack"
    exercise(root)
    return root


def solution(tmp_path: Path, name: str, code: str) -> Path:
    return write(tmp_path, f"{name}.py", code)


def test_check_writes_a_line_of_json_for_each_file(pack: Path, tmp_path: Path) -> None:
    right = solution(tmp_path, "right", code_of(RIGHT[0]))
    wrong = solution(tmp_path, "wrong", code_of("return x / 3"))
    syntax = solution(tmp_path, "syntax", "def half(x) return x")
    files = (right, wrong, syntax)
    done = torchdrill("check", "topic/half", *files, "--json", "--bank", pack, home=tmp_path)
    assert done.returncode == 1, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(row["file"], row["accepted"]) for row in rows] == [
        (str(right), True), (str(wrong), False), (str(syntax), False),
    ]  # fmt: skip
    for row in rows:
        assert set(row) == {"id", "file", "accepted", "laws", "seconds"}
        for law in row["laws"]:
            assert set(law) == {"name", "verdict", "message", "counterexample"}
    broken = next(law for law in rows[1]["laws"] if law["verdict"] == "failed")
    assert broken["name"] == "values" and "half(x)" in broken["counterexample"]
    assert [law["name"] for law in rows[2]["laws"]] == ["loads"]
    assert torchdrill("check", "topic/half", right, "--bank", pack, home=tmp_path).returncode == 0


def test_check_says_in_words_what_is_wrong_and_where(pack: Path, tmp_path: Path) -> None:
    wrong = solution(tmp_path, "wrong", "def half(x):\n    return x.nothing\n")
    done = torchdrill("check", "topic/half", wrong, "--all", "--bank", pack, home=tmp_path)
    assert done.returncode == 1
    assert f"✗ rejected  {wrong}" in done.stdout
    assert "AttributeError" in done.stdout and f"at {wrong}:2" in done.stdout
    assert "✓ loads" in done.stdout and "✗ values" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr and "verify/" not in done.stdout


@pytest.mark.parametrize(
    ("words", "said", "code"),
    [
        (("topic/hlaf", "here.py"), "the nearest id is 'topic/half'", 2),
        (("topic/talk", "here.py"), "is of kind recall", 2),
        (("topic/half", "nowhere.py"), "cannot be read", 2),
        (("topic/half",), "Missing argument", 2),
    ],
)
def test_bad_words_are_told(
    pack: Path, tmp_path: Path, words: tuple[str, ...], said: str, code: int
) -> None:
    add(pack, "topic/talk", fence("print(1)"))
    write(tmp_path, "here.py", code_of(RIGHT[0]))
    done = torchdrill("check", *words, "--bank", pack, home=tmp_path, cwd=tmp_path)
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr


BUG = "def mean(xs):\n    return sum(xs) / (len(xs) - 1)"
FIX = "def mean(xs):\n    return sum(xs) / len(xs)"


def test_a_bug_is_judged_by_what_follows_its_fix(pack: Path, tmp_path: Path) -> None:
    body = fence(BUG) + fence("assert mean([2, 4]) != 3") + fence(FIX, "python fix")
    body += fence("assert mean([2, 4]) == 3") + fence("print(mean([1, 3]))")
    body += fence("2.0", "output")
    add(pack, "topic/bug", body, kind="bug", prompt=fence(BUG))
    right = solution(tmp_path, "right", "def mean(xs):\n    return sum(xs) / max(len(xs), 1)\n")
    wrong = solution(tmp_path, "wrong", BUG)
    done = torchdrill("check", "topic/bug", right, "--bank", pack, home=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    done = torchdrill("check", "topic/bug", wrong, "--json", "--bank", pack, home=tmp_path)
    (row,) = map(json.loads, done.stdout.splitlines())
    assert not row["accepted"]
    assert [law["verdict"] for law in row["laws"]][:2] == ["passed", "raised"]


def test_practice_lists_what_to_do_next_first(pack: Path, tmp_path: Path) -> None:
    done = torchdrill("practice", "--bank", pack, home=tmp_path)
    assert done.stdout.split()[:3] == ["new", "topic/half", "junior"]


def progress(home: Path) -> Store:
    (found,) = home.rglob("*.sqlite3")
    return Store.open(found)


def test_a_watched_file_is_judged_at_each_save(pack: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-P", "-m", "quizapp.cli.main", "practice", "topic/half"]
    with subprocess.Popen(
        [*command, "--watch", "--bank", str(pack)],
        cwd=tmp_path,
        env={**os.environ, "TORCHDRILL_HOME": str(tmp_path / "home"), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        assert "topic/half · Halve" in running.stdout.readline()
        assert "half.py: save it" in running.stdout.readline()
        file = tmp_path / "half.py"
        assert "# Halve it." in file.read_text("utf-8")
        assert "def half(x):" in file.read_text("utf-8")
        file.write_text(code_of("return x / 3"), "utf-8")
        assert "Halve" in running.stdout.readline()
        running.stdout.readline()
        assert "✗ rejected" in running.stdout.readline()
        file.write_text(code_of(RIGHT[0]), "utf-8")
        rest = running.stdout.read()
        assert "✓ accepted" in rest, rest
        assert "good; it comes back" in rest
        assert running.wait(20) == 0
    with progress(tmp_path / "home") as store:
        (review,) = store.reviews()
    assert review.rating is Rating.GOOD and review.response == code_of(RIGHT[0])


def test_an_editor_of_one_s_own_is_judged_when_it_ends(pack: Path, tmp_path: Path) -> None:
    code = f"import sys\nopen(sys.argv[1], 'w').write({code_of(RIGHT[0])!r})"
    editor = write(tmp_path, "editor.py", code)
    done = torchdrill(
        "practice", "topic/half", "--editor", "--bank", pack, home=tmp_path / "home",
        environment={"VISUAL": f"{sys.executable} {editor}"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "✓ accepted" in done.stdout and "easy; it comes back" in done.stdout
    missing = torchdrill(
        "practice", "topic/half", "--editor", "--bank", pack, home=tmp_path / "home",
        environment={"VISUAL": "/no/such/editor"},
    )  # fmt: skip
    assert (missing.returncode, "the editor cannot be used" in missing.stderr) == (4, True)


def test_plain_practice_gives_hints_and_the_solution(pack: Path, tmp_path: Path) -> None:
    done = torchdrill(
        "practice", "topic/half", "--plain", "--bank", pack, home=tmp_path / "home",
        typed="h\n\ns\n", environment={"VISUAL": "true"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Halve it." in done.stdout and "✗ rejected" in done.stdout
    assert "return x - x / 2" in done.stdout
    with progress(tmp_path / "home") as store:
        (review,) = store.reviews()
    assert (review.rating, review.hints) == (Rating.AGAIN, 1)
