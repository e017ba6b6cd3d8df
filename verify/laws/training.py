"""Around the optimiser: gradients clipped, learning rates scheduled, weights averaged."""

from __future__ import annotations

import copy
import functools
import math
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import torch
from hypothesis import strategies as st
from torch import Tensor, nn

from verify.laws.checks import close, raises, require, same
from verify.laws.forall import for_all
from verify.laws.registry import KnownException, Test, law
from verify.laws.strategies import Layout, magnitudes, seeds, shapes, tensors

NORMS: tuple[float, ...] = (2.0, math.inf, 1.0)


def total_norm(grads: Sequence[Tensor], norm_type: float) -> float:
    """The norm of all elements of all gradients together, as one vector."""
    elements = [abs(element) for grad in grads for element in grad.flatten().tolist()]
    if norm_type == math.inf:
        return float(max(elements, default=0.0))
    return float(sum(element**norm_type for element in elements) ** (1 / norm_type))


@law(
    family="training",
    source="https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_norm_.html",
    tolerance="rtol 1e-5 in float64, for torch adds 1e-6 to the norm; what is in bounds is exact",
    exceptions=(
        KnownException(
            "with norm_type=inf an empty gradient raises RuntimeError, though the other "
            "parameters have a norm",
            ">=2.11,<=2.15",
        ),
    ),
)
def clip_grad_norm_bounds(
    *,
    clip: Callable[..., Any] = nn.utils.clip_grad_norm_,
    norm_types: Sequence[float] = NORMS,
    nonfinite: bool = True,
) -> Test:
    """Clipping scales all gradients by one factor of at most 1, so that their norm is in bounds.

    It gives back the norm that all of them together had before.  Gradients in bounds stay, of
    norm 0 too; the direction is kept; a parameter without a gradient is passed over.
    ``clip(parameters, max_norm, norm_type=n)``; with ``nonfinite`` also
    ``error_if_nonfinite=True``, under which an infinite gradient raises RuntimeError.
    """

    @for_all(
        g=tensors(shapes(0, 2, min_side=1, max_side=3), torch.float64, layout=Layout.CONTIGUOUS),
        scale=magnitudes(-3, 3),
        max_norm=st.sampled_from([1.0, 0.5, 100.0]),
        norm_type=st.sampled_from(list(norm_types)),
        seed=seeds(),
    )
    def test(g: Tensor, scale: float, max_norm: float, norm_type: float) -> None:
        grads = [scale * g, torch.randn(2, dtype=torch.float64) * scale * g.abs().sum()]
        if norm_type != math.inf:
            grads.append(g.new_empty(0))
        leaves = [torch.zeros_like(grad, requires_grad=True) for grad in (*grads, g)]
        for leaf, grad in zip(leaves, grads, strict=False):
            leaf.grad = grad.clone()
        before = total_norm(grads, norm_type)
        given = clip(leaves, max_norm, norm_type=norm_type)
        require(isinstance(given, Tensor | float), lambda: f"clip gave {given!r}, not the norm")
        returned = torch.as_tensor(given)
        what = f"the norm given back by clip(..., {max_norm}, norm_type={norm_type})"
        close(returned.double(), torch.tensor(before, dtype=torch.float64), what, rtol=1e-9)
        clipped = [leaf.grad for leaf in leaves[:-1] if leaf.grad is not None]
        require(leaves[-1].grad is None, "a parameter without a gradient was given one")
        after = total_norm(clipped, norm_type)
        require(
            after <= max_norm * (1 + 1e-9),
            lambda: f"the norm after clipping to {max_norm} is {after!r}, before it was {before!r}",
        )
        factor = min(1.0, max_norm / before) if before else 1.0
        for place, (got, grad) in enumerate(zip(clipped, grads, strict=True)):
            name = f"gradient {place}, of a total norm of {before:.6g}, clipped to {max_norm}"
            if before <= max_norm * (1 - 1e-5):
                same(got, grad, name)
            else:
                close(got, factor * grad, name, rtol=1e-5, atol=1e-12)
        if nonfinite:
            leaves[1].grad = torch.full((2,), math.inf, dtype=torch.float64)
            call = functools.partial(clip, leaves, max_norm, norm_type, error_if_nonfinite=True)
            raises(RuntimeError, call, "clip(..., error_if_nonfinite=True) of an infinite gradient")
            same(leaves[0].grad, clipped[0], "a finite gradient after clip raised")

    return test


Scheduler = Callable[..., Any]


def step_lr(base: float, step: int, *, step_size: int, gamma: float) -> float:
    """The rate of StepLR: times gamma every step_size steps."""
    return base * gamma ** (step // step_size)


def cosine_lr(base: float, step: int, *, T_max: int, eta_min: float) -> float:  # noqa: N803
    """The rate of CosineAnnealingLR: half a wave from base to eta_min, and then back."""
    return eta_min + (base - eta_min) * (1 + math.cos(math.pi * step / T_max)) / 2


def linear_lr(
    base: float, step: int, *, start_factor: float, end_factor: float, total_iters: int
) -> float:
    """The rate of LinearLR: base times a factor that stays at its end."""
    share = min(step, total_iters) / total_iters
    return base * (start_factor + (end_factor - start_factor) * share)


_SCHEDULES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("StepLR", {"step_size": 1, "gamma": 0.5}),
    ("StepLR", {"step_size": 3, "gamma": 0.1}),
    ("CosineAnnealingLR", {"T_max": 1, "eta_min": 0.0}),
    ("CosineAnnealingLR", {"T_max": 4, "eta_min": 0.0}),
    ("CosineAnnealingLR", {"T_max": 5, "eta_min": 0.125}),
    ("LinearLR", {"start_factor": 0.25, "end_factor": 1.0, "total_iters": 4}),
    ("LinearLR", {"start_factor": 1.0, "end_factor": 0.5, "total_iters": 1}),
)
_FORMULAS: dict[str, Callable[..., float]] = {
    "StepLR": step_lr,
    "CosineAnnealingLR": cosine_lr,
    "LinearLR": linear_lr,
}


