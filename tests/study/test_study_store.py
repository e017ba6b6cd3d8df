from __future__ import annotations

import sqlite3
import threading
from datetime import date
from pathlib import Path

import msgspec
import pytest

from quizapp.study.marks import Mark, Point, Rating
from quizapp.study.records import Draft
from quizapp.study.store import Store
from verify.bank.model import Kind
from verify.errors import StoreError

from .make import DAY, NOW, PARTLY, RIGHT, WRONG, entries, entry


def test_an_answer_is_kept_with_all_there_is_to_know(store: Store, file: Path) -> None:
    logged = store.log(
        "memory/view",
        PARTLY,
        now=NOW,
        response="strides, I think · π\n",
        rating=Rating.HARD,
        seconds=12.5,
        confidence=0.75,
        hints=2,
    )
    with Store.open(file, now=NOW) as again:
        (found,) = again.reviews()
    assert found == logged
    assert found.id == "memory/view"
    assert found.kind is Kind.RECALL
    assert found.mark is Mark.PARTLY
    assert found.points == (Point("first", True), Point("next", False))
    assert found.at == NOW
    assert found.day == date(2026, 12, 2)
    assert (found.share, found.seconds, found.confidence, found.hints) == (0.5, 12.5, 0.75, 2)
    assert found.session is None


def test_a_card_follows_from_the_log(store: Store) -> None:
    store.log("a/x", RIGHT, now=NOW, rating=Rating.GOOD)
    store.log("a/x", WRONG, now=NOW + 2 * DAY, rating=Rating.AGAIN)
    card = store.card("a/x")
    assert card is not None
    assert (card.reviews, card.lapses, card.last_mark) == (2, 1, Mark.WRONG)
    assert card.due == date(2026, 12, 5)
    assert store.cards() == {"a/x": card}
    assert store.card("a/y") is None


def test_what_was_not_rated_stays_new(store: Store) -> None:
    store.log("a/x", msgspec.structs.replace(WRONG, mark=Mark.SKIPPED), now=NOW)
    assert store.cards() == {}
    assert store.days() == {}
    assert len(store.reviews("a/x")) == 1


def test_a_changed_rating_counts_and_the_log_keeps_both(store: Store) -> None:
    first = store.log("a/x", RIGHT, now=NOW, rating=Rating.GOOD)
    second = store.amend(first, now=NOW + DAY, rating=Rating.EASY)
    third = store.amend(second, now=NOW + DAY, graded=PARTLY)
    assert store.reviews("a/x") == (third,)
    assert third.at == first.at
    assert third.rating is Rating.EASY
    assert third.mark is Mark.PARTLY
    card = store.card("a/x")
    assert card is not None
    assert (card.due, card.reviews) == (date(2026, 12, 10), 1)
    with store.reading() as sql:
        assert sql.execute("SELECT count(*) FROM reviews").fetchone() == (3,)


def test_an_answer_replaced_once_cannot_be_replaced_again(store: Store) -> None:
    first = store.log("a/x", RIGHT, now=NOW, rating=Rating.GOOD)
    kept = store.amend(first, now=NOW, rating=Rating.EASY)
    with pytest.raises(StoreError):
        store.amend(first, now=NOW, rating=Rating.AGAIN)
    assert store.reviews() == (kept,)


@pytest.mark.parametrize("statement", ["DELETE FROM reviews", "UPDATE reviews SET mark = 'right'"])
def test_the_log_is_only_added_to(store: Store, statement: str) -> None:
    store.log("a/x", WRONG, now=NOW, rating=Rating.AGAIN)
    with pytest.raises(StoreError, match="saved"), store.writing() as sql:
        sql.execute(statement)
    assert store.reviews()[0].mark is Mark.WRONG


def test_cards_can_be_made_again_from_the_log(store: Store) -> None:
    for day in range(12):
        for id in ("a/x", "a/y", "b/z"):
            rating = Rating(1 + (day + len(id) + ord(id[-1])) % 4)
            store.log(id, RIGHT, now=NOW + day * DAY, rating=rating)
    before = store.cards()
    with store.writing() as sql:
        sql.execute("UPDATE cards SET stability = 1, due = '2000-01-01' WHERE question = 'a/x'")
        sql.execute("DELETE FROM cards WHERE question = 'a/y'")
        sql.execute("UPDATE cards SET question = 'no/more' WHERE question = 'b/z'")
    assert store.cards() != before
    assert store.rebuild() == 3
    assert store.cards() == before


def test_days_count_answers(store: Store) -> None:
    for _ in range(3):
        store.log("a/x", RIGHT, now=NOW, rating=Rating.GOOD)
    store.log("a/x", RIGHT, now=NOW + DAY, rating=Rating.GOOD)
    assert store.days() == {date(2026, 12, 2): 3, date(2026, 12, 3): 1}


