"""Between NumPy arrays and tensors: who shares memory with whom.  These laws live on the CPU."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from torch import Tensor

from verify.laws.checks import raises, require, same
from verify.laws.forall import for_all
from verify.laws.registry import KnownException, Test, law
from verify.laws.strategies import shapes, tensors

Array = np.ndarray[Any, np.dtype[Any]]

_TWINS = {
    "float64": torch.float64,
    "float32": torch.float32,
    "int64": torch.int64,
    "int32": torch.int32,
    "uint8": torch.uint8,
    "bool": torch.bool,
}


@st.composite
def _arrays(draw: DrawFn) -> Array:
    """Small arrays of six dtypes: as created, transposed, or every second column."""
    shape = draw(shapes())
    elements = draw(st.lists(st.integers(0, 9), min_size=(n := int(np.prod(shape))), max_size=n))
    array = np.array(elements).reshape(shape).astype(draw(st.sampled_from(list(_TWINS))))
    if array.ndim and draw(st.booleans()):
        return array.T if draw(st.booleans()) else array[..., ::2]
    return array


@law(
    family="numpy_bridge",
    source="https://docs.pytorch.org/docs/stable/generated/torch.from_numpy.html",
    tolerance="exact",
    seeds=("P06",),
)
def numpy_shares_or_copies(
    *,
    share: Callable[[Array], Tensor] = torch.from_numpy,
    copy: Callable[[Array], Tensor] = torch.tensor,
) -> Test:
    """from_numpy shares memory with the array, tensor copies it, and both keep shape and dtype.

    A write to either side of a shared array shows on the other; a copy keeps what it had.
    float64, NumPy's own default, stays float64.
    """

    @for_all(array=_arrays())
    def test(array: Array) -> None:
        shared, copied = share(array), copy(array)
        before = array.copy()
        for name, got in (("the shared tensor", shared), ("the copy", copied)):
            same(got.dtype, _TWINS[array.dtype.name], f"the dtype of {name}")
            same(tuple(got.shape), array.shape, f"the shape of {name}")
            same(got.tolist(), before.tolist(), name)
        if array.size == 0:
            return
        # A bool has two values only, so a write that shows must flip them.
        array[...] = ~before if array.dtype == bool else before + 1
        same(shared.tolist(), array.tolist(), "the shared tensor after a write to the array")
        same(copied.tolist(), before.tolist(), "the copy after a write to the array")
        shared.copy_(torch.from_numpy(before.copy()))
        require(
            bool((array == before).all()),
            f"the array is {array.tolist()} after {before.tolist()} was written to the tensor",
        )

    return test


_OTHER_TWINS = {
    "float16": torch.float16,
    "int16": torch.int16,
    "int8": torch.int8,
    "complex64": torch.complex64,
    "complex128": torch.complex128,
}
_EXCHANGED = st.sampled_from([*_TWINS.values(), *_OTHER_TWINS.values()])


def _one_more(array: Array) -> Array:
    """Other values everywhere, of the same dtype."""
    return ~array if array.dtype == bool else array + array.dtype.type(1)


@law(
    family="numpy_bridge",
    source="https://docs.pytorch.org/docs/stable/dlpack.html",
    tolerance="exact; strides on the axes of more than one element",
    exceptions=(
        KnownException(
            "from_dlpack of a NumPy array with a negative stride ends the process (in 2.15 it "
            "raises RuntimeError); not drawn",
            ">=2.11,<2.14",
        ),
        KnownException(
            "NumPy has no bfloat16: numpy.from_dlpack raises RuntimeError; not drawn",
            ">=2.11,<2.16",
        ),
    ),
)
def dlpack_round_trip(
    *,
    from_dlpack: Callable[[Any], Tensor] = torch.from_dlpack,  # type: ignore[attr-defined]
    to_numpy: Callable[[Tensor], Array] = np.from_dlpack,
) -> Test:
    """from_dlpack shares the memory of a tensor or array, with its values, dtype and strides.

    So a write to one shows in the other, whichever way it went: tensor to tensor, tensor to NumPy
    and back.  A tensor that requires a gradient is refused with BufferError.
    """

    @for_all(x=tensors(dtype=_EXCHANGED, nan=True, infinities=True))
    def test(x: Tensor) -> None:
        x = x.cpu()
        array = to_numpy(x)
        ways = {
            "from_dlpack(x)": from_dlpack(x),
            "from_dlpack(x.numpy())": from_dlpack(x.numpy()),
            "from_dlpack(to_numpy(x))": from_dlpack(array),
        }
        long = [axis for axis, side in enumerate(x.shape) if side > 1]
        same(torch.from_numpy(array.copy()), x, "to_numpy(x)")
        for what, got in ways.items():
            same(got, x, what)
            if x.numel():
                steps = [got.stride(axis) for axis in long]
                same(steps, [x.stride(axis) for axis in long], f"the strides of {what}")
        if x.is_floating_point() or x.is_complex():
            leaf = x.detach().requires_grad_()
            raises(BufferError, lambda: from_dlpack(leaf), "from_dlpack of a leaf")
            leaf.requires_grad_(False)
        if x.numel():
            first = x[(0,) * x.dim()]
            first.fill_(not first.item() if x.dtype is torch.bool else 77)
            for what, got in ways.items():
                same(got, x, f"{what} after a write to x")
            same(array.tolist(), x.tolist(), "to_numpy(x) after a write to x")

    return test


_EVERY_DTYPE = st.sampled_from([np.dtype(name) for name in (*_TWINS, *_OTHER_TWINS)])
_ARRAY_SHAPES = shapes(max_side=3)
_LOOKS = st.sampled_from(["as created", "transposed", "every second", "reversed", "reversed rows"])


def _on_the_cpu(body: Callable[[Array], None]) -> Callable[..., None]:
    """Where another device is the default, as_tensor and asarray would copy to that one."""

    @functools.wraps(body)
    def run(array: Array) -> None:
        if torch.get_default_device().type == "cpu":
            body(array)
        else:
            with torch.device("cpu"):
                body(array)

    return run


@st.composite
def _any_arrays(draw: DrawFn) -> Array:
    """Small arrays of many dtypes, some transposed, some with steps of 2, -1 along an axis."""
    shape = draw(_ARRAY_SHAPES)
    array = np.arange(math.prod(shape)).reshape(shape).astype(draw(_EVERY_DTYPE))
    look = draw(_LOOKS)
    if array.ndim == 0 or look == "as created":
        return array
    if look == "transposed":
        return array.T
    if look == "every second":
        return array[..., ::2]
    return array[..., ::-1] if look == "reversed" else array[::-1]


@law(
    family="numpy_bridge",
    source="https://docs.pytorch.org/docs/stable/generated/torch.asarray.html",
    tolerance="exact",
    exceptions=(
        KnownException(
            "of an array with a negative stride tensor() and asarray(copy=True) make no copy "
            "either: ValueError; not drawn for them",
            ">=2.11,<2.16",
        ),
        KnownException(
            "asarray copies an array without axes, under copy=False too; there it is not asked "
            "to share",
            ">=2.11,<2.16",
        ),
    ),
)
def as_tensor_shares(
    *,
    as_tensor: Callable[..., Tensor] = torch.as_tensor,
    from_numpy: Callable[[Array], Tensor] = torch.from_numpy,
    tensor: Callable[[Array], Tensor] = torch.tensor,
    asarray: Callable[..., Tensor] = torch.asarray,
) -> Test:
    """from_numpy, as_tensor and asarray share the memory of an array; tensor() always copies.

    as_tensor and asarray copy only to change the dtype; asarray(copy=True) always copies, and
    copy=False raises ValueError where it would have to.  A tensor that is as wanted comes back
    itself from as_tensor.  from_numpy of a reversed array raises ValueError, for torch has no
    negative strides.
    """

    @for_all(array=_any_arrays())
    @_on_the_cpu
    def test(array: Array) -> None:
        if any(stride < 0 for stride in array.strides) and array.size:
            raises(ValueError, lambda: from_numpy(array), f"from_numpy of strides {array.strides}")
            return
        other = torch.float64 if array.dtype != np.float64 else torch.float32
        shares = {
            "from_numpy(array)": from_numpy(array),
            "as_tensor(array)": as_tensor(array),
        }
        if array.ndim:
            shares["asarray(array)"] = asarray(array)
            shares["asarray(array, copy=False)"] = asarray(array, copy=False)
        copies = {"tensor(array)": tensor(array), "asarray(copy=True)": asarray(array, copy=True)}
        for what, got in (shares | copies).items():
            same(got, torch.from_numpy(array.copy()), what)
        x = shares["from_numpy(array)"]
        require(as_tensor(x) is x, "as_tensor(x) of a tensor x is not x")
        if array.ndim and not x.is_complex():
            name = str(other).removeprefix("torch.")
            copies[f"as_tensor(array, dtype={name})"] = as_tensor(array, dtype=other)
            same(copies[f"as_tensor(array, dtype={name})"].dtype, other, "its dtype")
            what = f"asarray(array, dtype={name}, copy=False)"
            raises(ValueError, lambda: asarray(array, dtype=other, copy=False), what)
        if array.size == 0:
            return
        before = {what: got.tolist() for what, got in copies.items()}
        array[...] = _one_more(array)
        for what, got in shares.items():
            same(got.tolist(), array.tolist(), f"{what} after a write to the array")
        for what, got in copies.items():
            same(got.tolist(), before[what], f"{what} after a write to the array")

    return test
