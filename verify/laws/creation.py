"""Tensors from Python lists, and tensors of a given shape."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from torch import Tensor

from verify.laws.checks import require, same
from verify.laws.forall import for_all
from verify.laws.registry import Test, law
from verify.laws.strategies import numbers, seeds, shapes

Nested = list[object]
Fill = Callable[[tuple[int, ...]], Tensor]


@st.composite
def _nested_lists(
    draw: DrawFn, element: st.SearchStrategy[object]
) -> tuple[tuple[int, ...], Nested]:
    """A list of lists and the shape it spells; only its innermost lists may be empty."""
    outer = draw(shapes(max_dims=2, min_side=1, max_side=3))
    shape = (*outer, draw(st.integers(0, 3)))

    def spell(sides: tuple[int, ...]) -> Nested:
        if len(sides) == 1:
            return list(draw(st.lists(element, min_size=sides[0], max_size=sides[0])))
        return [spell(sides[1:]) for _ in range(sides[0])]

    return shape, spell(shape)


@law(
    family="creation",
    source="https://docs.pytorch.org/docs/stable/generated/torch.tensor.html",
    tolerance="exact, for values that the default dtype can hold",
    seeds=("P01",),
)
def tensor_from_floats(*, tensor: Callable[[Nested], Tensor] = torch.tensor) -> Test:
    """A nested list of floats becomes a tensor of its shape and the default dtype, and comes back.

    ``tolist()`` gives the list back exactly when its numbers fit the default dtype.
    """

    @for_all(shape_and_values=_nested_lists(numbers(torch.float32, 1e6)))
    def test(shape_and_values: tuple[tuple[int, ...], Nested]) -> None:
        shape, values = shape_and_values
        got = tensor(values)
        same(tuple(got.shape), shape, "the shape")
        same(got.dtype, torch.get_default_dtype(), "the dtype")
        same(got.tolist(), values, "tolist()")

    return test


@law(
    family="creation",
    source="https://docs.pytorch.org/docs/stable/generated/torch.tensor.html",
    tolerance="exact",
    seeds=("P02",),
)
def tensor_from_ints(*, tensor: Callable[[Nested], Tensor] = torch.tensor) -> Test:
    """A nested list of ints becomes an int64 tensor of its shape, exactly.

    An empty list holds no int to tell a dtype from, so it is not drawn.
    """
    whole = st.integers(-(2**63), 2**63 - 1)

    @for_all(shape_and_values=_nested_lists(whole).filter(lambda pair: pair[0][-1] > 0))
    def test(shape_and_values: tuple[tuple[int, ...], Nested]) -> None:
        shape, values = shape_and_values
        got = tensor(values)
        same(tuple(got.shape), shape, "the shape")
        same(got.dtype, torch.int64, "the dtype")
        same(got.tolist(), values, "tolist()")

    return test


@law(
    family="creation",
    source="https://docs.pytorch.org/docs/stable/torch.html#creation-ops",
    tolerance="exact",
    seeds=("P03",),
)
def zeros_ones_rand(
    *, zeros: Fill = torch.zeros, ones: Fill = torch.ones, rand: Fill = torch.rand
) -> Test:
    """zeros, ones and rand(shape) have that shape in the default dtype; rand lies in [0, 1).

    ``ndim`` counts the axes, ``numel()`` is the product of the sides, 1 for no axis at all.
    """

    @for_all(shape=shapes(max_dims=4), seed=seeds())
    def test(shape: tuple[int, ...]) -> None:
        for name, make in (("zeros", zeros), ("ones", ones), ("rand", rand)):
            got = make(shape)
            same(tuple(got.shape), shape, f"the shape of {name}({shape})")
            same(got.ndim, len(shape), f"{name}({shape}).ndim")
            same(got.numel(), math.prod(shape), f"{name}({shape}).numel()")
            same(got.dtype, torch.get_default_dtype(), f"the dtype of {name}({shape})")
            if name == "rand":
                inside = bool(((got >= 0) & (got < 1)).all())
                require(inside, f"rand({shape}) holds {got.flatten().tolist()}, not all in [0, 1)")
            else:
                fill = {"zeros": 0.0, "ones": 1.0}[name]
                same(got.flatten().tolist(), [fill] * got.numel(), f"the elements of {name}")

    return test
