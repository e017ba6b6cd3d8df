"""What is known of each question, and a quiz of any of them."""

from __future__ import annotations

from datetime import timedelta

from quizapp.study.bookmarks import toggle_bookmark
from quizapp.study.browsing import MOST, NEW, State, leading, quiz_of, standings
from quizapp.study.grading import Graded, skipped
from quizapp.study.marks import Mark, Rating
from quizapp.study.records import Draft
from quizapp.study.store import Store
from verify.bank.model import Kind

from .make import DAY, NOW, RIGHT, WRONG, entries, entry

ENTRIES = entries("a/one", "a/two", "b/three", "b/four", entry("b/five", aliases=("old/five",)))


def test_states_follow_from_the_log(store: Store) -> None:
    store.adopt(ENTRIES)
    store.log("a/one", RIGHT, now=NOW, rating=Rating.GOOD)
    store.log("a/two", WRONG, now=NOW, rating=Rating.AGAIN)
    store.log("b/three", skipped(Kind.RECALL), now=NOW)
    known = standings(ENTRIES, store, NOW)
    assert known["a/one"] == {State.KNOWN}
    assert known["a/two"] == {State.WEAK}
    assert "b/three" not in known  # passing it over tells nothing
    card = store.card("a/one")
    assert card is not None
    later = NOW + (card.due - card.last_day)
    assert standings(ENTRIES, store, later)["a/one"] == {State.DUE}
    assert standings(ENTRIES, store, later + DAY)["a/two"] == {State.DUE, State.WEAK}


def test_drafts_and_bookmarks_are_states_too(store: Store) -> None:
    store.adopt(ENTRIES)
    store.save_draft(Draft("a/one", text="x = 1"), now=NOW)
    store.save_draft(Draft("a/two", text=" \n", seconds=12.0), now=NOW)  # only looked at
    store.save_draft(Draft("b/three", letters=("a",)), now=NOW)
    store.save_draft(Draft("b/four#fix", text="def f(): ..."), now=NOW)
    toggle_bookmark(store, "old/five", NOW)
    toggle_bookmark(store, "gone/away", NOW)
    assert standings(ENTRIES, store, NOW) == {
        "a/one": {State.BEGUN, State.NEW},
        "b/three": {State.BEGUN, State.NEW},
        "b/four": {State.BEGUN, State.NEW},
        "b/five": {State.BOOKMARKED, State.NEW},
    }


def test_one_state_leads() -> None:
    assert leading(NEW) is State.NEW
    assert leading(frozenset({State.DUE, State.WEAK, State.BOOKMARKED})) is State.DUE
    assert leading(frozenset({State.BEGUN, State.NEW})) is State.BEGUN


def test_a_quiz_of_what_was_found_asks_due_and_new_before_the_rest(store: Store) -> None:
    store.adopt(ENTRIES)
    store.log("a/one", RIGHT, now=NOW, rating=Rating.GOOD)
    chosen = quiz_of(["a/one", "a/two", "b/three"], ENTRIES, store, NOW)
    assert {*chosen} == {"a/one", "a/two", "b/three"}
    assert chosen[-1] == "a/one"


def test_a_quiz_of_very_many_is_cut_and_has_no_coding_questions(store: Store) -> None:
    many = entries(*(f"t{n % 7}/q{n}" for n in range(200)), entry("c/code", kind="code"))
    chosen = quiz_of([*many, "gone/away"], many, store, NOW + timedelta(days=1))
    assert len(chosen) == len({*chosen}) == MOST
    assert "c/code" not in chosen
    assert quiz_of(["c/code"], many, store, NOW) == ()


def test_a_partly_right_answer_is_weak(store: Store) -> None:
    partly = Graded(Kind.RECALL, Mark.PARTLY, 0.5, Rating.HARD)
    store.log("a/one", partly, now=NOW, rating=Rating.HARD)
    assert State.WEAK in standings(ENTRIES, store, NOW)["a/one"]
