"""Every law is able to fail: mistakes that people make, each rejected with a counterexample."""

from __future__ import annotations

import functools
import importlib
import math
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812  (the name everyone uses)
from torch import Tensor, nn

from verify import laws
from verify.laws import LAWS, LawBroken, Test
from verify.laws.autograd import branching

Prove = Callable[[Test], None]


def promoting_matmul(a: Tensor, b: Tensor) -> Tensor:
    kind = torch.promote_types(a.dtype, b.dtype)
    return a.to(kind) @ b.to(kind)


def overwriting_backward(loss: Tensor) -> None:
    """Walks the graph as a small engine would, and assigns where it should add."""
    nodes, leaves = [loss.grad_fn], []
    while nodes:
        node = nodes.pop()
        if node is not None:
            leaves += [node.variable] if hasattr(node, "variable") else []
            nodes += [upstream for upstream, _ in node.next_functions]
    for leaf, grad in zip(leaves, torch.autograd.grad(loss, leaves), strict=True):
        leaf.grad = grad


class SlopeOfInput(torch.autograd.Function):
    """A sigmoid whose backward uses the input where it needs the output."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return torch.sigmoid(x)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        slope: Tensor = x * (1 - x)
        return grads[0] * slope


class ReluAsLeaky(torch.autograd.Function):
    """A leaky relu that forgets its slope on the way back."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return F.leaky_relu(x)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        return grads[0] * torch.gt(x, 0)


class TransposedLinear(nn.Module):
    def __init__(self, i: int, o: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(i, o))
        self.bias = nn.Parameter(torch.zeros(o))

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.weight + self.bias


class Centred(nn.Module):
    """Subtracts the mean of the batch, in evaluation too."""

    def forward(self, x: Tensor) -> Tensor:
        return x - x.mean(0)


