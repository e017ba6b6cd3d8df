"""Gradients against finite differences, in float64 and off the kinks."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F  # noqa: N812  (the name everyone uses)
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from torch import Tensor
from torch.autograd.gradcheck import GradcheckError, gradcheck

from verify.laws.checks import broken, close
from verify.laws.forall import for_all
from verify.laws.registry import Test, law
from verify.laws.strategies import Layout, shapes, tensors

Activation = Callable[[Tensor], Tensor]
_TOLERANCE = "central differences of 1e-6 in float64: rtol 1e-3, atol 1e-5"
_SOURCE = "https://docs.pytorch.org/docs/stable/generated/torch.autograd.gradcheck.gradcheck.html"

SMOOTH: dict[str, Activation] = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "softmax": lambda x: torch.softmax(x, dim=-1),
    "gelu": F.gelu,
    "softplus": F.softplus,
}
KINKED: dict[str, Activation] = {"relu": F.relu, "leaky_relu": F.leaky_relu}

CLEARANCE = 0.01
"""How far from a kink a point is kept, four orders above the step of the differences."""


def _agree(function: Callable[..., Tensor], inputs: tuple[Tensor, ...]) -> None:
    """Break the law unless backward agrees with finite differences at these inputs."""
    leaves = tuple(tensor.detach().clone().requires_grad_() for tensor in inputs)
    trouble = ""
    try:
        gradcheck(function, leaves)
    except GradcheckError as error:
        trouble = " ".join(str(error).split())
    if trouble:
        broken(f"backward disagrees with finite differences: {trouble}")


def _choices(table: dict[str, Activation], own: Activation | None) -> dict[str, Activation]:
    return table if own is None else {"activation": own}


@law(family="gradients", source=_SOURCE, tolerance=_TOLERANCE, seeds=("P11",))
def gradcheck_smooth(*, activation: Activation | None = None) -> Test:
    """sigmoid, tanh, softmax, gelu and softplus have the gradients that finite differences give.

    ``activation`` takes their place; it must be smooth everywhere.
    """
    choices = _choices(SMOOTH, activation)
    points = tensors(
        shapes(1, 2, min_side=1, max_side=3), torch.float64, 4.0, layout=Layout.CONTIGUOUS
    )

    @for_all(x=points, function=st.sampled_from(list(choices)))
    def test(x: Tensor, function: str) -> None:
        _agree(choices[function], (x,))

    return test


def _off_kinks(kinks: tuple[float, ...]) -> st.SearchStrategy[float]:
    """Points in the stretches between kinks, and one to either side of them all."""
    ordered = sorted(kinks)
    # To the right first, so that counterexamples shrink to small positive points.
    edges = [*zip(ordered, [*ordered[1:], ordered[-1] + 4], strict=True)][::-1]
    edges.append((ordered[0] - 4, ordered[0]))
    stretches = [(low + CLEARANCE, high - CLEARANCE) for low, high in edges]
    return st.one_of(*(st.floats(low, high) for low, high in stretches if low < high))


@law(family="gradients", source=_SOURCE, tolerance=_TOLERANCE, seeds=("P12",))
def gradcheck_kinked(
    *, activation: Activation | None = None, kinks: tuple[float, ...] = (0.0,)
) -> Test:
    """relu and leaky relu have the gradients of finite differences at points off their kinks.

    At a kink the two sides differ and gradcheck must fail, so points stay 0.01 away from each of
    ``kinks``.  ``activation`` takes their place.

    Raises:
        ValueError: if ``kinks`` is empty: then the law is ``gradcheck_smooth``.
    """
    if not kinks:
        raise ValueError("an activation without kinks is for gradcheck_smooth")
    choices = _choices(KINKED, activation)
    points = st.lists(_off_kinks(kinks), min_size=1, max_size=4).map(
        lambda values: torch.tensor(values, dtype=torch.float64)
    )

    @for_all(x=points, function=st.sampled_from(list(choices)))
    def test(x: Tensor, function: str) -> None:
        _agree(choices[function], (x,))

    return test


@st.composite
def _regressions(draw: DrawFn) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Inputs, weight, bias and targets of a linear layer."""
    samples, wide, out = (draw(st.integers(1, 3)) for _ in range(3))
    sides = ((samples, wide), (out, wide), (out,), (samples, out))
    drawn = [draw(tensors(side, torch.float64, 4.0, layout=Layout.CONTIGUOUS)) for side in sides]
    return drawn[0], drawn[1], drawn[2], drawn[3]


def linear_mse(x: Tensor, weight: Tensor, bias: Tensor, target: Tensor) -> Tensor:
    """The mean squared error of a linear layer."""
    return F.mse_loss(F.linear(x, weight, bias), target)


@law(family="gradients", source=_SOURCE, tolerance=_TOLERANCE, seeds=("P13",))
def gradcheck_linear_mse(
    *, loss: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor] = linear_mse
) -> Test:
    """The mean squared error of x @ W.T + b has the gradients of finite differences in W and b.

    Its value is the mean of the squared differences (rtol 1e-10).
    """

    @for_all(x_weight_bias_target=_regressions())
    def test(x_weight_bias_target: tuple[Tensor, Tensor, Tensor, Tensor]) -> None:
        x, weight, bias, target = x_weight_bias_target
        expected = (x @ weight.T + bias - target).square().mean()
        close(loss(x, weight, bias, target), expected, "the loss", rtol=1e-10, atol=1e-10)
        _agree(lambda w, b: loss(x, w, b, target), (weight, bias))

    return test
