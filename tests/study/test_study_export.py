"""Progress as JSON and CSV, and how files are written."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.study.bookmarks import toggle_bookmark
from quizapp.study.export.as_csv import COLUMNS, cell, csv_text
from quizapp.study.export.as_json import json_text
from quizapp.study.export.records import collect
from quizapp.study.export.writing import appearing, write_whole
from quizapp.study.goal import Goal, set_goal
from quizapp.study.grading import skipped
from quizapp.study.marks import Rating
from quizapp.study.records import Draft
from quizapp.study.selection import Filters
from quizapp.study.session import begin
from quizapp.study.store import Store
from quizapp.study.withdrawal import reset, undo_last
from verify.bank.model import Kind
from verify.errors import StoreError, SurroundingsError, UsageError

from .make import DAY, NOW, PARTLY, RIGHT, WRONG, entries, entry

BANK = entries(entry("new/x", level="senior", aliases=("old/x",)), "a/y", "a/z")


@pytest.fixture
def lived(store: Store) -> Store:
    """A store with some of everything."""
    store.log("old/x", RIGHT, now=NOW, rating=Rating.GOOD, response="so", seconds=3.25, hints=1)
    store.adopt(BANK)
    filters = Filters(topics=("a",))
    session = begin(store, ["a/y", "a/z", "old/x"], now=NOW, filters=filters, seed=7)
    session.answer("first", PARTLY, now=NOW, rating=Rating.HARD, confidence=0.5)
    session.amend(now=NOW + DAY, rating=Rating.EASY)
    session.skip(Kind.OUTPUT, now=NOW + DAY)
    store.log("a/z", WRONG, now=NOW + DAY, rating=Rating.AGAIN)
    undo_last(store, NOW + DAY)
    store.log("gone/q", WRONG, now=NOW + DAY, rating=Rating.AGAIN)
    reset(store, ["gone/q"], NOW + DAY)
    store.drop_draft("a/z")
    store.save_draft(Draft("old/x#fix", "begun", hints=2), now=NOW)
    toggle_bookmark(store, "a/y", NOW)
    set_goal(store, Goal(interview=None, level="mid", minutes=40))
    return store


def exported(store: Store) -> dict[str, object]:
    found = json.loads(json_text(collect(store), now=NOW + DAY))
    assert isinstance(found, dict)
    return found


STAMP = "2026-12-02T10:00:00.000000+00:00"
LATER = "2026-12-03T10:00:00.000000+00:00"


def test_json_holds_all_that_is_a_persons_under_stable_keys(lived: Store) -> None:
    found = exported(lived)
    answers = found.pop("answers")
    assert isinstance(answers, list)
    torchdrill = found.pop("torchdrill")
    assert isinstance(torchdrill, str) and torchdrill[0].isdigit()
    cards = found.pop("cards")
    assert isinstance(cards, list)
    assert {card["question"]: card["last_mark"] for card in cards} == {
        "new/x": "right",
        "a/y": "partly",
    }
    assert set(cards[0]) == {
        "question", "stability", "difficulty", "due", "last_day", "reviews", "lapses", "last_mark",
    }  # fmt: skip
    filters = {
        "topics": ["a"], "levels": [], "kinds": [], "count": 10, "order": "mixed", "seed": None,
    }  # fmt: skip
    assert found == {
        "format": "torchdrill-progress",
        "version": 1,
        "exported": LATER,
        "bookmarks": [{"question": "a/y", "since": STAMP}],
        "sessions": [
            {
                "number": 1, "activity": "quiz", "questions": ["a/y", "a/z", "new/x"],
                "position": 2, "seed": 7, "filters": filters, "started": STAMP, "touched": LATER,
                "finished": None, "state": None,
            }
        ],
        "drafts": [
            {
                "question": "new/x#fix",
                "touched": STAMP,
                "draft": {
                    "id": "new/x#fix", "text": "begun", "letters": [], "ticked": [],
                    "revealed": False, "hints": 2, "seconds": 0.0, "confidence": None,
                    "failures": 0,
                },
            }
        ],
        "settings": {"goal": {"interview": None, "level": "mid", "minutes": 40}},
    }  # fmt: skip
    assert answers[0] == {
        "number": 1, "question": "new/x", "asked_as": "old/x", "kind": "recall", "mark": "right",
        "share": 1.0, "rating": 3, "response": "so", "points": [], "seconds": 3.25,
        "confidence": None, "hints": 1, "at": STAMP, "day": "2026-12-02", "logged": STAMP,
        "session": None, "amends": None, "amended": False, "withdrawn": None, "counts": True,
    }  # fmt: skip
    assert answers[1]["points"] == [
        {"text": "first", "made": True},
        {"text": "next", "made": False},
    ]


def test_json_marks_what_counts_no_more(lived: Store) -> None:
    answers = exported(lived)["answers"]
    assert isinstance(answers, list)
    told = [
        (a["question"], a["counts"], a["amended"], a["amends"], a["withdrawn"]) for a in answers
    ]
    assert told == [
        ("new/x", True, False, None, None),
        ("a/y", False, True, None, None),
        ("a/y", True, False, 2, None),
        ("a/z", True, False, None, None),
        ("a/z", False, False, None, {"why": "undone", "at": LATER}),
        ("gone/q", False, False, None, {"why": "reset", "at": LATER}),
    ]
    counted = [answer["number"] for answer in answers if answer["counts"]]
    assert counted == sorted(review.number for review in lived.reviews())


def test_settings_of_later_versions_go_out_as_they_are(store: Store) -> None:
    store.set_setting("keys", {"quiz.next": ["n", 9007199254740993, None]})
    assert exported(store)["settings"] == {"keys": {"quiz.next": ["n", 9007199254740993, None]}}


def test_an_empty_history_makes_empty_lists(store: Store) -> None:
    found = exported(store)
    for key in ("answers", "cards", "bookmarks", "sessions", "drafts"):
        assert found[key] == []
    assert found["settings"] == {}


def test_it_is_read_at_one_moment(store: Store, file: Path) -> None:
    """What another window writes meanwhile is in all of it or in none."""
    other = Store.open(file, now=NOW)
    moments: list[str] = []
    original = store.present

    def present(id: str) -> str:  # called for each row: the other window writes in the middle
        if not moments:
            moments.append(id)
            other.log("a/second", RIGHT, now=NOW, rating=Rating.GOOD)
        return original(id)

    store.log("a/first", RIGHT, now=NOW, rating=Rating.GOOD)
    store.present = present  # type: ignore[method-assign]
    progress = collect(store)
    assert moments == ["a/first"]
    assert [answer.question for answer in progress.answers] == ["a/first"]
    assert [card.question for card in progress.cards] == ["a/first"]
    assert len(collect(store).answers) == 2
    other.close()


def test_a_row_that_makes_no_sense_is_an_error_in_words(store: Store) -> None:
    store.set_setting("goal", 1)
    with store.writing() as sql:
        sql.execute("UPDATE settings SET value = '{'")
    with pytest.raises(StoreError, match="cannot be understood"):
        collect(store)


def test_a_store_that_cannot_be_written_can_be_exported(lived: Store, file: Path) -> None:
    with sqlite3.connect(file, isolation_level=None) as lock:
        lock.execute("BEGIN IMMEDIATE")  # another window is writing
        assert len(collect(lived).answers) == 6
    lock.close()


# CSV


def table(text: str) -> list[dict[str, str]]:
    return [*csv.DictReader(io.StringIO(text, newline=""))]


def test_csv_has_a_row_for_each_answer_that_counts(lived: Store) -> None:
    text = csv_text(collect(lived), BANK)
    rows = table(text)
    assert [row["question"] for row in rows] == ["new/x", "a/y", "a/z"]
    assert rows[0] == {
        "day": "2026-12-02", "at": STAMP, "question": "new/x", "topic": "new", "title": "new/x",
        "kind": "recall", "level": "senior", "mark": "right", "share": "1.0", "rating": "good",
        "seconds": "3.2", "confidence": "", "hints": "1", "points_made": "", "points": "",
        "missed": "", "session": "", "response": "so",
    }  # fmt: skip
    assert (rows[1]["rating"], rows[1]["confidence"], rows[1]["session"]) == ("easy", "0.5", "1")
    assert (rows[1]["points_made"], rows[1]["points"], rows[1]["missed"]) == ("1", "2", "next")
    assert (rows[2]["mark"], rows[2]["rating"]) == ("skipped", "")


def test_csv_of_nothing_is_its_header(store: Store) -> None:
    assert csv_text(collect(store), {}) == ",".join(COLUMNS) + "\r\n"


def test_csv_is_as_the_standard_has_it(store: Store) -> None:
    store.log("a/x", RIGHT, now=NOW, rating=Rating.GOOD, response='say "so",\nthen\r\nπ')
    text = csv_text(collect(store), {})
    assert text.endswith(',"say ""so"",\nthen\r\nπ"\r\n')
    (row,) = table(text)
    assert row["response"] == 'say "so",\nthen\r\nπ'
    assert (row["title"], row["level"]) == ("", "")


@pytest.mark.parametrize(
    "typed",
    ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@torch.no_grad()", "\t=1", "\r\n=1", " =1", "＝1+1",
     "-", "--5", "1e5=", "-1 -1", "+", "@"],
)  # fmt: skip
def test_nothing_typed_becomes_a_formula(typed: str) -> None:
    guarded = cell(typed)
    if typed == "1e5=":  # begins with no sign at all
        assert guarded == typed
    else:
        assert guarded == f"'{typed}"


@pytest.mark.parametrize("typed", ["-0.5", "+3", "-1e-5", "2", "", "tensor([-1.])", "-.5", "x=1"])
def test_plain_numbers_and_harmless_text_stay(typed: str) -> None:
    assert cell(typed) == typed


@given(st.text(st.characters(codec="utf-8")))
def test_a_cell_never_begins_like_a_formula(typed: str) -> None:
    guarded = cell(typed)
    assert isinstance(guarded, str)
    assert guarded.removeprefix("'") == typed.removeprefix("'")
    if guarded.lstrip()[:1] in tuple("=+-@"):
        float(guarded)  # a plain number, which cannot do harm


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), max_size=4))
def test_what_was_typed_comes_back_from_the_table(typed: list[str]) -> None:
    with Store.in_memory() as store:
        for response in typed:
            store.log("a/x", skipped(Kind.RECALL), now=NOW, response=response)
        rows = table(csv_text(collect(store), {}))
    assert [row["response"] for row in rows] == [cell(response) for response in typed]


# Files


def test_a_file_is_written_with_its_folder(tmp_path: Path) -> None:
    write_whole(tmp_path / "deep" / "er" / "x.json", b"all", force=False)
    assert (tmp_path / "deep" / "er" / "x.json").read_bytes() == b"all"


def test_a_file_that_is_there_stays_unless_forced(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(b"mine")
    with pytest.raises(UsageError, match="exists") as caught:
        write_whole(path, b"new", force=False)
    assert "--force" in caught.value.todo
    assert path.read_bytes() == b"mine"
    write_whole(path, b"new", force=True)
    assert path.read_bytes() == b"new"
    with pytest.raises(UsageError, match="folder"):
        write_whole(tmp_path, b"new", force=True)
    assert [each.name for each in tmp_path.iterdir()] == ["x.json"]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), ValueError("no")])
def test_a_file_that_fails_halfway_is_not_there(tmp_path: Path, error: Exception) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(b"mine")
    with (
        pytest.raises((SurroundingsError, ValueError)) as caught,
        appearing(path, force=True) as part,
    ):
        part.write_bytes(b"ha")
        raise error
    assert "No space left" in str(caught.value) or caught.value is error
    assert path.read_bytes() == b"mine"
    assert [each.name for each in tmp_path.iterdir()] == ["x.json"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SurroundingsError) as caught:
        write_whole(tmp_path / "file" / "x.json", b"", force=False)
    assert caught.value.where == str(tmp_path / "file" / "x.json")


def test_moments_are_in_utc(store: Store) -> None:
    from zoneinfo import ZoneInfo

    late = datetime(2026, 12, 2, 23, 30, tzinfo=ZoneInfo("America/New_York"))
    store.log("a/x", RIGHT, now=late, rating=Rating.GOOD)
    (answer,) = collect(store).answers
    assert (answer.day, answer.at) == ("2026-12-02", "2026-12-03T04:30:00.000000+00:00")
    assert datetime.fromisoformat(answer.at).tzinfo == UTC
