"""Strides: where an element lies, and what a change of order or format does to it."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import torch
import torch.nn.functional as F  # noqa: N812  (the name everyone uses)
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from torch import Tensor

from verify.laws.checks import close, require, same
from verify.laws.forall import for_all
from verify.laws.registry import Test, law
from verify.laws.strategies import tensors
from verify.laws.views import numbered, shares

Index = tuple[int, ...]


def stride_address(x: Tensor, index: Index) -> int:
    """Where ``x[index]`` lies in the storage of ``x``, counted in elements."""
    return int(x.storage_offset()) + sum(i * n for i, n in zip(index, x.stride(), strict=True))


_PICKS = st.integers(0, 2**16)


@law(
    family="strides",
    source="https://docs.pytorch.org/docs/stable/tensor_attributes.html#torch.layout",
    tolerance="exact",
)
def element_address(*, address: Callable[[Tensor, Index], int] = stride_address) -> Test:
    """x[i, j, ...] lies at storage_offset + i * stride(0) + j * stride(1) + ... of its storage.

    So it is in every layout: transposed, sliced, expanded or beginning somewhere inside.  The
    address counts elements; ``data_ptr`` counts bytes.
    """

    @for_all(x=numbered(min_side=1), pick=_PICKS)
    def test(x: Tensor, pick: int) -> None:
        cells = list(itertools.product(*map(range, x.shape)))
        index = cells[pick % len(cells)]
        storage = x.untyped_storage()
        memory = x.as_strided((storage.nbytes() // x.element_size(),), (1,), 0).tolist()
        got = address(x, index)
        how = f"storage offset {x.storage_offset()}, strides {x.stride()}"
        what = f"the address of x{list(index)} ({how})"
        bytes_in = x[index].data_ptr() - storage.data_ptr()
        same(got, bytes_in // x.element_size(), what)
        require(
            0 <= got < len(memory) and memory[got] == x[index].item(),
            f"{what} is {got}, where {memory} does not hold {x[index].item()}",
        )

    return test


def _row_major(x: Tensor) -> bool:
    """Whether strides are those of rows after rows, on the axes of more than one element."""
    reach = 1
    for side, step in zip(reversed(x.shape), reversed(x.stride()), strict=True):
        if side > 1 and step != reach:
            return False
        reach *= side
    return True


@st.composite
def _permutations(draw: DrawFn) -> tuple[Tensor, Index]:
    x = draw(_UP_TO_4_AXES)
    orders = list(itertools.permutations(range(x.dim())))
    return x, orders[draw(_PICKS) % len(orders)]


# Orders that are not their own inverse need three axes.
_UP_TO_4_AXES = st.one_of(numbered(max_dims=2), numbered(min_dims=3, max_dims=4))


@law(
    family="strides",
    source="https://docs.pytorch.org/docs/stable/generated/torch.Tensor.contiguous.html",
    tolerance="exact",
)
def permute_inverse_contiguous(
    *,
    permute: Callable[[Tensor, Index], Tensor] = torch.permute,
    contiguous: Callable[[Tensor], Tensor] = torch.Tensor.contiguous,
) -> Test:
    """permute moves strides and no element, and its inverse undoes it; contiguous keeps values.

    contiguous gives row-major strides, and the tensor itself where they are that already.
    is_contiguous tells whether they are, whatever the strides of axes of size 1; a tensor of no
    elements always is.
    """

    @for_all(x_and_order=_permutations())
    def test(x_and_order: tuple[Tensor, Index]) -> None:
        x, order = x_and_order
        got, what = permute(x, order), f"permute(x, {order})"
        same(got.cpu().numpy().copy(), x.cpu().numpy().transpose(order).copy(), what)
        if x.numel():
            steps = tuple(x.stride(axis) for axis in order)
            same(got.stride(), steps, f"the strides of {what}")
        require(shares(x, got), f"{what} does not share the memory of x")
        inverse = tuple(order.index(axis) for axis in range(x.dim()))
        back = permute(got, inverse)
        same(back, x, f"{what}, permuted back by {inverse},")
        same(back.stride(), x.stride(), f"the strides of {what}, permuted back by {inverse},")
        rows = got.numel() == 0 or _row_major(got)
        same(got.is_contiguous(), rows, f"is_contiguous of strides {got.stride()}")
        dense = contiguous(got)
        same(dense, got, f"contiguous of {what}")
        require(
            dense.numel() == 0 or _row_major(dense), f"contiguous of {what} has {dense.stride()}"
        )
        require(
            (dense is got) == rows,
            f"contiguous of {what} is {'' if dense is got else 'not '}the same object",
        )

    return test


def to_channels_last(x: Tensor) -> Tensor:
    """The same batch of images with its channels next to each other in memory."""
    return x.to(memory_format=torch.channels_last)


_IMAGES = tensors(
    st.tuples(st.sampled_from((1, 2, 0)), *[st.integers(1, 3)] * 3), torch.float64, nan=True
)


@law(
    family="strides",
    source="https://docs.pytorch.org/docs/stable/tensor_attributes.html#torch.memory_format",
    tolerance="exact; the convolution rtol 1e-12, atol 1e-12 in float64",
)
def channels_last_keeps_values(
    *, to_channels_last: Callable[[Tensor], Tensor] = to_channels_last
) -> Test:
    """channels_last changes the strides of (N, C, H, W) alone: shape, index and values stay.

    The strides become those of N, H, W, C in memory: (H*W*C, 1, W*C, C), on axes of more than one
    element.  A convolution gives the same values in either format.
    """

    @for_all(x=_IMAGES)
    def test(x: Tensor) -> None:
        n, c, h, w = x.shape
        got = to_channels_last(x)
        same(got, x, "the tensor in channels_last")
        if n == 0:
            return
        require(
            got.is_contiguous(memory_format=torch.channels_last),
            f"strides {got.stride()} of shape {tuple(x.shape)} are not those of channels_last",
        )
        for axis, step in enumerate((h * w * c, 1, w * c, c)):
            if x.shape[axis] > 1:
                same(got.stride(axis), step, f"the stride of axis {axis}")
        kernel = torch.linspace(-1, 1, 2 * c, dtype=x.dtype, device=x.device).reshape(2, c, 1, 1)
        plain = F.conv2d(x.contiguous(), kernel)
        close(F.conv2d(got, kernel), plain, "the convolution", rtol=1e-12, atol=1e-12)

    return test
