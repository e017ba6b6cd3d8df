"""Many steps of an optimiser: against the recurrence on paper, resumed, and all at once."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor

from verify.laws.checks import close, same
from verify.laws.forall import for_all
from verify.laws.registry import KnownException, Test, law
from verify.laws.strategies import Layout, seeds, shapes, tensors

OptimizerFactory = Callable[..., Any]

_START = tensors(shapes(0, 2, max_side=2), torch.float64, 4.0, layout=Layout.CONTIGUOUS)
_STEPS = st.integers(1, 4)
_OPTIM = "https://docs.pytorch.org/docs/stable/generated/torch.optim."


def slope(p: Tensor) -> Tensor:
    """The gradient that stands in for a loss: bounded, and another one wherever p is."""
    return (p * 2 + 1).sin() + p * 0.125


def _run(optimizer: Any, leaf: Tensor, steps: int) -> Iterator[Tensor]:
    """Where each step takes the parameter."""
    for _ in range(steps):
        leaf.grad = slope(leaf.detach())
        optimizer.step()
        yield leaf.detach().clone()


def sgd_recurrence(p: Tensor, options: Mapping[str, Any], steps: int) -> Iterator[Tensor]:
    """Where SGD takes a parameter: the buffer starts as the first gradient, undamped."""
    lr, momentum = options["lr"], options.get("momentum", 0.0)
    buffer = torch.zeros_like(p)
    for step in range(steps):
        grad = slope(p) + options.get("weight_decay", 0.0) * p
        if momentum:
            damping = 1.0 if step == 0 else 1 - options.get("dampening", 0.0)
            buffer = momentum * buffer + damping * grad
            grad = grad + momentum * buffer if options.get("nesterov") else buffer
        p = p - lr * grad
        yield p


SGD_OPTIONS: tuple[dict[str, Any], ...] = (
    {},
    {"momentum": 0.5},
    {"momentum": 0.9, "dampening": 0.5},
    {"weight_decay": 0.5},
    {"momentum": 0.9, "weight_decay": 0.1},
    {"momentum": 0.9, "nesterov": True},
    {"momentum": 0.5, "weight_decay": 0.5, "nesterov": True},
    {"momentum": 0.5, "dampening": 0.25, "weight_decay": 0.1},
)
"""Settings of SGD, the simplest first."""


@law(
    family="trajectories", source=_OPTIM + "SGD.html", tolerance="rtol 1e-10, atol 1e-10 in float64"
)
def sgd_momentum_trajectory(
    *,
    optimizer: OptimizerFactory = torch.optim.SGD,
    options: Sequence[Mapping[str, Any]] = SGD_OPTIONS,
) -> Test:
    """SGD follows b = momentum b + (1 - dampening) g, p = p - lr b, where the first b is g.

    Weight decay adds weight_decay * p to the gradient g; with nesterov the step is along
    g + momentum * b.  ``optimizer([p], lr=lr, **one)`` is called with each one of ``options``.
    """

    @for_all(
        p=_START,
        options=st.sampled_from([dict(one) for one in options]),
        lr=st.sampled_from([1.0, 0.1]),
        steps=_STEPS,
    )
    def test(p: Tensor, options: dict[str, Any], lr: float, steps: int) -> None:
        leaf = p.clone().requires_grad_()
        got = _run(optimizer([leaf], lr=lr, **options), leaf, steps)
        wanted = sgd_recurrence(p, {"lr": lr, **options}, steps)
        for step, (here, there) in enumerate(zip(got, wanted, strict=True), start=1):
            close(here, there, f"the parameter after step {step}", rtol=1e-10, atol=1e-10)

    return test


def adam_recurrence(
    p: Tensor, options: Mapping[str, Any], steps: int, *, decoupled: bool
) -> Iterator[Tensor]:
    """Where Adam takes a parameter; ``decoupled`` decay shrinks it and never enters the moments."""
    lr, (beta1, beta2), eps = options["lr"], options["betas"], options["eps"]
    decay = options["weight_decay"]
    first, second = torch.zeros_like(p), torch.zeros_like(p)
    for step in range(1, steps + 1):
        grad = slope(p)
        if decoupled:
            p = p * (1 - lr * decay)
        else:
            grad = grad + decay * p
        first = beta1 * first + (1 - beta1) * grad
        second = beta2 * second + (1 - beta2) * grad * grad
        corrected = first / (1 - beta1**step)
        scale = (second / (1 - beta2**step)).sqrt() + eps
        p = p - lr * corrected / scale
        yield p


@law(
    family="trajectories",
    source=_OPTIM + "AdamW.html",
    tolerance="rtol 1e-9, atol 1e-9 in float64",
)
def adamw_decouples_decay(
    *,
    optimizer: OptimizerFactory = torch.optim.AdamW,
    coupled: OptimizerFactory | None = torch.optim.Adam,
) -> Test:
    """AdamW takes lr * weight_decay * p off each parameter, outside of the moments of Adam.

    Both moments are corrected for their start at zero, and eps is added outside of the square
    root.  Adam with weight_decay, ``coupled``, adds weight_decay * p to the gradient instead.
    Both are called ``(params, lr=, betas=, eps=, weight_decay=)``; ``coupled=None`` leaves
    the second out.
    """
    betas = st.sampled_from([(0.9, 0.999), (0.5, 0.75), (0.0, 0.9)])

    @for_all(
        p=_START,
        lr=st.sampled_from([0.1, 0.5]),
        betas=betas,
        eps=st.sampled_from([1e-8, 0.5]),
        weight_decay=st.sampled_from([0.0, 0.5, 0.01]),
        steps=_STEPS,
    )
    def test(p: Tensor, steps: int, **options: Any) -> None:
        for name, make in (("AdamW", optimizer), ("Adam", coupled)):
            if make is not None:
                leaf = p.clone().requires_grad_()
                got = _run(make([leaf], **options), leaf, steps)
                wanted = adam_recurrence(p, options, steps, decoupled=name == "AdamW")
                for step, (here, there) in enumerate(zip(got, wanted, strict=True), start=1):
                    close(here, there, f"the parameter of {name} after step {step}")

    return test


def _named(name: str, **options: Any) -> OptimizerFactory:
    return lambda groups, **more: getattr(torch.optim, name)(groups, **options, **more)


OPTIMIZERS: dict[str, OptimizerFactory] = {
    "SGD(momentum=0.9)": _named("SGD", momentum=0.9),
    "Adam": _named("Adam"),
    "Adam(amsgrad=True)": _named("Adam", amsgrad=True),
    "AdamW": _named("AdamW"),
    "RMSprop(momentum=0.9, centered=True)": _named("RMSprop", momentum=0.9, centered=True),
    "Adagrad(lr_decay=0.1)": _named("Adagrad", lr_decay=0.1),
    "Adadelta": _named("Adadelta"),
    "Adamax": _named("Adamax"),
    "RAdam": _named("RAdam"),
    "ASGD": _named("ASGD"),
    "Rprop": _named("Rprop"),
    "NAdam": _named("NAdam"),
}
"""torch's optimisers for dense parameters of any shape, with state to speak of."""


