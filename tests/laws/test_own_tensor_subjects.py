"""Right code other than torch's own is accepted by the laws of tensors."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from verify import laws
from verify.laws import Test

Prove = Callable[[Test], None]
Shape = tuple[int, ...]


def listed_arange(start: Any, end: Any, step: Any) -> Tensor:
    if (end - start) * step < 0:
        raise RuntimeError("the step leads away from the end")
    if isinstance(start, int):
        return torch.tensor(list(range(start, end, step)), dtype=torch.int64)
    return torch.tensor([start + i * step for i in range(math.ceil((end - start) / step))])


def numpy_linspace(start: float, end: float, count: int) -> Tensor:
    half = (count + 1) // 2
    left, right = np.linspace(start, end, count), np.linspace(end, start, count)[::-1]
    return torch.tensor([*left[:half], *right[half:]], dtype=torch.float32)


def strided_zeros_like(x: Tensor, dtype: torch.dtype | None = None) -> Tensor:
    order = sorted(range(x.dim()), key=lambda axis: (-x.stride()[axis], axis))
    back = [order.index(axis) for axis in range(x.dim())]
    sides = [x.shape[axis] for axis in order]
    return torch.zeros(sides, dtype=dtype or x.dtype, device=x.device).permute(back)


def strided_permute(x: Tensor, order: Shape) -> Tensor:
    sides, steps = [x.shape[a] for a in order], [x.stride(a) for a in order]
    return x.as_strided(sides, steps)


def strided_expand(x: Tensor, shape: Shape) -> Tensor:
    """expand from nothing but strides."""
    front = len(shape) - x.dim()
    sides, steps = list(shape), [0] * len(shape)
    for axis in range(x.dim()):
        side, wanted = x.shape[axis], shape[front + axis]
        sides[front + axis] = side if wanted == -1 else wanted
        if sides[front + axis] == side:
            steps[front + axis] = x.stride(axis)
        elif side != 1:
            raise RuntimeError("only an axis of size 1 can be expanded")
    return x.as_strided(sides, steps)


def loop_address(x: Tensor, index: Shape) -> int:
    address = int(x.storage_offset())
    for axis, i in enumerate(index):
        address += i * x.stride(axis)
    return address


def nhwc(x: Tensor) -> Tensor:
    return x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)


def numpy_style_add(a: Tensor, b: Tensor) -> Tensor:
    shape = torch.broadcast_shapes(a.shape, b.shape)  # type: ignore[no-untyped-call]
    return a.expand(shape).contiguous() + b.expand(shape).contiguous()


def engine_unbroadcast(grad: Tensor, shape: Shape) -> Tensor:
    """As a small autograd engine does it."""
    while grad.dim() > len(shape):
        grad = grad.sum(0)
    for axis, side in enumerate(shape):
        if side == 1:
            grad = grad.sum(axis, keepdim=True)
    return grad


def careful_add_(x: Tensor, y: Tensor) -> Tensor:
    result = x + y
    if not torch.can_cast(result.dtype, x.dtype):
        raise RuntimeError(f"the result type {result.dtype} cannot be cast to {x.dtype}")
    return x.copy_(result)


def written_where(mask: Tensor, a: Tensor, b: Tensor) -> Tensor:
    out = b.clone()
    wide = mask.expand(a.shape)
    out[wide] = a[wide]
    return out


def topk_by_sort(x: Tensor, k: int, dim: int) -> tuple[Tensor, Tensor]:
    values, indices = x.sort(dim, descending=True)
    return values.narrow(dim, 0, k), indices.narrow(dim, 0, k)


def einsum_by_broadcasting(equation: str, *operands: Tensor) -> Tensor:
    """One axis a letter, a product, and sums."""
    left, _, out = equation.partition("->")
    letters = sorted(set(left) - {","})
    product = torch.ones((), dtype=torch.float64)
    for name, x in zip(left.split(","), operands, strict=True):
        while len(set(name)) < len(name):
            double = next(n for n in name if name.count(n) > 1)
            first, second = (axis for axis, n in enumerate(name) if n == double)
            x, name = x.diagonal(0, first, second), name.replace(double, "") + double
        order = sorted(range(len(name)), key=lambda axis, name=name: name[axis])  # type: ignore[misc]
        x = x.permute(order)
        for axis, letter in enumerate(letters):
            x = x if letter in name else x.unsqueeze(axis)
        product = product * x
    lost = [axis for axis, letter in enumerate(letters) if letter not in out]
    total = product.sum(lost) if lost else product
    kept = [letter for letter in letters if letter in out]
    return total.permute([kept.index(letter) for letter in out])


RIGHT: dict[str, Callable[[], Test]] = {
    "a list of a range": lambda: laws.arange_is_range(arange=listed_arange),
    "linspace from both ends": lambda: laws.linspace_ends(linspace=numpy_linspace),
    "zeros_like by strides": lambda: laws.like_follows(zeros_like=strided_zeros_like),
    "dlpack through numpy": lambda: laws.dlpack_round_trip(to_numpy=lambda x: x.numpy()),
    "tensor by clone": lambda: laws.as_tensor_shares(tensor=_cloned),
    "views of its own": lambda: laws.view_ops_share(
        views={"flat": lambda x: x.as_strided((1,), (1,)), "real": lambda x: x.real},
        copies={"mul": lambda x: x * 1},
    ),
    "getitem": lambda: laws.indexing_copies_slicing_views(index=Tensor.__getitem__),
    "reshape by view or clone": lambda: laws.reshape_views_or_copies(reshape=_view_or_clone),
    "expand by strides": lambda: laws.expand_has_stride_zero(expand=strided_expand),
    "an address by a loop": lambda: laws.element_address(address=loop_address),
    "permute by strides": lambda: laws.permute_inverse_contiguous(permute=strided_permute),
    "nhwc seen as nchw": lambda: laws.channels_last_keeps_values(to_channels_last=nhwc),
    "add of broadcast tensors": lambda: laws.broadcast_shape_rule(op=numpy_style_add),
    "mul broadcasts": lambda: laws.broadcast_shape_rule(op=torch.mul),
    "sums of an engine": lambda: laws.broadcast_gradient_sums(unbroadcast=engine_unbroadcast),
    "the gradient of sub": lambda: laws.broadcast_gradient_sums(op=torch.sub),
    "promotion by result_type": lambda: laws.promotion_is_symmetric(
        promote=lambda a, b: torch.result_type(torch.ones(1, dtype=a), torch.ones(1, dtype=b))
    ),
    "mul does not widen": lambda: laws.scalars_do_not_widen(op=torch.mul),
    "the method sum": lambda: laws.sum_keeps_or_promotes(sum=Tensor.sum),
    "a careful add_": lambda: laws.inplace_keeps_dtype(add_=careful_add_),
    "where written by mask": lambda: laws.masked_and_where(where=written_where),
    "masked_select": lambda: laws.masked_and_where(select=torch.masked_select),
    "topk by sort": lambda: laws.sort_stable_topk(topk=topk_by_sort),
    "einsum by broadcasting": lambda: laws.einsum_is_loops(einsum=einsum_by_broadcasting),
}
"""Right code, by what it does otherwise than torch."""


def _cloned(array: Any) -> Tensor:
    return torch.from_numpy(array).clone()


def _view_or_clone(x: Tensor, shape: Shape) -> Tensor:
    try:
        return x.view(shape)
    except RuntimeError:
        return x.clone(memory_format=torch.contiguous_format).view(shape)


@pytest.mark.parametrize("name", RIGHT)
def test_right_code_is_accepted(name: str, prove: Prove) -> None:
    prove(RIGHT[name]())


def test_the_promotion_of_every_triple_is_associative() -> None:
    """The law draws some of them; here are all."""
    kinds = [torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64]
    kinds += [torch.float16, torch.bfloat16, torch.float32, torch.float64]
    kinds += [torch.complex64, torch.complex128]
    up = torch.promote_types
    for a, b, c in itertools.product(kinds, repeat=3):
        assert up(up(a, b), c) is up(a, up(b, c))
