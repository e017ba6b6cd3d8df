"""Taking answers back: nothing counts any more, nothing is deleted."""

from __future__ import annotations

import random

import msgspec
import pytest

from quizapp.study.bookmarks import bookmarks, toggle_bookmark
from quizapp.study.goal import Goal, goal_of, set_goal
from quizapp.study.grading import Graded, grade_choice, skipped
from quizapp.study.marks import Mark, Point, Rating
from quizapp.study.overview import overview
from quizapp.study.practice import Practice
from quizapp.study.records import Draft
from quizapp.study.session import begin, load, resume
from quizapp.study.store import Store
from quizapp.study.withdrawal import reset, undo_last
from verify.bank.model import Fence, Item, Kind, Mode
from verify.errors import UsageError

from .make import DAY, NOW, PARTLY, RIGHT, WRONG, choice, entries, entry, item


def rows(store: Store, table: str) -> int:
    with store.reading() as sql:
        return int(sql.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def stated(store: Store) -> tuple[object, ...]:
    """All that a person can see of what they answered."""
    with store.reading() as sql:
        sessions = sql.execute("SELECT number, position, finished FROM sessions").fetchall()
    return (store.reviews(), store.cards(), store.days(), sessions)


# The last answer


def test_without_an_answer_there_is_nothing_to_take_back(store: Store) -> None:
    assert undo_last(store, NOW) is None
    assert rows(store, "withdrawn") == 0


def test_the_last_answer_counts_no_more_and_stays_in_the_log(store: Store) -> None:
    store.log("a/x", RIGHT, now=NOW, rating=Rating.GOOD)
    before = stated(store)
    last = store.log("a/x", WRONG, now=NOW + DAY, rating=Rating.AGAIN, response="so")
    assert undo_last(store, NOW + DAY) == last
    assert stated(store) == before
    assert rows(store, "reviews") == 2
    with store.reading() as sql:
        assert sql.execute("SELECT review, why FROM withdrawn").fetchall() == [(2, "undone")]


def test_a_question_answered_once_is_new_again(store: Store) -> None:
    store.log("a/x", RIGHT, now=NOW, rating=Rating.GOOD)
    undo_last(store, NOW)
    assert store.card("a/x") is None
    assert overview(entries("a/x"), store, NOW).new == 1
    assert undo_last(store, NOW) is None


def test_it_goes_with_every_change_of_its_grade(store: Store) -> None:
    first = store.log("a/x", RIGHT, now=NOW, rating=Rating.GOOD)
    second = store.amend(first, now=NOW, rating=Rating.EASY)
    third = store.amend(second, now=NOW, graded=PARTLY)
    assert undo_last(store, NOW) == third
    assert store.reviews() == ()
    assert rows(store, "withdrawn") == 3


def test_an_answer_whose_grade_was_changed_last_is_the_last(store: Store) -> None:
    first = store.log("a/x", RIGHT, now=NOW, rating=Rating.GOOD)
    second = store.log("a/y", RIGHT, now=NOW, rating=Rating.GOOD)
    changed = store.amend(first, now=NOW, rating=Rating.AGAIN)
    assert undo_last(store, NOW) == changed
    assert store.reviews() == (second,)


def test_the_order_is_that_of_the_log_even_if_the_clock_was_set_back(store: Store) -> None:
    store.log("a/x", RIGHT, now=NOW, rating=Rating.GOOD)
    last = store.log("a/y", RIGHT, now=NOW - DAY, rating=Rating.GOOD)
    assert undo_last(store, NOW) == last


def test_again_and_again_takes_back_one_after_the_other(store: Store) -> None:
    states = [stated(store)]
    for day in range(5):
        store.log(f"a/{day % 2}", RIGHT, now=NOW + day * DAY, rating=Rating.GOOD)
        states.append(stated(store))
    for before in reversed(states[:-1]):
        assert undo_last(store, NOW + 9 * DAY) is not None
        assert stated(store) == before


def test_an_answer_under_a_former_id_is_found(store: Store) -> None:
    store.log("old/x", RIGHT, now=NOW, rating=Rating.GOOD, response="so")
    store.adopt(entries(entry("new/x", aliases=("old/x",))))
    undone = undo_last(store, NOW)
    assert undone is not None
    assert undone.id == "new/x"
    assert store.cards() == {}
    assert store.drafts() == {"new/x": Draft("new/x", "so")}


def test_another_answer_than_is_meant_stays(store: Store) -> None:
    first = store.log("a/x", RIGHT, now=NOW, rating=Rating.GOOD)
    second = store.log("a/y", RIGHT, now=NOW, rating=Rating.GOOD)  # in another window
    assert undo_last(store, NOW, first.number) is None
    assert store.reviews() == (first, second)
    assert undo_last(store, NOW, second.number) == second


def test_changing_the_grade_of_what_was_taken_back_is_refused(store: Store) -> None:
    session = begin(store, ["a/x", "a/y"], now=NOW)
    session.answer("", RIGHT, now=NOW)
    undo_last(store, NOW)  # from another window
    with pytest.raises(UsageError, match="taken back"):
        session.amend(now=NOW, rating=Rating.EASY)
    assert store.reviews() == ()


# What becomes of the answer: a draft


def undone_draft(store: Store, id: str, graded: Graded, **given: object) -> Draft | None:
    store.log(id, graded, now=NOW, rating=graded.rating, **given)  # type: ignore[arg-type]
    undo_last(store, NOW)
    (draft,) = store.drafts().values() or [None]
    return draft


def test_what_was_ticked_is_as_before_the_grade(store: Store) -> None:
    graded = msgspec.structs.replace(
        PARTLY, points=(Point("one", False), Point("two", True), Point("three", True))
    )
    draft = undone_draft(store, "a/x", graded, response="strides", seconds=9.0, confidence=0.5)
    assert draft == Draft(
        "a/x", "strides", ticked=(1, 2), revealed=True, seconds=9.0, confidence=0.5
    )


def test_an_answer_given_aloud_has_its_ticks_too(store: Store) -> None:
    draft = undone_draft(store, "a/x", PARTLY)
    assert draft == Draft("a/x", ticked=(0,), revealed=True)


@pytest.mark.parametrize("response", ["a,c", "a c", "a, c"])
def test_options_are_chosen_again(store: Store, response: str) -> None:
    draft = undone_draft(store, "a/x", grade_choice(choice("a"), "ac"), response=response)
    assert draft == Draft("a/x", letters=("a", "c"))


def test_a_draft_begun_since_is_not_overwritten(store: Store) -> None:
    store.log("a/x", RIGHT, now=NOW, rating=Rating.GOOD, response="first")
    store.save_draft(Draft("a/x", "second"), now=NOW)
    undo_last(store, NOW)
    assert store.draft("a/x") == Draft("a/x", "second")


def test_a_skipped_question_has_no_draft(store: Store) -> None:
    assert undone_draft(store, "a/x", skipped(Kind.RECALL)) is None


CODE = "def f(): return 2\n"


def coded(kind: Kind) -> Item:
    wrong = Fence("python", Mode.STARTER if kind is Kind.CODE else Mode.RUN, "def f(): ...\n", 5)
    return item(kind, asked=[wrong], id="t/f")


@pytest.mark.parametrize("kind", [Kind.CODE, Kind.BUG])
@pytest.mark.parametrize("failures", [0, 2])
def test_code_goes_back_into_the_editor(store: Store, kind: Kind, failures: int) -> None:
    practice = Practice(coded(kind), store, NOW)
    practice.keep(CODE, 30.0, NOW)
    for _ in range(failures):
        practice.rejected(NOW)
    review = practice.accepted(NOW)
    assert store.drafts() == {}
    undo_last(store, NOW)
    again = Practice(coded(kind), store, NOW)
    assert again.draft.text == CODE
    assert again.draft.seconds == 30.0
    assert again.accepted(NOW).rating is review.rating


def test_a_solution_that_was_looked_at_by_mistake_is_forgiven(store: Store) -> None:
    practice = Practice(coded(Kind.CODE), store, NOW)
    practice.keep(CODE, 3.0, NOW)
    assert practice.surrender(NOW).mark is Mark.WRONG
    undo_last(store, NOW)
    assert Practice(coded(Kind.CODE), store, NOW).accepted(NOW).mark is Mark.RIGHT


# What becomes of its session


def test_its_session_asks_it_again(store: Store) -> None:
    session = begin(store, ["a/x", "a/y", "a/z"], now=NOW)
    session.answer("one", RIGHT, now=NOW)
    session.answer("two", WRONG, now=NOW)
    undo_last(store, NOW)
    again = resume(store)
    assert again is not None
    assert (again.current, again.position, len(again.answered)) == ("a/y", 1, 1)
    assert again.draft().text == "two"
    again.answer("better", RIGHT, now=NOW)
    assert [each.response for each in load(store, session.number).answered] == ["one", "better"]


def test_a_finished_session_is_open_again(store: Store) -> None:
    session = begin(store, ["a/x"], now=NOW)
    session.answer("", RIGHT, now=NOW)
    assert resume(store) is None
    undo_last(store, NOW)
    again = resume(store)
    assert again is not None
    assert again.number == session.number
    assert again.finished is None


def test_a_skip_is_taken_back_as_well(store: Store) -> None:
    session = begin(store, ["a/x", "a/y"], now=NOW)
    session.skip(Kind.RECALL, now=NOW)
    undo_last(store, NOW)
    again = resume(store)
    assert again is not None
    assert again.current == "a/x"


def test_a_session_that_went_on_elsewhere_is_not_taken_back(store: Store) -> None:
    session = begin(store, ["a/x", "a/y"], now=NOW)
    answered = session.answer("", RIGHT, now=NOW)
    session.skip(Kind.RECALL, now=NOW)
    store.amend(answered.review, now=NOW, rating=Rating.AGAIN)  # so that a/x is the last graded
    undone = undo_last(store, NOW)
    assert undone is not None
    assert undone.id == "a/x"
    assert load(store, session.number).position == 2


def test_a_window_that_is_open_goes_on_from_where_it_is(store: Store) -> None:
    session = begin(store, ["a/x", "a/y", "a/z"], now=NOW)
    session.answer("", RIGHT, now=NOW)
    undo_last(store, NOW)  # from another window
    session.answer("", RIGHT, now=NOW)
    assert session.current == "a/z"
    assert [each.id for each in session.answered] == ["a/y"]


# Reset


def test_a_reset_question_is_as_if_never_asked(store: Store) -> None:
    first = store.log("a/x", RIGHT, now=NOW, rating=Rating.GOOD)
    store.amend(first, now=NOW, rating=Rating.EASY)
    store.log("a/x", WRONG, now=NOW + DAY, rating=Rating.AGAIN)
    other = store.log("a/y", RIGHT, now=NOW, rating=Rating.GOOD)
    store.save_draft(Draft("a/x", "begun"), now=NOW)
    store.save_draft(Draft("a/x#fix", "begun"), now=NOW)
    store.save_draft(Draft("a/y", "kept"), now=NOW)
    assert reset(store, ["a/x"], NOW) == 2
    assert store.reviews() == (other,)
    assert set(store.cards()) == {"a/y"}
    assert set(store.drafts()) == {"a/y"}
    assert (rows(store, "reviews"), rows(store, "withdrawn")) == (4, 3)
    assert store.log("a/x", RIGHT, now=NOW, rating=Rating.GOOD).id == "a/x"
    assert store.cards()["a/x"].reviews == 1


def test_a_reset_follows_former_ids(store: Store) -> None:
    store.log("old/x", RIGHT, now=NOW, rating=Rating.GOOD)
    store.save_draft(Draft("old/x#fix", "begun"), now=NOW)
    store.adopt(entries(entry("new/x", aliases=("old/x",))))
    store.log("new/x", RIGHT, now=NOW, rating=Rating.GOOD)
    assert reset(store, ["old/x"], NOW) == 2
    assert (store.reviews(), store.cards(), store.drafts()) == ((), {}, {})


def test_a_reset_of_all_keeps_bookmarks_and_settings(store: Store) -> None:
    store.log("a/x", RIGHT, now=NOW, rating=Rating.GOOD)
    store.log("gone/y", RIGHT, now=NOW, rating=Rating.GOOD)
    store.save_draft(Draft("a/x", "begun"), now=NOW)
    toggle_bookmark(store, "a/x", NOW)
    set_goal(store, Goal(minutes=40))
    session = begin(store, ["a/x", "a/y"], now=NOW)
    assert reset(store, None, NOW) == 2
    assert (store.reviews(), store.cards(), store.drafts(), store.days()) == ((), {}, {}, {})
    assert resume(store) is None
    assert load(store, session.number).finished == NOW
    assert bookmarks(store) == {"a/x"}
    assert goal_of(store) == Goal(minutes=40)
    assert reset(store, None, NOW) == 0
    assert undo_last(store, NOW) is None


def test_a_session_left_without_an_answer_ends(store: Store) -> None:
    emptied = begin(store, ["a/x", "b/x"], now=NOW)
    emptied.answer("", RIGHT, now=NOW)
    mixed = begin(store, ["a/x", "b/x", "c/x"], now=NOW)
    mixed.answer("", RIGHT, now=NOW)
    mixed.answer("", RIGHT, now=NOW)
    fresh = begin(store, ["a/x"], now=NOW)
    assert reset(store, ["a/x"], NOW + DAY) == 2
    assert load(store, emptied.number).finished == NOW + DAY
    assert load(store, mixed.number).finished is None
    assert load(store, fresh.number).finished is None


def test_a_reset_leaves_no_trace_in_what_follows(store: Store) -> None:
    """Whatever was answered and reset, what is answered then counts as on a new file."""
    chance = random.Random(5)

    def answer(to: Store, seed: int) -> None:
        drawn = random.Random(seed)
        for day in range(6):
            rating = Rating(drawn.randrange(1, 5))
            id = f"a/{drawn.randrange(3)}"
            first = to.log(id, RIGHT, now=NOW + day * DAY, rating=rating)
            if drawn.random() < 0.3:
                to.amend(first, now=NOW + day * DAY, rating=Rating.HARD)

    for seed in range(5):
        answer(store, chance.randrange(1000))
        reset(store, None, NOW)
        answer(store, seed)
        with Store.in_memory() as fresh:
            answer(fresh, seed)
            assert store.cards() == fresh.cards()
            assert store.days() == fresh.days()
        reset(store, None, NOW)
        store.rebuild()
        assert store.cards() == {}
