"""Right code other than torch's own is accepted: a law refuses mistakes, not styles."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest
import torch
import torch.nn.functional as F  # noqa: N812  (the name everyone uses)
from torch import Tensor, nn

from verify import laws
from verify.laws import LawBroken, Test

Prove = Callable[[Test], None]


class OwnSGD:
    """As candidates write it: gradients are set to zero, not to None."""

    def __init__(self, parameters: list[Tensor], lr: float) -> None:
        self.parameters, self.lr = list(parameters), lr

    def step(self) -> None:
        with torch.no_grad():
            for parameter in self.parameters:
                if parameter.grad is not None:
                    parameter -= self.lr * parameter.grad

    def zero_grad(self) -> None:
        for parameter in self.parameters:
            if parameter.grad is not None:
                parameter.grad.zero_()


class OwnLinear(nn.Module):
    def __init__(self, i: int, o: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(o, i))
        self.bias = nn.Parameter(torch.randn(o))

    def forward(self, x: Tensor) -> Tensor:
        return torch.einsum("...i,oi->...o", x, self.weight) + self.bias


class OwnDropout(nn.Module):
    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        if self.p == 1:
            return torch.zeros_like(x)
        return x * (torch.rand_like(x) >= self.p) / (1 - self.p)


class Swish(torch.autograd.Function):
    """A hand-written activation with a right backward."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x * torch.sigmoid(x)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        gate = torch.sigmoid(x)
        slope: Tensor = gate + x * gate * (1 - gate)
        return grads[0] * slope


def own_cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    right = logits[torch.arange(len(logits)), target]
    return (logits.logsumexp(dim=1) - right).mean()


def own_softmax(x: Tensor, dim: int) -> Tensor:
    if x.shape[dim] == 0:
        return x.clone()
    shifted = (x - x.amax(dim, keepdim=True)).exp()
    return shifted / shifted.sum(dim, keepdim=True)


def own_loader(
    dataset: list[int], *, batch_size: int, shuffle: bool, drop_last: bool
) -> Iterator[list[int]]:
    """A generator, which has no length."""
    order = torch.randperm(len(dataset)).tolist() if shuffle else list(range(len(dataset)))
    for start in range(0, len(dataset), batch_size):
        batch = [dataset[index] for index in order[start : start + batch_size]]
        if len(batch) == batch_size or not drop_last:
            yield batch


@torch.inference_mode()
def predicted_classes(model: nn.Module, x: Tensor) -> list[Tensor]:
    return [model.eval()(x).argmax(1)]


def checkpoint(state: dict[str, Any], file: BinaryIO) -> None:
    torch.save({"model": state, "epoch": 3}, file)


def from_checkpoint(file: BinaryIO) -> dict[str, Any]:
    state: dict[str, Any] = torch.load(file, map_location="cpu", weights_only=True)["model"]
    return state


def train_once() -> list[float]:
    """A short training run."""
    model = nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    losses = []
    for _ in range(3):
        x = torch.randn(8, 1)
        loss = F.mse_loss(model(x), 2 * x + 1)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(loss.item())
    return losses


