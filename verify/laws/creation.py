"""Tensors from Python lists, of a given shape, or like another; and the default dtype."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from torch import Tensor

from verify.laws.checks import require, same
from verify.laws.forall import for_all
from verify.laws.registry import KnownException, Test, law
from verify.laws.strategies import (
    Layout,
    dtypes,
    floating_dtypes,
    full_shapes_first,
    numbers,
    seeds,
    shapes,
    tensors,
)

Nested = list[object]
Fill = Callable[[tuple[int, ...]], Tensor]
Like = Callable[..., Tensor]


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


_ANY_DTYPE = dtypes()
_DTYPE_OR_NONE = st.one_of(st.none(), _ANY_DTYPE)
_LIKE_SHAPES = st.one_of(full_shapes_first(max_dims=4, max_side=3), shapes(2, 4, 2, 3))
# Dense, but not contiguous: the layout that tells whether strides are followed comes twice.
_LIKE_LAYOUTS = st.sampled_from((*Layout, Layout.TRANSPOSED))


def _dense(strides: tuple[int, ...], sides: tuple[int, ...]) -> bool:
    """Whether the elements fill their memory, each at an address of its own."""
    reach = 1
    for stride, side in sorted(zip(strides, sides, strict=True)):
        if side > 1 and stride != reach:
            return False
        reach *= side
    return True


@law(
    family="creation",
    source="https://docs.pytorch.org/docs/stable/tensor_attributes.html#torch.memory_format",
    tolerance="exact",
    exceptions=(
        KnownException(
            "where x has gaps or overlaps the page promises contiguous strides, but the result "
            "keeps the order of the strides of x (pytorch pull request 46046): only that it is "
            "dense is asked for",
            ">=2.11,<2.16",
        ),
    ),
)
def like_follows(
    *,
    zeros_like: Like = torch.zeros_like,
    ones_like: Like = torch.ones_like,
    full_like: Like = torch.full_like,
    empty_like: Like = torch.empty_like,
    new_zeros: Like = torch.Tensor.new_zeros,
    new_full: Like = torch.Tensor.new_full,
) -> Test:
    """zeros_like(x) and its kin have the shape, dtype, device and strides of x, or as told.

    The strides are those of x where x fills its memory without overlap; else the result is dense
    all the same.  The elements are new memory.  ``dtype=`` changes the dtype alone.  ``new_zeros``
    and ``new_full`` take dtype and device from x, a shape of their own, and are contiguous.
    """
    likes: dict[str, tuple[Callable[..., Tensor], int | None]] = {
        "zeros_like": (zeros_like, 0),
        "ones_like": (ones_like, 1),
        "full_like": (lambda x, **how: full_like(x, 1, **how), 1),
        "empty_like": (empty_like, None),
    }

    @for_all(x=tensors(_LIKE_SHAPES, _ANY_DTYPE, layout=_LIKE_LAYOUTS), dtype=_DTYPE_OR_NONE)
    def test(x: Tensor, dtype: torch.dtype | None) -> None:
        kind = x.dtype if dtype is None else dtype
        how = {} if dtype is None else {"dtype": dtype}
        tail = "" if dtype is None else f", dtype={dtype}"
        sides, strides = tuple(x.shape), x.stride()

        def alike(got: Tensor, what: str, fill: int | None) -> None:
            same(tuple(got.shape), sides, f"the shape of {what}")
            same(got.dtype, kind, f"the dtype of {what}")
            same(got.device, x.device, f"the device of {what}")
            require(fill is None or bool((got == fill).all()), f"{what} holds not only {fill}")

        for name, (make, fill) in likes.items():
            got, what = make(x, **how), f"{name}(x{tail})"
            alike(got, what, fill)
            if x.numel() == 0:
                continue
            require(got.data_ptr() != x.data_ptr(), f"{what} shares the memory of x")
            if _dense(strides, sides):
                # The stride of an axis of one element leads nowhere.
                steps = tuple(
                    old if side == 1 else new
                    for old, new, side in zip(strides, got.stride(), sides, strict=True)
                )
                same(steps, strides, f"the strides of {what}")
            else:
                require(
                    _dense(got.stride(), sides), f"{what} has strides {got.stride()}: not dense"
                )
        news = {"new_zeros": new_zeros(x, sides, **how), "new_full": new_full(x, sides, 1, **how)}
        for name, got in news.items():
            alike(got, f"{name}(x, {sides}{tail})", int(name == "new_full"))
            require(got.is_contiguous(), f"{name}(x, {sides}{tail}) is not contiguous")

    return test


@contextmanager
def default_dtype(dtype: torch.dtype) -> Iterator[None]:
    """Make ``dtype`` the default until the block ends, in whatever way it ends."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


@law(
    family="creation",
    source="https://docs.pytorch.org/docs/stable/generated/torch.set_default_dtype.html",
    tolerance="exact",
    exceptions=(
        KnownException(
            "under bfloat16 a Python complex number makes no tensor (RuntimeError: invalid default "
            "scalar type for complex); not drawn",
            ">=2.11,<2.15",
        ),
    ),
)
def default_dtype_rules(
    *,
    tensor: Callable[[object], Tensor] = torch.tensor,
    zeros: Fill = torch.zeros,
    divide: Callable[[Tensor, Tensor], Tensor] = torch.div,
    using: Callable[[torch.dtype], AbstractContextManager[None]] = default_dtype,
) -> Test:
    """Python floats take the default dtype; ints are int64, bools bool, whatever the default is.

    Tensors made of a shape alone and quotients of whole numbers take it too, a list takes the
    highest kind in it, and an empty list, which holds no kind, the default.  ``using`` is a
    context that sets a default and must put the former one back, after an error too.
    """
    whole: dict[str, tuple[object, torch.dtype]] = {
        "2": (2, torch.int64),
        "True": (True, torch.bool),
        "[True, 2]": ([True, 2], torch.int64),
    }
    real: dict[str, object] = {
        "1.5": 1.5,
        "[]": [],
        "[1, 2.5]": [1, 2.5],
        "[True, 0.5]": [True, 0.5],
    }
    names = (*real, *whole)

    @for_all(default=floating_dtypes(), value=st.sampled_from(names), error=st.booleans())
    def test(default: torch.dtype, value: str, error: bool) -> None:
        before = torch.get_default_dtype()
        try:
            try:
                with using(default):
                    given, expected = whole.get(value, (real.get(value), default))
                    same(tensor(given).dtype, expected, f"the dtype of tensor({value})")
                    same(zeros((2,)).dtype, default, "the dtype of zeros((2,))")
                    ratio = divide(torch.tensor([1]), torch.tensor([2]))
                    same(ratio.dtype, default, "the dtype of int64 / int64")
                    if error:
                        raise KeyError("raised inside the block")
            except KeyError:
                pass
            after = torch.get_default_dtype()
        finally:
            torch.set_default_dtype(before)
        how = "an error in the block" if error else "the block"
        same(after, before, f"the default dtype after {how}")

    return test
