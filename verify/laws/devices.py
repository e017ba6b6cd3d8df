"""Moving tensors between devices and dtypes."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from verify.laws.checks import require, same
from verify.laws.forall import for_all
from verify.laws.registry import Test, law
from verify.laws.strategies import dtypes as any_dtype
from verify.laws.strategies import tensors


@law(
    family="devices",
    source="https://docs.pytorch.org/docs/stable/generated/torch.Tensor.to.html",
    tolerance="exact: the same object",
    seeds=("P07",),
)
def to_same_is_self(*, to: Callable[..., Tensor] = torch.Tensor.to, dtypes: bool = True) -> Test:
    """``to`` gives the tensor itself when neither device nor dtype changes, else another one.

    Set ``dtypes=False`` for a subject that moves between devices only.
    """

    @for_all(x=tensors(dtype=any_dtype()))
    def test(x: Tensor) -> None:
        before = x.clone()
        require(to(x, x.device) is x, f"to(x, {x.device}) is not x, which is there already")
        if dtypes:
            require(to(x, x.dtype) is x, f"to(x, {x.dtype}) is not x, which is that already")
            wide = torch.complex128 if x.is_complex() else torch.float64
            if x.dtype is not wide:
                other = to(x, wide)
                same(other.dtype, wide, f"the dtype of to(x, {wide})")
                require(other is not x, f"to(x, {wide}) is x itself")
        same(x, before, "x after to")

    return test
