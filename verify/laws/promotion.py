"""Promotion: which dtype comes out of two, of a number, of a sum, and of a step in place."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from torch import Tensor

from verify.laws.checks import close, raises, require, same, show
from verify.laws.forall import for_all
from verify.laws.registry import KnownException, Test, law
from verify.laws.strategies import (
    COMPLEX,
    FLOATING,
    INTEGRAL,
    Layout,
    full_shapes_first,
    shapes,
    tensors,
)

Dtype = torch.dtype
Scalar = bool | int | float | complex

_DTYPES = (torch.float32, torch.int64, torch.bool, *FLOATING[1:], *INTEGRAL[1:], *COMPLEX)
_ANY = st.sampled_from(_DTYPES)
_WITH_AN_AXIS = full_shapes_first(min_dims=1, max_dims=2, max_side=3)

_PAGE = "https://docs.pytorch.org/docs/stable/tensor_attributes.html#type-promotion-doc"


def category(dtype: Dtype) -> int:
    """bool 0, whole numbers 1, floating 2, complex 3: the ranks of promotion."""
    if dtype.is_complex:
        return 3
    if dtype.is_floating_point:
        return 2
    return 0 if dtype is torch.bool else 1


@law(
    family="promotion",
    source=_PAGE,
    tolerance="exact",
    exceptions=(
        KnownException(
            "uint16, uint32 and uint64 promote with nothing but themselves and floats; not drawn",
            ">=2.11,<2.16",
        ),
    ),
)
def promotion_is_symmetric(
    *,
    promote: Callable[[Dtype, Dtype], Dtype] = torch.promote_types,
    can_cast: Callable[[Dtype, Dtype], bool] = torch.can_cast,
) -> Test:
    """Promotion of dtypes is symmetric, idempotent and associative: an order of least upper bounds.

    The result has the higher category (bool, whole, floating, complex), and between whole or real
    numbers a floating dtype wins whatever its width: int64 with float16 is float16.  An operator on
    two tensors with axes gives that dtype.  can_cast(a, b) is false only where b is of a lower
    category.  The page says none of associativity; it was found by trying all triples.
    """

    # One draw for both: Hypothesis likes to draw the same value twice, which tells nothing here.
    @for_all(a_and_b=st.sampled_from([*itertools.product(_DTYPES, repeat=2)]), c=_ANY)
    def test(a_and_b: tuple[Dtype, Dtype], c: Dtype) -> None:
        a, b = a_and_b
        both = promote(a, b)
        same(promote(b, a), both, f"promote({b}, {a}) against promote({a}, {b})")
        same(promote(a, a), a, f"promote({a}, {a})")
        same(
            promote(both, c),
            promote(a, promote(b, c)),
            f"promote(promote({a}, {b}), {c}) against promote({a}, promote({b}, {c}))",
        )
        same(promote(a, both), both, f"promote({a}, promote({a}, {b}))")
        highest = max(category(a), category(b))
        same(category(both), highest, f"the category of promote({a}, {b}) = {both}")
        if category(a) == 2 and category(b) < 2:
            same(both, a, f"promote({a}, {b})")
        x, y = torch.ones(2, dtype=a), torch.ones(2, dtype=b)
        same(both, (x + y).dtype, f"promote({a}, {b}) against the dtype of a sum")
        same(torch.result_type(x, y), both, f"result_type of {a} and {b}")
        same(can_cast(a, b), category(a) <= category(b), f"can_cast({a}, {b})")

    return test


_SCALARS: tuple[Scalar, ...] = (2, True, 2.5, 1e300, 2j)
_KINDS = (bool, int, float, complex)


@law(
    family="promotion",
    source=_PAGE,
    tolerance="exact",
    exceptions=(
        KnownException(
            "a complex 0-dim tensor with a floating tensor takes the width of the latter, where "
            "the page promises to hold all of the former: float32 with complex128 is complex64",
            ">=2.11,<2.16",
        ),
        KnownException(
            "bfloat16 with a complex scalar is complex64, since 2.15 bcomplex32, which add does "
            "not implement; not drawn",
            ">=2.11,<2.16",
        ),
    ),
)
def scalars_do_not_widen(*, op: Callable[..., Tensor] = torch.add) -> Test:
    """A Python number or 0-dim tensor of the same category, or a lower one, leaves the dtype alone.

    float16 with 2.5 stays float16, int8 with 2 int8, and float32 with a float64 tensor of no axis
    float32.  Of a higher category, a Python float gives the default dtype, an int int64, and a
    0-dim tensor its own dtype.
    """

    def fits(drawn: tuple[Dtype, Scalar | Dtype]) -> bool:
        other = drawn[1]
        lifted = category(other) == 3 if isinstance(other, Dtype) else type(other) is complex
        return not (lifted and category(drawn[0]) == 2)

    pairs = [(d, other) for other in (*_SCALARS, *_DTYPES) for d in _DTYPES]
    drawn = st.sampled_from([pair for pair in pairs if fits(pair)])

    @for_all(dtype_and_scalar=drawn)
    def test(dtype_and_scalar: tuple[Dtype, Scalar | Dtype]) -> None:
        dtype, other = dtype_and_scalar
        if isinstance(other, Dtype):
            rank, above, name = category(other), other, f"a 0-dim {other} tensor"
        else:
            default = torch.get_default_dtype()
            rank, name = _KINDS.index(type(other)), repr(other)
            above = (torch.bool, torch.int64, default, default.to_complex())[rank]
        scalar = torch.tensor(1, dtype=other) if isinstance(other, Dtype) else other
        expected = dtype if rank <= category(dtype) else above
        for shape in ((1,), (0, 2)):
            x = torch.ones(shape, dtype=dtype)
            of = f"for x of {dtype}, shape {shape}"
            same(op(x, scalar).dtype, expected, f"the dtype of op(x, {name}) {of}")
            same(op(scalar, x).dtype, expected, f"the dtype of op({name}, x) {of}")

    return test


_WHOLE = st.sampled_from(
    (torch.uint8, torch.int8, torch.bool, torch.int64, torch.int32, torch.int16)
)
_REAL = st.sampled_from(FLOATING)
_SUMMED = tensors(shapes(), st.one_of(_WHOLE, _REAL), 255.0)


@law(
    family="promotion",
    source="https://docs.pytorch.org/docs/stable/generated/torch.sum.html",
    tolerance="whole numbers exact; floating ones n roundings of the sum of magnitudes",
)
def sum_keeps_or_promotes(*, sum: Callable[..., Tensor] = torch.sum) -> Test:
    """The sum of bools or whole numbers is int64, exact; a floating sum keeps its dtype.

    So a sum of uint8 does not wrap round at 256, and a mask can be counted.  ``dtype=`` overrides
    it, cast before the sum.  The sum of no elements is 0.
    """

    @for_all(x=_SUMMED)
    def test(x: Tensor) -> None:
        got = sum(x)
        kind = x.dtype if x.is_floating_point() else torch.int64
        same(got.dtype, kind, f"the dtype of the sum of {x.dtype}")
        same(tuple(got.shape), (), "the shape of the sum")
        exact = x.to(torch.float64)
        if not x.is_floating_point():
            total = exact.sum().to(torch.int64)
            same(got, total, "the sum")
        else:
            room = x.numel() * torch.finfo(kind).eps * float(exact.abs().sum())
            close(got.to(torch.float64), exact.sum(), "the sum", rtol=0.0, atol=room)
        for axis in range(x.dim()):
            same(sum(x, axis).dtype, kind, f"the dtype of sum(x, {axis})")
        asked = sum(x, dtype=torch.float64)
        close(asked, exact.sum(), "sum(x, dtype=torch.float64)", rtol=1e-12, atol=1e-12)

    return test


_IN_PLACE = st.sampled_from([layout for layout in Layout if layout is not Layout.EXPANDED])


@st.composite
def _targets(draw: DrawFn) -> tuple[Tensor, Tensor]:
    """A tensor with an axis, and another of its shape or of no axis, of any two dtypes."""
    shape = draw(_WITH_AN_AXIS)
    x = draw(tensors(shape, _ANY, 4.0, layout=_IN_PLACE))
    return x, draw(tensors(() if draw(st.booleans()) else shape, _ANY, 4.0))


@law(
    family="promotion",
    source=_PAGE,
    tolerance="exact",
)
def inplace_keeps_dtype(*, add_: Callable[[Tensor, Tensor], Tensor] = torch.Tensor.add_) -> Test:
    """An operator in place keeps the dtype of its tensor, or raises if that cannot hold the result.

    It raises RuntimeError where the promoted dtype is of a higher category (an int tensor += 0.5),
    and then changes nothing.  Within a category it rounds or wraps: float16 += float64 stays
    float16, the sum cast back.  It gives the tensor itself back.
    """

    @for_all(x_and_y=_targets())
    def test(x_and_y: tuple[Tensor, Tensor]) -> None:
        x, y = x_and_y
        x, before = x.clone(), x.clone()
        wanted = torch.result_type(x, y)
        what = f"add_ of {y.dtype} to {x.dtype}"
        if category(wanted) > category(x.dtype):
            raises(RuntimeError, lambda: add_(x, y), what)
            same(x, before, f"x after {what} raised")
            return
        got = add_(x, y)
        require(got is x, f"{what} gave {show(got)}, which is not x itself")
        same(x, (before + y).to(before.dtype), f"x after {what}")

    return test