@law(
    family="training",
    source="https://docs.pytorch.org/docs/stable/optim.html",
    tolerance="rtol 1e-9, atol 1e-12",
)
def scheduler_closed_form(
    *,
    step_lr: Scheduler = torch.optim.lr_scheduler.StepLR,
    cosine: Scheduler = torch.optim.lr_scheduler.CosineAnnealingLR,
    linear: Scheduler = torch.optim.lr_scheduler.LinearLR,
) -> Test:
    """After k steps of StepLR, CosineAnnealingLR or LinearLR the rate is what its formula says.

    gamma ** (k // step_size); half a cosine from the base rate to eta_min at T_max; a factor that
    is linear in k and then stays.  In each parameter group from its own base rate, with k = 0
    before the first step, and ``get_last_lr`` says the same.  The subjects are called as torch's.
    """
    makers = {"StepLR": step_lr, "CosineAnnealingLR": cosine, "LinearLR": linear}

    @for_all(
        schedule=st.sampled_from(list(_SCHEDULES)),
        steps=st.integers(0, 8),
        base=st.sampled_from([1.0, 0.1]),
    )
    def test(schedule: tuple[str, dict[str, Any]], steps: int, base: float) -> None:
        name, options = schedule
        rates = (base, base / 4)
        groups = [{"params": [torch.zeros(1, requires_grad=True)], "lr": rate} for rate in rates]
        optimizer = torch.optim.SGD(groups, lr=base)
        scheduler = makers[name](optimizer, **options)
        for step in range(steps + 1):
            if step:
                optimizer.step()
                scheduler.step()
            expected = [_FORMULAS[name](rate, step, **options) for rate in rates]
            what = f"of both groups after {step} steps of {name}, from {list(rates)}"
            for words, got in (
                ("the rates", [group["lr"] for group in optimizer.param_groups]),
                ("get_last_lr()", scheduler.get_last_lr()),
            ):
                near = all(
                    math.isclose(float(a), b, rel_tol=1e-9, abs_tol=1e-12)
                    for a, b in zip(got, expected, strict=True)
                )
                require(near, f"{words} {what} are {got}, expected {expected}")

    return test


class Average(Protocol):
    """What a law asks of a moving average of a model."""

    module: nn.Module
    """A model of its own with the averaged parameters."""

    def update_parameters(self, model: nn.Module) -> object:
        """Take in the parameters as they are now."""


def averaged_model(model: nn.Module, decay: float) -> Average:
    """torch's exponential moving average."""
    from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

    rule = get_ema_multi_avg_fn(decay)  # type: ignore[no-untyped-call]
    average: Average = AveragedModel(model, multi_avg_fn=rule)
    return average


@functools.cache
def _small_model() -> nn.Module:
    model = nn.Sequential(nn.Linear(2, 1), nn.Linear(1, 1, bias=False)).double()
    with torch.no_grad():
        for number, parameter in enumerate(model.parameters(), start=1):
            parameter.fill_(number)
    return model


@law(
    family="training",
    source="https://docs.pytorch.org/docs/stable/generated/"
    "torch.optim.swa_utils.AveragedModel.html",
    tolerance="rtol 1e-12, atol 1e-12 in float64",
)
def ema_recurrence(*, ema: Callable[[nn.Module, float], Average] = averaged_model) -> Test:
    """An exponential moving average follows e = decay * e + (1 - decay) * p, from e = p.

    It keeps weights of its own: the model stays as it is, and the average does not follow what is
    written to the model.  ``ema(model, decay)`` has ``update_parameters(model)`` and ``module``;
    it is first updated with the model that it was made of.
    """

    @for_all(
        decay=st.sampled_from([0.5, 0.9, 0.0, 0.999]),
        moves=st.lists(st.sampled_from([1.0, -1.0, 0.5, 0.0]), max_size=3),
    )
    def test(decay: float, moves: list[float]) -> None:
        model = copy.deepcopy(_small_model())
        average = ema(model, decay)
        average.update_parameters(model)
        expected = {name: p.detach().clone() for name, p in model.named_parameters()}
        for move in moves:
            with torch.no_grad():
                for parameter in model.parameters():
                    parameter.mul_(0.5).add_(move)
            now = {name: p.detach().clone() for name, p in model.named_parameters()}
            average.update_parameters(model)
            same({name: p.detach() for name, p in model.named_parameters()}, now, "the model")
            for name, p in now.items():
                expected[name] = decay * expected[name] + (1 - decay) * p
        averaged = dict(average.module.named_parameters())
        same(sorted(averaged), sorted(expected), "the names of the averages")
        for name, wanted in expected.items():
            what = f"the average of {name} after {len(moves)} moves of the model"
            close(averaged[name], wanted, what, rtol=1e-12, atol=1e-12)

    return test
