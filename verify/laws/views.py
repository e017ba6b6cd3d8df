"""Views and copies: which operators share memory with their input, and which do not."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from torch import Tensor

from verify.laws.checks import raises, require, same, show
from verify.laws.forall import for_all
from verify.laws.registry import Test, law
from verify.laws.strategies import Layout, full_shapes_first, laid_out, shapes, tensors

Unary = Callable[[Tensor], Tensor]
Shape = tuple[int, ...]

_LAYOUTS = tuple(Layout)


@functools.cache
def numbered(
    min_dims: int = 0, max_dims: int = 3, min_side: int = 0, max_side: int = 3
) -> SearchStrategy[Tensor]:
    """Tensors whose elements are 0, 1, 2, ... in every layout: each tells where it belongs."""
    sides = (
        shapes(min_dims, max_dims, min_side, max_side)
        if min_side
        else full_shapes_first(min_dims, max_dims, max_side)
    )

    def lay(drawn: tuple[Shape, Layout]) -> Tensor:
        return laid_out(torch.arange(math.prod(drawn[0])).reshape(drawn[0]), drawn[1])

    return st.tuples(sides, st.sampled_from(_LAYOUTS)).map(lay)


def shares(x: Tensor, y: Tensor) -> bool:
    """Whether two tensors lie in one storage; those of no elements have none to share."""
    return x.untyped_storage().data_ptr() == y.untyped_storage().data_ptr()


def write_one(y: Tensor) -> None:
    """Change the first element of a tensor, and no other, even where they overlap in memory."""
    first = y[(0,) * y.dim()]
    first.fill_(not first.item() if y.dtype is torch.bool else int(first.item()) + 100)


def _view_or_copy(x: Tensor, before: Tensor, got: Tensor, view: bool, what: str) -> None:
    """Break the law unless ``got`` is a view of x, or a copy, by storage and by a write to it."""
    wanted = "a view" if view else "a copy"
    shared = "shares" if shares(x, got) else "does not share"
    require(shares(x, got) == view, f"{what} {shared} the storage of x, expected {wanted}")
    write_one(got)
    changed = not torch.equal(x, before)
    effect = "changed x" if changed else "left x as it was"
    require(changed == view, f"a write to {what} {effect}, expected {wanted}")


VIEWS: Mapping[str, Unary] = {
    "detach": lambda x: x.detach(),
    "view_as": lambda x: x.view_as(x),
    "x[...]": lambda x: x[...],
    "x[:]": lambda x: x[:],
    "x[None]": lambda x: x[None],
    "x[0]": lambda x: x[0],
    "x[:, ::2]": lambda x: x[:, ::2],
    "select": lambda x: x.select(1, -1),
    "narrow": lambda x: x.narrow(0, 0, 1),
    "transpose": lambda x: x.transpose(0, 1),
    "permute": lambda x: x.permute(*range(1, x.dim()), 0),
    "movedim": lambda x: x.movedim(0, -1),
    "mT": lambda x: x.mT,
    "unsqueeze": lambda x: x.unsqueeze(1),
    "squeeze": lambda x: x.squeeze(),
    "expand": lambda x: x.expand(2, *x.shape),
    "unfold": lambda x: x.unfold(0, 1, 1),
    "diagonal": lambda x: x.diagonal(),
    "split": lambda x: torch.split(x, 1)[0],
    "chunk": lambda x: x.chunk(2)[0],
    "unbind": lambda x: x.unbind(0)[0],
    "unflatten": lambda x: torch.unflatten(x, 0, (1, -1)),
    "broadcast_to": lambda x: torch.broadcast_to(x, (2, *x.shape)),
    "as_strided": lambda x: x.as_strided((1,), (1,)),
}
"""View operators, each for a tensor of two axes or more and no empty one."""

COPIES: Mapping[str, Unary] = {
    "clone": lambda x: x.clone(),
    "x + 0": lambda x: x + 0,
    "x[[0]]": lambda x: x[[0]],
    "x[mask]": lambda x: x[torch.ones_like(x, dtype=torch.bool)],
    "index_select": lambda x: x.index_select(0, torch.tensor([0])),
    "take": lambda x: x.take(torch.tensor([0])),
    "gather": lambda x: x.gather(0, torch.zeros_like(x, dtype=torch.int64)),
    "repeat": lambda x: x.repeat(*(1 for _ in x.shape)),
    "repeat_interleave": lambda x: x.repeat_interleave(1, dim=0),
    "flip": lambda x: x.flip(0),
    "roll": lambda x: x.roll(1),
    "cat": lambda x: torch.cat([x]),
    "stack": lambda x: torch.stack([x]),
    "tril": lambda x: x.tril(),
    "to(copy=True)": lambda x: x.to(x.dtype, copy=True),
}
"""Operators that copy, for the same tensors."""


@law(
    family="views",
    source="https://docs.pytorch.org/docs/stable/tensor_view.html",
    tolerance="exact",
)
def view_ops_share(
    *, views: Mapping[str, Unary] = VIEWS, copies: Mapping[str, Unary] = COPIES
) -> Test:
    """A view operator shares the storage of its input, and a write goes through; others copy.

    Views: slicing, transpose, permute, expand, unfold, diagonal, split, detach, ...  Copies:
    clone, indexing by a list or mask, repeat, flip, cat, ...  flip and roll copy, where NumPy's
    flip is a view; expand is a view, where repeat copies.  Operators are handed in by name:
    ``views={"mine": mine}, copies={}``; each is given tensors of two axes or more.
    """
    table = [*((name, True) for name in views), *((name, False) for name in copies)]
    some = numbered(min_dims=2, min_side=1)

    @for_all(x=some, op=st.sampled_from([name for name, _ in table]))
    def test(x: Tensor, op: str) -> None:
        before = x.clone()
        y = views[op](x) if op in views else copies[op](x)
        _view_or_copy(x, before, y, op in views, op)

    return test


@law(
    family="views",
    source="https://docs.pytorch.org/docs/stable/tensor_view.html",
    tolerance="exact",
)
def indexing_copies_slicing_views(
    *, index: Callable[[Tensor, Any], Tensor] = lambda x, key: x[key]
) -> Test:
    """Indexing by ints, slices, None and ... gives a view; by a list, tensor or mask, a copy.

    Both give the elements that NumPy gives.  So a write to ``x[1:]`` changes x, and a write to
    ``x[[1, 2]]`` is lost.  A slice with a negative step is refused, as torch has no such strides.
    """
    slices = [slice(None), slice(1, None), slice(None, -1), slice(None, None, 2)]
    basic: list[Any] = [0, -1, ..., None, *slices]
    basic += [(..., 0), (0, ...), (None, 0), (..., slice(1, None)), (..., None)]
    advanced: list[Any] = [[0], [0, 0], [-1, 0], (..., [0]), "a tensor", "a mask"]

    @for_all(x=numbered(min_dims=1, min_side=1), key=st.sampled_from([*basic, *advanced]))
    def test(x: Tensor, key: Any) -> None:
        before, array = x.clone(), x.cpu().numpy().copy()
        where, name = key, show(key)
        if key == "a tensor":
            where = torch.tensor([x.shape[0] - 1])
        elif key == "a mask":
            where = x % 2 == 0
        got = index(x, where)
        expected = array[where.cpu().numpy() if isinstance(where, Tensor) else where]
        same(got.tolist(), expected.tolist(), f"x[{name}]")
        same(tuple(got.shape), expected.shape, f"the shape of x[{name}]")
        if got.numel() == 0:
            return
        _view_or_copy(x, before, got, key in basic, f"x[{name}]")
        back = slice(None, None, -1)
        raises(ValueError, lambda: index(x, back), "x[::-1]")

    return test


@functools.cache
def _refolded(count: int) -> list[Shape]:
    """Every shape of up to three axes, and of some with -1 in place of a side, for ``count``."""
    sides = [n for n in range(count + 1) if n == 0 or count % n == 0] if count else [0, 1, 2]
    exact = [s for n in range(4) for s in itertools.product(sides, repeat=n) if _holds(s, count)]
    unknown = [
        (*s[:axis], -1, *s[axis + 1 :])
        for s in exact
        for axis in range(len(s))
        if math.prod(s[:axis] + s[axis + 1 :]) > 0
    ]
    return [*exact, *unknown]


def _holds(shape: Shape, count: int) -> bool:
    return math.prod(shape) == count


@st.composite
def _reshapes(draw: DrawFn) -> tuple[Tensor, Shape]:
    x = draw(_NUMBERED)
    shapes = _refolded(x.numel())
    return x, shapes[draw(_PICKS) % len(shapes)]


# Where two sides are longer than one, about half of the new shapes are out of reach of strides.
_NUMBERED = st.one_of(numbered(), numbered(min_dims=2, min_side=2))
_PICKS = st.integers(0, 2**16)


def _as_array(x: Tensor) -> np.ndarray[Any, np.dtype[Any]]:
    """An array of the same elements and strides; of another device's memory, a copy of it all."""
    if x.device.type == "cpu":
        return x.numpy()
    size = x.element_size()
    memory = x.as_strided((x.untyped_storage().nbytes() // size,), (1,), 0).cpu().numpy()
    steps = [size * step for step in x.stride()]
    return np.lib.stride_tricks.as_strided(memory[x.storage_offset() :], x.shape, steps)


@law(
    family="views",
    source="https://docs.pytorch.org/docs/stable/generated/torch.reshape.html",
    tolerance="exact",
)
def reshape_views_or_copies(
    *,
    reshape: Callable[[Tensor, Shape], Tensor] = torch.reshape,
    view: Callable[[Tensor, Shape], Tensor] = torch.Tensor.view,
) -> Test:
    """reshape keeps the elements in row-major order, and copies only where view would raise.

    view raises RuntimeError exactly where no strides can show the new shape in the old memory,
    and else shares it; reshape then gives the same view.  One side may be -1.  NumPy's reshape
    gives the same elements and shares memory in the same cases.
    """

    @for_all(x_and_shape=_reshapes())
    def test(x_and_shape: tuple[Tensor, Shape]) -> None:
        x, shape = x_and_shape
        array = _as_array(x)
        expected = array.reshape(shape)
        got, what = reshape(x, shape), f"reshape(x, {shape})"
        same(tuple(got.shape), expected.shape, f"the shape of {what}")
        same(got.tolist(), expected.tolist(), what)
        possible = x.numel() == 0 or np.may_share_memory(array, expected)
        if not possible:
            raises(
                RuntimeError, lambda: view(x, shape), f"view(x, {shape}) of strides {x.stride()}"
            )
            require(not shares(x, got), f"{what} shares the memory of x, which no view could")
            return
        seen = view(x, shape)
        same(seen.tolist(), expected.tolist(), f"view(x, {shape})")
        if x.numel():
            require(shares(x, seen), f"view(x, {shape}) does not share the memory of x")
            require(shares(x, got), f"{what} copied, where a view was possible")

    return test


@st.composite
def _expansions(draw: DrawFn) -> tuple[Tensor, Shape]:
    """A tensor and a shape: new axes in front, and other sizes where a side is 1, or -1."""
    x = draw(_WITH_ONES)
    code = draw(_PICKS)
    sides = []
    for side in x.shape:
        code, choice = divmod(code, 4)
        sides.append((1, 2, 3, -1)[choice] if side == 1 else -1 if choice == 3 else side)
    front = ((), (2,), (1,), (3, 2))[code % 4]
    return x, (*front, *sides)


_WITH_ONES = tensors(full_shapes_first(max_side=2), torch.int64)


@law(
    family="views",
    source="https://docs.pytorch.org/docs/stable/generated/torch.Tensor.expand.html",
    tolerance="exact",
)
def expand_has_stride_zero(
    *, expand: Callable[[Tensor, Shape], Tensor] = lambda x, shape: x.expand(shape)
) -> Test:
    """expand repeats axes of size 1 without memory: they get stride 0, the others keep theirs.

    The result is a view; new axes come in front; -1 keeps a size.  Writing to an expanded tensor
    in place is refused where its elements overlap, and so is expanding an axis of another size.
    """

    @for_all(x_and_shape=_expansions())
    def test(x_and_shape: tuple[Tensor, Shape]) -> None:
        x, shape = x_and_shape
        what = f"expand(x, {shape})"
        got, front = expand(x, shape), len(shape) - x.dim()
        old = (1,) * front + tuple(x.shape)
        full = tuple(
            side if wanted == -1 else wanted for side, wanted in zip(old, shape, strict=True)
        )
        same(tuple(got.shape), full, f"the shape of {what}")
        if got.numel() == 0:
            return
        same(got.cpu().numpy(), np.broadcast_to(x.cpu().numpy(), full), what)
        require(shares(x, got), f"{what} does not share the memory of x")
        for axis, (side, wanted) in enumerate(zip(old, full, strict=True)):
            if side != wanted:
                same(got.stride(axis), 0, f"the stride of axis {axis} of {what}")
            elif side > 1:
                kept = x.stride(axis - front)
                same(got.stride(axis), kept, f"the stride of axis {axis} of {what}")
        if full != old:
            raises(RuntimeError, lambda: got.add_(1), f"{what}.add_(1)")
        longer = (*full[:-1], full[-1] + 1) if full and old[-1] > 1 else None
        if longer:
            raises(RuntimeError, lambda: expand(x, longer), f"expand(x, {longer})")

    return test