def test_moments_without_a_zone_are_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="without a zone"):
        store.log("a/x", RIGHT, now=NOW.replace(tzinfo=None), rating=Rating.GOOD)
    assert store.reviews() == ()


# Drafts and settings


def test_drafts_are_kept_per_question(store: Store, file: Path) -> None:
    draft = Draft("a/x", "half an ans", ("a", "c"), (0, 2), True, 1, 3.5, 0.25)
    store.save_draft(Draft("a/x", "ha"), now=NOW)
    store.save_draft(draft, now=NOW)
    store.save_draft(Draft("a/y", "else"), now=NOW)
    with Store.open(file, now=NOW) as again:
        assert again.draft("a/x") == draft
        assert set(again.drafts()) == {"a/x", "a/y"}
    store.drop_draft("a/x")
    assert store.draft("a/x") is None
    assert store.draft("a/y") is not None


def test_settings_hold_what_json_holds(store: Store, file: Path) -> None:
    assert store.setting("interview") is None
    assert store.setting("minutes", 40) == 40
    store.set_setting("interview", "2026-12-14")
    store.set_setting("keys", {"next": ["space", "n"]})
    store.set_setting("interview", "2026-12-15")
    with Store.open(file, now=NOW) as again:
        assert again.setting("interview") == "2026-12-15"
        assert again.setting("keys") == {"next": ["space", "n"]}


# Former ids


def test_history_follows_a_renamed_question(store: Store) -> None:
    store.log("old/name", RIGHT, now=NOW, rating=Rating.GOOD)
    store.save_draft(Draft("old/name", "begun"), now=NOW)
    store.adopt(entries(entry("new/name", aliases=("old/name", "older/name")), "b/z"))
    assert set(store.cards()) == {"new/name"}
    assert store.card("old/name") == store.card("new/name")
    assert [review.id for review in store.reviews("new/name")] == ["new/name"]
    assert store.reviews("older/name") == store.reviews("old/name")
    assert store.draft("new/name") == Draft("new/name", "begun")
    store.log("new/name", RIGHT, now=NOW + 2 * DAY, rating=Rating.GOOD)
    card = store.card("new/name")
    assert card is not None
    assert (card.reviews, (card.due - card.last_day).days) == (2, 11)
    assert set(store.cards()) == {"new/name"}
    store.drop_draft("new/name")
    assert store.drafts() == {}


def test_answers_under_two_names_make_one_history(store: Store) -> None:
    store.log("old/name", RIGHT, now=NOW, rating=Rating.GOOD)
    store.log("new/name", RIGHT, now=NOW + 2 * DAY, rating=Rating.GOOD)
    assert len(store.cards()) == 2
    store.adopt(entries(entry("new/name", aliases=("old/name",))))
    (card,) = store.cards().values()
    assert (card.id, card.reviews) == ("new/name", 2)
    assert len(store.reviews("new/name")) == 2
    assert store.rebuild() == 1
    assert store.cards() == {"new/name": card}


def test_the_log_itself_never_learns_of_a_renaming(store: Store) -> None:
    store.log("old/name", RIGHT, now=NOW, rating=Rating.GOOD)
    store.adopt(entries(entry("new/name", aliases=("old/name",))))
    store.adopt(entries("old/name"))
    assert set(store.cards()) == {"old/name"}
    assert len(store.reviews("old/name")) == 1


def test_an_alias_that_is_a_question_of_its_own_is_none(store: Store) -> None:
    store.log("b/z", RIGHT, now=NOW, rating=Rating.GOOD)
    store.adopt(entries(entry("a/x", aliases=("b/z",)), "b/z"))
    assert set(store.cards()) == {"b/z"}
    assert store.reviews("a/x") == ()


# Several users of one file


def test_two_windows_see_each_other(store: Store, file: Path) -> None:
    with Store.open(file, now=NOW) as other:
        store.log("a/x", RIGHT, now=NOW, rating=Rating.GOOD)
        assert set(other.cards()) == {"a/x"}
        other.log("a/y", RIGHT, now=NOW, rating=Rating.GOOD)
        assert set(store.cards()) == {"a/x", "a/y"}
        assert store.notice == other.notice == ""


def test_reads_go_on_while_another_window_writes(store: Store, file: Path) -> None:
    store.log("a/x", RIGHT, now=NOW, rating=Rating.GOOD)
    with Store.open(file, now=NOW) as other, other.writing() as sql:
        sql.execute("INSERT INTO settings VALUES ('x', '1')")
        assert set(store.cards()) == {"a/x"}
        assert store.setting("x") is None


def test_a_window_waits_for_the_other(store: Store, file: Path) -> None:
    holding, release = threading.Event(), threading.Event()

    def hold() -> None:
        with Store.open(file, now=NOW) as other, other.writing() as sql:
            sql.execute("INSERT INTO settings VALUES ('x', '1')")
            holding.set()
            release.wait(5)

    thread = threading.Thread(target=hold)
    thread.start()
    assert holding.wait(5)
    threading.Timer(0.05, release.set).start()
    store.log("a/x", RIGHT, now=NOW, rating=Rating.GOOD)
    thread.join()
    assert store.setting("x") == 1
    assert len(store.reviews()) == 1