def chain_rule(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    gradient: Tensor = torch.func.grad(lambda leaf: function(leaf).sum())(x)
    return gradient


ACCEPTED: list[Callable[[], Test]] = [
    lambda: laws.tensor_from_floats(tensor=torch.as_tensor),
    lambda: laws.zeros_ones_rand(ones=lambda shape: torch.zeros(shape) + 1),
    lambda: laws.matmul_matches_numpy(matmul=lambda a, b: torch.einsum("ij,jk->ik", a, b)),
    lambda: laws.numpy_shares_or_copies(share=torch.as_tensor),
    lambda: laws.to_same_is_self(to=lambda x, device: x.to(device), dtypes=False),
    lambda: laws.scalar_linear_grad(function=lambda x: 5 * x, slope=5),
    lambda: laws.scalar_linear_grad(gradient=chain_rule),
    lambda: laws.mean_grad(function=lambda x: (x * 2).mean(), scale=2),
    lambda: laws.grad_accumulates(backward=torch.autograd.backward),
    lambda: laws.grad_accumulates(function=lambda x: x.square().sum()),
    lambda: laws.grad_follows_branch(
        function=lambda x: x**2 if x.item() > 1 else 7 * x,
        derivative=lambda x: 2 * x if x > 1 else torch.full_like(x, 7),
    ),
    lambda: laws.gradcheck_smooth(activation=Swish.apply),
    lambda: laws.gradcheck_kinked(activation=F.hardtanh, kinks=(-1.0, 1.0)),
    lambda: laws.gradcheck_linear_mse(loss=lambda x, w, b, t: ((x @ w.T + b - t) ** 2).mean()),
    lambda: laws.linear_formula(layer=OwnLinear),
    lambda: laws.batch_independence(module=nn.Linear(4, 2), sample_shape=(4,)),
    lambda: laws.view_merges_rows(flatten=lambda x: x.view(x.size(0), -1)),
    lambda: laws.view_merges_rows(flatten=nn.Flatten()),
    lambda: laws.dropout_modes(dropout=OwnDropout),
    lambda: laws.sgd_step(optimizer=OwnSGD, zero_grad_sets_none=False),
    lambda: laws.adam_first_step(optimizer=lambda p, lr: torch.optim.AdamW(p, lr, weight_decay=0)),
    lambda: laws.cross_entropy_identities(
        cross_entropy=own_cross_entropy, class_probabilities=False
    ),
    lambda: laws.activation_invariants(softmax=own_softmax, relu=lambda x: x.clamp(min=0)),
    lambda: laws.activation_invariants(sigmoid=lambda x: (1 + torch.tanh(x / 2)) / 2),
    lambda: laws.state_dict_round_trip(save=checkpoint, load=from_checkpoint),
    lambda: laws.state_dict_round_trip(module=nn.LSTM(2, 3)),
    lambda: laws.state_dict_round_trip(module=lambda: nn.Embedding(3, 2)),
    lambda: laws.state_dict_shape_mismatch(layer=OwnLinear),
    lambda: laws.state_dict_shape_mismatch(
        load=lambda module, state: module.load_state_dict(state, strict=False)
    ),
    lambda: laws.loader_partitions(loader=own_loader),
    lambda: laws.argmax_predictions(predict=lambda z: z.sort(dim=1, descending=True)[1][:, 0]),
    lambda: laws.no_grad_output(predict=predicted_classes),
    lambda: laws.normalize_range(normalize=lambda x: 2 * x - 1, denormalize=lambda y: (y + 1) / 2),
    lambda: laws.manual_seed_reproduces(program=train_once),
    lambda: laws.mse_pairs_rows(mse=lambda p, t: (p.squeeze(1) - t.reshape(-1)).square().mean()),
]


@pytest.mark.parametrize("index", range(len(ACCEPTED)))
def test_right_code_is_accepted(index: int, prove: Prove) -> None:
    prove(ACCEPTED[index]())


def test_a_module_handed_in_stays_as_it_is(prove: Prove) -> None:
    model = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4)).train()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    prove(laws.state_dict_round_trip(module=model))
    prove(laws.batch_independence(module=model, sample_shape=(4,)))
    laws.same(dict(model.state_dict()), before, "the state")
    assert model.training


@pytest.mark.parametrize(
    "make",
    [
        lambda: laws.scalar_linear_grad(function=torch.square),
        lambda: laws.mean_grad(scale=2.0),
        lambda: laws.gradcheck_kinked(activation=torch.tanh, kinks=()),
    ],
)
def test_half_a_subject_is_refused(make: Callable[[], Test]) -> None:
    with pytest.raises(ValueError, match=r"needs both|without kinks"):
        make()


def test_leaving_every_example_out_is_no_way_through(prove: Prove) -> None:
    from hypothesis import assume

    def shy(x: Tensor) -> Tensor:
        assume(False)
        return x

    with pytest.raises(LawBroken, match="UnsatisfiedAssumption"):
        prove(laws.view_merges_rows(flatten=shy))


def test_saving_to_a_path_can_be_shown_too(tmp_path: Path, prove: Prove) -> None:
    path = tmp_path / "model.pt"

    def save(state: dict[str, Any], file: BinaryIO) -> None:
        torch.save(state, path)
        file.write(path.read_bytes())

    def load(file: BinaryIO) -> dict[str, Any]:
        state: dict[str, Any] = torch.load(io.BytesIO(file.read()))
        return state

    prove(laws.state_dict_round_trip(save=save, load=load))
