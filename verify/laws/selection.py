"""Choosing elements: by a mask, and by their order."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from torch import Tensor

from verify.laws.checks import close, require, same, show
from verify.laws.forall import for_all
from verify.laws.registry import Test, law
from verify.laws.strategies import full_shapes_first, shapes, tensors

_DTYPES = st.sampled_from((torch.float32, torch.float64, torch.int64, torch.float16))
_SHAPES = full_shapes_first(max_dims=3, max_side=3)


@st.composite
def _masked(draw: DrawFn) -> tuple[Tensor, Tensor, Tensor]:
    """A mask, of all axes or the last only, and two tensors of one dtype."""
    shape, dtype = draw(_SHAPES), draw(_DTYPES)
    mask = draw(tensors(shape[-1:] if draw(st.booleans()) else shape, torch.bool))
    a, b = (draw(tensors(shape, dtype, nan=True, infinities=True)) for _ in "ab")
    return mask, a, b


def _equal(got: Tensor, expected: Tensor, what: str) -> None:
    close(got, expected, what, rtol=0.0, atol=0.0)


@law(
    family="selection",
    source="https://docs.pytorch.org/docs/stable/generated/torch.where.html",
    tolerance="exact; NaN equals NaN, -0.0 counts as 0.0",
)
def masked_and_where(
    *,
    where: Callable[[Tensor, Tensor, Tensor], Tensor] = torch.where,
    masked_fill: Callable[[Tensor, Tensor, float], Tensor] = torch.masked_fill,
    select: Callable[[Tensor, Tensor], Tensor] = lambda x, mask: x[mask],
) -> Test:
    """where(mask, a, b) is a where mask is true and b elsewhere, untouched by the other one.

    A NaN or infinity that is not chosen leaves no trace, which mask * a + ~mask * b does not
    keep.  masked_fill is where with a number, and x[mask] the chosen elements in row-major order.
    The mask broadcasts to the others.  NumPy agrees with all of them.
    """

    @for_all(mask_a_b=_masked())
    def test(mask_a_b: tuple[Tensor, Tensor, Tensor]) -> None:
        mask, a, b = mask_a_b
        m, x, y = (each.cpu().numpy() for each in (mask, a, b))
        chosen = torch.from_numpy(np.where(m, x, y)).to(a.device)
        _equal(where(mask, a, b), chosen, "where(mask, a, b)")
        filled = torch.from_numpy(np.where(m, x.dtype.type(7), x)).to(a.device)
        _equal(masked_fill(a, mask, 7), filled, "masked_fill(a, mask, 7)")
        wide = np.broadcast_to(m, x.shape)
        some = torch.from_numpy(x[wide]).to(a.device)
        _equal(select(a, mask.expand(a.shape)), some, "a[mask]")

    return test


# It takes two elements to be out of order.
_SORTED_SHAPES = st.one_of(shapes(1, 2, 2, 4), shapes(1, 2, 0, 4))


@st.composite
def _rows(draw: DrawFn) -> tuple[Tensor, int, int]:
    """Few values, so that many are equal, an axis, and how many of the largest to take."""
    shape = draw(_SORTED_SHAPES)
    x = draw(tensors(shape, _DTYPES, 2.0, nan=True, infinities=True))
    axis = draw(st.integers(0, len(shape) - 1))
    return x, axis, draw(st.integers(0, shape[axis]))


@law(
    family="selection",
    source="https://docs.pytorch.org/docs/stable/generated/torch.topk.html",
    tolerance="exact; topk may choose either of equal elements, so 0.0 and -0.0 count as equal",
)
def sort_stable_topk(
    *,
    sort: Callable[..., tuple[Tensor, Tensor]] = torch.sort,
    topk: Callable[..., tuple[Tensor, Tensor]] = torch.topk,
) -> Test:
    """sort gives values and the indices that gather them; topk is the start of the sort downwards.

    With stable=True equal elements keep their order, as in NumPy's stable argsort; NaN counts as
    larger than anything.  topk(x, k) may choose either of two equal elements, never another value.
    """

    @for_all(x_axis_k=_rows())
    def test(x_axis_k: tuple[Tensor, int, int]) -> None:
        x, axis, k = x_axis_k
        values, indices = sort(x, dim=axis, stable=True)
        same(values, x.gather(axis, indices), "x gathered by the indices of sort")
        order = torch.from_numpy(np.argsort(x.cpu().numpy(), axis=axis, kind="stable"))
        same(indices.cpu(), order, "the indices of sort(x, stable=True)")
        down, _ = sort(x, dim=axis, descending=True, stable=True)
        most, places = topk(x, k, dim=axis)
        same(most, x.gather(axis, places), "x gathered by the indices of topk")
        expected = down.narrow(axis, 0, k)
        same(tuple(most.shape), tuple(expected.shape), f"the shape of topk(x, {k})")
        alike = (most == expected) | (most.isnan() & expected.isnan())
        require(
            bool(alike.all()),
            lambda: f"topk(x, {k}) is {show(most)}, the sort begins {show(expected)}",
        )
        once = places.sort(axis).values.diff(dim=axis)
        require(bool((once != 0).all()), lambda: f"topk(x, {k}) took {show(places)}: one twice")

    return test
