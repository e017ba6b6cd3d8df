"""Whether what a candidate gave is what the reference gives, as exactly as the problem allows.

A right solution may sum in another order or take another way, so its result is as far from the
exact one as rounding takes it.  How far that is depends on the dtype and on the problem: where the
result changes much when an input changes by one rounding, no solution can be exact.  So the
reference is also asked at inputs that differ by a rounding, and what moves there is allowed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from verify.laws.checks import show

Case = Mapping[str, object]
"""What a law is tried on: values by name."""


@dataclasses.dataclass(frozen=True)
class Within:
    """How far a result may be from the exact one.

    Args:
        rtol: relative to the exact one.
        atol: absolute.
        roundings: as many roundings of the inputs' dtype, relative to the exact result, and as
            many times what the result moves by when the inputs are rounded.
    """

    rtol: float = 0.0
    atol: float = 0.0
    roundings: float = 8.0


class Disagreement(Exception):  # noqa: N818  (a finding, not an error)
    """A candidate's result is not what it should be.

    Args:
        why: in plain words.
        expected: what should have come out, written so that it can be read.
        got: what came out.
    """

    def __init__(self, why: str, expected: str = "", got: str = "") -> None:
        super().__init__(why)
        self.why, self.expected, self.got = why, expected, got


def agree(got: object, expected: object, what: str, allowed: Sequence[object], tol: Within) -> None:
    """Find nothing, or the first difference between two values of the same structure.

    Args:
        got: by the candidate.
        expected: by the reference; floating tensors in float64, whatever ``got`` has.
        what: what to call it.
        allowed: the reference's values at inputs that differ by a rounding.
        tol: how far they may be apart.

    Raises:
        Disagreement: they differ.
    """
    if isinstance(expected, Tensor):
        if not isinstance(got, Tensor):
            raise Disagreement(
                f"{what} is a {type(got).__name__}, not a tensor", *_both(expected, got)
            )
        nearby = [other for other in allowed if isinstance(other, Tensor)]
        _agree_tensors(got, expected, what, nearby, tol)
    elif isinstance(expected, np.ndarray):
        if (
            not isinstance(got, np.ndarray)
            or got.dtype != expected.dtype
            or got.shape != expected.shape
        ):
            raise Disagreement(f"{what} is not the same array", *_both(expected, got))
        if not np.array_equal(got, expected, equal_nan=expected.dtype.kind == "f"):
            raise Disagreement(f"{what} holds other values", *_both(expected, got))
    elif isinstance(expected, Mapping):
        if not isinstance(got, Mapping) or set(got) != set(expected):
            named = _names(got) if isinstance(got, Mapping) else repr(got)
            raise Disagreement(f"{what or 'what there is'} differs", _names(expected), named)
        for key in expected:
            nearby = [other[key] for other in allowed if isinstance(other, Mapping)]
            agree(got[key], expected[key], f"{key}" if what == "" else f"{what} {key}", nearby, tol)
    elif isinstance(expected, tuple | list):
        if not isinstance(got, tuple | list) or len(got) != len(expected):
            raise Disagreement(f"{what} differs", *_both(expected, got))
        for index, (left, right) in enumerate(zip(got, expected, strict=True)):
            nearby = [other[index] for other in allowed if isinstance(other, tuple | list)]
            agree(left, right, f"{what}[{index}]", nearby, tol)
    elif isinstance(expected, float) and type(got) in (int, float):
        near = [torch.tensor(v, dtype=torch.float64) for v in allowed if isinstance(v, float)]
        left = torch.tensor(float(got), dtype=torch.float64)  # type: ignore[arg-type]
        try:
            _agree_tensors(left, torch.tensor(expected, dtype=torch.float64), what, near, tol)
        except Disagreement as found:
            raise Disagreement(found.why, repr(expected), repr(got)) from None
    elif type(got) is not type(expected) or got != expected:
        raise Disagreement(f"{what} differs", *_both(expected, got))


def _names(found: Mapping[object, object]) -> str:
    return ", ".join(sorted(map(str, found))) or "nothing"


def _both(expected: object, got: object) -> tuple[str, str]:
    return show(expected), show(got)


def _agree_tensors(
    got: Tensor, expected: Tensor, what: str, nearby: Sequence[Tensor], tol: Within
) -> None:
    if got.shape != expected.shape:
        raise Disagreement(
            f"{what} has the wrong shape", str(tuple(expected.shape)), str(tuple(got.shape))
        )
    floating = expected.dtype.is_floating_point
    if got.dtype.is_floating_point is not floating or (
        not floating and got.dtype != expected.dtype
    ):
        raise Disagreement(f"{what} has the wrong dtype", str(expected.dtype), str(got.dtype))
    if not floating:
        differs = got != expected
    else:
        differs = ~_near(got, expected.double(), [other.double() for other in nearby], tol)
    if bool(differs.any()):
        raise Disagreement(_where(differs, what), *_both(_as(expected, got), got))


def _as(expected: Tensor, got: Tensor) -> Tensor:
    return expected.detach().to(got.dtype) if got.dtype.is_floating_point else expected


def _where(differs: Tensor, what: str) -> str:
    if differs.numel() == 1:
        return f"{what} has the wrong value"
    count = int(differs.sum())
    if count == differs.numel():
        return f"{what} has wrong values"
    first = tuple(int(side) for side in differs.nonzero()[0])
    at = str(first[0]) if len(first) == 1 else str(first)
    return f"{what} is wrong in {count} of {differs.numel()} elements, first at {at}"


def _near(got: Tensor, expected: Tensor, nearby: Sequence[Tensor], tol: Within) -> Tensor:
    kind = torch.finfo(got.dtype)
    room = tol.atol + (tol.rtol + tol.roundings * kind.eps) * expected.abs()
    room = room + 4 * kind.smallest_normal
    for other in nearby:
        if other.shape == expected.shape and other.numel():
            moved = (other - expected).abs().nan_to_num(0.0, 0.0, 0.0)
            room = torch.maximum(room, tol.roundings * moved + room)
            room = torch.maximum(room, tol.roundings * 0.1 * moved.max())
    value = got.double()
    near = (value - expected).abs() <= room
    # Beyond what the dtype can hold there is infinity, or the largest number.
    beyond = expected.abs() >= kind.max * (1 - 4 * kind.eps)
    large = (value.abs() >= kind.max * (1 - 64 * kind.eps)) & (value.sign() == expected.sign())
    same = (value == expected) | (value.isnan() & expected.isnan())
    return torch.where(expected.isfinite(), near | (beyond & large), same)


PATTERNS = (0, 1, 2)
"""Which elements are moved up, and which down: in turn, and twice by chance."""


def rounded(case: Case, dtype: torch.dtype, pattern: int) -> dict[str, object]:
    """The same case with its floating tensors moved by about one rounding of a dtype."""
    generator = torch.Generator().manual_seed(pattern)
    eps = torch.finfo(dtype).eps

    def move(tensor: Tensor) -> Tensor:
        if pattern:
            signs = torch.randint(0, 2, tensor.shape, generator=generator).double() * 2 - 1
        else:
            signs = (1 - 2 * (torch.arange(tensor.numel()) % 2)).double().reshape(tensor.shape)
        moved = tensor.double() * (1 + eps * signs)
        return torch.where(tensor.isfinite(), moved, tensor.double())

    return mapped(case, move)


def mapped(case: Case, change: Callable[[Tensor], Tensor]) -> dict[str, object]:
    """The same case with its floating tensors changed, in lists, tuples and dicts too."""

    def each(value: object) -> object:
        if isinstance(value, Tensor):
            return change(value) if value.dtype.is_floating_point else value
        if isinstance(value, tuple | list):
            items = [each(item) for item in value]
            return tuple(items) if isinstance(value, tuple) else items
        if isinstance(value, Mapping):
            return {key: each(item) for key, item in value.items()}
        return value

    return {name: each(value) for name, value in case.items()}


def dtype_of(case: Case) -> torch.dtype:
    """The coarsest floating dtype in a case; float64 if there is none."""
    found = [torch.float64]

    def note(tensor: Tensor) -> Tensor:
        found.append(tensor.dtype)
        return tensor

    mapped(case, note)
    return max(found, key=lambda dtype: torch.finfo(dtype).eps)
