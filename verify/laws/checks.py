"""How a law compares what came out with what should have, and how it says that they differ.

Every broken law is raised by one line of this file.  Hypothesis tells failures apart by the line
that raised them, so a law always shrinks to one smallest counterexample, however many of its parts
an implementation breaks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

import numpy as np
import torch
from torch import Tensor

ELEMENTS_SHOWN = 32
"""A tensor of more elements than this is described, not written out."""

_SAME_SIZE_INTEGER = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


class LawBroken(AssertionError):  # noqa: N818  (a broken law is a finding, not an error)
    """A law does not hold; the message says what came out and what should have."""


def broken(message: str, cause: BaseException | None = None) -> NoReturn:
    """Say that the law at hand does not hold."""
    raise LawBroken(message) from cause


def require(condition: bool, message: str | Callable[[], str]) -> None:
    """Break the law with ``message`` unless ``condition`` is true."""
    if not condition:
        broken(message if isinstance(message, str) else message())


def show(value: object) -> str:
    """Write a value on one line, so that it can be typed again where it is small.

    Tensors show the digits that tell their elements apart, and dtype, strides and device only
    where these are not the usual ones.
    """
    if isinstance(value, Tensor):
        return _show_tensor(value)
    if isinstance(value, np.ndarray):
        kind = "" if value.dtype in (np.float64, np.int64) else f", dtype={value.dtype}"
        steps = "" if value.flags.c_contiguous else f", strides={value.strides}"
        return f"array({value.tolist()}{kind}{steps})"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key!r}: {show(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(show(item) for item in value) + "]"
    if isinstance(value, tuple) and type(value) is tuple:
        inner = ", ".join(show(item) for item in value)
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    return repr(value)


def _show_tensor(tensor: Tensor) -> str:
    notes = []
    if tensor.dtype not in (torch.float32, torch.int64, torch.bool):
        notes.append(f"dtype={tensor.dtype}")
    if not tensor.is_contiguous():
        notes.append(f"stride={tuple(tensor.stride())}")
    if tensor.device.type != "cpu":
        notes.append(f"device={tensor.device}")
    if tensor.requires_grad:
        notes.append("requires_grad=True")
    rest = "".join(f", {note}" for note in notes)
    if tensor.numel() > ELEMENTS_SHOWN or tensor.device.type == "meta":
        return f"tensor(<{tensor.numel()} elements>, shape={tuple(tensor.shape)}{rest})"
    if tensor.numel() == 0:
        return f"tensor([], shape={tuple(tensor.shape)}{rest})"
    plain = tensor.detach().cpu()
    return f"tensor({_show_nested(plain.tolist(), plain.dtype)}{rest})"


def _show_nested(value: object, dtype: torch.dtype) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_show_nested(item, dtype) for item in value) + "]"
    if isinstance(value, float) and dtype in (torch.float32, torch.float16, torch.bfloat16):
        return str(np.float32(value)) if dtype is torch.float32 else f"{value:.5g}"
    return repr(value)


def same(got: object, expected: object, what: str) -> None:
    """Break the law unless both are the same, bit for bit.

    Tensors must agree in shape, dtype and every bit (so NaN equals itself and -0.0 is not 0.0);
    mappings, lists and tuples are compared item by item, everything else with ``==``.
    """
    if isinstance(expected, Tensor) and isinstance(got, Tensor):
        _alike(got, expected, what)
        here = got.detach().to(expected.device)
        differs = _bits(here) != _bits(expected.detach())
        if bool(differs.any()):
            if differs.dim() > expected.dim():
                differs = differs.any(-1)
            broken(f"{_difference(here, expected.detach(), differs, what)}, bit for bit")
    elif isinstance(expected, Mapping) and isinstance(got, Mapping):
        require(
            list(got) == list(expected),
            lambda: f"the keys of {what} are {list(got)}, expected {list(expected)}",
        )
        for key in expected:
            same(got[key], expected[key], f"{what}[{key!r}]")
    elif isinstance(expected, list | tuple) and isinstance(got, list | tuple):
        _same_items(got, expected, what)
    elif isinstance(expected, np.ndarray) and isinstance(got, np.ndarray):
        same(torch.from_numpy(got.copy()), torch.from_numpy(expected.copy()), what)
    else:
        require(_equal(got, expected), lambda: f"{what} is {show(got)}, expected {show(expected)}")


def _equal(got: object, expected: object) -> bool:
    """Equal and of one type, NaN equal to itself."""
    if type(got) is not type(expected):
        return False
    return bool(got == expected) or (got != got and expected != expected)


def _same_items(got: Sequence[object], expected: Sequence[object], what: str) -> None:
    if all(isinstance(item, int | float | str) for item in (*got, *expected)):
        # Short and plain, such as a shape: read best as a whole.
        alike = len(got) == len(expected) and all(map(_equal, got, expected))
        require(alike, lambda: f"{what} is {show(got)}, expected {show(expected)}")
        return
    require(
        len(got) == len(expected),
        lambda: f"{what} has {len(got)} items, expected {len(expected)}",
    )
    for index, (left, right) in enumerate(zip(got, expected, strict=True)):
        same(left, right, f"{what}[{index}]")


def _bits(tensor: Tensor) -> Tensor:
    """The elements as integers of their width, which tell NaNs and signed zeros apart."""
    if tensor.is_complex():
        tensor = torch.view_as_real(tensor.resolve_conj())
    if not tensor.is_floating_point():
        return tensor
    return tensor.contiguous().view(_SAME_SIZE_INTEGER[tensor.element_size()])


def _alike(got: Tensor, expected: Tensor, what: str) -> None:
    if got.shape != expected.shape:
        broken(f"{what} has shape {tuple(got.shape)}, expected {tuple(expected.shape)}")
    if got.dtype != expected.dtype:
        broken(f"{what} is {got.dtype}, expected {expected.dtype}")


def close(
    got: Tensor, expected: Tensor, what: str, *, rtol: float = 1e-9, atol: float = 1e-9
) -> None:
    """Break the law unless both tensors agree in shape, dtype and, within tolerance, in value.

    An infinity equals itself, NaN equals NaN: a law states which of its values are finite.
    """
    if not isinstance(got, Tensor):
        broken(f"{what} is {got!r}, a {type(got).__name__}, expected a tensor")
    _alike(got, expected, what)
    left, right = got.detach(), expected.detach().to(got.device)
    near = torch.isclose(left, right, rtol=rtol, atol=atol, equal_nan=True)
    if not bool(near.all()):
        broken(f"{_difference(left, right, ~near, what)} (rtol {rtol:g}, atol {atol:g})")


def _difference(got: Tensor, expected: Tensor, differs: Tensor, what: str) -> str:
    """Both tensors if they are small, else the first element in which they differ."""
    if got.numel() <= ELEMENTS_SHOWN:
        return f"{what} is {show(got)}, expected {show(expected)}"
    first = tuple(int(side) for side in differs.nonzero()[0])
    return (
        f"{what} is {show(got[first])} at index {first}, expected {show(expected[first])}; "
        f"{int(differs.sum())} of {differs.numel()} elements differ"
    )


def raises(error: type[Exception], call: Callable[[], object], what: str) -> Exception:
    """Break the law unless ``call()`` raises ``error``; give the error back for a closer look."""
    result: object = None
    other: Exception | None = None
    try:
        result = call()
    except error as expected:
        return expected
    except Exception as unexpected:
        other = unexpected
    if other is not None:
        broken(f"{what} raised {type(other).__name__}: {other}, expected {error.__name__}", other)
    broken(f"{what} gave {show(result)}, expected {error.__name__} to be raised")
