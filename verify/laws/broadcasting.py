"""Broadcasting: which shapes go together, and what a gradient does on the way back."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable

import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from torch import Tensor

from verify.laws.checks import close, raises, same
from verify.laws.forall import for_all
from verify.laws.registry import Test, law
from verify.laws.strategies import tensors

Shape = tuple[int, ...]
Binary = Callable[[Tensor, Tensor], Tensor]


def paired(left: Shape, right: Shape) -> Shape | None:
    """The shape that two shapes broadcast to, or None: aligned at the end, equal or 1."""
    sides = []
    for a, b in itertools.zip_longest(reversed(left), reversed(right), fillvalue=1):
        if a != b and 1 not in (a, b):
            return None
        sides.append(b if a == 1 else a)
    return tuple(reversed(sides))


@functools.cache
def _shape_pairs(refused: bool) -> SearchStrategy[tuple[Shape, Shape]]:
    """Pairs of shapes, small ones of no empty side first; one in four refused where asked for."""
    some = [s for n in range(4) for s in itertools.product(range(4), repeat=n)]
    pairs = sorted(itertools.product(some, some), key=_simplicity)
    good = [pair for pair in pairs if paired(*pair) is not None]
    bad = [pair for pair in pairs if paired(*pair) is None]
    if not refused:
        return st.sampled_from(good)
    every = len(bad) * 3 // len(good) + 1
    mixed = [pair for n, pair in enumerate(bad) if n % every == 0] + good
    return st.sampled_from(sorted(mixed, key=_simplicity))


def _simplicity(pair: tuple[Shape, Shape]) -> tuple[bool, int, int]:
    """No empty side, few axes, short sides: an empty tensor shows few mistakes."""
    sides = pair[0] + pair[1]
    return 0 in sides, len(sides), sum(sides)


@st.composite
def _operands(draw: DrawFn, pairs: SearchStrategy[tuple[Shape, Shape]]) -> tuple[Tensor, Tensor]:
    left, right = draw(pairs)
    return draw(tensors(left, torch.float64)), draw(tensors(right, torch.float64))


@law(
    family="broadcasting",
    source="https://docs.pytorch.org/docs/stable/notes/broadcasting.html",
    tolerance="exact",
)
def broadcast_shape_rule(*, op: Binary = torch.add) -> Test:
    """Shapes broadcast when their sides, aligned at the end, are equal, 1 or missing.

    The result has the larger side each time, 0 against 1 gives 0, and it equals the operator on
    operands expanded to it.  Anything else raises RuntimeError.  NumPy has the same rule.
    """

    @for_all(a_and_b=_operands(_shape_pairs(True)))
    def test(a_and_b: tuple[Tensor, Tensor]) -> None:
        a, b = a_and_b
        shape = paired(tuple(a.shape), tuple(b.shape))
        what = f"op of shapes {tuple(a.shape)} and {tuple(b.shape)}"
        if shape is None:
            raises(RuntimeError, lambda: op(a, b), what)
            return
        got = op(a, b)
        same(tuple(got.shape), shape, f"the shape of {what}")
        same(got, op(a.expand(shape), b.expand(shape)), f"{what} against that of the expanded")

    return test


@law(
    family="broadcasting",
    source="https://docs.pytorch.org/docs/stable/generated/torch.Tensor.sum_to_size.html",
    tolerance="rtol 1e-12, atol 1e-12 in float64",
)
def broadcast_gradient_sums(
    *,
    op: Binary = torch.mul,
    unbroadcast: Callable[[Tensor, Shape], Tensor] = lambda grad, shape: grad.sum_to_size(shape),
) -> Test:
    """The gradient of a broadcast operand is summed over the axes it was repeated along.

    So it has the operand's own shape: expand repeats on the way forward, hence sum on the way
    back.  ``unbroadcast(grad, shape)`` is that sum, as a small autograd engine needs it.  Of a
    side of size 0 the sum is 0.  The page gives sum_to_size, not that autograd uses it.
    """

    @for_all(a_and_b=_operands(_shape_pairs(False)))
    def test(a_and_b: tuple[Tensor, Tensor]) -> None:
        operands = a_and_b
        shape = paired(tuple(operands[0].shape), tuple(operands[1].shape))
        assert shape is not None
        count = torch.Size(shape).numel()
        weight = torch.arange(1, count + 1, dtype=torch.float64, device=operands[0].device)
        cotangent = weight.reshape(shape)
        leaves = [x.detach().clone().requires_grad_() for x in operands]
        wide = [x.detach().expand(shape).clone().requires_grad_() for x in operands]
        small = torch.autograd.grad(op(*leaves), leaves, cotangent)
        large = torch.autograd.grad(op(*wide), wide, cotangent)
        for name, leaf, got, full in zip("ab", leaves, small, large, strict=True):
            sides = tuple(leaf.shape)
            same(tuple(got.shape), sides, f"the shape of the gradient of {name}")
            summed = unbroadcast(full, sides)
            same(tuple(summed.shape), sides, f"the shape of unbroadcast(grad of {shape}, {sides})")
            close(summed, got, f"unbroadcast(grad, {sides}) of {name}", rtol=1e-12, atol=1e-12)

    return test
