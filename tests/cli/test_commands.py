"""The other commands: list, show, search, lint, doctor, help."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from quizapp.cli.main import COMMANDS
from tests.packs import add, fence, write
from tests.running import torchdrill

GOOD = fence("print('retained')")


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    root = tmp_path / "pack"
    add(root, "autograd/leaf", GOOD, prompt="Which tensors are leaves?")
    add(root, "tensors/shape", GOOD, prompt="What is a shape?")
    return root


def test_help_of_every_command_has_examples(tmp_path: Path) -> None:
    said = torchdrill("--help", home=tmp_path)
    assert said.returncode == 0
    for name in COMMANDS:
        assert name in said.stdout
        help_text = torchdrill(name, "--help", home=tmp_path)
        assert help_text.returncode == 0
        assert re.search(r"Examples:\n +torchdrill ", help_text.stdout)


def test_list_filters_and_writes_json(pack: Path, tmp_path: Path) -> None:
    done = torchdrill("list", "--bank", pack, "--topic", "autograd", "--json", home=tmp_path)
    (row,) = json.loads(done.stdout)
    assert (row["id"], row["topic"], row["kind"]) == ("autograd/leaf", "autograd", "recall")
    done = torchdrill("list", "--bank", pack, home=tmp_path)
    assert len(done.stdout.splitlines()) == 2
    done = torchdrill("list", "--bank", pack, "--topic", "nothing", home=tmp_path)
    assert (done.returncode, "topics: autograd, tensors" in done.stderr) == (2, True)


def test_list_says_how_many_files_are_broken(pack: Path, tmp_path: Path) -> None:
    add(pack, "tensors/broken", "```pyhton\n```")
    done = torchdrill("list", "--bank", pack, home=tmp_path)
    assert len(done.stdout.splitlines()) == 2
    assert "1 left out" in done.stderr


def test_show_prints_the_question_and_on_request_the_answer(pack: Path, tmp_path: Path) -> None:
    done = torchdrill("show", "autograd/leaf", "--bank", pack, home=tmp_path)
    assert "Which tensors are leaves?" in done.stdout
    assert "retained" not in done.stdout
    done = torchdrill("show", "autograd/leaf", "--bank", pack, "--answer", home=tmp_path)
    assert "retained" in done.stdout
    assert "not proved on this machine yet" in done.stdout
    torchdrill("verify", "autograd/leaf", "--bank", pack, home=tmp_path)
    done = torchdrill("show", "autograd/leaf", "--bank", pack, "--answer", home=tmp_path)
    assert "Proof: proved on torch" in done.stdout
    assert torchdrill("show", "autograd/leav", "--bank", pack, home=tmp_path).returncode == 2


def test_search_finds_words_in_answers(pack: Path, tmp_path: Path) -> None:
    done = torchdrill("search", "LEAVES", "retained", "--bank", pack, home=tmp_path)
    assert done.stdout == "autograd/leaf  A question\n"
    done = torchdrill("search", "nowhere", "--bank", pack, home=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")


def test_lint_reports_file_and_line_and_leaves_with_3(pack: Path, tmp_path: Path) -> None:
    add(pack, "tensors/broken", "```pyhton\n```")
    done = torchdrill("lint", pack, home=tmp_path, cwd=pack)
    assert done.returncode == 3
    assert done.stdout.startswith("answers/tensors/broken.md:4: fence language 'pyhton'")
    assert "did you mean 'python'?" in done.stdout


def test_an_unknown_command_names_the_nearest(tmp_path: Path) -> None:
    done = torchdrill("verfy", home=tmp_path)
    assert (done.returncode, "Did you mean 'verify'?" in done.stderr) == (2, True)


def test_without_a_terminal_the_app_says_what_to_do(tmp_path: Path) -> None:
    done = torchdrill(home=tmp_path)
    assert done.returncode == 4
    assert "no terminal" in done.stderr
    assert "quiz --plain" in done.stderr


def test_doctor_finds_a_data_folder_that_cannot_be_written(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("in the way")
    done = torchdrill("doctor", home=file / "home")
    assert done.returncode == 4
    assert "cannot be written" in done.stdout


def test_doctor_finds_laws_that_cannot_be_imported(tmp_path: Path) -> None:
    broken = write(tmp_path, "broken/hypothesis/__init__.py", "raise ImportError('on purpose')")
    environment = {"PYTHONPATH": str(broken.parents[1])}
    done = torchdrill("doctor", home=tmp_path, environment=environment)
    assert done.returncode == 4
    (line,) = [line for line in done.stdout.splitlines() if "on purpose" in line]
    assert line.startswith("✗ torch")
    assert "Hypothesis or the laws cannot be imported" in line


def test_doctor_finds_a_damaged_progress_file(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/progress.sqlite3").write_text("no database, but longer than a header" * 100)
    done = torchdrill("doctor", home=tmp_path)
    assert done.returncode == 4
    assert "is damaged" in done.stdout
