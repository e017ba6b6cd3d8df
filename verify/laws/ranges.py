"""Evenly spaced numbers: arange by its step, linspace by its ends."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable
from fractions import Fraction

import torch
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from torch import Tensor

from verify.laws.checks import raises, require, same, show
from verify.laws.forall import for_all
from verify.laws.registry import KnownException, Test, law

Number = int | float
Range = tuple[Number, Number, Number]
Arange = Callable[[Number, Number, Number], Tensor]

_FAR = 2**53 + 1
"""Past the whole numbers that float64 can tell apart."""


@functools.cache
def _ranges(floats: bool) -> SearchStrategy[Range]:
    """(start, end, step), small whole numbers first, and tenths, which no float holds exactly."""
    near = range(-6, 7)
    table: list[Range] = sorted(
        itertools.product(near, near, (1, 2, 3, -1, -2, -3)),
        key=lambda r: sum(map(abs, r)) + 9 * sum(side < 0 for side in r),
    )
    towards = [each for each in table if (each[1] - each[0]) * each[2] >= 0]
    far: list[Range] = [(start + _FAR, end + _FAR, step) for start, end, step in towards[:200]]
    tenths: list[Range] = [
        (start / 10, end / 10, step / 10) for start, end, step in table if floats
    ]
    return st.sampled_from([*table, *far, *tenths])


@law(
    family="ranges",
    source="https://docs.pytorch.org/docs/stable/generated/torch.arange.html",
    tolerance="whole numbers exact; float values within 4 roundings of the largest",
    exceptions=(
        KnownException(
            "a step that leads away from the end raises RuntimeError, where range() is empty",
            ">=2.11,<2.16",
        ),
        KnownException(
            "past 2**53 such a step may give an empty tensor all the same, for the ends are "
            "compared as float64; not drawn",
            ">=2.11,<2.16",
        ),
    ),
)
def arange_is_range(*, arange: Arange = torch.arange, floats: bool = True) -> Test:
    """arange(start, end, step) of ints is int64 and holds what Python's range holds, end left out.

    Of floats it has the default dtype, ceil((end - start) / step) elements, computed in float64,
    and start + i * step as element i: whether the end is in is decided by rounding.
    Set ``floats=False`` for a subject of whole numbers only.
    """

    @for_all(start_end_step=_ranges(floats))
    def test(start_end_step: Range) -> None:
        start, end, step = start_end_step
        what = f"arange({start}, {end}, {step})"
        if (end - start) * step < 0:
            raises(RuntimeError, lambda: arange(start, end, step), what)
            return
        got = arange(start, end, step)
        if isinstance(start, int) and isinstance(end, int) and isinstance(step, int):
            same(got.tolist(), list(range(start, end, step)), f"{what}.tolist()")
            same(got.dtype, torch.int64, f"the dtype of {what}")
            return
        count = math.ceil((end - start) / step)
        same(tuple(got.shape), (count,), f"the shape of {what}")
        same(got.dtype, torch.get_default_dtype(), f"the dtype of {what}")
        _near(
            got, [start + index * step for index in range(count)], max(abs(start), abs(end)), what
        )

    return test


def _near(got: Tensor, expected: list[float], largest: float, what: str) -> None:
    """Break the law unless each element is within 4 roundings of the largest number there is."""
    room = 4 * torch.finfo(got.dtype).eps * largest
    for index, (left, right) in enumerate(zip(got.tolist(), expected, strict=True)):
        require(
            abs(left - right) <= room,
            lambda index=index, left=left, right=right: (  # type: ignore[misc]
                f"element {index} of {what} is {left}, expected {right}"
            ),
        )


_ENDS = st.tuples(
    *[st.floats(-1e6, 1e6, width=32, allow_subnormal=False)] * 2, st.integers(0, 40)
).map(lambda drawn: (float(drawn[0]), float(drawn[1]), int(drawn[2])))


@law(
    family="ranges",
    source="https://docs.pytorch.org/docs/stable/generated/torch.linspace.html",
    tolerance="the ends and the reversal exact; the rest within 4 roundings of the larger end",
    exceptions=(
        KnownException(
            "the middle of an odd count may differ in its last bit when the ends are exchanged: "
            "each half is counted from its own end, the middle from the second",
            ">=2.11,<2.16",
        ),
    ),
)
def linspace_ends(*, linspace: Callable[[float, float, int], Tensor] = torch.linspace) -> Test:
    """linspace(start, end, n) has n elements, begins with start and ends with end, exactly.

    So both ends are in, where arange leaves the end out, and the step is (end - start) / (n - 1).
    One element is the start.  Exchanging the ends turns the elements round, bit for bit.  The page
    gives the formula; that the ends are hit exactly was found by trial on all four dtypes.
    """

    @for_all(start_end_count=_ENDS)
    def test(start_end_count: tuple[float, float, int]) -> None:
        start, end, count = start_end_count
        what = f"linspace({start}, {end}, {count})"
        got = linspace(start, end, count)
        same(tuple(got.shape), (count,), f"the shape of {what}")
        same(got.dtype, torch.get_default_dtype(), f"the dtype of {what}")
        if count == 0:
            return
        first, last = got[0].item(), got[-1].item()
        require(first == start, f"{what} begins with {first}")
        if count == 1:
            return
        require(last == end, f"{what} ends with {last}")
        steps = [Fraction(index, count - 1) for index in range(count)]
        line = [float(Fraction(start) * (1 - part) + Fraction(end) * part) for part in steps]
        _near(got, line, max(abs(start), abs(end)), what)
        turned = linspace(end, start, count).flip(0)
        differs = turned != got
        if count % 2:
            differs[count // 2] = False
        require(
            not bool(differs.any()),
            lambda: f"{what} is {show(got)}, from the other end {show(turned)}",
        )

    return test
