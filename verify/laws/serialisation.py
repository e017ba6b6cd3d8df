"""Files of tensors: every bit comes back, and views stay views."""

from __future__ import annotations

import functools
import io
import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from torch import Tensor

from verify.laws.checks import require, same
from verify.laws.forall import for_all
from verify.laws.registry import KnownException, Test, law
from verify.laws.strategies import laid_out, layouts, shapes

File = str | BinaryIO
"""Where a subject saves to and loads from: a path, or a file open for binary."""

NOTES = "https://docs.pytorch.org/docs/stable/notes/serialization.html"

_FLOATS = (
    torch.float32,
    torch.float64,
    torch.float16,
    torch.bfloat16,
)
_FLOAT8 = (torch.float8_e4m3fn, torch.float8_e5m2)
_OTHERS = (
    *(torch.int64, torch.int32, torch.int16, torch.int8),
    *(torch.uint64, torch.uint32, torch.uint16, torch.uint8),
    *(torch.complex64, torch.complex128, torch.bool),
)
_DTYPES = st.sampled_from((*_FLOATS, *_FLOAT8, *_OTHERS))
_SHAPES = shapes()
_LAYOUTS = layouts()
_SAME_SIZE = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}
_SPREAD = 0x9E3779B97F4A7C15


@functools.cache
def _codes(count: int) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=2 * count, max_size=2 * count)


@functools.cache
def _special(dtype: torch.dtype) -> tuple[int, ...]:
    """Bit patterns that a conversion would not keep: signed zero, infinities, NaNs of all sorts."""
    if not dtype.is_floating_point:
        return (0, 1, -1)
    wholes = _SAME_SIZE[dtype.itemsize]
    values = [0.0, 1.0, -0.0, math.nan, math.inf, -math.inf]
    first = torch.tensor(values, device="cpu").to(dtype).view(wholes).tolist()
    # A NaN with a payload, one that signals, and the smallest subnormal.
    return (*first, first[3] | 3, first[4] | 1, 1)


@st.composite
def bit_patterns(draw: DrawFn) -> Tensor:
    """Small tensors of every dtype and layout, whose elements are any bits at all."""
    dtype, shape, layout = draw(_DTYPES), draw(_SHAPES), draw(_LAYOUTS)
    part = dtype.to_real() if dtype.is_complex else dtype
    sides = (*shape, 2) if dtype.is_complex else shape
    code, special = draw(_codes(math.prod(sides))), _special(part)
    bits = []
    for n in range(0, len(code), 2):
        number = code[n] << 8 | code[n + 1]
        if number < 1 << 15:
            bits.append(special[number % len(special)])
        else:
            bits.append((number * _SPREAD) % (1 << 64) - (1 << 63))
    whole = torch.tensor(bits, dtype=torch.int64)
    if dtype is torch.bool:
        return laid_out((whole & 1).bool().reshape(sides), layout)
    x = whole.to(_SAME_SIZE[part.itemsize]).reshape(sides)
    if dtype.is_complex:
        return laid_out(torch.view_as_complex(x.view(part)), layout)
    return laid_out(x, layout).view(dtype)


def load_whole(file: File) -> Any:
    """Load what is saved, tensors and plain containers alone."""
    return torch.load(file, weights_only=True)


def _through(save: Callable[[Any, File], object], load: Callable[[File], Any], value: Any) -> Any:
    """A value after the way through memory."""
    return load(io.BytesIO(saved(save, value)))


def saved(save: Callable[[Any, File], object], value: Any) -> bytes:
    """The file of a value."""
    file = io.BytesIO()
    save(value, file)
    return file.getvalue()


@law(
    family="serialisation",
    source="https://docs.pytorch.org/docs/stable/generated/torch.save.html",
    tolerance="exact, bit for bit, NaN payloads and -0.0 included",
    exceptions=(
        KnownException(
            "a float8 or complex32 tensor that requires grad is saved, but to load it raises "
            "RuntimeError: a leaf Variable that requires grad is being used in an in-place "
            "operation",
            ">=2.11,<2.16",
        ),
    ),
)
def save_load_is_bitwise(
    *,
    save: Callable[[Any, File], object] = torch.save,
    load: Callable[[File], Any] = load_whole,
) -> Test:
    """A tensor saved and loaded has the same bits, dtype, shape, strides and requires_grad.

    Every dtype (complex32, an experiment of torch's, left out) and every layout, through a file on
    disk and through memory.
    ``save(tensor, file)`` and ``load(file)`` are given a path or an open binary file.
    """

    @for_all(
        x=bit_patterns(),
        requires_grad=st.booleans(),
        through=st.sampled_from(("memory", "file")),
    )
    def test(x: Tensor, requires_grad: bool, through: str) -> None:
        if requires_grad and (x.dtype in _FLOATS or x.is_complex()):
            x = x.requires_grad_()
        if through == "memory":
            got = _through(save, load, x)
        else:
            with tempfile.TemporaryDirectory() as folder:
                path = str(Path(folder) / "tensor.pt")
                save(x, path)
                got = load(path)
        same(got, x, "the loaded tensor")
        same(got.stride(), x.stride(), "the stride of the loaded tensor")
        same(got.requires_grad, x.requires_grad, "requires_grad of the loaded tensor")

    return test


@law(
    family="serialisation",
    source=NOTES + "#saving-and-loading-tensors-preserves-views",
    tolerance="exact",
)
def shared_storage_stays_shared(
    *,
    save: Callable[[Any, File], object] = torch.save,
    load: Callable[[File], Any] = load_whole,
) -> Test:
    """Views of one storage that are saved together share it once loaded; saved apart they do not.

    A view takes its whole storage into the file, however small it is; a clone takes its own
    elements only.
    """
    starts = st.integers(0, 3)

    @for_all(length=st.integers(1, 4), a=starts, b=starts, whole=st.sampled_from((1000, 3000)))
    def test(length: int, a: int, b: int, whole: int) -> None:
        a, b = min(a, length - 1), min(b, length - 1)
        base = torch.arange(length, dtype=torch.float32)
        views = {"a": base[a:], "b": base[b:]}
        loaded = _through(save, load, views)
        same(loaded, views, "what is loaded")
        loaded["a"][-1] = 100.0
        same(
            loaded["b"][-1].item(), 100.0, f"base[{b}:] once base[{a}:], loaded with it, is written"
        )
        apart = [_through(save, load, view) for view in views.values()]
        apart[0][-1] = 100.0
        same(apart[1], base[b:], f"base[{b}:] once base[{a}:], loaded apart, is written")
        view = torch.zeros(whole)[:1]
        size, trimmed = len(saved(save, view)), len(saved(save, view.clone()))
        require(
            size >= 4 * whole,
            f"the file of one element of {whole} holds {size} bytes, not the whole storage",
        )
        require(
            trimmed <= size - 4 * (whole - 1) + 64,  # a storage begins at a multiple of 64 bytes
            f"the file of a clone of one element of {whole} holds {trimmed} bytes",
        )

    return test
