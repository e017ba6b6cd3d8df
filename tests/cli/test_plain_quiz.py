"""`torchdrill quiz --plain`: a quiz through pipes, kind by kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from quizapp.study.bookmarks import bookmarks
from quizapp.study.confidence import asks_confidence, toggle_confidence
from quizapp.study.marks import Mark, Rating
from quizapp.study.records import Review
from quizapp.study.store import Store
from tests.packs import add, fence
from tests.running import torchdrill

CHOICE = "Which one?\n\n- a) the right one\n- b) a wrong one\n- c) another wrong one"
WHY = "correct: a\nwhy: {a: because it is, b: because it is not, c: because of c}\n"
PROGRAM = fence("print(1)\nprint(2)")


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    root = tmp_path / "pack"
    add(root, "one/recall", fence("x = 1"), prompt="Why?")
    add(root, "two/choice", fence("x = 1"), kind="choice", prompt=CHOICE, head=WHY)
    output = PROGRAM + fence("1\n2", "output")
    add(root, "three/output", output, kind="output", prompt=PROGRAM)
    return root


def marks(home: Path) -> list[tuple[str, Mark]]:
    with Store.open(home / "data/progress.sqlite3") as store:
        return [(review.id, review.mark) for review in store.reviews()]


def take(pack: Path, home: Path, kind: str, typed: str) -> str:
    done = torchdrill("quiz", "--plain", "--bank", pack, "-k", kind, home=home, typed=typed)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout


def test_recall_ticks_points(pack: Path, tmp_path: Path) -> None:
    said = take(pack, tmp_path, "recall", "because\n\n1 2 9\n1 3\n\n")
    assert "Type numbers from 1 to 3." in said
    assert "2 of 3 points made." in said
    assert marks(tmp_path) == [("one/recall", Mark.PARTLY)]


def test_output_shows_what_is_printed_and_the_difference(pack: Path, tmp_path: Path) -> None:
    said = take(pack, tmp_path, "output", "1\n3\n\n\n")
    assert "It prints:\n    1\n    2\n" in said
    assert "The first difference: 2 is not 3." in said
    assert marks(tmp_path) == [("three/output", Mark.PARTLY)]  # the first line was right
    take(pack, tmp_path / "another", "output", "1\n2\n\n\n")
    assert marks(tmp_path / "another") == [("three/output", Mark.RIGHT)]


def test_choice_says_why_of_every_option(pack: Path, tmp_path: Path) -> None:
    said = take(pack, tmp_path, "choice", "z\na\n\n")
    assert "Type one or more of a, b, c." in said
    for why in ("because it is", "because it is not", "because of c"):
        assert why in said
    first = next(line for line in said.splitlines() if line.startswith("  a) "))
    mark = Mark.RIGHT if "the right one" in first else Mark.WRONG
    assert marks(tmp_path) == [("two/choice", mark)]


def test_a_quiz_that_ends_early_goes_on_where_it_was(pack: Path, tmp_path: Path) -> None:
    done = torchdrill("quiz", "--plain", "--bank", pack, "-n", "3", home=tmp_path, typed="?\n")
    assert done.returncode == 0
    assert "Left; `torchdrill quiz --plain` goes on here." in done.stdout
    assert len(marks(tmp_path)) == 1
    done = torchdrill("quiz", "--plain", "--bank", pack, home=tmp_path, typed="?\n?\n")
    assert "Going on with the quiz you left, at 2." in done.stdout
    assert "0 right, 0 partly, 0 wrong, 3 skipped." in done.stdout


def test_the_proof_runs_on_request(pack: Path, tmp_path: Path) -> None:
    said = take(pack, tmp_path, "output", "1\n2\n\nr\n\n")
    assert "✓ Right" in said
    assert "Proof: passed on torch" in said


def test_nothing_that_fits_is_said(pack: Path, tmp_path: Path) -> None:
    done = torchdrill("quiz", "--plain", "--bank", pack, "--due", home=tmp_path)
    assert (done.returncode, "no question fits" in done.stderr) == (2, True)


def test_a_data_folder_that_cannot_be_written_is_said_and_the_quiz_goes_on(
    pack: Path, tmp_path: Path
) -> None:
    (tmp_path / "data").write_text("in the way")
    done = torchdrill("quiz", "--plain", "--bank", pack, home=tmp_path, typed="?\n?\n?\n")
    assert done.returncode == 0
    assert "3 skipped" in done.stdout
    assert "not" in done.stderr
    assert "saved" in done.stderr


# How sure, hints, bookmarks


def sure(home: Path) -> None:
    with Store.open(home / "data/progress.sqlite3") as store:
        toggle_confidence(store)


def reviews(home: Path) -> tuple[Review, ...]:
    with Store.open(home / "data/progress.sqlite3") as store:
        return store.reviews()


def test_how_sure_is_asked_before_anything_is_shown(pack: Path, tmp_path: Path) -> None:
    sure(tmp_path)
    said = take(pack, tmp_path, "recall", "because\n\n7\n3\n1 2 3\n\n")
    asked = said.index("How sure? 1 guessing, 2 unsure, 3 fairly sure, 4 certain")
    assert asked < said.index("Type a number from 1 to 4") < said.index("Points an interviewer")
    (review,) = reviews(tmp_path)
    assert (review.confidence, review.response) == (0.75, "because")


@pytest.mark.parametrize(
    ("kind", "typed", "confidence"),
    [("output", "1\n2\n\n4\n\n", 0.95), ("choice", "a\n\n\n", None), ("choice", "a\n1\n\n", 0.25)],
)
def test_how_sure_may_be_left_unsaid(
    pack: Path, tmp_path: Path, kind: str, typed: str, confidence: float | None
) -> None:
    sure(tmp_path)
    said = take(pack, tmp_path, kind, typed)
    assert said.index("How sure?") < said.index("· next ")
    assert [review.confidence for review in reviews(tmp_path)] == [confidence]


def test_it_is_not_asked_unless_it_is_wished_and_c_turns_it_on(pack: Path, tmp_path: Path) -> None:
    said = take(pack, tmp_path, "output", "1\n2\n\nc\nb\nb\nb\n\n")
    assert "How sure?" not in said
    assert "You are asked from now on." in said
    assert said.count("Bookmarked.") == 2 and "No longer bookmarked." in said
    with Store.open(tmp_path / "data/progress.sqlite3") as store:
        assert asks_confidence(store)
        assert bookmarks(store) == {"three/output"}


def test_hints_come_one_by_one_and_count(pack: Path, tmp_path: Path) -> None:
    head = WHY + 'hints: ["not b", "not c", "so a"]\n'
    add(pack, "two/choice", fence("x = 1"), kind="choice", prompt=CHOICE, head=head)
    said = take(pack, tmp_path, "choice", "+\n+\n+\n+\nabc\n\n")
    assert "+ gives a hint." in said
    assert said.index("Hint 1 of 3: not b") < said.index("Hint 3 of 3: so a")
    assert "There are no more hints." in said
    (review,) = reviews(tmp_path)
    assert (review.hints, review.response) == (3, "a,b,c")


def test_a_right_answer_with_a_hint_is_hard_at_best(pack: Path, tmp_path: Path) -> None:
    head = 'hints: ["count", "count again", "1, then 2"]\n'
    output = PROGRAM + fence("1\n2", "output")
    add(pack, "three/output", output, kind="output", prompt=PROGRAM, head=head)
    take(pack, tmp_path, "output", "+\n1\n2\n\n\n")
    (review,) = reviews(tmp_path)
    assert (review.mark, review.rating, review.hints) == (Mark.RIGHT, Rating.HARD, 1)
