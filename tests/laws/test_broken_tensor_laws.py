"""The laws of tensors are able to fail: mistakes that people make, each seen and shown."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from verify import laws
from verify.laws import LAWS, LawBroken, Test

Prove = Callable[[Test], None]
Shape = tuple[int, ...]


def arange_with_end(start: float, end: float, step: float) -> Tensor:
    """The end is in, as it is in linspace and in other languages."""
    return torch.arange(start, end + step, step)


def floored_arange(start: float, end: float, step: float) -> Tensor:
    """Counts whole steps, and so loses the last element whenever the step does not divide."""
    if (end - start) * step < 0:
        raise RuntimeError("the step leads away from the end")
    return start + torch.arange(int((end - start) / step)) * step


def stepped_linspace(start: float, end: float, count: int) -> Tensor:
    """Adds up steps from the start, and misses the end by a rounding."""
    return start + torch.arange(count) * ((end - start) / max(count - 1, 1))


def arange_as_linspace(start: float, end: float, count: int) -> Tensor:
    return torch.tensor(np.linspace(start, end, count, endpoint=False), dtype=torch.float32)


@contextmanager
def without_finally(dtype: torch.dtype) -> Iterator[None]:
    """Puts nothing back when the block raises."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    yield
    torch.set_default_dtype(before)


def copying_as_tensor(array: Any, dtype: torch.dtype | None = None) -> Tensor:
    return array if isinstance(array, Tensor) else torch.tensor(array, dtype=dtype)


def asarray_deaf_to_copy(array: Any, dtype: torch.dtype | None = None, copy: Any = None) -> Tensor:
    return torch.as_tensor(array, dtype=dtype)


def row_major_address(x: Tensor, index: Shape) -> int:
    """Counts in the shape, as if every tensor were contiguous."""
    return sum(i * math.prod(x.shape[axis + 1 :]) for axis, i in enumerate(index))


def address_without_offset(x: Tensor, index: Shape) -> int:
    return int(sum(i * step for i, step in zip(index, x.stride(), strict=True)))


def reshaped_instead(x: Tensor, order: Shape) -> Tensor:
    """The right shape with the elements in the wrong places."""
    return x.reshape([x.shape[axis] for axis in order])


def inverse_permute(x: Tensor, order: Shape) -> Tensor:
    return x.permute([order.index(axis) for axis in range(x.dim())])


def scrambled_channels_last(x: Tensor) -> Tensor:
    n, c, h, w = x.shape
    return x.reshape(n, h, w, c).permute(0, 3, 1, 2)


def list_as_tuple(x: Tensor, key: Any) -> Tensor:
    """x[[0, 1]] taken for x[0, 1], as old NumPy did."""
    return x[tuple(key)] if isinstance(key, list) else x[key]


def aligned_at_the_start(a: Tensor, b: Tensor) -> Tensor:
    axes = max(a.dim(), b.dim())
    left, right = (x.reshape((*x.shape, *[1] * (axes - x.dim()))) for x in (a, b))
    return left + right


def leading_axes_only(grad: Tensor, shape: Shape) -> Tensor:
    """Forgets the axes of size 1 that were repeated where they stood."""
    while grad.dim() > len(shape):
        grad = grad.sum(0)
    return grad


def keepdim_forgotten(grad: Tensor, shape: Shape) -> Tensor:
    grad = leading_axes_only(grad, shape)
    for axis in reversed(range(len(shape))):
        if shape[axis] == 1 and grad.shape[axis] != 1:
            grad = grad.sum(axis)
    return grad


def wider_wins(a: torch.dtype, b: torch.dtype) -> torch.dtype:
    return a if a.itemsize >= b.itemsize else b


def scalar_as_vector(left: Any, right: Any) -> Tensor:
    """Makes tensors of both first: a number then counts as a tensor with an axis."""
    vectors = [x if isinstance(x, Tensor) and x.dim() else torch.tensor([x]) for x in (left, right)]
    return vectors[0] + vectors[1]


def sum_in_own_dtype(x: Tensor, *axis: int, dtype: torch.dtype | None = None) -> Tensor:
    return torch.sum(x, *axis, dtype=dtype or x.dtype)


def sum_in_double(x: Tensor, *axis: int, dtype: torch.dtype | None = None) -> Tensor:
    return x.double().sum(*axis)


