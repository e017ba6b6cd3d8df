"""A case as code that can be pasted into a Python prompt."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

_LONGEST = 400
"""A tensor of more elements is described, not written out."""

_NAMES = {torch.float32, torch.int64, torch.bool}
"""What torch.tensor makes of such elements by itself."""


def assigned(case: Mapping[str, object]) -> str:
    """One assignment a line."""
    return "\n".join(f"{name} = {written(value)}" for name, value in case.items())


def call(name: str, case: Mapping[str, object], options: Sequence[str] = ()) -> str:
    """The tensors of a case as assignments, and a call with the case's values.

    Args:
        name: of what is called.
        case: its arguments in order.
        options: which of them go by keyword.
    """
    lines, words = [], []
    for argument, value in case.items():
        if isinstance(value, Tensor | np.ndarray):
            lines.append(f"{argument} = {written(value)}")
            text = argument
        else:
            text = written(value)
        words.append(f"{argument}={text}" if argument in options else text)
    return "\n".join([*lines, f"{name}({', '.join(words)})"])


def written(value: object) -> str:
    """An expression for a value."""
    if isinstance(value, Tensor):
        return _tensor(value)
    if isinstance(value, np.ndarray):
        return f"np.array({_list(value)}, dtype=np.{value.dtype.name})"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key!r}: {written(item)}" for key, item in value.items()) + "}"
    if isinstance(value, tuple):
        inner = ", ".join(map(written, value))
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    if isinstance(value, float) and not math.isfinite(value):
        return _number(value)
    return repr(value)


def _tensor(tensor: Tensor) -> str:
    kind = "" if tensor.dtype in _NAMES else f", dtype={tensor.dtype}"
    shape = tuple(tensor.shape)
    if not tensor.numel():
        kind = "" if tensor.dtype is torch.float32 else f", dtype={tensor.dtype}"
        return f"torch.zeros({shape}{kind})"
    if tensor.numel() > _LONGEST:
        return f"...  # a tensor of shape {shape}{kind}"
    if tensor.is_contiguous():
        return f"torch.tensor({_list(_array(tensor))}{kind})"
    if tensor.dim() == 2 and tensor.t().is_contiguous():
        return f"torch.tensor({_list(_array(tensor.t()))}{kind}).t()"
    if tensor.stride(0) == 0 and tensor[:1].is_contiguous():
        return f"torch.tensor({_list(_array(tensor[:1]))}{kind}).expand({shape})"
    reach = 1 + sum((n - 1) * s for n, s in zip(shape, tensor.stride(), strict=True))
    line = _array(tensor.as_strided((reach,), (1,)))
    return f"torch.tensor({_list(line)}{kind}).as_strided({shape}, {tuple(tensor.stride())})"


def _array(tensor: Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.generic]]:
    tensor = tensor.detach().cpu()
    return (tensor.float() if tensor.dtype is torch.bfloat16 else tensor).numpy()


def _list(array: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> str:
    if not array.ndim:
        return _number(array[()])
    return "[" + ", ".join(_list(row) for row in array) + "]" if array.ndim > 1 else _row(array)


def _row(array: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> str:
    return "[" + ", ".join(map(_number, array)) + "]"


def _number(value: object) -> str:
    """With the fewest digits that tell it apart in its dtype."""
    if isinstance(value, np.floating | float):
        value = value if isinstance(value, np.floating) else np.float64(value)
        if not math.isfinite(value):
            return f"{'-' if value < 0 else ''}torch.{'nan' if math.isnan(value) else 'inf'}"
        text = (
            np.format_float_positional(value, trim="0")
            if 1e-4 <= abs(float(value)) < 1e6 or not value
            else str(np.format_float_scientific(value, trim="-"))
        )
        return text.removesuffix("0") if text.endswith(".0") else text
    return str(value)