def resume_from_state(new: Any, old: Any) -> None:
    """Hand what an optimiser knows to a new one, as through a checkpoint."""
    new.load_state_dict(copy.deepcopy(old.state_dict()))


@law(
    family="trajectories",
    source=_OPTIM + "Optimizer.load_state_dict.html",
    tolerance="exact, bit for bit",
    exceptions=(
        KnownException(
            "NAdam in float64: mu_product is float32 and load_state_dict casts it to the dtype of "
            "the parameter, so that the resumed run departs by 5e-12",
            ">=2.11,<=2.15",
        ),
    ),
)
def optimizer_resume_is_bitwise(
    *,
    optimizer: OptimizerFactory | None = None,
    resume: Callable[[Any, Any], object] = resume_from_state,
) -> Test:
    """A new optimiser that is given the state of an old one goes on exactly as the old one would.

    For SGD with momentum, Adam, AdamW, RMSprop, Adagrad and the rest, in float32 and float64;
    ``optimizer(params)`` takes their place.  ``resume(new, old)`` hands the state over.
    """
    choices = OPTIMIZERS if optimizer is None else {"optimizer": optimizer}
    dtypes = [torch.float32, torch.float64]
    cases = [
        (name, dtype)
        for name in choices
        for dtype in dtypes
        if (name, dtype) != ("NAdam", torch.float64)
    ]

    @for_all(
        p=_START,
        name_dtype=st.sampled_from(cases),
        before=st.integers(0, 3),
        after=st.integers(1, 3),
    )
    def test(p: Tensor, name_dtype: tuple[str, torch.dtype], before: int, after: int) -> None:
        name, dtype = name_dtype
        leaf = p.to(dtype).clone().requires_grad_()
        old = choices[name]([leaf])
        for _ in _run(old, leaf, before):
            pass
        twin = leaf.detach().clone().requires_grad_()
        new = choices[name]([twin])
        resume(new, old)
        both = zip(_run(new, twin, after), _run(old, leaf, after), strict=True)
        for step, (resumed, straight) in enumerate(both, start=1):
            same(resumed, straight, f"the parameter {step} steps after {name} was resumed")

    return test


@law(
    family="trajectories",
    source="https://docs.pytorch.org/docs/stable/optim.html",
    tolerance="rtol 1e-12, atol 1e-12 in float64",
    exceptions=(
        KnownException(
            "ASGD in float64: with foreach the step size eta is computed in float32, in the loop "
            "in float64 and then rounded, so that the two runs depart by 5e-8",
            ">=2.11,<=2.15",
        ),
    ),
)
def foreach_equals_loop(*, optimizer: OptimizerFactory | None = None) -> Test:
    """foreach=True, all parameters at once, takes the same steps as a loop over them.

    With groups of their own learning rates, a parameter that has no gradient and one that is
    empty.  ``optimizer(groups, foreach=flag)`` takes the place of torch's.
    """
    choices = {name: make for name, make in OPTIMIZERS.items() if name != "ASGD"}
    if optimizer is not None:
        choices = {"optimizer": optimizer}

    @for_all(
        name=st.sampled_from(list(choices)),
        sides=st.lists(shapes(0, 2, max_side=2), min_size=2, max_size=4),
        idle=st.sampled_from([None, 0, 1]),
        steps=st.integers(1, 3),
        seed=seeds(),
    )
    def test(name: str, sides: list[tuple[int, ...]], idle: int | None, steps: int) -> None:
        starts = [torch.randn(side, dtype=torch.float64) for side in sides]
        ends = []
        for foreach in (True, False):
            leaves = [start.clone().requires_grad_() for start in starts]
            groups = [
                {"params": part, "lr": lr} for part, lr in ((leaves[:1], 0.5), (leaves[1:], 0.125))
            ]
            stepper = choices[name](groups, foreach=foreach)
            for _ in range(steps):
                for place, leaf in enumerate(leaves):
                    leaf.grad = None if place == idle else slope(leaf.detach())
                stepper.step()
            ends.append([leaf.detach() for leaf in leaves])
        for place, (together, alone) in enumerate(zip(*ends, strict=True)):
            what = f"parameter {place} after {steps} steps with foreach=True"
            close(together, alone, what, rtol=1e-12, atol=1e-12)

    return test