def test_a_file_locked_for_long_says_so_and_changes_nothing(store: Store, file: Path) -> None:
    with store.reading() as sql:
        sql.execute("PRAGMA busy_timeout = 20")
    with (
        Store.open(file, now=NOW) as other,
        other.writing(),
        pytest.raises(StoreError) as caught,
    ):
        store.log("a/x", RIGHT, now=NOW, rating=Rating.GOOD)
    assert "another window" in caught.value.why
    assert caught.value.where == str(file)
    assert store.reviews() == ()
    store.log("a/x", RIGHT, now=NOW, rating=Rating.GOOD)
    assert len(store.reviews()) == 1


def test_threads_may_share_a_store(store: Store) -> None:
    def answer(name: str) -> None:
        for day in range(10):
            store.log(f"a/{name}", RIGHT, now=NOW + day * DAY, rating=Rating.GOOD)

    threads = [threading.Thread(target=answer, args=(name,)) for name in "wxyz"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.reviews()) == 40
    assert {card.reviews for card in store.cards().values()} == {10}


# When writing fails


def test_a_full_disk_loses_nothing_that_was_there(store: Store) -> None:
    kept = store.log("a/x", RIGHT, now=NOW, rating=Rating.GOOD)
    with store.reading() as sql:
        (pages,) = sql.execute("PRAGMA page_count").fetchone()
        sql.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError) as caught:
        store.log("a/y", RIGHT, now=NOW, rating=Rating.GOOD, response="long " * 100_000)
    assert caught.value.why == "the disk is full"
    assert store.reviews() == (kept,)
    assert set(store.cards()) == {"a/x"}


def test_a_failure_inside_undoes_the_whole(store: Store) -> None:
    with pytest.raises(RuntimeError), store.writing():
        store.log("a/x", RIGHT, now=NOW, rating=Rating.GOOD)
        with store.writing():
            store.set_setting("x", 1)
        raise RuntimeError
    assert store.reviews() == ()
    assert store.setting("x") is None
    store.set_setting("x", 2)
    assert store.setting("x") == 2


def test_a_row_that_makes_no_sense_is_named(store: Store) -> None:
    store.log("a/x", RIGHT, now=NOW, rating=Rating.GOOD)
    with store.writing() as sql:
        sql.execute("UPDATE cards SET due = 'soon'")
    with pytest.raises(StoreError) as caught:
        store.cards()
    assert "soon" in caught.value.why
    store.rebuild()
    assert set(store.cards()) == {"a/x"}


# Copies


def test_a_backup_is_a_progress_file(store: Store, tmp_path: Path) -> None:
    store.log("a/x", RIGHT, now=NOW, rating=Rating.GOOD)
    target = tmp_path / "copy.sqlite3"
    store.backup(target)
    assert [path.name for path in tmp_path.glob("copy*")] == ["copy.sqlite3"]
    with Store.open(target, now=NOW) as copy:
        assert copy.reviews() == store.reviews()
        assert copy.cards() == store.cards()
    with pytest.raises(StoreError, match="exists"):
        store.backup(target)
    with pytest.raises(StoreError, match="backup"):
        store.backup(tmp_path / "no" / "such" / "folder.sqlite3")


def test_a_store_in_memory_works_alike() -> None:
    with Store.in_memory() as store:
        store.log("a/x", RIGHT, now=NOW, rating=Rating.GOOD)
        assert set(store.cards()) == {"a/x"}
        assert (store.saving, store.notice, store.path) == (False, "", None)


def test_the_default_place_follows_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCHDRILL_HOME", str(tmp_path / "home"))
    with Store.open(now=NOW) as store:
        assert store.path == tmp_path / "home" / "data" / "progress.sqlite3"
        assert store.saving
        assert store.path.exists()


def test_durable_writes_wait_for_the_disk(store: Store) -> None:
    def level() -> int:
        with store.reading() as sql:
            return int(sql.execute("PRAGMA synchronous").fetchone()[0])

    with store.reading() as sql:
        assert sql.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    store.log("a/x", RIGHT, now=NOW, rating=Rating.GOOD)
    assert level() == 2
    store.save_draft(Draft("a/x"), now=NOW)
    assert level() == 1
    store.log("a/x", RIGHT, now=NOW, rating=Rating.GOOD)
    assert level() == 2


def test_the_file_is_plain_sqlite(store: Store, file: Path) -> None:
    store.log("a/x", RIGHT, now=NOW, rating=Rating.GOOD)
    store.close()
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    connection = sqlite3.connect(file)
    assert connection.execute("SELECT question, at FROM reviews").fetchall() == [
        ("a/x", "2026-12-02T10:00:00.000000+00:00")
    ]
    connection.close()
