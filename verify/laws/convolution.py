"""Convolution as a product of matrices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  (the name everyone uses)
from hypothesis import strategies as st
from torch import Tensor

from verify.laws.checks import close
from verify.laws.derivatives import whole_numbers_like
from verify.laws.forall import for_all
from verify.laws.registry import Test, law
from verify.laws.strategies import seeds

Pair = tuple[int, int]

OPTIONS = ("stride", "padding", "dilation", "groups")
_PLAIN: dict[str, Any] = {"stride": (1, 1), "padding": (0, 0), "dilation": (1, 1), "groups": 1}


def im2col_conv2d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor,
    *,
    stride: Pair = (1, 1),
    padding: Pair = (0, 0),
    dilation: Pair = (1, 1),
    groups: int = 1,
) -> Tensor:
    """A convolution as ``unfold`` and one product of matrices a group."""
    kernel = (weight.shape[2], weight.shape[3])
    height, width = (
        (x.shape[axis + 2] + 2 * padding[axis] - dilation[axis] * (kernel[axis] - 1) - 1)
        // stride[axis]
        + 1
        for axis in (0, 1)
    )
    parts = []
    for part, rows in zip(x.chunk(groups, 1), weight.chunk(groups, 0), strict=True):
        # (N, channels * kernel elements, positions)
        columns = F.unfold(part, kernel, dilation=dilation, padding=padding, stride=stride)
        parts.append(rows.flatten(1) @ columns)
    return torch.cat(parts, 1).reshape(len(x), -1, height, width) + bias[:, None, None]


@law(
    family="convolution",
    source="https://docs.pytorch.org/docs/stable/generated/torch.nn.Unfold.html",
    tolerance="rtol 1e-9, atol 1e-9 in float64",
)
def im2col_is_conv2d(
    *, conv: Callable[..., Tensor] = F.conv2d, options: Sequence[str] = OPTIONS
) -> Test:
    """conv2d is the kernel, one row a filter, times the patches of the image, one column each.

    It is a correlation: the kernel is not turned round.  With stride, padding and dilation of
    their own along each axis, and in groups of channels.  ``conv(x, weight, bias, **chosen)`` is
    given only those of ``options`` that are not as they usually are.
    """
    pair = st.sampled_from([(1, 1), (1, 2), (2, 1), (3, 2)])
    drawn: dict[str, Any] = {
        "stride": pair,
        "padding": st.sampled_from([(0, 0), (1, 0), (0, 1), (2, 1)]),
        "dilation": pair,
        "groups": st.sampled_from([1, 2]),
    }

    @for_all(
        images=st.integers(1, 2),
        channels_in_out=st.sampled_from([(1, 1), (2, 1), (1, 2), (2, 3)]),
        kernel=st.sampled_from([(1, 1), (2, 1), (1, 2), (2, 2), (2, 3)]),
        room=st.sampled_from([(0, 0), (1, 0), (0, 1), (2, 3)]),
        seed=seeds(),
        **{name: drawn[name] for name in options},
    )
    def test(images: int, channels_in_out: Pair, kernel: Pair, room: Pair, **chosen: Any) -> None:
        chosen = {name: value for name, value in chosen.items() if value != _PLAIN[name]}
        dilation, groups = chosen.get("dilation", (1, 1)), chosen.get("groups", 1)
        inner, outer = channels_in_out
        # As large as the widened kernel, and some room for it to move.
        height, width = (dilation[axis] * (kernel[axis] - 1) + 1 + room[axis] for axis in (0, 1))
        x, weight, bias = (
            whole_numbers_like(torch.empty(*shape, dtype=torch.float64))
            for shape in (
                (images, groups * inner, height, width),
                (groups * outer, inner, *kernel),
                (groups * outer,),
            )
        )
        got = conv(x, weight, bias, **chosen)
        words = "".join(f", {name}={value}" for name, value in chosen.items())
        inputs = f"x = {x.tolist()}, weight = {weight.tolist()}, bias = {bias.tolist()}"
        close(
            got,
            im2col_conv2d(x, weight, bias, **chosen),
            f"conv(x, weight, bias{words}) of {inputs}",
        )

    return test
