"""What a person does with their own data: export, backup, restore, reset."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from quizapp.cli.main import COMMANDS
from quizapp.study.bookmarks import bookmarks, toggle_bookmark
from quizapp.study.grading import Graded
from quizapp.study.marks import Mark, Rating
from quizapp.study.records import Draft
from quizapp.study.session import begin, resume
from quizapp.study.store import Store
from tests.packs import add, fence
from tests.running import torchdrill
from verify.bank.model import Kind

NOW = datetime(2026, 12, 2, 10, tzinfo=UTC)
RIGHT = Graded(Kind.RECALL, Mark.RIGHT, 1.0, Rating.GOOD)
CODE = fence("print('hi')") + fence("hi", "output")


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    root = tmp_path / "pack"
    for id in ("autograd/leaf", "autograd/hook", "tensors/shape"):
        add(root, id, f"Say.\n\n{CODE}")
    return root


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with three answers, a draft, a bookmark and a session that goes on."""
    home = tmp_path / "home"
    with Store.open(home / "data/progress.sqlite3", now=NOW) as store:
        session = begin(store, ["autograd/leaf", "autograd/hook", "tensors/shape"], now=NOW)
        session.answer("one", RIGHT, now=NOW)
        session.answer("=two", RIGHT, now=NOW)
        store.log("gone/long-ago", RIGHT, now=NOW, rating=Rating.GOOD)
        store.save_draft(Draft("tensors/shape", "begun"), now=NOW)
        toggle_bookmark(store, "autograd/leaf", NOW)
    return home


def answered(home: Path) -> list[str]:
    with Store.open(home / "data/progress.sqlite3", now=NOW) as store:
        assert store.notice == ""
        return [review.id for review in store.reviews()]


ALL = ["autograd/leaf", "autograd/hook", "gone/long-ago"]


@pytest.mark.parametrize("name", ["json", "csv", "anki", "notebook"])
def test_each_export_explains_itself(name: str, tmp_path: Path) -> None:
    assert "export" in COMMANDS
    done = torchdrill("export", name, "--help", home=tmp_path)
    assert done.returncode == 0
    assert re.search(r"Examples:\n +torchdrill export", done.stdout)


# Export


def test_json_goes_to_stdout(home: Path, pack: Path) -> None:
    done = torchdrill("export", "json", "--bank", pack, home=home)
    found = json.loads(done.stdout)
    assert (found["format"], found["version"]) == ("torchdrill-progress", 1)
    assert [answer["question"] for answer in found["answers"]] == ALL
    assert done.stderr == "3 answers exported\n"
    assert done.returncode == 0


def test_csv_goes_into_a_file_whose_lines_end_as_they_should(
    home: Path, pack: Path, tmp_path: Path
) -> None:
    file = tmp_path / "answers.csv"
    done = torchdrill("export", "csv", "-o", file, "--bank", pack, home=home)
    assert (done.returncode, done.stdout) == (0, "")
    text = file.read_bytes().decode()
    assert text.count("\r\n") == 4
    rows = [*csv.DictReader(io.StringIO(text, newline=""))]
    assert [row["question"] for row in rows] == ALL
    assert [row["title"] for row in rows] == ["A question", "A question", ""]
    assert rows[1]["response"] == "'=two"
    again = torchdrill("export", "csv", "-o", file, "--bank", pack, home=home)
    assert (again.returncode, "--force" in again.stderr) == (2, True)
    forced = torchdrill("export", "csv", "-o", file, "--force", "--bank", pack, home=home)
    assert forced.returncode == 0


def test_nothing_is_exported_of_nothing_and_nothing_is_made(tmp_path: Path, pack: Path) -> None:
    home = tmp_path / "empty"
    done = torchdrill("export", "json", "--bank", pack, home=home)
    assert json.loads(done.stdout)["answers"] == []
    done = torchdrill("export", "csv", "--bank", pack, home=home)
    assert done.stdout.count("\n") == 1
    assert not (home / "data").exists()


