from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from quizapp.study.marks import Mark, Rating
from quizapp.study.practice import Practice, Status, grade_code, statuses
from quizapp.study.store import Store
from tests.judge.test_judging import exercise
from verify.bank import load_index
from verify.bank.model import Item, Kind

NOON = datetime(2026, 12, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def item(tmp_path: Path) -> Item:
    return exercise(tmp_path / "pack")


@pytest.mark.parametrize(
    ("failures", "hints", "surrendered", "expected"),
    [
        (0, 0, False, (Mark.RIGHT, 1.0, Rating.EASY)),
        (3, 0, False, (Mark.RIGHT, 1.0, Rating.GOOD)),
        (0, 1, False, (Mark.PARTLY, 0.75, Rating.HARD)),
        (2, 3, False, (Mark.PARTLY, 0.25, Rating.HARD)),
        (0, 0, True, (Mark.WRONG, 0.0, Rating.AGAIN)),
        (9, 3, True, (Mark.WRONG, 0.0, Rating.AGAIN)),
    ],
)
def test_help_and_failures_make_it_come_back_sooner(
    failures: int, hints: int, surrendered: bool, expected: tuple[Mark, float, Rating]
) -> None:
    graded = grade_code(failures=failures, hints=hints, surrendered=surrendered)
    assert (graded.mark, graded.share, graded.rating) == expected
    assert graded.kind is Kind.CODE


def test_all_that_is_told_is_kept_at_once(item: Item) -> None:
    store = Store.in_memory()
    work = Practice(item, store, NOON)
    assert work.draft.text == work.start and "def half(x):" in work.start
    work.keep("one", 30.0, NOON)
    work.rejected(NOON)
    assert work.hint(NOON) == "a"
    again = Practice(item, store, NOON)
    assert (again.draft.text, again.draft.seconds) == ("one", 30.0)
    assert (again.draft.failures, again.hints) == (1, ("a",))
    assert [again.hint(NOON) for _ in range(3)] == ["b", "c", ""]
    assert again.reset(NOON) == again.start
    assert Practice(item, store, NOON).draft.hints == 3, "help that was taken stays taken"


def test_it_ends_once(item: Item) -> None:
    store = Store.in_memory()
    work = Practice(item, store, NOON)
    work.keep("two", 5.0, NOON)
    first = work.accepted(NOON)
    assert first.rating is Rating.EASY and first.seconds == 5.0
    work.rejected(NOON)
    work.keep("three", 5.0, NOON)
    assert work.surrender(NOON) is first and work.accepted(NOON) is first
    assert len(store.reviews()) == 1 and store.draft(item.id) is None


def test_what_was_begun_comes_before_what_is_due_and_that_before_what_is_new(
    tmp_path: Path,
) -> None:
    root = tmp_path / "pack"
    item = exercise(root)
    for name in ("begun", "due", "new", "solved"):
        for folder in ("questions", "answers"):
            text = (root / folder / "topic" / "half.md").read_text("utf-8")
            (root / folder / "topic" / f"{name}.md").write_text(text, "utf-8")
    (root / "questions" / "topic" / "half.md").unlink()
    (root / "answers" / "topic" / "half.md").unlink()
    entries = load_index(root, None).entries
    store = Store.in_memory()

    def work(name: str, moment: datetime) -> Practice:
        question = item.question
        renamed = Item(
            question=type(question)(
                f"topic/{name}", question.path, question.head, question.prompt, (), question.fences
            ),
            answer=item.answer,
        )
        return Practice(renamed, store, moment)

    work("begun", NOON).keep("x", 1.0, NOON)
    work("due", NOON - timedelta(days=300)).surrender(NOON - timedelta(days=300))
    work("solved", NOON).accepted(NOON)
    found = [
        (entry.id.partition("/")[2], status) for entry, status in statuses(entries, store, NOON)
    ]
    assert found == [
        ("begun", Status.BEGUN),
        ("due", Status.DUE),
        ("new", Status.NEW),
        ("solved", Status.SOLVED),
    ]
