"""Automatic mixed precision: which operations are cast, and how a loss is scaled."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  (the name everyone uses)
from hypothesis import strategies as st
from torch import Tensor, nn

from verify.laws.checks import close, require, same
from verify.laws.forall import for_all
from verify.laws.registry import Test, law
from verify.laws.strategies import Layout, seeds, tensors

_LOWER: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "matmul": torch.matmul,
    "mm": torch.mm,
    "bmm": lambda a, b: torch.bmm(a[None], b[None]),
    "addmm": lambda a, b: torch.addmm(a, a, b),
    "baddbmm": lambda a, b: torch.baddbmm(a[None], a[None], b[None]),
    "linear": F.linear,
    "conv1d": lambda a, b: F.conv1d(a[None], b[:, :, None]),
    "scaled_dot_product_attention": lambda a, b: F.scaled_dot_product_attention(
        a[None, None], b[None, None], b[None, None]
    ),
}
"""Operations that the page lists as cast to bfloat16 on the CPU, of two 3 x 3 matrices."""

_FLOAT32: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "mse_loss": F.mse_loss,
    "prod": lambda a, b: a.prod(),
    "trace": lambda a, b: a.trace(),
    "cdist": torch.cdist,
    "binary_cross_entropy": lambda a, b: F.binary_cross_entropy(a.sigmoid(), b.sigmoid()),
    "smooth_l1_loss": F.smooth_l1_loss,
    "cosine_embedding_loss": lambda a, b: F.cosine_embedding_loss(
        a, b, torch.ones(3, device="cpu")
    ),
}
"""Operations that the page lists as run in float32, whatever the inputs are."""


def autocast_cpu(enabled: bool) -> AbstractContextManager[object]:
    """Autocast on the CPU."""
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=enabled)


@law(
    family="amp",
    source="https://docs.pytorch.org/docs/stable/amp.html#autocast-op-reference",
    tolerance="dtypes exact; values within 3e-2 of float32, for matrices of elements up to 1",
)
def autocast_dtypes(
    *, autocast: Callable[[bool], AbstractContextManager[object]] = autocast_cpu
) -> Test:
    """Under CPU autocast products come out in bfloat16, losses and sums as listed in float32.

    Parameters stay float32, as do their gradients.  Inside autocast a part with enabled=False runs
    as without it, and so does all that comes afterwards.  ``autocast(enabled)`` is called.
    """
    kinds = {**_LOWER, **_FLOAT32}

    @for_all(
        ab=tensors((2, 3, 3), bound=1.0, layout=Layout.CONTIGUOUS).map(Tensor.cpu),
        op=st.sampled_from(list(kinds)),
        half_input=st.booleans(),
    )
    def test(ab: Tensor, op: str, half_input: bool) -> None:
        function, (a, b) = kinds[op], ab
        expected = function(a, b)
        lower = op in _LOWER
        # What comes from a product is bfloat16 already; those listed as float32 widen it.
        given = ab.bfloat16() if half_input else ab
        weight = nn.Parameter(b.clone())
        with autocast(True):
            got = function(*given)
            with autocast(False):
                inner = function(a, b)
            loss = F.linear(a, weight).sum()
        torch.autograd.backward(loss)
        wanted = torch.bfloat16 if lower else torch.float32
        same(got.dtype, wanted, f"the dtype of {op} under autocast")
        close(got.float(), expected, f"{op} under autocast", rtol=3e-2, atol=3e-2)
        same(inner, expected, f"{op} under enabled=False inside autocast")
        same(function(a, b), expected, f"{op} after autocast")
        same(weight.dtype, torch.float32, "the dtype of a parameter after autocast")
        same(weight.detach(), b, "a parameter after autocast")
        assert weight.grad is not None
        same(weight.grad.dtype, torch.float32, "the dtype of its gradient")

    return test


def scaler_cpu(*, init_scale: float, growth_interval: int) -> torch.amp.GradScaler:
    """A GradScaler for the CPU."""
    return torch.amp.GradScaler("cpu", init_scale=init_scale, growth_interval=growth_interval)


_INPUTS = {"finite": 1.0, "inf": math.inf, "nan": math.nan}


@law(
    family="amp",
    source="https://docs.pytorch.org/docs/stable/amp.html#torch.amp.GradScaler",
    tolerance="exact, bit for bit: scales are powers of two",
)
def grad_scaler_skips_inf(*, scaler: Callable[..., Any] = scaler_cpu) -> Test:
    """A step whose gradients hold inf or NaN is skipped and halves the scale; others are unscaled.

    A finite step moves parameters exactly as without a scaler.  After ``growth_interval`` finite
    steps in a row the scale doubles.  ``scaler(init_scale=..., growth_interval=...)`` gives an
    object with scale, step, update and get_scale.
    """

    @for_all(
        steps=st.lists(st.sampled_from(list(_INPUTS)), min_size=1, max_size=4),
        power=st.integers(0, 16),
        growth_interval=st.integers(1, 3),
        seed=seeds(),
    )
    def test(steps: list[str], power: int, growth_interval: int) -> None:
        values = torch.randn(3, device="cpu")
        scaled, plain = (values.clone().requires_grad_() for _ in range(2))
        bystander = torch.ones(1, device="cpu", requires_grad=True)
        subject = scaler(init_scale=2.0**power, growth_interval=growth_interval)
        optimizer = torch.optim.SGD([scaled, bystander], lr=0.1, momentum=0.9)
        reference = torch.optim.SGD([plain], lr=0.1, momentum=0.9)
        expected, row = 2.0**power, 0
        for index, kind in enumerate(steps):
            x = torch.tensor([1.0, _INPUTS[kind], -1.0], device="cpu")
            optimizer.zero_grad()
            loss = ((scaled * x) + 0.5 * scaled.square()).sum() + bystander.sum()
            torch.autograd.backward(subject.scale(loss))
            before = bystander.detach().clone()
            subject.step(optimizer)
            subject.update()
            what = f"step {index} of {steps}"
            if kind == "finite":
                reference.zero_grad()
                torch.autograd.backward(((plain * x) + 0.5 * plain.square()).sum())
                reference.step()
                row += 1
                if row == growth_interval:
                    expected, row = expected * 2, 0
            else:
                expected, row = expected / 2, 0
                unmoved = torch.equal(bystander.detach(), before)
                require(unmoved, f"{what}, with {kind}, moved a parameter")
            same(scaled.detach(), plain.detach(), f"the parameter after {what}")
            same(float(subject.get_scale()), expected, f"the scale after {what}")

    return test
