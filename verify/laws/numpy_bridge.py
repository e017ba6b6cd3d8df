"""Between NumPy arrays and tensors: who shares memory with whom.  These laws live on the CPU."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from torch import Tensor

from verify.laws.checks import require, same
from verify.laws.forall import for_all
from verify.laws.registry import Test, law
from verify.laws.strategies import shapes

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