def test_anki_takes_what_fits(home: Path, pack: Path, tmp_path: Path) -> None:
    done = torchdrill("export", "anki", "--bank", pack, home=home, cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("torchdrill.apkg\n", "3 cards\n")
    done = torchdrill("export", "anki", "--bank", pack, home=home, cwd=tmp_path)
    assert (done.returncode, "exists" in done.stderr) == (2, True)
    for words, count in (
        (["--bookmarks"], 1),
        (["-t", "autograd"], 2),
        (["tensors"], 1),
        (["tensors/shape", "autograd/leaf"], 2),
        (["-l", "mid", "-k", "recall"], 3),
    ):
        done = torchdrill(
            "export", "anki", *words, "-o", "x.apkg", "--force", "--bank", pack, home=home,
            cwd=tmp_path,
        )  # fmt: skip
        assert done.stderr.startswith(f"{count} card")
    done = torchdrill("export", "anki", "-k", "bug", "--bank", pack, home=home, cwd=tmp_path)
    assert (done.returncode, "no question fits" in done.stderr) == (2, True)
    done = torchdrill("export", "anki", "autograt", "--bank", pack, home=home, cwd=tmp_path)
    assert (done.returncode, "'autograd'" in done.stderr) == (2, True)


def test_notebooks_go_into_a_folder(home: Path, pack: Path, tmp_path: Path) -> None:
    add(pack, "tensors/broken", "```pyhton\n```")
    folder = tmp_path / "nb"
    done = torchdrill("export", "notebook", folder, "--bank", pack, home=home)
    written = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.ipynb"))
    assert written == ["autograd/hook.ipynb", "autograd/leaf.ipynb", "tensors/shape.ipynb"]
    assert len(done.stdout.splitlines()) == 3
    assert done.stderr == "1 file left out, for defects: `torchdrill lint`\n3 notebooks\n"
    mine = folder / "tensors/shape.ipynb"
    mine.write_text("what I made of it")
    (folder / "autograd/hook.ipynb").unlink()
    done = torchdrill("export", "notebook", folder, "--bank", pack, home=home)
    assert (done.returncode, "exists" in done.stderr) == (2, True)
    assert mine.read_text() == "what I made of it"
    assert not (folder / "autograd/hook.ipynb").exists()
    done = torchdrill("export", "notebook", folder, "tensors", "--force", "--bank", pack, home=home)
    assert done.stdout == f"{mine}\n"
    assert json.loads(mine.read_text())["nbformat"] == 4


def test_a_document_is_no_question(home: Path, pack: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("# Notes\n")
    done = torchdrill("export", "notebook", "nb", "notes.md", "--bank", pack, home=home,
                      cwd=tmp_path)  # fmt: skip
    assert (done.returncode, "no question" in done.stderr) == (2, True)


# Backup and restore


def test_a_backup_is_named_after_the_day_and_never_overwritten(home: Path, tmp_path: Path) -> None:
    names = []
    for _ in range(2):
        done = torchdrill("backup", home=home, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, "3 answers backed up\n")
        names.append(done.stdout.strip())
    assert re.fullmatch(r"torchdrill-backup-20\d\d-\d\d-\d\d\.sqlite3", names[0])
    assert names[1] == names[0].replace(".sqlite3", "-2.sqlite3")
    done = torchdrill("backup", names[0], home=home, cwd=tmp_path)
    assert (done.returncode, "exists" in done.stderr) == (2, True)
    (tmp_path / "kept").mkdir()
    done = torchdrill("backup", "kept", home=home, cwd=tmp_path)
    assert done.stdout == f"kept/{names[0]}\n"
    done = torchdrill("backup", "nowhere/x.sqlite3", home=home, cwd=tmp_path)
    assert done.returncode == 4
    assert "nowhere/x.sqlite3" in done.stderr


def test_a_backup_can_be_made_while_the_app_is_open(home: Path, tmp_path: Path) -> None:
    with Store.open(home / "data/progress.sqlite3", now=NOW) as window:
        window.log("a/new", RIGHT, now=NOW, rating=Rating.GOOD)
        done = torchdrill("backup", "x.sqlite3", home=home, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, "4 answers backed up\n")
        window.log("a/newer", RIGHT, now=NOW, rating=Rating.GOOD)
    connection = sqlite3.connect(tmp_path / "x.sqlite3")
    assert connection.execute("SELECT count(*) FROM reviews").fetchone() == (4,)
    connection.close()


def test_nothing_is_backed_up_of_nothing(tmp_path: Path) -> None:
    done = torchdrill("backup", home=tmp_path / "empty", cwd=tmp_path)
    assert (done.returncode, "nothing to back up" in done.stderr) == (2, True)
    assert [*tmp_path.iterdir()] == []


def test_a_backup_comes_back(home: Path, tmp_path: Path) -> None:
    torchdrill("backup", "x.sqlite3", home=home, cwd=tmp_path)
    torchdrill("reset", "--all", "--yes", home=home)
    assert answered(home) == []
    done = torchdrill("restore", "x.sqlite3", "--yes", home=home, cwd=tmp_path)
    assert done.returncode == 0
    assert done.stderr.startswith("0 answers before, 3 now\nWhat was there is kept as ")
    assert answered(home) == ALL
    with Store.open(home / "data/progress.sqlite3", now=NOW) as store:
        assert bookmarks(store) == {"autograd/leaf"}
        session = resume(store)
        assert session is not None
        assert session.draft().text == "begun"


def test_a_backup_comes_to_another_machine(home: Path, tmp_path: Path) -> None:
    torchdrill("backup", "x.sqlite3", home=home, cwd=tmp_path)
    other = tmp_path / "other"
    done = torchdrill("restore", "x.sqlite3", "--yes", home=other, cwd=tmp_path)
    assert done.stderr == "0 answers before, 3 now\n"
    assert answered(other) == ALL


def test_a_restore_asks_and_without_a_terminal_says_how_to_go_on(
    home: Path, tmp_path: Path
) -> None:
    torchdrill("backup", "x.sqlite3", home=home, cwd=tmp_path)
    torchdrill("reset", "autograd/leaf", "--yes", home=home)
    done = torchdrill("restore", "x.sqlite3", home=home, cwd=tmp_path)
    assert done.returncode == 2
    assert "The backup has 3 answers, the last of 2026-12-02" in done.stderr
    assert "the place of 2 answers" in done.stderr
    assert "--yes" in done.stderr
    assert len(answered(home)) == 2


def test_a_restore_is_refused_while_the_app_is_open(home: Path, tmp_path: Path) -> None:
    torchdrill("backup", "x.sqlite3", home=home, cwd=tmp_path)
    with Store.open(home / "data/progress.sqlite3", now=NOW) as window:
        done = torchdrill("restore", "x.sqlite3", "--yes", home=home, cwd=tmp_path)
        assert done.returncode == 4
        assert "another window" in done.stderr
        window.log("a/new", RIGHT, now=NOW, rating=Rating.GOOD)
    assert answered(home) == [*ALL, "a/new"]


def test_what_is_no_backup_is_refused(home: Path, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{}" * 100)
    done = torchdrill("restore", "x.json", "--yes", home=home, cwd=tmp_path)
    assert (done.returncode, "no sound backup" in done.stderr) == (4, True)
    done = torchdrill("restore", "y.sqlite3", "--yes", home=home, cwd=tmp_path)
    assert (done.returncode, "no such file" in done.stderr) == (2, True)
    assert answered(home) == ALL


def on_a_terminal(home: Path, *words: str, typed: str) -> tuple[int, str]:
    """Exit code and stderr of a command whose questions are answered by somebody."""
    ours, theirs = os.openpty()
    os.write(ours, typed.encode())
    done = subprocess.run(
        [sys.executable, "-P", "-m", "quizapp.cli.main", *words],
        stdin=theirs,
        capture_output=True,
        text=True,
        env={**os.environ, "TORCHDRILL_HOME": str(home)},
        timeout=60,
        check=False,
    )
    os.close(theirs)
    os.close(ours)
    return done.returncode, done.stderr


def test_a_no_changes_nothing_and_a_yes_does(home: Path, pack: Path) -> None:
    words = ("reset", "autograd", "--bank", str(pack))
    code, said = on_a_terminal(home, *words, typed="n\n")
    assert code == 130
    assert "2 answers will count no more. Go on? [y/N]" in said
    assert said.endswith("Nothing was changed.\n")
    assert answered(home) == ALL
    code, said = on_a_terminal(home, *words, typed="y\n")
    assert code == 0
    assert answered(home) == ["gone/long-ago"]


# Reset


def test_a_topic_a_question_and_one_the_bank_no_longer_has(home: Path, pack: Path) -> None:
    done = torchdrill("reset", "autograd/leaf", "tensors", "--yes", "--bank", pack, home=home)
    assert (done.returncode, done.stdout) == (0, "1 answer reset\n")
    assert answered(home) == ["autograd/hook", "gone/long-ago"]
    with Store.open(home / "data/progress.sqlite3", now=NOW) as store:
        assert store.drafts() == {}
    done = torchdrill("reset", "gone/long-ago", "--yes", "--bank", pack, home=home)
    assert done.stdout == "1 answer reset\n"
    done = torchdrill("reset", "autograd/leaf", "--bank", pack, home=home)
    assert (done.returncode, done.stderr) == (0, "Nothing was answered there yet.\n")
    done = torchdrill("reset", "autograd/leav", "--yes", "--bank", pack, home=home)
    assert (done.returncode, "'autograd/leaf'" in done.stderr) == (2, True)
    assert answered(home) == ["autograd/hook"]


def test_a_former_id_names_the_question(home: Path, pack: Path) -> None:
    path = pack / "questions/tensors/shape.md"
    path.write_text(path.read_text().replace("minutes: 3", "minutes: 3\naliases: [gone/long-ago]"))
    done = torchdrill("reset", "tensors/shape", "--yes", "--bank", pack, home=home)
    assert done.stdout == "1 answer reset\n"
    assert answered(home) == ALL[:2]


def test_all_is_reset_after_a_backup_which_is_named(home: Path, pack: Path) -> None:
    done = torchdrill("reset", "--all", "--bank", pack, home=home)
    assert (done.returncode, "All of your 3 answers" in done.stderr) == (2, True)
    done = torchdrill("reset", "--all", "--yes", "--bank", pack, home=home)
    assert (done.returncode, done.stdout) == (0, "3 answers reset\n")
    assert answered(home) == []
    kept = done.stderr.split()[-1]
    assert Path(kept).parent == home / "data"
    torchdrill("restore", kept, "--yes", home=home)
    assert answered(home) == ALL


def test_the_last_answer_is_taken_back_without_asking(home: Path, pack: Path) -> None:
    for id in reversed(ALL):
        done = torchdrill("reset", "--last", "--bank", pack, home=home)
        assert done.returncode == 0
        assert re.fullmatch(
            rf"{id}: right, answered 2026-12-0[123] \d\d:\d\d, counts no more\n", done.stdout
        )
    done = torchdrill("reset", "--last", "--bank", pack, home=home)
    assert (done.stdout, done.stderr) == ("", "There is no answer to take back.\n")
    with Store.open(home / "data/progress.sqlite3", now=NOW) as store:
        session = resume(store)
        assert session is not None
        assert (session.current, session.draft().text) == ("autograd/leaf", "one")


@pytest.mark.parametrize("words", [[], ["--all", "--last"], ["autograd", "--all"]])
def test_what_to_reset_must_be_clear(words: list[str], home: Path) -> None:
    done = torchdrill("reset", *words, "--yes", home=home)
    assert (done.returncode, "one of the three" in done.stderr) == (2, True)
    assert answered(home) == ALL


def test_nothing_is_reset_of_nothing_and_nothing_is_made(tmp_path: Path, pack: Path) -> None:
    home = tmp_path / "empty"
    for words in (["--all"], ["--last"], ["autograd"]):
        done = torchdrill("reset", *words, "--yes", "--bank", pack, home=home)
        assert (done.returncode, done.stderr) == (0, "Nothing was answered yet.\n")
    assert not (home / "data").exists()


def test_where_nothing_can_be_saved_nothing_is_reset(home: Path, pack: Path) -> None:
    """A folder where the file should be stands for every file that cannot be written."""
    file = home / "data/progress.sqlite3"
    file.unlink()
    file.mkdir()
    done = torchdrill("reset", "--last", "--bank", pack, home=home)
    assert done.returncode == 4
    assert "not being saved" in done.stderr
    assert "cannot be changed" in done.stderr
