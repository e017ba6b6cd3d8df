"""The laws of optimisers and training are able to fail: mistakes that people make, each seen."""

from __future__ import annotations

import copy
import functools
import math
from collections.abc import Callable, Iterable
from typing import Any

import pytest
import torch
from torch import Tensor, nn, optim

from verify import laws
from verify.laws import LAWS, LawBroken, Test

Prove = Callable[[Test], None]


class Stepping:
    """What the home-made optimisers below have in common."""

    def __init__(self, parameters: Iterable[Tensor], **options: Any) -> None:
        self.parameters, self.options = list(parameters), options
        self.moments: dict[int, tuple[Tensor, ...]] = {}
        self.steps = 0

    @torch.no_grad()
    def step(self) -> None:
        self.steps += 1
        for place, parameter in enumerate(self.parameters):
            if parameter.grad is not None:
                self.move(place, parameter, parameter.grad)

    def move(self, place: int, parameter: Tensor, grad: Tensor) -> None:
        raise NotImplementedError


class DampedFromTheStart(Stepping):
    """Applies the dampening to the first gradient too."""

    def move(self, place: int, parameter: Tensor, grad: Tensor) -> None:
        options = {"momentum": 0.0, "dampening": 0.0, "weight_decay": 0.0, **self.options}
        grad = grad + options["weight_decay"] * parameter
        (buffer,) = self.moments.get(place, (torch.zeros_like(grad),))
        damping = 1 - options["dampening"] if options["momentum"] else 1.0
        buffer = options["momentum"] * buffer + damping * grad
        self.moments[place] = (buffer,)
        nesterov = options.get("nesterov")
        parameter -= options["lr"] * (grad + options["momentum"] * buffer if nesterov else buffer)


class HomemadeAdamW(Stepping):
    corrected = True
    eps_outside = True

    def move(self, place: int, parameter: Tensor, grad: Tensor) -> None:
        lr, eps = self.options["lr"], self.options["eps"]
        beta1, beta2 = self.options["betas"]
        zero = torch.zeros_like(grad)
        first, second = self.moments.get(place, (zero, zero))
        first, second = beta1 * first + (1 - beta1) * grad, beta2 * second + (1 - beta2) * grad**2
        self.moments[place] = first, second
        parameter *= 1 - lr * self.options["weight_decay"]
        if self.corrected:
            first, second = first / (1 - beta1**self.steps), second / (1 - beta2**self.steps)
        scale = second.sqrt() + eps if self.eps_outside else (second + eps).sqrt()
        parameter -= lr * first / scale


class UncorrectedAdamW(HomemadeAdamW):
    corrected = False


class EpsUnderTheRoot(HomemadeAdamW):
    eps_outside = False


class WarmingSGD(optim.SGD):
    """Keeps the number of its steps to itself, where no checkpoint finds it."""

    def __init__(self, params: Any) -> None:
        super().__init__(params, lr=0.1)
        self.steps = 0

    def step(self, closure: Any = None) -> Any:
        self.steps += 1
        self.param_groups[0]["lr"] = 0.1 / self.steps
        return super().step(closure)


def groups_without_state(new: Any, old: Any) -> None:
    """The learning rates, and none of the moments."""
    state = copy.deepcopy(old.state_dict())
    new.load_state_dict({**state, "state": {}})


class OneRateForAll:
    """Takes all parameters at once, with the learning rate of the first group."""

    def __init__(self, groups: list[dict[str, Any]], foreach: bool) -> None:
        self.groups, self.foreach = groups, foreach

    @torch.no_grad()
    def step(self) -> None:
        for group in self.groups:
            lr = self.groups[0]["lr"] if self.foreach else group["lr"]
            with_grad = [p for p in group["params"] if p.grad is not None]
            for parameter in with_grad:
                parameter -= lr * parameter.grad


