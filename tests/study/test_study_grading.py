from __future__ import annotations

import pytest

from quizapp.study.grading import (
    WHOLE_ANSWER,
    Graded,
    grade_choice,
    grade_output,
    grade_points,
    proved_text,
    raised_name,
    rubric,
    skipped,
    with_hints,
)
from quizapp.study.marks import Mark, Point, Rating
from verify.bank.model import Fence, Kind, Mode
from verify.errors import ContentError

from .make import choice, item, output, recall


def verdict(graded: Graded) -> tuple[Mark, float, Rating | None]:
    return graded.mark, round(graded.share, 3), graded.rating


# Choice


@pytest.mark.parametrize(
    ("correct", "chosen", "expected"),
    [
        ("b", "b", (Mark.RIGHT, 1.0, Rating.GOOD)),
        ("b", "a", (Mark.WRONG, 0.0, Rating.AGAIN)),
        ("b", "", (Mark.WRONG, 0.0, Rating.AGAIN)),
        ("b", "ab", (Mark.WRONG, 0.0, Rating.AGAIN)),
        ("ab", "ab", (Mark.RIGHT, 1.0, Rating.GOOD)),
        ("ab", "a", (Mark.PARTLY, 0.5, Rating.AGAIN)),
        ("abc", "abd", (Mark.PARTLY, 0.333, Rating.AGAIN)),
        ("ab", "abcd", (Mark.WRONG, 0.0, Rating.AGAIN)),
        ("ab", "cd", (Mark.WRONG, 0.0, Rating.AGAIN)),
    ],
)
def test_choice_is_graded_exactly(
    correct: str, chosen: str, expected: tuple[Mark, float, Rating]
) -> None:
    assert verdict(grade_choice(choice(*correct), frozenset(chosen))) == expected


def test_choice_says_why_for_every_option_chosen_first() -> None:
    graded = grade_choice(choice("b"), {"c"})
    assert [v.option.letter for v in graded.options] == ["c", "a", "b", "d"]
    assert [v.right for v in graded.options] == [False, True, False, True]
    assert graded.options[0].why == "because c"


def test_choice_refuses_letters_that_are_not_there() -> None:
    with pytest.raises(ValueError, match="no option"):
        grade_choice(choice("a"), {"z"})


# Output


def test_output_right_however_it_is_spaced_or_cased() -> None:
    graded = grade_output(output("True tensor([1., 2.])\n3\n"), "true  tensor([1.,2.])  \n3")
    assert verdict(graded) == (Mark.RIGHT, 1.0, Rating.GOOD)
    assert graded.difference is None
    assert graded.expected == "True tensor([1., 2.])\n3\n"


def test_output_wrong_says_where() -> None:
    graded = grade_output(output("1\n2\n3\n4\n"), "1\n2\n3\n5\n")
    assert graded.difference is not None
    assert graded.difference.line == 4
    assert verdict(graded) == (Mark.PARTLY, 0.75, Rating.AGAIN)


@pytest.mark.parametrize("typed", ["", "\n", "nothing like it", "1", "1\n2\n3\n4\n5\n6\n7\n8\n9"])
def test_output_never_right_by_half(typed: str) -> None:
    graded = grade_output(output("1\n2\n3\n4\n"), typed)
    assert graded.mark is not Mark.RIGHT
    assert graded.share < 1.0
    assert graded.rating is Rating.AGAIN


def test_output_one_line_too_many_is_not_all_right() -> None:
    graded = grade_output(output("1\n"), "1\n2\n")
    assert verdict(graded) == (Mark.PARTLY, 0.5, Rating.AGAIN)


def test_a_program_that_prints_nothing() -> None:
    assert grade_output(output(None), "").mark is Mark.RIGHT
    assert grade_output(output(None), "None").mark is Mark.WRONG


def test_proved_text_takes_the_fence_below_the_program_only() -> None:
    assert proved_text(output("7\n")) == "7\n"
    assert proved_text(output(None)) == ""


def test_proved_text_of_a_program_that_raises_ends_with_the_class() -> None:
    assert proved_text(output("7\n", raises="RuntimeError: same dtype")) == "7\nRuntimeError\n"
    assert proved_text(output(None, raises="IndexError")) == "IndexError\n"
    assert proved_text(output("7", raises="IndexError")) == "7\nIndexError\n"
    assert raised_name(output("7\n", raises="RuntimeError: same dtype")) == "RuntimeError"
    assert raised_name(output("7\n")) == ""


@pytest.mark.parametrize(
    "typed",
    [
        "7\nRuntimeError",
        "7\nruntimeerror\n\n",
        "7\nRuntimeError: expected both to have the same dtype",
        "7\nraises RuntimeError",
        '7\nRuntimeError("same dtype")',
        "7\nbuiltins.RuntimeError: x",
    ],
)
def test_the_message_of_an_exception_may_be_typed_too(typed: str) -> None:
    assert grade_output(output("7\n", raises="RuntimeError: dtype"), typed).mark is Mark.RIGHT


@pytest.mark.parametrize("typed", ["7", "7\nValueError", "7\nError", "RuntimeError"])
def test_another_exception_is_not_right(typed: str) -> None:
    assert grade_output(output("7\n", raises="RuntimeError"), typed).mark is not Mark.RIGHT


def test_an_answer_without_the_program_is_a_content_error_at_its_line() -> None:
    broken = item(Kind.OUTPUT, asked=[Fence("python", Mode.RUN, "print(1)\n", 5)])
    with pytest.raises(ContentError) as caught:
        grade_output(broken, "1")
    assert caught.value.where == "answers/tensors/one.md:7"


# Points


@pytest.mark.parametrize(
    ("ticked", "expected"),
    [
        ({0, 1, 2}, (Mark.RIGHT, 1.0, Rating.GOOD)),
        ({0, 1}, (Mark.PARTLY, 0.667, Rating.GOOD)),
        ({0}, (Mark.PARTLY, 0.333, Rating.HARD)),
        ({1, 2}, (Mark.PARTLY, 0.667, Rating.AGAIN)),
        (set(), (Mark.WRONG, 0.0, Rating.AGAIN)),
    ],
)
def test_the_first_point_decides(ticked: set[int], expected: tuple[Mark, float, Rating]) -> None:
    assert verdict(grade_points(recall("decisive", "more", "most"), ticked)) == expected


def test_points_are_kept_as_they_read() -> None:
    graded = grade_points(recall("a", "b", kind=Kind.BUG), {1})
    assert graded.kind is Kind.BUG
    assert graded.points == (Point("a", False), Point("b", True))


def test_there_is_always_something_to_tick() -> None:
    bare = recall(kind=Kind.BUG)
    assert rubric(bare) == (WHOLE_ANSWER,)
    assert grade_points(bare, {0}).mark is Mark.RIGHT
    assert grade_points(bare, ()).mark is Mark.WRONG


def test_points_refuse_an_index_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="3 points"):
        grade_points(recall("a", "b", "c"), {3})


# The rest


def test_hints_propose_hard_at_most() -> None:
    good = grade_choice(choice("a"), {"a"})
    assert with_hints(good, 0) == good
    assert with_hints(good, 1).rating is Rating.HARD
    again = grade_choice(choice("a"), {"b"})
    assert with_hints(again, 3) == again
    assert with_hints(skipped(Kind.BUG), 1).rating is None


def test_every_mark_has_a_symbol_of_its_own() -> None:
    assert len({mark.symbol for mark in Mark}) == len(Mark)
