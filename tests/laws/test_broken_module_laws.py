"""The laws of modules are able to fail: mistakes that people make, each seen."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping

import pytest
import torch
import torch.nn.functional as F  # noqa: N812  (the name everyone uses)
from torch import Tensor, nn

from verify import laws
from verify.laws import LAWS, LawBroken, Test

Prove = Callable[[Test], None]


def parameters_alone(module: nn.Module) -> dict[str, Tensor]:
    """Forgets the buffers, and with them the running statistics."""
    return {name: parameter.detach() for name, parameter in module.named_parameters()}


def mode_of_itself(module: nn.Module, mode: bool) -> None:
    module.training = mode


class AlwaysDropping(nn.Module):
    """Calls the function, whose training is True unless it is told otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(3, 4)

    def forward(self, x: Tensor) -> Tensor:
        return F.dropout(self.linear(x))


class AlwaysTracking(nn.BatchNorm1d):
    """Moves its running statistics in evaluation too."""

    def forward(self, x: Tensor) -> Tensor:
        return F.batch_norm(x, self.running_mean, self.running_var, training=True)


def tie_by_copy(embedding: nn.Embedding, head: nn.Linear) -> None:
    head.weight = nn.Parameter(embedding.weight.detach().clone())


def tie_by_data(embedding: nn.Embedding, head: nn.Linear) -> None:
    """One memory under two parameters: the gradients stay apart."""
    head.weight.data = embedding.weight.data


class Normalising(nn.Module):
    """A layer norm with its choices left open."""

    def __init__(self, sides: tuple[int, ...], eps: float) -> None:
        super().__init__()
        self.sides, self.eps = sides, eps
        self.weight = nn.Parameter(torch.ones(sides))
        self.bias = nn.Parameter(torch.zeros(sides))

    def normalised(self, x: Tensor) -> Tensor:
        axes = tuple(range(-len(self.sides), 0))
        centred = x - x.mean(axes, keepdim=True)
        return centred / (centred.square().mean(axes, keepdim=True) + self.eps).sqrt()

    def forward(self, x: Tensor) -> Tensor:
        return self.normalised(x) * self.weight + self.bias


class UnbiasedLayerNorm(Normalising):
    def normalised(self, x: Tensor) -> Tensor:
        axes = tuple(range(-len(self.sides), 0))
        return (x - x.mean(axes, keepdim=True)) / (x.var(axes, keepdim=True) + self.eps).sqrt()


class LayerNormOfStd(Normalising):
    """eps beside the deviation, where it goes under the root."""

    def normalised(self, x: Tensor) -> Tensor:
        axes = tuple(range(-len(self.sides), 0))
        centred = x - x.mean(axes, keepdim=True)
        return centred / (centred.square().mean(axes, keepdim=True).sqrt() + self.eps)


class BiasedRunning(nn.BatchNorm1d):
    """Remembers the variance that it normalises with."""

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.running_mean is None or self.running_var is None:
            return super().forward(x)
        axes = [axis for axis in range(x.dim()) if axis != 1]
        mean, var = x.mean(axes), x.var(axes, unbiased=False)
        momentum = self.momentum or 0.0
        self.running_mean = ((1 - momentum) * self.running_mean + momentum * mean).detach()
        self.running_var = ((1 - momentum) * self.running_var + momentum * var).detach()
        return F.batch_norm(x, mean, var, self.weight, self.bias, eps=self.eps)


def batch_norm_the_other_way(channels: int, eps: float, momentum: float) -> nn.Module:
    """Momentum as other libraries have it: the share of what was."""
    return nn.BatchNorm1d(channels, eps=eps, momentum=1 - momentum)


def _with_bias(layer: nn.Module) -> nn.Module:
    layer.bias = nn.Parameter(torch.zeros_like(layer.get_parameter("weight")))
    return layer


BROKEN: dict[str, Callable[[], Test]] = {
    "state_dict_keys_follow_registration": lambda: laws.state_dict_keys_follow_registration(
        children=list
    ),
    "train_eval_recursive": lambda: laws.train_eval_recursive(train=mode_of_itself),
    "tied_weights_stay_tied": lambda: laws.tied_weights_stay_tied(tie=tie_by_copy),
    "batchnorm_formula": lambda: laws.batchnorm_formula(layer=BiasedRunning),
    "layernorm_formula": lambda: laws.layernorm_formula(layer=UnbiasedLayerNorm),
}
"""One broken subject for every law of these families."""

MORE_BROKEN: dict[str, Callable[[], Test]] = {
    "parameters alone": lambda: laws.state_dict_keys_follow_registration(
        state_dict=parameters_alone
    ),
    "a state of copies": lambda: laws.state_dict_keys_follow_registration(
        state_dict=lambda module: {k: v.clone() for k, v in module.state_dict().items()}
    ),
    "every buffer": lambda: laws.state_dict_keys_follow_registration(
        state_dict=lambda module: {
            **dict(module.named_parameters()),
            **dict(module.named_buffers()),
        }
    ),
    "dropout in evaluation": lambda: laws.train_eval_recursive(module=AlwaysDropping),
    "statistics moved in evaluation": lambda: laws.train_eval_recursive(
        module=lambda: AlwaysTracking(3)
    ),
    "tied by .data": lambda: laws.tied_weights_stay_tied(tie=tie_by_data),
    "not tied": lambda: laws.tied_weights_stay_tied(tie=lambda embedding, head: None),
    "momentum the other way": lambda: laws.batchnorm_formula(layer=batch_norm_the_other_way),
    "statistics not tracked": lambda: laws.batchnorm_formula(
        layer=functools.partial(nn.BatchNorm1d, track_running_stats=False)
    ),
    "eps beside the deviation": lambda: laws.layernorm_formula(layer=LayerNormOfStd),
    "no mean taken off": lambda: laws.layernorm_formula(
        layer=lambda sides, eps: _with_bias(nn.RMSNorm(sides, eps=eps))
    ),
}
"""More mistakes that a law must see."""


def own_keys(module: nn.Module) -> Mapping[str, Tensor]:
    """By hand: parameters and persistent buffers, module by module."""
    state: dict[str, Tensor] = {}
    for prefix, child in module.named_modules():
        head = f"{prefix}." if prefix else ""
        own = {**child._parameters, **child._buffers}
        skipped = child._non_persistent_buffers_set
        state.update(
            {f"{head}{k}": v for k, v in own.items() if v is not None and k not in skipped}
        )
    return state


ACCEPTED: dict[str, Callable[[], Test]] = {
    "keys by hand": lambda: laws.state_dict_keys_follow_registration(state_dict=own_keys),
    "layers in a Sequential": lambda: laws.state_dict_keys_follow_registration(
        children=lambda modules: nn.Sequential(*modules)
    ),
    "one normalisation": lambda: laws.train_eval_recursive(module=nn.BatchNorm1d(3)),
    "tied the other way": lambda: laws.tied_weights_stay_tied(
        tie=lambda embedding, head: setattr(embedding, "weight", head.weight)
    ),
    "LayerNorm by hand": lambda: laws.layernorm_formula(layer=Normalising),
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
