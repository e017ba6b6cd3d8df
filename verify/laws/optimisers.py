"""One step of an optimiser: how far, and which way."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from torch import Tensor

from verify.laws.checks import close, require, same, show
from verify.laws.forall import for_all
from verify.laws.registry import Test, law
from verify.laws.strategies import Layout, magnitudes, shapes, tensors
from verify.laws.subjects import Stepper

OptimizerFactory = Callable[..., Stepper]


_COUNTS = st.integers(1, 3)
_SHAPES = shapes(max_dims=2, max_side=3)


@st.composite
def _parameters(draw: DrawFn) -> list[tuple[Tensor, Tensor]]:
    """One to three parameters with a gradient for each."""
    sides = [draw(_SHAPES) for _ in range(draw(_COUNTS))]
    sizes = [math.prod(shape) for shape in sides]
    both = draw(tensors((2, sum(sizes)), torch.float64, layout=Layout.CONTIGUOUS))
    values, grads = (row.split(sizes) for row in both)
    return [
        (value.reshape(shape).clone(), grad.reshape(shape).clone())
        for value, grad, shape in zip(values, grads, sides, strict=True)
    ]


def _leaves(pairs: list[tuple[Tensor, Tensor]]) -> list[Tensor]:
    return [value.clone().requires_grad_() for value, _ in pairs]


@law(
    family="optimisers",
    source="https://docs.pytorch.org/docs/stable/generated/torch.optim.SGD.html",
    tolerance="rtol 1e-12, atol 1e-12 in float64",
    seeds=("P20",),
)
def sgd_step(
    *, optimizer: OptimizerFactory = torch.optim.SGD, zero_grad_sets_none: bool = True
) -> Test:
    """A plain SGD step makes every parameter p - lr * g; zero_grad then leaves None.

    A parameter without a gradient stays.  After ``zero_grad`` a step moves nothing.  A subject
    that fills ``.grad`` with zeros instead is tried with ``zero_grad_sets_none=False``.
    """

    @for_all(
        values_and_grads=_parameters(),
        lr=st.sampled_from([0.1, 1.0, 0.001]),
        steps=st.integers(1, 3),
    )
    def test(values_and_grads: list[tuple[Tensor, Tensor]], lr: float, steps: int) -> None:
        leaves = _leaves(values_and_grads)
        frozen = torch.ones(2, dtype=torch.float64, requires_grad=True)
        subject = optimizer([*leaves, frozen], lr=lr)
        for step in range(1, steps + 1):
            for leaf, (_, grad) in zip(leaves, values_and_grads, strict=True):
                leaf.grad = grad.clone()
            subject.step()
            for index, (leaf, (value, grad)) in enumerate(
                zip(leaves, values_and_grads, strict=True)
            ):
                what = f"parameter {index} after step {step}"
                close(leaf, value - step * lr * grad, what, rtol=1e-12, atol=1e-12)
        same(frozen.detach(), torch.ones_like(frozen), "the parameter without a gradient")
        subject.zero_grad()
        for leaf in leaves:
            cleared = leaf.grad is None or (not zero_grad_sets_none and not leaf.grad.any())
            require(cleared, f".grad is {show(leaf.grad)} after zero_grad")
        before = [leaf.detach().clone() for leaf in leaves]
        subject.step()
        for leaf, value in zip(leaves, before, strict=True):
            same(leaf.detach(), value, "a parameter after zero_grad and a step")

    return test


@law(
    family="optimisers",
    source="https://docs.pytorch.org/docs/stable/generated/torch.optim.Adam.html",
    tolerance="lr * (1 + 1e-9) + 1e-12 in float64; at least 0.99 lr where |g| >= 1e-3",
    seeds=("P21",),
)
def adam_first_step(*, optimizer: OptimizerFactory = torch.optim.Adam) -> Test:
    """Adam's first step moves each coordinate against its gradient, by at most lr.

    It is close to lr whatever the size of the gradient, for the bias corrections cancel: lr times
    g / (|g| + eps).  A zero gradient moves nothing.
    """

    @for_all(
        values_and_grads=_parameters(),
        lr=st.sampled_from([0.1, 1.0, 0.001]),
        magnitude=magnitudes(),
    )
    def test(values_and_grads: list[tuple[Tensor, Tensor]], lr: float, magnitude: float) -> None:
        leaves = _leaves(values_and_grads)
        for leaf, (_, grad) in zip(leaves, values_and_grads, strict=True):
            leaf.grad = grad * magnitude
        optimizer(leaves, lr=lr).step()
        for leaf, (value, grad) in zip(leaves, values_and_grads, strict=True):
            moved, slope = leaf.detach() - value, grad * magnitude
            what = f"the step is {show(moved)} for the gradient {show(slope)}"
            longest = lr * (1 + 1e-9) + 1e-12
            require(bool((moved.abs() <= longest).all()), f"{what}, more than lr = {lr}")
            require(bool((moved * slope <= 1e-12).all()), f"{what}, along the gradient")
            steep = slope.abs() >= 1e-3
            require(
                bool((moved[steep].abs() >= 0.99 * lr).all()), f"{what}, much less than lr = {lr}"
            )
            require(not moved[slope == 0].any(), f"{what}, which is 0 somewhere")

    return test
