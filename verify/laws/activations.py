"""Activation functions: the identities that hold whatever their input."""

from __future__ import annotations

from collections.abc import Callable

import torch
from hypothesis import strategies as st
from torch import Tensor, nn

from verify.laws.checks import close, require, same
from verify.laws.forall import for_all
from verify.laws.registry import Test, law
from verify.laws.strategies import shapes, tensors

Activation = Callable[[Tensor], Tensor]


@law(
    family="activations",
    source="https://docs.pytorch.org/docs/stable/nn.functional.html#non-linear-activation-functions",
    tolerance="rtol 1e-10, atol 1e-12 in float64",
    seeds=("P23",),
)
def activation_invariants(
    *,
    softmax: Callable[[Tensor, int], Tensor] = torch.softmax,
    relu: Activation = torch.relu,
    sigmoid: Activation = torch.sigmoid,
    tanh: Activation = torch.tanh,
) -> Test:
    """Softmax sums to 1 and ignores a shift; relu(relu(x)) = relu(x); sigmoid and tanh mirror.

    sigmoid(-x) = 1 - sigmoid(x), tanh(x) = 2 sigmoid(2x) - 1, all finite at a thousand; the
    modules ReLU, Sigmoid, Tanh and Softmax equal the functions and have no parameters.
    """
    inputs = st.sampled_from([10.0, 1000.0]).flatmap(
        lambda bound: tensors(shapes(min_dims=1), torch.float64, bound)
    )

    # A shift by a thousand leaves float64 without its largest exponential.
    shifts = st.one_of(st.sampled_from([1000, -1000]), st.integers(-20, 20))

    @for_all(x=inputs, shift=shifts)
    def test(x: Tensor, shift: int) -> None:
        def equal(got: Tensor, expected: Tensor, what: str) -> None:
            close(got, expected, what, rtol=1e-10, atol=1e-12)

        weights = softmax(x, -1)
        if x.shape[-1] > 0:
            total = weights.sum(-1)
            equal(total, torch.ones_like(total), "the sum of softmax(x)")
        inside = bool(((weights >= 0) & (weights <= 1)).all())
        require(inside, lambda: f"softmax(x) is {weights.tolist()}, not all in [0, 1]")
        equal(softmax(x + shift, -1), weights, f"softmax(x {shift:+})")
        positive = relu(x)
        require(bool((positive >= 0).all()), lambda: f"relu(x) is {positive.tolist()}")
        same(relu(positive), positive, "relu(relu(x))")
        equal(sigmoid(-x), 1 - sigmoid(x), "sigmoid(-x) against 1 - sigmoid(x)")
        equal(tanh(x), 2 * sigmoid(2 * x) - 1, "tanh(x) against 2 sigmoid(2x) - 1")
        twins: tuple[tuple[nn.Module, Tensor], ...] = (
            (nn.Softmax(dim=-1), weights),
            (nn.ReLU(), positive),
            (nn.Sigmoid(), sigmoid(x)),
            (nn.Tanh(), tanh(x)),
        )
        for module, got in twins:
            equal(got, module(x), f"the function against {module}")
            require(not list(module.parameters()), f"{module} has parameters")

    return test
