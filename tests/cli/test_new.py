"""New questions and exercises: sound and proved as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from quizapp.cli.new_command import command
from quizapp.cli.templates import template
from tests.packs import add, fence
from tests.running import torchdrill
from tests.study.make import NOW
from verify import locations
from verify.bank import load_pack
from verify.bank.model import Kind
from verify.errors import SurroundingsError, TorchdrillError


def new(*words: str | Path, home: Path) -> tuple[int, str, str]:
    done = torchdrill("new", *words, home=home)
    return done.returncode, done.stdout, done.stderr


def test_every_kind_is_sound_and_proved_as_it_is_written(tmp_path: Path) -> None:
    bank = tmp_path / "my pack"
    for kind in ("recall", "choice", "output", "bug"):
        code, out, err = new("question", f"demo/{kind}", "-k", kind, "--bank", bank, home=tmp_path)
        files = [bank / folder / f"demo/{kind}.md" for folder in ("questions", "answers")]
        assert (code, out) == (0, "".join(f"{file}\n" for file in files))
        assert f"torchdrill verify demo/{kind} --bank '{bank}'" in err
    assert new("exercise", "demo/code", "--bank", bank, home=tmp_path)[0] == 0
    pack = load_pack(bank)
    assert pack.defects == ()
    assert {id: item.question.head.kind.value for id, item in pack.items.items()} == {
        f"demo/{kind}": kind for kind in ("bug", "choice", "code", "output", "recall")
    }
    assert torchdrill("lint", bank, home=tmp_path).returncode == 0
    done = torchdrill("verify", bank, "--bank", bank, home=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the judge accepts 2 of 2 solutions, rejects 7 of 7 wrong ones" in done.stderr


@pytest.mark.parametrize("kind", Kind)
def test_a_template_says_what_it_is_about(kind: Kind) -> None:
    written = template(kind, 'About "leaves"', NOW.date())
    assert written.question.startswith(
        f"---\ntitle: \"About 'leaves'\"\nkind: {kind.value}\nlevel: mid  # junior, mid or senior"
    )
    if "references" in written.answer:
        assert 'date: "2026-12-02"' in written.answer
    for text in written:
        assert not re.search(r"\b(TITLE|KIND|MINUTES|TODAY)\b", text)


def test_the_title_is_made_from_the_id(tmp_path: Path) -> None:
    new("question", "demo/leaf-gradients", "--bank", tmp_path / "p", home=tmp_path)
    item = load_pack(tmp_path / "p").items["demo/leaf-gradients"]
    assert item.question.head.title == "Leaf gradients"


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    bank = tmp_path / "p"
    add(bank, "demo/mine", fence("assert 1"))
    (bank / "questions/demo/mine.md").unlink()
    answer = (bank / "answers/demo/mine.md").read_text()
    code, _, err = new("question", "demo/mine", "--bank", bank, home=tmp_path)
    assert (code, "exists" in err) == (2, True)
    assert not (bank / "questions/demo/mine.md").exists()
    assert (bank / "answers/demo/mine.md").read_text() == answer


def test_a_former_id_is_taken(tmp_path: Path) -> None:
    bank = tmp_path / "p"
    add(bank, "demo/mine", fence("assert 1"))
    path = bank / "questions/demo/mine.md"
    path.write_text(path.read_text().replace("minutes: 3", "minutes: 3\naliases: [demo/old]"))
    code, _, err = new("question", "demo/old", "--bank", bank, home=tmp_path)
    assert (code, "a former id of demo/mine" in err) == (2, True)


@pytest.mark.parametrize(
    ("identity", "says"),
    [
        ("Autograd/My_Leaf", "did you mean 'autograd/my-leaf'?"),
        ("autograd/leaf.md", "did you mean 'autograd/leaf'?"),
        ("autograd", "depth 1"),
        ("a/b/c", "depth 3"),
        ("../etc/passwd", "did you mean 'etc/passwd'?"),
        ("/tmp/x", "did you mean 'tmp/x'?"),
        ("a/", "such as memory/strides"),
    ],
)
def test_what_is_no_id_is_refused_with_the_nearest_one(
    identity: str, says: str, tmp_path: Path
) -> None:
    code, out, err = new("question", identity, "--bank", tmp_path / "p", home=tmp_path)
    assert (code, out) == (2, "")
    assert says in err
    assert "topic/slug" in err
    assert [*tmp_path.iterdir()] == []


def test_a_file_is_no_bank(tmp_path: Path) -> None:
    (tmp_path / "p").write_text("")
    done = torchdrill("new", "question", "a/b", "--bank", tmp_path / "p", home=tmp_path)
    assert done.returncode == 2
    assert "is a file" in done.stderr


def failing(*words: str) -> TorchdrillError:
    found = CliRunner().invoke(command, words).exception
    assert isinstance(found, TorchdrillError)
    return found


def test_an_installed_bank_is_not_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "questions").mkdir()
    monkeypatch.setattr(locations, "built_in_pack", lambda: tmp_path)
    monkeypatch.setenv("TORCHDRILL_HOME", str(tmp_path / "home"))
    error = failing("question", "demo/one")
    assert isinstance(error, SurroundingsError)
    assert "--bank" in error.todo
    assert [*tmp_path.iterdir()] == [tmp_path / "questions"]
    (tmp_path / "pyproject.toml").write_text("")  # a checkout, which is an author's
    assert CliRunner().invoke(command, ["question", "demo/one"]).exit_code == 0
    assert (tmp_path / "answers/demo/one.md").is_file()


def test_what_cannot_be_written_leaves_nothing_half_done(tmp_path: Path) -> None:
    (tmp_path / "answers").write_text("a file where the folder should be")
    error = failing("question", "demo/one", "--bank", str(tmp_path))
    assert isinstance(error, SurroundingsError)
    assert str(tmp_path / "answers") in error.where
    assert not (tmp_path / "questions/demo/one.md").exists()
