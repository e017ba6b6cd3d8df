"""Backward passes: gradients of simple functions, accumulation, branches, and what is refused."""

from __future__ import annotations

from collections.abc import Callable

import torch
from hypothesis import strategies as st
from torch import Tensor

from verify.laws.checks import close, raises, require
from verify.laws.forall import for_all
from verify.laws.registry import Test, law
from verify.laws.strategies import Layout, shapes, tensors
from verify.laws.subjects import gradient_of

Function = Callable[[Tensor], Tensor]
Gradient = Callable[[Function, Tensor], Tensor]

_ONE_ELEMENT = st.sampled_from([(), (1,), (1, 1)])


def _needs_both(function: Function | None, factor: float | None, name: str) -> None:
    if (function is None) != (factor is None):
        raise ValueError(f"a law of your own function needs both function= and {name}=")


@law(
    family="autograd",
    source="https://docs.pytorch.org/tutorials/beginner/basics/autogradqs_tutorial.html",
    tolerance="rtol 1e-12, atol 1e-12 in float64",
    seeds=("P08",),
)
def scalar_linear_grad(
    *,
    function: Function | None = None,
    slope: float | None = None,
    gradient: Gradient = gradient_of,
) -> Test:
    """The gradient of c x with respect to x is c, wherever x is.

    Raises:
        ValueError: if ``function`` is given without its ``slope``, or the reverse.
    """
    _needs_both(function, slope, "slope")
    slopes = st.floats(-100, 100, allow_subnormal=False) if slope is None else st.just(slope)

    @for_all(x=tensors(_ONE_ELEMENT, torch.float64, 100.0), c=slopes)
    def test(x: Tensor, c: float) -> None:
        got = gradient(function or (lambda leaf: c * leaf), x)
        close(got, torch.full_like(x, c), "the gradient", rtol=1e-12, atol=1e-12)

    return test


@law(
    family="autograd",
    source="https://docs.pytorch.org/tutorials/beginner/basics/autogradqs_tutorial.html",
    tolerance="rtol 1e-12, atol 1e-12 in float64",
    seeds=("P09",),
)
def mean_grad(
    *,
    function: Function | None = None,
    scale: float | None = None,
    gradient: Gradient = gradient_of,
) -> Test:
    """The gradient of mean(c x) is c / n in each of the n elements, whatever the shape.

    Raises:
        ValueError: if ``function`` is given without its ``scale``, or the reverse.
    """
    _needs_both(function, scale, "scale")
    scales = st.floats(-100, 100, allow_subnormal=False) if scale is None else st.just(scale)

    @for_all(x=tensors(shapes(min_side=1), torch.float64), c=scales)
    def test(x: Tensor, c: float) -> None:
        got = gradient(function or (lambda leaf: (c * leaf).mean()), x)
        close(got, torch.full_like(x, c / x.numel()), "the gradient", rtol=1e-12, atol=1e-12)

    return test


def wavy(x: Tensor) -> Tensor:
    """A scalar function whose gradient differs in every element: the sum of x sin(x)."""
    return (x * x.sin()).sum()


@law(
    family="autograd",
    source="https://docs.pytorch.org/docs/stable/generated/torch.Tensor.backward.html",
    tolerance="rtol 1e-12, atol 1e-12 in float64",
    seeds=("P10",),
)
def grad_accumulates(
    *,
    backward: Callable[[Tensor], object] = torch.Tensor.backward,
    function: Function = wavy,
) -> Test:
    """k backward passes without zeroing leave k times the gradient in .grad.

    ``backward`` adds to what a leaf has in ``.grad``; it never replaces it.
    """
    points = tensors(shapes(1, 1, min_side=1), torch.float64, layout=Layout.CONTIGUOUS)

    @for_all(x=points, k=st.integers(1, 4))
    def test(x: Tensor, k: int) -> None:
        leaf = x.clone().requires_grad_()
        (once,) = torch.autograd.grad(function(leaf), leaf)
        for _ in range(k):
            backward(function(leaf))
        if leaf.grad is None:
            require(False, ".grad is None after backward")
        else:
            close(leaf.grad, k * once, f".grad after k = {k} passes", rtol=1e-12, atol=1e-12)

    return test


@law(
    family="autograd",
    source="https://docs.pytorch.org/docs/stable/generated/torch.Tensor.backward.html",
    tolerance="exact: RuntimeError",
    seeds=("P14",),
)
def backward_needs_scalar(*, backward: Callable[[Tensor], object] = torch.Tensor.backward) -> Test:
    """backward() of more than one element raises RuntimeError; of a single one it works.

    The single element may have any number of axes.  A refused call leaves ``.grad`` alone.
    """

    @for_all(x=tensors(shapes(min_side=1), torch.float64, layout=Layout.CONTIGUOUS))
    def test(x: Tensor) -> None:
        leaf = x.clone().requires_grad_()
        y = 3 * leaf
        if x.numel() == 1:
            backward(y)
            require(leaf.grad is not None, ".grad is None after backward of one element")
        else:
            what = f"backward of {x.numel()} elements"
            raises(RuntimeError, lambda: backward(y), what)
            require(leaf.grad is None, f".grad is {leaf.grad} after {what} was refused")

    return test


def branching(x: Tensor) -> Tensor:
    """Doubles a positive number until it passes 100; of any other, three times its negative."""
    if x > 0:
        while x < 100:
            x = 2 * x
        return x
    return -3 * x


def branching_derivative(x: Tensor) -> Tensor:
    """The derivative of ``branching``: 2 to the number of doublings, or -3."""
    if x <= 0:
        return torch.full_like(x, -3)
    factor, value = 1.0, x.item()
    while value < 100:
        value, factor = 2 * value, 2 * factor
    return torch.full_like(x, factor)


@law(
    family="autograd",
    source="https://docs.pytorch.org/docs/stable/notes/autograd.html",
    tolerance="rtol 1e-9, atol 1e-9 in float64",
    seeds=("P15",),
)
def grad_follows_branch(
    *,
    function: Function = branching,
    derivative: Function = branching_derivative,
    gradient: Gradient = gradient_of,
) -> Test:
    """The gradient is that of the branch and the loop turns that this very input took.

    Each forward pass records a graph of its own, so Python's ``if`` and ``while`` need no help.
    """

    @for_all(x=tensors((), torch.float64))
    def test(x: Tensor) -> None:
        close(gradient(function, x), derivative(x), "the gradient", rtol=1e-9, atol=1e-9)

    return test
