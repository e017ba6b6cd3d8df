"""Plain data and tensors as bytes, both ways, for two processes of which neither trusts the other.

Nothing that is decoded runs code.  A tensor keeps its dtype, shape, strides and elements; it comes
back without a graph.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import torch
from torch import Tensor

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder().decode

_SMALL = 1 << 62


class NotPlainError(TypeError):
    """A value that is neither plain data nor a tensor."""


def encode(value: object) -> bytes:
    """Write None, bool, numbers, str, bytes, dtypes, tensors, arrays and lists, tuples, dicts.

    Raises:
        NotPlainError: there is something else in it.
    """
    return _pack(_flat(value))


def decode(data: bytes, device: str = "cpu") -> Any:
    """Read what :func:`encode` wrote.

    Args:
        data: the bytes.
        device: where to put tensors; arrays stay where they are.

    Raises:
        ValueError: somebody else wrote it.
    """
    try:
        return _deep(_unpack(data), device)
    except (msgspec.DecodeError, TypeError, ValueError, LookupError, RuntimeError) as error:
        raise ValueError(f"not written by encode: {error}") from None


def _flat(value: object) -> object:
    if value is None or isinstance(value, bool | str | bytes):
        return value
    if isinstance(value, float):  # of NumPy's too
        return float(value)
    if isinstance(value, int):
        return value if -_SMALL < value < _SMALL else ["int", str(value)]
    if isinstance(value, Tensor):
        return _flat_tensor(value.detach())
    if isinstance(value, np.ndarray):
        return _flat_array(value)
    if isinstance(value, np.generic):
        return ["array", *_flat_array(np.asarray(value))[1:]]
    if isinstance(value, torch.dtype):
        return ["dtype", str(value).removeprefix("torch.")]
    if isinstance(value, complex):
        return ["complex", value.real, value.imag]
    if isinstance(value, dict):
        return ["dict", [[_flat(key), _flat(item)] for key, item in value.items()]]
    if isinstance(value, tuple | list):  # torch.Size and named tuples are tuples too
        kind = "tuple" if isinstance(value, tuple) else "list"
        return [kind, [_flat(item) for item in value]]
    raise NotPlainError(f"a {type(value).__name__} cannot be sent")


def _flat_tensor(tensor: Tensor) -> list[object]:
    kind = str(tensor.dtype).removeprefix("torch.")
    if tensor.layout is not torch.strided:
        tensor = tensor.to_dense()
    tensor = tensor.resolve_conj().resolve_neg()
    shape, stride = list(tensor.shape), list(tensor.stride())
    if not tensor.numel():
        return ["tensor", kind, shape, stride, 0, b""]
    reach = 1 + sum((side - 1) * step for side, step in zip(shape, stride, strict=True))
    if reach > 4 * tensor.numel() + 64:  # a small view of something large
        tensor = tensor.contiguous()
        stride, reach = list(tensor.stride()), tensor.numel()
    line = tensor.as_strided((reach,), (1,)).cpu().contiguous()
    offset = min(tensor.storage_offset(), 1)  # whether there is one matters, not how large it is
    return ["tensor", kind, shape, stride, offset, line.view(torch.uint8).numpy().tobytes()]


def _deep_tensor(
    device: str, kind: str, shape: list[int], stride: list[int], offset: int, data: bytes
) -> Tensor:
    dtype = getattr(torch, kind)
    if not isinstance(dtype, torch.dtype):
        raise KeyError(kind)
    if not data:
        return torch.empty_strided(shape, stride, dtype=dtype, device=device)
    whole = bytes(offset * dtype.itemsize) + data
    line = torch.frombuffer(bytearray(whole), dtype=torch.uint8).view(dtype).to(device)
    return line.as_strided(shape, stride, offset)


def _flat_array(array: np.ndarray[Any, Any]) -> list[object]:
    if array.dtype.kind not in "biufc":
        raise NotPlainError(f"an array of {array.dtype} cannot be sent")
    # Of the strides only their order and signs are kept, and whether there are gaps.
    turned = [axis for axis in range(array.ndim) if array.strides[axis] < 0]
    upright = np.flip(array, tuple(turned)) if turned else array
    order = sorted(range(array.ndim), key=lambda axis: -upright.strides[axis])
    dense = np.ascontiguousarray(upright.transpose(order)) if array.ndim else upright
    gaps = bool(array.size) and dense.strides != upright.transpose(order).strides
    return ["array", array.dtype.str, list(dense.shape), dense.tobytes(), order, turned, gaps]


def _deep_array(
    kind: str, shape: list[int], data: bytes, order: list[int], turned: list[int], gaps: bool
) -> np.ndarray[Any, Any]:
    dense = np.frombuffer(bytearray(data), dtype=np.dtype(kind)).reshape(shape)
    if gaps and shape:
        wide = np.zeros([*shape[:-1], 2 * shape[-1]], dtype=dense.dtype)
        wide[..., ::2] = dense
        dense = wide[..., ::2]
    array = dense.transpose(np.argsort(order)) if shape else dense
    return np.flip(array, tuple(turned)) if turned else array


def _deep(value: Any, device: str) -> Any:
    if value is None or isinstance(value, bool | int | float | str | bytes):
        return value
    if not isinstance(value, list):
        raise TypeError(type(value).__name__)
    kind, *rest = value
    if kind == "tensor":
        return _deep_tensor(device, *rest)
    if kind in ("tuple", "list"):
        items = [_deep(item, device) for item in rest[0]]
        return tuple(items) if kind == "tuple" else items
    if kind == "dict":
        return {_deep(key, device): _deep(item, device) for key, item in rest[0]}
    return _OTHERS[kind](*rest)


_OTHERS: dict[str, Callable[..., object]] = {
    "array": _deep_array,
    "complex": complex,
    "dtype": lambda name: getattr(torch, name),
    "int": int,
}