def blended(mask: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """NaN times zero is NaN."""
    return mask * a + ~mask * b


def ascending_topk(x: Tensor, k: int, dim: int) -> tuple[Tensor, Tensor]:
    values, indices = x.sort(dim)
    start = x.shape[dim] - k
    return values.narrow(dim, start, k), indices.narrow(dim, start, k)


def sort_without_nan(x: Tensor, dim: int, **how: bool) -> tuple[Tensor, Tensor]:
    """Sorts by numbers that NaN was replaced in."""
    indices = x.nan_to_num(0.0).sort(dim=dim, **how).indices
    return x.gather(dim, indices), indices


def repeated_topk(x: Tensor, k: int, dim: int) -> tuple[Tensor, Tensor]:
    """Takes the largest k times over, but forgets to strike out what it took."""
    place = x.argmax(dim, keepdim=True) if x.numel() else x.new_zeros(x.shape, dtype=torch.int64)
    places = place.narrow(dim, 0, min(1, place.shape[dim])).repeat_interleave(k, dim)
    return x.gather(dim, places), places


def implicit_einsum(equation: str, *operands: Tensor) -> Tensor:
    """Drops the output, and gets the letters that stand once, in alphabetical order."""
    return torch.einsum(equation.partition("->")[0], *operands)


BROKEN: dict[str, Callable[[], Test]] = {
    "arange_is_range": lambda: laws.arange_is_range(arange=arange_with_end),
    "linspace_ends": lambda: laws.linspace_ends(linspace=stepped_linspace),
    "like_follows": lambda: laws.like_follows(zeros_like=lambda x, **how: torch.zeros(x.shape)),
    "default_dtype_rules": lambda: laws.default_dtype_rules(
        tensor=lambda value: torch.from_numpy(np.array(value))
    ),
    "dlpack_round_trip": lambda: laws.dlpack_round_trip(
        from_dlpack=lambda x: torch.from_dlpack(x).clone()  # type: ignore[attr-defined]
    ),
    "as_tensor_shares": lambda: laws.as_tensor_shares(tensor=torch.as_tensor),
    "view_ops_share": lambda: laws.view_ops_share(views={"flip": lambda x: x.flip(0)}, copies={}),
    "indexing_copies_slicing_views": lambda: laws.indexing_copies_slicing_views(
        index=lambda x, key: x[key].clone()
    ),
    "reshape_views_or_copies": lambda: laws.reshape_views_or_copies(
        reshape=lambda x, shape: x.contiguous().view(shape)
    ),
    "expand_has_stride_zero": lambda: laws.expand_has_stride_zero(
        expand=lambda x, shape: x.expand(shape).contiguous()
    ),
    "element_address": lambda: laws.element_address(address=row_major_address),
    "permute_inverse_contiguous": lambda: laws.permute_inverse_contiguous(permute=reshaped_instead),
    "channels_last_keeps_values": lambda: laws.channels_last_keeps_values(
        to_channels_last=lambda x: x.permute(0, 2, 3, 1)
    ),
    "broadcast_shape_rule": lambda: laws.broadcast_shape_rule(op=aligned_at_the_start),
    "broadcast_gradient_sums": lambda: laws.broadcast_gradient_sums(unbroadcast=leading_axes_only),
    "promotion_is_symmetric": lambda: laws.promotion_is_symmetric(promote=wider_wins),
    "scalars_do_not_widen": lambda: laws.scalars_do_not_widen(op=scalar_as_vector),
    "sum_keeps_or_promotes": lambda: laws.sum_keeps_or_promotes(sum=sum_in_own_dtype),
    "inplace_keeps_dtype": lambda: laws.inplace_keeps_dtype(add_=lambda x, y: x.copy_(x + y)),
    "masked_and_where": lambda: laws.masked_and_where(where=blended),
    "sort_stable_topk": lambda: laws.sort_stable_topk(topk=ascending_topk),
    "einsum_is_loops": lambda: laws.einsum_is_loops(einsum=implicit_einsum),
}
"""One broken subject for every law of tensors."""

MORE_BROKEN: dict[str, Callable[[], Test]] = {
    "arange floors the count": lambda: laws.arange_is_range(arange=floored_arange),
    "linspace leaves the end out": lambda: laws.linspace_ends(linspace=arange_as_linspace),
    "like loses the strides": lambda: laws.like_follows(
        ones_like=lambda x, dtype=None: torch.ones(x.shape, dtype=dtype or x.dtype)
    ),
    "empty_like is the tensor itself": lambda: laws.like_follows(
        empty_like=lambda x, dtype=None: x.to(dtype or x.dtype)
    ),
    "new_full takes the dtype of the number": lambda: laws.like_follows(
        new_full=lambda x, shape, fill, dtype=None: torch.full(shape, fill, dtype=dtype)
    ),
    "the default dtype stays after an error": lambda: laws.default_dtype_rules(
        using=without_finally
    ),
    "whole numbers divide to whole ones": lambda: laws.default_dtype_rules(
        divide=torch.floor_divide
    ),
    "dlpack to a copy in numpy": lambda: laws.dlpack_round_trip(
        to_numpy=lambda x: np.from_dlpack(x).copy()
    ),
    "as_tensor copies": lambda: laws.as_tensor_shares(as_tensor=copying_as_tensor),
    "from_numpy takes a copy": lambda: laws.as_tensor_shares(
        from_numpy=lambda array: torch.from_numpy(array.copy())
    ),
    "asarray ignores copy": lambda: laws.as_tensor_shares(asarray=asarray_deaf_to_copy),
    "reshape taken for a view": lambda: laws.view_ops_share(
        views={"reshape": lambda x: x.reshape(-1)}, copies={}
    ),
    "contiguous taken for a copy": lambda: laws.view_ops_share(
        views={}, copies={"contiguous": lambda x: x.contiguous()}
    ),
    "detach taken for a copy": lambda: laws.view_ops_share(
        views={}, copies={"detach": lambda x: x.detach()}
    ),
    "a list of indices taken for a tuple": lambda: laws.indexing_copies_slicing_views(
        index=list_as_tuple
    ),
    "reshape of a copy": lambda: laws.reshape_views_or_copies(
        reshape=lambda x, shape: x.clone().reshape(shape)
    ),
    "a view that never raises": lambda: laws.reshape_views_or_copies(view=torch.reshape),
    "reshape in column order": lambda: laws.reshape_views_or_copies(
        reshape=lambda x, shape: torch.from_numpy(x.numpy().reshape(shape, order="F"))
    ),
    "expand by repeat": lambda: laws.expand_has_stride_zero(
        expand=lambda x, shape: x.repeat([max(side, 1) for side in shape])
    ),
    "an address without the offset": lambda: laws.element_address(address=address_without_offset),
    "the inverse permutation": lambda: laws.permute_inverse_contiguous(permute=inverse_permute),
    "contiguous always copies": lambda: laws.permute_inverse_contiguous(
        contiguous=lambda x: x.clone(memory_format=torch.contiguous_format)
    ),
    "contiguous does nothing": lambda: laws.permute_inverse_contiguous(contiguous=lambda x: x),
    "channels_last by reshape": lambda: laws.channels_last_keeps_values(
        to_channels_last=scrambled_channels_last
    ),
    "channels_last left out": lambda: laws.channels_last_keeps_values(
        to_channels_last=lambda x: x.contiguous()
    ),
    "a sum that loses its axis": lambda: laws.broadcast_gradient_sums(
        unbroadcast=keepdim_forgotten
    ),
    "can_cast by width": lambda: laws.promotion_is_symmetric(
        can_cast=lambda a, b: a.itemsize <= b.itemsize
    ),
    "sums in float64": lambda: laws.sum_keeps_or_promotes(sum=sum_in_double),
    "in place on a new tensor": lambda: laws.inplace_keeps_dtype(add_=lambda x, y: x.add(y)),
    "filled by a product": lambda: laws.masked_and_where(
        masked_fill=lambda x, mask, number: (x * ~mask + number * mask).to(x.dtype)
    ),
    "a mask that multiplies": lambda: laws.masked_and_where(select=lambda x, mask: x * mask),
    "NaN sorted as zero": lambda: laws.sort_stable_topk(sort=sort_without_nan),
    "the largest k times over": lambda: laws.sort_stable_topk(topk=repeated_topk),
    "the matrix on the left transposed": lambda: laws.einsum_is_loops(
        einsum=lambda equation, *operands: torch.einsum(
            equation, operands[0].transpose(0, -1), *operands[1:]
        )
    ),
}
"""More mistakes that a law must see."""


def test_the_broken_subjects_are_of_laws() -> None:
    assert BROKEN.keys() <= LAWS.keys()


@pytest.mark.filterwarnings("ignore:Casting complex values:UserWarning")
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_subject_is_rejected(name: str, prove: Prove) -> None:
    with pytest.raises(LawBroken) as caught:
        prove(BROKEN[name]())
    message = str(caught.value)
    assert message.startswith(f"{name}: ")
    assert "\n  for " in message
    assert max(map(len, message.splitlines())) < 300


@pytest.mark.parametrize("mistake", MORE_BROKEN)
def test_another_broken_subject_is_rejected(mistake: str, prove: Prove) -> None:
    with pytest.raises(LawBroken):
        prove(MORE_BROKEN[mistake]())