def clip_each(
    parameters: Iterable[Tensor], max_norm: float, norm_type: float = 2.0, **options: bool
) -> Tensor:
    """Clips every gradient on its own, which turns the direction of them all."""
    norms = [
        nn.utils.clip_grad_norm_([p], max_norm, norm_type, **options)
        for p in parameters
        if p.grad is not None
    ]
    together: Tensor = torch.linalg.vector_norm(torch.stack(norms), norm_type)
    return together


def scale_always(parameters: Iterable[Tensor], max_norm: float, norm_type: float = 2.0) -> Tensor:
    """Brings small gradients up to the bound as well."""
    grads = [p.grad for p in parameters if p.grad is not None]
    norm: Tensor = torch.linalg.vector_norm(torch.cat([g.flatten() for g in grads]), norm_type)
    for grad in grads:
        grad.mul_(max_norm / (norm + 1e-6))
    return norm


def norm_afterwards(
    parameters: Iterable[Tensor], max_norm: float, norm_type: float = 2.0, **options: bool
) -> Tensor:
    parameters = list(parameters)
    nn.utils.clip_grad_norm_(parameters, max_norm, norm_type, **options)
    return nn.utils.get_total_norm([p.grad for p in parameters if p.grad is not None], norm_type)


class Ema:
    """A moving average as it is written by hand."""

    keep, aliased = True, False

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.module = model if self.aliased else copy.deepcopy(model)
        self.decay = decay if self.keep else 1 - decay

    @torch.no_grad()
    def update_parameters(self, model: nn.Module) -> None:
        for mine, theirs in zip(self.module.parameters(), model.parameters(), strict=True):
            mine.lerp_(theirs, 1 - self.decay)


class ForgetfulEma(Ema):
    """decay and 1 - decay the other way round."""

    keep = False


class AliasedEma(Ema):
    """Averages the model with itself."""

    aliased = True


BROKEN: dict[str, Callable[[], Test]] = {
    "sgd_momentum_trajectory": lambda: laws.sgd_momentum_trajectory(optimizer=DampedFromTheStart),
    "adamw_decouples_decay": lambda: laws.adamw_decouples_decay(optimizer=optim.Adam),
    "optimizer_resume_is_bitwise": lambda: laws.optimizer_resume_is_bitwise(
        resume=groups_without_state
    ),
    "foreach_equals_loop": lambda: laws.foreach_equals_loop(optimizer=OneRateForAll),
    "clip_grad_norm_bounds": lambda: laws.clip_grad_norm_bounds(clip=clip_each),
    "scheduler_closed_form": lambda: laws.scheduler_closed_form(
        step_lr=lambda optimizer, step_size, gamma: optim.lr_scheduler.ExponentialLR(
            optimizer, gamma ** (1 / step_size)
        )
    ),
    "ema_recurrence": lambda: laws.ema_recurrence(ema=ForgetfulEma),
}
"""One broken subject for every law of these families."""

