"""`torchdrill mock` as text: kind by kind, paused, killed, exported."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from quizapp.study.marks import Mark
from quizapp.study.mock.sitting import unfinished
from quizapp.study.store import Store
from tests.judge.test_judging import RIGHT, code_of, exercise
from tests.packs import add, fence, write
from tests.running import torchdrill

CHOICE = "Which two?\n\n- a) one right\n- b) a wrong one\n- c) another right"
WHY = "correct: [a, c]\nwhy: {a: because a, b: because b, c: because c}\n"
PROGRAM = fence("print(1)\nprint(2)")
BUG = "def mean(xs):\n    return sum(xs) / (len(xs) - 1)"
FIX = "def mean(xs):\n    return sum(xs) / len(xs)"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    root = tmp_path / "pack"
    add(root, "one/recall", fence("x = 1"), prompt="Why?")
    return root


def sit(pack: Path, home: Path, typed: str, *words: str, **more: str) -> str:
    done = torchdrill(
        "mock", "--plain", "--bank", pack, *words, home=home, typed=typed, environment=more
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout


def reviews(home: Path) -> list[tuple[str, Mark, str]]:
    with Store.open(home / "data/progress.sqlite3") as store:
        return [(each.id, each.mark, each.response) for each in store.reviews()]


def test_talk_is_ticked_without_the_answer_and_the_card_is_printed(
    pack: Path, tmp_path: Path
) -> None:
    said = sit(pack, tmp_path, "because\n\n1 9\n1 3\n", "--minutes", "45", "--level", "mid")
    assert "Mock interview · mid · 45 min · 45:00 left of 45:00" in said
    assert "Question 1 · one · mid · recall · 3:00 left of 3 min" in said
    assert "Which of these did you say? The clock stands." in said
    assert "Type numbers from 1 to 3." in said and "x = 1" not in said
    assert re.search(r"This question: 0:0\d of 3:00\. In all: (45:00|44:5\d) left of 45:00\.", said)
    assert "# Mock interview · mid · 45 min" in said and "**Nearly ready: 67 %**" in said
    assert "| 1 | A question | one/recall | recall | mid | ~ partly, 67 % |" in said
    assert reviews(tmp_path) == [("one/recall", Mark.PARTLY, "because")]


def test_choice_and_output_are_graded_without_a_word(tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    add(pack, "two/choice", fence("x = 1"), kind="choice", prompt=CHOICE, head=WHY)
    add(pack, "three/output", PROGRAM + fence("1\n2", "output"), kind="output", prompt=PROGRAM)
    said = sit(pack, tmp_path, "z\nab\n1\n2\n\n", "--seed", "1")
    assert "Your choice (several are right): " in said and "Type one or more of a, b, c." in said
    before = said.partition("# Mock interview")[0]
    assert "✓" not in before and "✗" not in before and "because" not in before
    (chosen, _, letters), output = reviews(tmp_path)
    assert chosen == "two/choice" and re.fullmatch(r"[abc],[abc]", letters)
    assert output == ("three/output", Mark.RIGHT, "1\n2")


def test_a_pause_goes_on_with_what_was_written(pack: Path, tmp_path: Path) -> None:
    said = sit(pack, tmp_path, "first\n!\n")
    assert "Paused; `torchdrill mock --plain` goes on here." in said
    assert reviews(tmp_path) == []
    said = sit(pack, tmp_path, "second\n\n")  # the input ends while points are ticked
    assert "Going on with the interview you left." in said and "> first" in said
    said = sit(pack, tmp_path, "1 2 3\n")
    assert "Which of these" in said and "Answer aloud" not in said
    assert reviews(tmp_path) == [("one/recall", Mark.RIGHT, "first\nsecond")]


def test_skipping_and_ending(pack: Path, tmp_path: Path) -> None:
    add(pack, "two/recall", fence("x = 1"))
    add(pack, "three/recall", fence("x = 1"))
    said = sit(pack, tmp_path, "?\n!!\n")
    assert "Skipped." in said
    assert "Ended early: 1 question not reached." in said
    assert [mark for _, mark, _ in reviews(tmp_path)] == [Mark.SKIPPED] * 2
    said = sit(pack, tmp_path, "!\n", "-m", "30")
    assert "Going on" not in said, "an option begins another"


def test_a_killed_interview_goes_on_where_it_was(pack: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-P", "-m", "quizapp.cli.main", "mock", "--plain", "--bank"]
    with subprocess.Popen(
        [*command, str(pack)],
        env={**os.environ, "TORCHDRILL_HOME": str(tmp_path)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as running:  # fmt: skip
        assert running.stdin is not None and running.stdout is not None
        running.stdin.write("half of it\n")
        running.stdin.flush()
        shown = ""
        while not shown.endswith("> > "):  # the second prompt: the first line is on disk
            shown += running.stdout.read(1)
        running.kill()
    with Store.open(tmp_path / "data/progress.sqlite3") as store:
        assert store.notice == ""
        assert unfinished(store) is not None
    said = sit(pack, tmp_path, "\n1 2 3\n")
    assert "> half of it" in said
    assert reviews(tmp_path) == [("one/recall", Mark.RIGHT, "half of it")]


def test_code_from_files_and_an_editor_is_judged_and_the_best_counts(tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    exercise(pack)
    write(tmp_path, "wrong.py", code_of("return x / 3"))
    write(tmp_path, "worse.py", "def half(x) return x")
    typed = f"h\nf /no/such\nf {tmp_path}/wrong.py\nf {tmp_path}/worse.py\n!\n"
    said = sit(pack, tmp_path, typed)
    assert "Halve it." in said and "def half(x):" in said
    assert "Nothing was judged yet" in said and "/no/such cannot be read" in said
    assert "✗ rejected" in said
    found = re.findall(r"The best attempt keeps (\d+) of (\d+) laws", said)
    assert len(found) == 2 and found[0] == found[1], "a worse one does not count"
    script = f"import sys\nopen(sys.argv[1], 'w').write({code_of(RIGHT[0])!r})"
    editor = write(tmp_path, "editor.py", script)
    said = sit(pack, tmp_path, "e\nh\n", VISUAL=f"{sys.executable} {editor}")
    assert f"The best attempt keeps {found[0][0]} of {found[0][1]} laws" in said
    assert "✓ accepted" in said
    assert re.search(r"✓ right, (\d+) of \1 laws", said)
    assert reviews(tmp_path) == [("topic/half", Mark.RIGHT, code_of(RIGHT[0]))]


def test_a_bug_is_mended_before_the_judge(tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    body = fence(BUG) + fence("assert mean([2, 4]) != 3") + fence(FIX, "python fix")
    add(pack, "topic/bug", body + fence("assert mean([2, 4]) == 3"), kind="bug", prompt=fence(BUG))
    write(tmp_path, "fix.py", FIX)
    said = sit(pack, tmp_path, f"mend\nf {tmp_path}/fix.py\nh\n")
    assert "✓ accepted" in said
    assert reviews(tmp_path) == [("topic/bug", Mark.RIGHT, FIX)]


def test_the_last_scorecard_is_exported(pack: Path, tmp_path: Path) -> None:
    none = torchdrill("mock", "--export", "-", "--bank", pack, home=tmp_path)
    assert (none.returncode, "no interview was finished yet" in none.stderr) == (2, True)
    sit(pack, tmp_path, "x\n\n1\n")
    file = tmp_path / "card.md"
    done = torchdrill("mock", "--export", file, "--bank", pack, home=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert file.read_text("utf-8").startswith("# Mock interview · any level · 30 min\n")
    printed = torchdrill("mock", "--export", "-", "--bank", pack, home=tmp_path)
    assert printed.stdout == file.read_text("utf-8")
    again = torchdrill("mock", "--export", file, "--bank", pack, home=tmp_path)
    assert (again.returncode, "the file exists" in again.stderr) == (2, True)


def test_what_the_bank_lacks_is_said(pack: Path, tmp_path: Path) -> None:
    done = torchdrill(
        "mock", "--plain", "--level", "senior", "--bank", pack, home=tmp_path, typed="!\n"
    )
    assert "Without output, bug or code" in done.stderr
    assert "No senior questions for talk: neighbours stand in." in done.stderr
    assert "A mid question: of senior ones there is none left that fits here." in done.stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--minutes", "20"), 2, "'20' is not one of"),
        (("--level", "expert"), 2, "'expert' is not one of"),
        ((), 4, "no terminal"),
    ],
)
def test_bad_words_and_no_terminal(
    pack: Path, tmp_path: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    done = torchdrill("mock", *words, "--bank", pack, home=tmp_path)
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr
