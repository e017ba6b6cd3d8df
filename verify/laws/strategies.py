"""What laws are tried on: shapes down to size 0, dtypes, strides, magnitudes.

Everything shrinks towards what reads well: few axes, few elements, whole numbers, contiguous.
The elements of a tensor are drawn as one string of bytes, two bytes an element: drawing and
mutating a number for each would take most of the time that a law takes.  A larger tensor comes
from ``seeded_tensors``, which draws a seed.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Sequence
from enum import StrEnum
from typing import Literal

import numpy as np
import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from hypothesis.vendor import pretty
from torch import Tensor

from verify.laws.checks import show

FLOATING = (torch.float32, torch.float64, torch.float16, torch.bfloat16)
INTEGRAL = (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8)
COMPLEX = (torch.complex64, torch.complex128)

_WIDTHS: dict[torch.dtype, Literal[32, 64]] = {torch.float64: 64, torch.float32: 32}


class Layout(StrEnum):
    """How the elements of a tensor lie in memory."""

    CONTIGUOUS = "contiguous"
    OFFSET = "offset"
    """Does not begin where its storage begins."""
    TRANSPOSED = "transposed"
    """Strides grow from the last axis to the first."""
    SLICED = "sliced"
    """Every second element along the last axis of a wider tensor."""
    EXPANDED = "expanded"
    """Stride 0 along the first axis: all its rows are one row in memory."""


_LAYOUTS = st.sampled_from(tuple(Layout))


def shapes(
    min_dims: int = 0, max_dims: int = 3, min_side: int = 0, max_side: int = 4
) -> SearchStrategy[tuple[int, ...]]:
    """Shapes, from no axis at all to ``max_dims`` axes, of size 0 too unless ``min_side`` is 1."""
    return _shapes(min_dims, max_dims, min_side, max_side)


@functools.cache
def _shapes(
    min_dims: int, max_dims: int, min_side: int, max_side: int
) -> SearchStrategy[tuple[int, ...]]:
    """All shapes, the simplest first, each number of axes as likely as any other.

    One draw from a table takes a tenth of the time of drawing side by side.
    """
    sides = range(min_side, max_side + 1)
    dims = range(min_dims, max_dims + 1)
    by_dims = [sorted(itertools.product(sides, repeat=n), key=sum) for n in dims]
    most = max(map(len, by_dims))
    return st.sampled_from(
        [group[k * len(group) // most] for group in by_dims for k in range(most)]
    )


@functools.cache
def full_shapes_first(
    min_dims: int = 0, max_dims: int = 3, max_side: int = 4
) -> SearchStrategy[tuple[int, ...]]:
    """Shapes of which about two in three hold elements, and which are simpler if they do.

    For laws that say little of an empty tensor: it would be the smallest counterexample of many
    mistakes, and show none of them.
    """
    full = shapes(min_dims, max_dims, min_side=1, max_side=max_side)
    return st.one_of(full, shapes(min_dims, max_dims, max_side=max_side))


def floating_dtypes() -> SearchStrategy[torch.dtype]:
    """The dtypes that can require a gradient, float32 first."""
    return st.sampled_from(FLOATING)


def dtypes() -> SearchStrategy[torch.dtype]:
    """Every common dtype: floating, integral, complex and bool."""
    return st.sampled_from((*FLOATING, *INTEGRAL, *COMPLEX, torch.bool))


def layouts() -> SearchStrategy[Layout]:
    """Every layout, contiguous first."""
    return _LAYOUTS


def seeds() -> SearchStrategy[int]:
    """Seeds for a generator."""
    return st.integers(0, 2**32 - 1)


def numbers(
    dtype: torch.dtype, bound: float = 10.0, *, infinities: bool = False, nan: bool = False
) -> SearchStrategy[bool | int | float | complex]:
    """Elements of ``dtype`` no larger than ``bound``, unless infinities or NaN are asked for."""
    if dtype is torch.bool:
        return st.booleans()
    if not dtype.is_floating_point and not dtype.is_complex:
        limits = torch.iinfo(dtype)
        low, high = max(limits.min, -math.floor(bound)), min(limits.max, math.floor(bound))
        return st.integers(low, high)
    if dtype.is_complex:
        part = st.integers(-math.floor(bound), math.floor(bound))
        return st.builds(complex, part, part)
    # bfloat16 has no width of its own in Hypothesis; it rounds what float16 draws.
    width: Literal[16, 32, 64] = _WIDTHS.get(dtype, 16)
    edge = float(np.dtype(f"float{width}").type(bound))
    finite = st.floats(
        -edge, edge, width=width, allow_nan=False, allow_infinity=False, allow_subnormal=False
    )
    extremes = [math.inf, -math.inf] * infinities + [math.nan] * nan
    return st.one_of(finite, st.sampled_from(extremes)) if extremes else finite


def magnitudes(low: int = -3, high: int = 3) -> SearchStrategy[float]:
    """Powers of ten, 1 first."""
    order = sorted(range(low, high + 1), key=lambda power: (abs(power), power < 0))
    return st.sampled_from([10.0**power for power in order])


def tensors(
    shape: tuple[int, ...] | SearchStrategy[tuple[int, ...]] | None = None,
    dtype: torch.dtype | SearchStrategy[torch.dtype] = torch.float32,
    bound: float = 10.0,
    *,
    layout: Layout | SearchStrategy[Layout] | None = None,
    infinities: bool = False,
    nan: bool = False,
) -> SearchStrategy[Tensor]:
    """Small tensors on the default device, in every layout.

    Args:
        shape: the shape, or a strategy of shapes; ``shapes()`` if left out.
        dtype: the dtype, or a strategy of dtypes.
        bound: the largest magnitude of an element.
        layout: the layout, or a strategy of layouts; any layout if left out.
        infinities: whether infinities may be among the elements.
        nan: whether NaN may be among the elements.
    """
    return _tensors(shape, dtype, bound, layout, infinities, nan)


# A strategy keeps what it has found out of itself, so each is made once.
@functools.lru_cache(maxsize=4096)
@st.composite
def _tensors(
    draw: DrawFn,
    shape: tuple[int, ...] | SearchStrategy[tuple[int, ...]] | None,
    dtype: torch.dtype | SearchStrategy[torch.dtype],
    bound: float,
    layout: Layout | SearchStrategy[Layout] | None,
    infinities: bool,
    nan: bool,
) -> Tensor:
    sides = shape if isinstance(shape, tuple) else draw(shapes() if shape is None else shape)
    kind = dtype if isinstance(dtype, torch.dtype) else draw(dtype)
    place = layout if isinstance(layout, Layout) else draw(layouts() if layout is None else layout)
    count = math.prod(sides)
    # An expanded tensor shows its first row only, but draws them all: if it drew less than the
    # other layouts, Hypothesis would take it for the simplest counterexample.
    width = 4 if kind.is_complex else 2
    special = (math.inf, -math.inf) * infinities + (math.nan, math.nan) * nan
    elements = decoded(draw(_bytes(width * count)), kind, bound, special)
    return laid_out(torch.tensor(elements, dtype=kind).reshape(sides), place)


@functools.cache
def _bytes(size: int) -> SearchStrategy[bytes]:
    return st.binary(min_size=size, max_size=size)


def decoded(
    code: bytes, dtype: torch.dtype, bound: float, special: tuple[float, ...] = ()
) -> Sequence[bool | int | float | complex]:
    """Elements no larger than ``bound`` from two bytes each, four for a complex one.

    The smaller the code, the simpler the number: 0, 1, -1, 2, ... first.  Of the floating ones
    half are such numbers, a quarter spread over the whole range with all digits in use, and a
    quarter over a thousandth of it.  Special values, such as infinities, take the place of the
    last quarter where there are any.
    """
    codes = [code[n] << 8 | code[n + 1] for n in range(0, len(code), 2)]
    if dtype is torch.bool:
        return [bool(n & 1) for n in codes]
    if dtype.is_floating_point:
        return [
            special[n % len(special)] if special and n >= _SPECIAL else _float(n, bound)
            for n in codes
        ]
    if dtype.is_complex:
        whole = _whole(-math.floor(bound), math.floor(bound))
        parts = [float(whole[n % len(whole)]) for n in codes]
        return [complex(*pair) for pair in zip(parts[::2], parts[1::2], strict=True)]
    limits = torch.iinfo(dtype)
    whole = _whole(max(limits.min, -math.floor(bound)), min(limits.max, math.floor(bound)))
    return [whole[n % len(whole)] for n in codes]


@functools.cache
def _whole(low: int, high: int) -> tuple[int, ...]:
    """The whole numbers of a range, the simplest first."""
    return tuple(sorted(range(low, high + 1), key=lambda n: (abs(n), n < 0)))


_SPECIAL = 3 << 14
"""The least code of two bytes that stands for a special value."""

_FEW_DIGITS = (0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 3.0, -3.0, 0.25, -0.25, 1.5, -1.5, 5.0, -0.0)


def _float(code: int, bound: float) -> float:
    if code < 1 << 15:
        simple = (*(n for n in _FEW_DIGITS if abs(n) <= bound), bound, -bound)
        return simple[code % len(simple)]
    spread = bound * (2 * (code % (1 << 14)) / ((1 << 14) - 1) - 1)
    return spread if code < 3 << 14 else spread / 1000


def seeded_tensors(
    shape: tuple[int, ...], dtype: torch.dtype = torch.float32
) -> SearchStrategy[Tensor]:
    """Large tensors of standard normal elements, drawn by their seed."""

    def fill(seed: int) -> Tensor:
        generator = torch.Generator(torch.get_default_device()).manual_seed(seed)
        return torch.randn(shape, dtype=dtype, generator=generator)

    return seeds().map(fill)


def laid_out(tensor: Tensor, layout: Layout) -> Tensor:
    """The same values in another layout, or for ``EXPANDED`` the first row in place of each.

    A tensor without axes has one layout only.
    """
    if tensor.dim() == 0 or layout is Layout.CONTIGUOUS:
        return tensor.contiguous()
    if layout is Layout.EXPANDED:
        return tensor[:1].contiguous().expand(tensor.shape)
    if layout is Layout.TRANSPOSED:
        backwards = tuple(reversed(range(tensor.dim())))
        return tensor.permute(backwards).contiguous().permute(backwards)
    if layout is Layout.SLICED:
        wide = torch.stack([tensor, tensor], dim=-1).flatten(-2)
        return wide[..., ::2]
    return torch.cat([torch.zeros_like(tensor[:1]), tensor])[tensor[:1].shape[0] :]


def _print_tensor(tensor: Tensor, printer: pretty.RepresentationPrinter, cycle: bool) -> None:
    printer.text(show(tensor))


# Hypothesis then shows counterexamples with all digits and strides, which torch's repr leaves out.
pretty.for_type_by_name("torch", "Tensor", _print_tensor)
