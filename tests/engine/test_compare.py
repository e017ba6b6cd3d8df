"""What an output comparison forgives, and what it does not."""

from __future__ import annotations

import pytest

from verify.engine.compare import compare_output, same_output

SAME = [
    ("tensor([1., 2.])", "tensor([1., 2.], device='cuda:0')"),
    ("tensor([0., 1.])", "tensor([-0., 1.])"),
    ("tensor([0.3333])", "tensor([0.3334])"),
    ("tensor([1., 10.])", "tensor([ 1., 10.])"),
    ("loss 0.1234\n\n", "loss 0.1234   \n"),
    ("<object at 0x7f00deadbeef>", "<object at 0x55aa12345678>"),
    ("{'a': 1, 'b': [2, 3]}", "{'b': [2, 3], 'a': 1}"),
    ("tensor([1.0020], dtype=torch.bfloat16)", "tensor([1.0100], dtype=torch.bfloat16)"),
    ("nan inf", "nan inf"),
]
DIFFERENT = [
    ("torch.Size([2, 3])", "torch.Size([3, 2])"),
    ("tensor([3.])", "tensor([3])"),
    ("tensor([1., 2.])", "tensor([1., 2.], dtype=torch.float64)"),
    ("tensor([0.3333])", "tensor([0.3353])"),
    ("tensor([1.5])", "tensor([1.6])"),
    ("True", "False"),
    ("a\nb", "a b"),
    ("a", "a\nb"),
    ("a\nb", "a"),
    ("5", "6"),
    ("1e-08", "0."),
    ("tensor([1.0020])", "tensor([1.0100])"),
    ("nan", "inf"),
    ("[1, 2]", "[2, 1]"),
    ("tensor(1., device='meta')", "tensor(1.)"),
]


@pytest.mark.parametrize(("expected", "got"), SAME)
def test_these_say_the_same(expected: str, got: str) -> None:
    assert same_output(expected, got)


@pytest.mark.parametrize(("expected", "got"), DIFFERENT)
def test_these_do_not(expected: str, got: str) -> None:
    assert not same_output(expected, got)
    assert not same_output(expected, got, typed=True)


@pytest.mark.parametrize(
    "typed",
    ["true  tensor([3.,3.])", "True tensor( [3., 3.] )", "\nTrue tensor([3.,\n   3.])\n"],
)
def test_typing_is_forgiven_its_white_space_and_case(typed: str) -> None:
    assert same_output("True tensor([3., 3.])", typed, typed=True)


def test_a_difference_says_where_and_why() -> None:
    difference = compare_output("a\nb 1\nc", "a\nb 2\nc")
    assert difference is not None
    assert (difference.line, difference.expected, difference.got) == (2, "b 1", "b 2")
    assert difference.why == "1 is not 2"