MORE_BROKEN: dict[str, Callable[[], Test]] = {
    "momentum forgotten": lambda: laws.sgd_momentum_trajectory(
        optimizer=lambda params, lr, momentum=0.0, **options: optim.SGD(params, lr=lr)
    ),
    "nesterov forgotten": lambda: laws.sgd_momentum_trajectory(
        optimizer=lambda params, **options: optim.SGD(params, **{**options, "nesterov": False})
    ),
    "moments not corrected": lambda: laws.adamw_decouples_decay(
        optimizer=UncorrectedAdamW, coupled=None
    ),
    "eps under the root": lambda: laws.adamw_decouples_decay(
        optimizer=EpsUnderTheRoot, coupled=None
    ),
    "Adam that decouples": lambda: laws.adamw_decouples_decay(coupled=optim.AdamW),
    "steps outside of the state": lambda: laws.optimizer_resume_is_bitwise(optimizer=WarmingSGD),
    "not resumed": lambda: laws.optimizer_resume_is_bitwise(resume=lambda new, old: None),
    "small gradients made larger": lambda: laws.clip_grad_norm_bounds(
        clip=scale_always, nonfinite=False
    ),
    "the norm afterwards": lambda: laws.clip_grad_norm_bounds(clip=norm_afterwards),
    "clipped by value": lambda: laws.clip_grad_norm_bounds(
        clip=lambda parameters, bound, norm_type: nn.utils.clip_grad_value_(parameters, bound),
        nonfinite=False,
    ),
    "a cosine of T_max - 1": lambda: laws.scheduler_closed_form(
        cosine=lambda optimizer, T_max, eta_min: optim.lr_scheduler.CosineAnnealingLR(  # noqa: N803
            optimizer, max(T_max - 1, 1), eta_min
        )
    ),
    "a cosine without its floor": lambda: laws.scheduler_closed_form(
        cosine=lambda optimizer, T_max, eta_min: optim.lr_scheduler.CosineAnnealingLR(  # noqa: N803
            optimizer, T_max
        )
    ),
    "warmed up from zero": lambda: laws.scheduler_closed_form(
        linear=lambda optimizer, start_factor, end_factor, total_iters: optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: min(1.0, step / total_iters)
        )
    ),
    "an average of the model with itself": lambda: laws.ema_recurrence(ema=AliasedEma),
}
"""More mistakes that a law must see."""

ACCEPTED: dict[str, Callable[[], Test]] = {
    "AdamW by hand": lambda: laws.adamw_decouples_decay(optimizer=HomemadeAdamW, coupled=None),
    "plain SGD only": lambda: laws.sgd_momentum_trajectory(
        optimizer=lambda params, lr: optim.SGD(params, lr=lr), options=[{}]
    ),
    "nesterov resumed": lambda: laws.optimizer_resume_is_bitwise(
        optimizer=functools.partial(optim.SGD, momentum=0.9, nesterov=True)
    ),
    "EMA by hand": lambda: laws.ema_recurrence(ema=Ema),
    "clipping in a loop": lambda: laws.clip_grad_norm_bounds(
        clip=functools.partial(nn.utils.clip_grad_norm_, foreach=False)
    ),
}
"""Right code of another make."""


def test_the_broken_subjects_are_of_laws() -> None:
    assert BROKEN.keys() <= LAWS.keys()


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_subject_is_rejected(name: str, prove: Prove) -> None:
    with pytest.raises(LawBroken) as caught:
        prove(BROKEN[name]())
    message = str(caught.value)
    assert message.startswith(f"{name}: ")
    assert "\n  for " in message
    assert max(map(len, message.splitlines())) < 450


@pytest.mark.parametrize("mistake", MORE_BROKEN)
def test_another_broken_subject_is_rejected(mistake: str, prove: Prove) -> None:
    with pytest.raises(LawBroken):
        prove(MORE_BROKEN[mistake]())


@pytest.mark.parametrize("subject", ACCEPTED)
def test_right_code_is_accepted(subject: str, prove: Prove) -> None:
    prove(ACCEPTED[subject]())


@pytest.mark.parametrize(
    "make",
    [
        lambda: laws.optimizer_resume_is_bitwise(optimizer=optim.NAdam),
        lambda: laws.foreach_equals_loop(optimizer=optim.ASGD),
    ],
)
def test_a_known_exception_still_breaks_its_law(make: Callable[[], Test], prove: Prove) -> None:
    """Once torch mends one, the law can do without the exception."""
    with pytest.raises(LawBroken):
        prove(make())


def test_the_largest_element_of_an_empty_gradient_is_still_refused() -> None:
    leaves = [torch.zeros(0, requires_grad=True), torch.zeros(2, requires_grad=True)]
    for leaf in leaves:
        leaf.grad = torch.ones_like(leaf)
    with pytest.raises(RuntimeError, match="empty"):
        nn.utils.clip_grad_norm_(leaves, 1.0, norm_type=math.inf)
