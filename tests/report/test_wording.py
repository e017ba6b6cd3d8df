"""One line a failure: ``file:line``, the law by its name, the smallest input, expected and got."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.report.verdicts import answer, check
from verify.bank.model import CheckKind, Outcome
from verify.engine.verdicts import CheckVerdict
from verify.report.wording import Told, printable, source_line, tell

FAILED = Outcome.FAILED


def told(one: CheckVerdict, path: Path | None = None) -> Told:
    return tell(answer(one, path=path), one)


LAW = """\
Failing test case: argmax_predictions(
    logits=tensor([[0.0, 0.5]], dtype=torch.float64),
)
LawBroken: argmax_predictions: the prediction is tensor([0]), expected tensor([1])
  for logits=tensor([[0.0, 0.5]], dtype=torch.float64)"""


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("test_mine", "failed (law argmax_predictions, test_mine)"),
        ("test_argmax_predictions", "failed (law argmax_predictions)"),
    ],
)
def test_a_broken_law_is_named_with_its_smallest_input_first(name: str, label: str) -> None:
    verdict = check(FAILED, LAW, kind=CheckKind.PROPERTY, name=name, line=20)
    assert told(verdict).line == (
        f"/pack/answers/topic/one.md:20: {label}: "
        "for logits=tensor([[0.0, 0.5]], dtype=torch.float64): "
        "the prediction is tensor([0]), expected tensor([1])"
    )
    assert told(verdict).details == ()


@pytest.mark.parametrize("shows", ["Failing test case", "Falsifying example"])
@pytest.mark.parametrize(
    ("message", "head"),
    [
        (
            "{}: test_x(\n    xs=[],\n    n=100,\n)\nassertion failed: assert sum(xs) < n",
            "for xs=[], n=100: assertion failed: sum(xs) < n",
        ),
        (
            "{}: test_x(\n    xs=[\n        1,\n        2,\n    ],\n)\nIndexError: out of range",
            "for xs=[1, 2,]: IndexError: out of range",
        ),
        (
            "{}: test_x(\n    data=data(...),\n)\nDraw 1: 3\nAssertionError: no",
            "for data=data(...); Draw 1: 3: AssertionError: no",
        ),
        ("{}: test_x(n=1)\nAssertionError: no", "for n=1: AssertionError: no"),
        ("{}: test_x()\nAssertionError: no", "AssertionError: no"),
        ("AssertionError: (no example)", "AssertionError: (no example)"),
    ],
)
def test_a_property_begins_with_the_failing_input(shows: str, message: str, head: str) -> None:
    one = check(FAILED, message.format(shows), kind=CheckKind.PROPERTY, name="test_x", at=9)
    assert told(one).line == f"/pack/answers/topic/one.md:9: failed (property test_x): {head}"


def test_further_lines_of_a_message_are_details_without_the_empty_ones() -> None:
    message = "AssertionError: Tensor-likes are not close!\n\nMismatched: 1 / 1\nGreatest: 0.1\n"
    one = told(check(FAILED, message, kind=CheckKind.PROPERTY, name="test_x"))
    assert one.head == "AssertionError: Tensor-likes are not close!"
    assert one.details == ("Mismatched: 1 / 1", "Greatest: 0.1")


def test_a_long_message_ends_with_how_much_was_left_out() -> None:
    one = told(check(FAILED, "\n".join(map(str, range(100)))))
    assert one.details[-1] == "(69 lines more)"
    assert len(one.details) == 31


def test_a_short_output_is_told_on_one_line() -> None:
    one = check(FAILED, "expected  3\ngot       2\n3 is not 2", kind=CheckKind.OUTPUT)
    assert told(one).head == "expected 3, got 2"
    one = check(FAILED, "expected  [3]\ngot       [2.]\nthe words differ", kind=CheckKind.OUTPUT)
    assert told(one).head == "expected [3], got [2.]: the words differ"


def test_a_long_output_shows_where_it_parts() -> None:
    expected, got = "tensor([1., 2., 3., 4., 5., 6., 7.])", "tensor([1., 2., 3., 9., 5., 6., 7.])"
    message = f"expected  {expected}\ngot       {got}\n4. is not 9."
    one = told(check(FAILED, message, kind=CheckKind.OUTPUT))
    assert one.head == "4. is not 9."
    assert [line[10:] for line in one.details] == [expected, got, " " * 20 + "^"]


def test_what_raised_is_shown_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "notes.md"
    path.write_text("```python\nassert [1] == [2]\nx = 1\n    raise_it(x)\n```\n")
    assert told(check(Outcome.RAISED, "AssertionError", at=2), path).head == (
        "AssertionError: assert [1] == [2]"
    )
    one = told(check(Outcome.RAISED, "ValueError: no", at=4), path)
    assert (one.head, one.details) == ("ValueError: no", ("at: raise_it(x)",))


def test_a_line_that_is_not_there_is_no_error(tmp_path: Path) -> None:
    assert source_line(tmp_path / "gone.md", 3) == ""
    assert source_line(tmp_path, 3) == ""
    (tmp_path / "bytes.md").write_bytes(b"\xff\n")
    assert source_line(tmp_path / "bytes.md", 1) == ""
    assert source_line(Path(__file__), 10**6) == ""


def test_nothing_that_a_terminal_acts_on_comes_through() -> None:
    everything = "".join(map(chr, [*range(0xA0), 0x202E, 0xD800, 0xFFFF]))
    shown = printable(everything)
    allowed = {"\n", "\t"}
    assert all(letter.isprintable() or letter in allowed for letter in shown)
    assert "\\x00" in shown
    assert "\\x07" in shown
    assert "\\u202e" in shown
    assert "\\ud800" in shown
    assert printable("\x1b[31mred\x1b[0m\r\n") == "red\n"
    path = Path("/pack/answers/a\x1b]0;title\x07.md")
    line = told(check(FAILED, "\x1b[2Jno"), path).line
    assert "\x1b" not in line
    assert "\x07" not in line