class AlwaysDropout(nn.Module):
    """Calls the function, whose training is True unless it is told otherwise."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        return F.dropout(x, self.p)


class UnscaledDropout(AlwaysDropout):
    def forward(self, x: Tensor) -> Tensor:
        return x * (torch.rand_like(x) >= self.p) if self.training else x


class Stepping:
    """What the home-made optimisers below have in common."""

    def __init__(self, parameters: list[Tensor], lr: float) -> None:
        self.parameters, self.lr = list(parameters), lr

    def zero_grad(self) -> None:
        for parameter in self.parameters:
            parameter.grad = None


class Ascent(Stepping):
    @torch.no_grad()
    def step(self) -> None:
        for parameter in self.parameters:
            if parameter.grad is not None:
                parameter += self.lr * parameter.grad


class Rebinding(Stepping):
    """Makes new tensors, so that the model never sees a step."""

    def step(self) -> None:
        with_grad = [p for p in self.parameters if p.grad is not None]
        self.parameters = [p.detach() - self.lr * p.grad for p in with_grad if p.grad is not None]


class UncorrectedAdam(Stepping):
    @torch.no_grad()
    def step(self) -> None:
        for parameter in self.parameters:
            if parameter.grad is not None:
                first, second = 0.1 * parameter.grad, 0.001 * parameter.grad**2
                parameter -= self.lr * first / (second.sqrt() + 1e-8)


def naive_cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    """Without subtracting the maximum: overflows at large logits."""
    shares = logits.exp() / logits.exp().sum(1, keepdim=True)
    return -shares.log().gather(1, target[:, None]).mean()


def naive_softmax(x: Tensor, dim: int) -> Tensor:
    return x.exp() / x.exp().sum(dim, keepdim=True)


def forgiving_load(module: nn.Module, state: dict[str, Tensor]) -> object:
    """Drops what does not fit, as many fine-tuning scripts do."""
    own = module.state_dict()
    fits = {key: value for key, value in state.items() if value.shape == own[key].shape}
    return module.load_state_dict(fits, strict=False)


def sampling_loader(
    dataset: list[int], *, batch_size: int, shuffle: bool, drop_last: bool
) -> Iterator[list[int]]:
    """Draws each batch at random, with replacement."""
    count = len(dataset) // batch_size if drop_last else math.ceil(len(dataset) / batch_size)
    for _ in range(count):
        yield random.choices(dataset, k=batch_size)


def leaving_grad_off(model: nn.Module, x: Tensor) -> object:
    torch.set_grad_enabled(False)
    return model(x)


BROKEN: dict[str, Callable[[], Test]] = {
    "tensor_from_floats": lambda: laws.tensor_from_floats(
        tensor=lambda values: torch.from_numpy(np.array(values))
    ),
    "tensor_from_ints": lambda: laws.tensor_from_ints(tensor=torch.Tensor),
    "zeros_ones_rand": lambda: laws.zeros_ones_rand(rand=torch.randn),
    "matmul_matches_numpy": lambda: laws.matmul_matches_numpy(
        matmul=lambda a, b: (a.float() @ b.float()).double()
    ),
    "matmul_needs_equal_dtypes": lambda: laws.matmul_needs_equal_dtypes(matmul=promoting_matmul),
    "numpy_shares_or_copies": lambda: laws.numpy_shares_or_copies(copy=torch.as_tensor),
    "to_same_is_self": lambda: laws.to_same_is_self(to=lambda x, new: x.clone().to(new)),
    "scalar_linear_grad": lambda: laws.scalar_linear_grad(function=lambda x: x**2 + 5, slope=5),
    "mean_grad": lambda: laws.mean_grad(function=lambda x: (2 * x).sum(), scale=2),
    "grad_accumulates": lambda: laws.grad_accumulates(backward=overwriting_backward),
    "backward_needs_scalar": lambda: laws.backward_needs_scalar(
        backward=lambda y: y.sum().backward()  # type: ignore[no-untyped-call]
    ),
    "grad_follows_branch": lambda: laws.grad_follows_branch(
        function=lambda x: branching(x.detach()) + 0 * x
    ),
    "gradcheck_smooth": lambda: laws.gradcheck_smooth(activation=SlopeOfInput.apply),
    "gradcheck_kinked": lambda: laws.gradcheck_kinked(activation=ReluAsLeaky.apply),
    "gradcheck_linear_mse": lambda: laws.gradcheck_linear_mse(
        loss=lambda x, w, b, t: F.mse_loss(x @ w.detach().T + b, t)
    ),
    "linear_formula": lambda: laws.linear_formula(layer=TransposedLinear),
    "batch_independence": lambda: laws.batch_independence(module=Centred),
    "conv_output_size": lambda: laws.conv_output_size(
        size=lambda h, k, s, p: math.ceil((h + 2 * p - k) / s) + 1
    ),
    "view_merges_rows": lambda: laws.view_merges_rows(flatten=lambda x: x.view(-1, 12)),
    "sgd_step": lambda: laws.sgd_step(optimizer=Ascent),
    "adam_first_step": lambda: laws.adam_first_step(optimizer=UncorrectedAdam),
    "cross_entropy_identities": lambda: laws.cross_entropy_identities(
        cross_entropy=lambda z, t: F.cross_entropy(z.softmax(1), t)
    ),
    "activation_invariants": lambda: laws.activation_invariants(softmax=naive_softmax),
    "state_dict_round_trip": lambda: laws.state_dict_round_trip(
        save=lambda state, file: torch.save({k: v.float() for k, v in state.items()}, file)
    ),
    "state_dict_shape_mismatch": lambda: laws.state_dict_shape_mismatch(load=forgiving_load),
    "dropout_modes": lambda: laws.dropout_modes(dropout=AlwaysDropout),
    "loader_partitions": lambda: laws.loader_partitions(loader=sampling_loader),
    "argmax_predictions": lambda: laws.argmax_predictions(predict=lambda z: z.argmax(dim=0)),
    "no_grad_output": lambda: laws.no_grad_output(predict=lambda model, x: model.eval()(x)),
    "normalize_range": lambda: laws.normalize_range(normalize=lambda x: (x - 0.5) * 0.5),
    "manual_seed_reproduces": lambda: laws.manual_seed_reproduces(program=random.random),
    "mse_broadcast_trap": lambda: laws.mse_broadcast_trap(
        mse=lambda p, t: F.mse_loss(p.flatten(), t)
    ),
    "mse_pairs_rows": lambda: laws.mse_pairs_rows(mse=F.mse_loss),
}
"""One broken subject for every law."""

MORE_BROKEN: list[Callable[[], Test]] = [
    lambda: laws.tensor_from_floats(tensor=lambda values: torch.tensor(values).flatten()),
    lambda: laws.tensor_from_ints(tensor=torch.IntTensor),
    lambda: laws.zeros_ones_rand(ones=lambda shape: torch.full(shape, 1)),
    lambda: laws.matmul_matches_numpy(matmul=torch.mul),
    lambda: laws.numpy_shares_or_copies(share=torch.tensor),
    lambda: laws.numpy_shares_or_copies(copy=lambda array: torch.tensor(array).float()),
    lambda: laws.grad_accumulates(
        backward=lambda loss: (loss / 2).backward()  # type: ignore[no-untyped-call]
    ),
    lambda: laws.linear_formula(layer=functools.partial(nn.Linear, bias=False)),
    lambda: laws.batch_independence(
        module=nn.BatchNorm2d(3, track_running_stats=False), sample_shape=(3, 2, 2)
    ),
    lambda: laws.batch_independence(module=lambda: nn.Softmax(dim=0), sample_shape=(2,)),
    lambda: laws.conv_output_size(conv=functools.partial(nn.Conv2d, dilation=2)),
    lambda: laws.conv_output_size(size=lambda h, k, s, p: (h + p - k) // s + 1),
    lambda: laws.view_merges_rows(flatten=torch.flatten),
    lambda: laws.dropout_modes(dropout=UnscaledDropout),
    lambda: laws.dropout_modes(dropout=lambda p: nn.Identity()),
    lambda: laws.sgd_step(optimizer=functools.partial(torch.optim.SGD, momentum=0.9)),
    lambda: laws.sgd_step(optimizer=Rebinding),
    lambda: laws.adam_first_step(optimizer=torch.optim.SGD),
    lambda: laws.adam_first_step(optimizer=functools.partial(torch.optim.Adam, maximize=True)),
    lambda: laws.cross_entropy_identities(
        cross_entropy=naive_cross_entropy, class_probabilities=False
    ),
    lambda: laws.cross_entropy_identities(
        cross_entropy=functools.partial(F.cross_entropy, reduction="sum")
    ),
    lambda: laws.activation_invariants(softmax=lambda x, dim: torch.softmax(x, 0)),
    lambda: laws.activation_invariants(relu=F.leaky_relu),
    lambda: laws.activation_invariants(tanh=lambda x: 2 * torch.sigmoid(x) - 1),
    lambda: laws.state_dict_round_trip(
        save=lambda state, file: torch.save(
            {key: value for key, value in state.items() if "running" not in key}, file
        )
    ),
    lambda: laws.no_grad_output(predict=leaving_grad_off),
    lambda: laws.no_grad_output(predict=lambda model, x: model.requires_grad_(False)(x)),
    lambda: laws.argmax_predictions(predict=lambda z: torch.max(z, 1).values),
    lambda: laws.argmax_predictions(predict=lambda z: (z > 0.5).int().argmax(1)),
    lambda: laws.normalize_range(denormalize=lambda y: y * 0.5),
    lambda: laws.manual_seed_reproduces(seed=random.seed),
]
"""More mistakes that a law must see."""


def test_every_law_has_a_broken_subject() -> None:
    """Here or in another ``test_broken_*.py`` of this folder, and in one of them only."""
    files = sorted(Path(__file__).parent.glob("test_broken_*.py"))
    broken = [name for file in files for name in importlib.import_module(file.stem).BROKEN]
    assert sorted(broken) == sorted(LAWS)


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_subject_is_rejected(name: str, prove: Prove) -> None:
    with pytest.raises(LawBroken) as caught:
        prove(BROKEN[name]())
    message = str(caught.value)
    assert message.startswith(f"{name}: ")
    assert "\n  for " in message
    assert max(map(len, message.splitlines())) < 600


@pytest.mark.parametrize("index", range(len(MORE_BROKEN)))
def test_another_broken_subject_is_rejected(index: int, prove: Prove) -> None:
    with pytest.raises(LawBroken):
        prove(MORE_BROKEN[index]())
