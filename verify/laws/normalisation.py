"""Normalisations, written out: over which axes, with which variance, and what is remembered."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from hypothesis import strategies as st
from torch import Tensor, nn

from verify.laws.checks import close, same
from verify.laws.forall import for_all
from verify.laws.registry import Test, law
from verify.laws.strategies import seeds, shapes, tensors

_EPS = st.sampled_from([1e-5, 1e-3, 0.5])


def _drawn_affine(layer: nn.Module) -> tuple[Tensor, Tensor]:
    """Fill the weight and the bias of a layer with small whole numbers, and give them back."""
    weight, bias = layer.get_parameter("weight"), layer.get_parameter("bias")
    with torch.no_grad():
        weight.copy_(torch.randint_like(weight, 1, 5))
        bias.copy_(torch.randint_like(bias, -3, 4))
    return weight.detach(), bias.detach()


def _normalised(x: Tensor, mean: Tensor, variance: Tensor, eps: float) -> Tensor:
    return (x - mean) / (variance + eps).sqrt()


# A variance needs two values a channel.
_BATCHES = tensors(
    shapes(2, 3, min_side=1, max_side=4).map(lambda sides: (sides[0] + 1, *sides[1:])),
    torch.float64,
)


@law(
    family="normalisation",
    source="https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm1d.html",
    tolerance="rtol 1e-9, atol 1e-9 in float64",
)
def batchnorm_formula(*, layer: Callable[..., nn.Module] = nn.BatchNorm1d) -> Test:
    """BatchNorm normalises by the biased batch variance, and remembers the unbiased one.

    In training y is (x - mean) / sqrt(var + eps) * weight + bias, with mean and variance of each
    channel over the batch and all positions, and the running statistics become (1 - momentum)
    times what they were plus momentum times those of the batch; in evaluation they take the place
    of the batch's.  ``layer(channels, eps=eps, momentum=momentum)`` takes (N, C) and (N, C, L).
    """

    @for_all(x=_BATCHES, eps=_EPS, momentum=st.sampled_from([0.1, 1.0, 0.0, 0.75]), seed=seeds())
    def test(x: Tensor, eps: float, momentum: float) -> None:
        channels = x.shape[1]
        norm = layer(channels, eps=eps, momentum=momentum).double().train()
        weight, bias = (side.reshape(-1, *[1] * (x.dim() - 2)) for side in _drawn_affine(norm))
        axes = [axis for axis in range(x.dim()) if axis != 1]
        count = x.numel() // channels
        running_mean = torch.zeros(channels, dtype=torch.float64)
        running_var = torch.ones(channels, dtype=torch.float64)
        for call, batch in enumerate((x, x * 0.5 + 1), start=1):
            mean = batch.mean(axes, keepdim=True)
            var = (batch - mean).square().mean(axes, keepdim=True)
            expected = _normalised(batch, mean, var, eps) * weight + bias
            close(norm(batch).detach(), expected, f"output {call} in training")
            unbiased = var.flatten() * count / (count - 1)
            running_mean = (1 - momentum) * running_mean + momentum * mean.flatten()
            running_var = (1 - momentum) * running_var + momentum * unbiased
            close(norm.get_buffer("running_mean"), running_mean, f"running_mean after batch {call}")
            close(norm.get_buffer("running_var"), running_var, f"running_var after batch {call}")
        norm.eval()
        mean, var = (side.reshape(-1, *[1] * (x.dim() - 2)) for side in (running_mean, running_var))
        expected = _normalised(x, mean, var, eps) * weight + bias
        close(norm(x).detach(), expected, "the output in evaluation")
        close(norm.get_buffer("running_mean"), running_mean, "running_mean after evaluation")

    return test


_ROWS = tensors(
    shapes(1, 3, max_side=4).map(lambda sides: (*sides[:-1], sides[-1] + 1)), torch.float64
)


@law(
    family="normalisation",
    source="https://docs.pytorch.org/docs/stable/generated/torch.nn.LayerNorm.html",
    tolerance="rtol 1e-9, atol 1e-9 in float64",
)
def layernorm_formula(*, layer: Callable[..., nn.Module] = nn.LayerNorm) -> Test:
    """LayerNorm normalises each sample over its last axes, by the biased variance, in every mode.

    y is (x - mean) / sqrt(var + eps) * weight + bias, with a weight and a bias for each element
    of the normalised axes.  ``layer(normalized_shape, eps=eps)`` takes a tuple of sides.
    """

    @for_all(x=_ROWS, eps=_EPS, axes=st.sampled_from([1, 2]), training=st.booleans(), seed=seeds())
    def test(x: Tensor, eps: float, axes: int, training: bool) -> None:
        # The last axis alone where the one before is missing or empty.
        last = axes if x.dim() >= axes and math.prod(x.shape[-axes:]) > 0 else 1
        sides = tuple(x.shape[-last:])
        norm = layer(sides, eps=eps).double().train(training)
        weight, bias = _drawn_affine(norm)
        same(tuple(weight.shape), sides, f"the shape of the weight of layer({sides})")
        dims = list(range(-last, 0))
        mean = x.mean(dims, keepdim=True)
        var = (x - mean).square().mean(dims, keepdim=True)
        expected = _normalised(x, mean, var, eps) * weight + bias
        close(norm(x).detach(), expected, f"layer({sides})(x)")

    return test
