"""Collectives and data parallel training, run by two real processes over gloo."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from torch import Tensor, nn

from verify.laws.checks import close, same
from verify.laws.costly import during, few
from verify.laws.forall import for_all
from verify.laws.pair import Pair
from verify.laws.registry import Test, law
from verify.laws.strategies import seeds

_PAGE = "https://docs.pytorch.org/docs/stable/distributed.html"
_KINDS = {"int64": torch.int64, "float32": torch.float32, "float64": torch.float64}

Rows = dict[str, list[int]]
"""What each rank begins with."""


@functools.cache
def _lists(size: int) -> SearchStrategy[list[int]]:
    return st.lists(st.integers(-99, 99), min_size=size, max_size=size)


@st.composite
def _rows(draw: DrawFn) -> Rows:
    """Whole numbers for each rank, as many for one as for the other."""
    numbers = _lists(draw(_SIZES))
    return {"rank 0": draw(numbers), "rank 1": draw(numbers)}


_SIZES = st.integers(1, 4)
_ROWS = _rows()
_DTYPES = st.sampled_from(list(_KINDS))


def _program(
    collective: Callable[..., object], **options: str
) -> Callable[[Mapping[str, Any]], object]:
    """A collective on the numbers of a rank; what it returns, or its tensor if it returns None."""

    def run(value: Mapping[str, Any]) -> object:
        tensor = torch.tensor(value["numbers"], dtype=_KINDS[value["dtype"]])
        given = {name: value[key] for name, key in options.items()}
        result = collective(tensor, **given)
        return tensor if result is None else result

    return run


def _sent(rows: Rows, dtype: str, **more: object) -> list[dict[str, object]]:
    return [{"numbers": numbers, "dtype": dtype, **more} for numbers in rows.values()]


def _tensors(rows: Rows, dtype: str) -> list[Tensor]:
    return [torch.tensor(row, dtype=_KINDS[dtype], device="cpu") for row in rows.values()]


def _everywhere(expected: object, what: str) -> Callable[[list[Any]], None]:
    """A check that each rank holds the same."""

    def check(results: list[Any]) -> None:
        for rank, got in enumerate(results):
            same(got, expected, f"{what} on rank {rank}")

    return check


def all_reduce(tensor: Tensor) -> object:
    """Sum a tensor over all ranks, in place."""
    import torch.distributed as dist

    return dist.all_reduce(tensor)


@law(
    family="distributed",
    source=_PAGE + "#torch.distributed.all_reduce",
    tolerance="exact: whole numbers",
)
def all_reduce_sums(*, all_reduce: Callable[[Tensor], object] = all_reduce) -> Test:
    """all_reduce leaves the sum over all ranks in the tensor of every rank.

    Two processes over gloo, forked once for all examples.  ``all_reduce(tensor)`` is called on
    each, in place or with a result.
    """
    pair = Pair(_program(all_reduce))

    @during(pair.open)
    @for_all(numbers=_ROWS, dtype=_DTYPES)
    def test(numbers: Rows, dtype: str) -> None:
        first, second = _tensors(numbers, dtype)
        pair.run(_sent(numbers, dtype), _everywhere(first + second, "the sum"))

    return test


def all_gather(tensor: Tensor) -> list[Tensor]:
    """The tensors of all ranks."""
    import torch.distributed as dist

    found = [torch.empty_like(tensor) for _ in range(dist.get_world_size())]
    dist.all_gather(found, tensor)
    return found


@law(
    family="distributed",
    source=_PAGE + "#torch.distributed.all_gather",
    tolerance="exact, bit for bit",
)
def all_gather_orders(*, all_gather: Callable[[Tensor], Sequence[Tensor]] = all_gather) -> Test:
    """all_gather gives every rank the tensors of all ranks, in the order of the ranks.

    Two processes over gloo, forked once for all examples.  ``all_gather(tensor)`` gives a list.
    """
    pair = Pair(_program(lambda tensor: list(all_gather(tensor))))

    @during(pair.open)
    @for_all(numbers=_ROWS, dtype=_DTYPES)
    def test(numbers: Rows, dtype: str) -> None:
        expected = _tensors(numbers, dtype)
        pair.run(_sent(numbers, dtype), _everywhere(expected, "the list"))

    return test


def broadcast(tensor: Tensor, src: int) -> object:
    """Bring the tensor of a rank to all, in place."""
    import torch.distributed as dist

    return dist.broadcast(tensor, src=src)


@law(
    family="distributed",
    source=_PAGE + "#torch.distributed.broadcast",
    tolerance="exact, bit for bit",
)
def broadcast_from_source(*, broadcast: Callable[..., object] = broadcast) -> Test:
    """broadcast leaves the tensor of the source rank in the tensor of every rank.

    Two processes over gloo, forked once for all examples.  ``broadcast(tensor, src=rank)`` is
    called on each, in place or with a result.
    """
    pair = Pair(_program(broadcast, src="source"))

    @during(pair.open)
    @for_all(numbers=_ROWS, source=st.integers(0, 1), dtype=_DTYPES)
    def test(numbers: Rows, source: int, dtype: str) -> None:
        expected = _tensors(numbers, dtype)[source]
        sent = _sent(numbers, dtype, source=source)
        pair.run(sent, _everywhere(expected, f"what comes from rank {source}"))

    return test


def data_parallel(module: nn.Module) -> nn.Module:
    """A module wrapped in DistributedDataParallel."""
    from torch.nn.parallel import DistributedDataParallel

    return DistributedDataParallel(module)


def _network(seed: int) -> nn.Module:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1)).double()


def _gradients(model: nn.Module, run: nn.Module, rows: list[list[int]]) -> dict[str, Tensor]:
    """The gradient of the mean loss of some rows, by the names of the parameters."""
    x = torch.tensor(rows, dtype=torch.float64) / 10
    torch.autograd.backward(run(x).square().mean())
    return {
        name: torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
        for name, parameter in model.named_parameters()
    }


@law(
    family="distributed",
    source="https://docs.pytorch.org/docs/stable/generated/torch.nn.parallel.DistributedDataParallel.html",
    tolerance="parameters exact, gradients rtol 1e-12, atol 1e-12 in float64",
)
def ddp_averages_gradients(*, wrap: Callable[[nn.Module], nn.Module] = data_parallel) -> Test:
    """DDP's gradient on equal shares of a batch is that of the mean loss over the whole batch.

    On every rank, whose module is rank 0's from the start.  Two processes over gloo, forked once
    for all examples; each calls ``wrap(module)``, then runs its share forward and backward.
    Tried on one example where others have four, and on three at least.
    """

    def program(value: Mapping[str, Any]) -> object:
        model = _network(value["seed"])
        run = wrap(model)
        weights = {name: p.detach().clone() for name, p in model.named_parameters()}
        return weights, _gradients(model, run, value["rows"])

    pair = Pair(program)
    row = st.lists(st.integers(-9, 9), min_size=2, max_size=2)
    shares = st.integers(1, 3).flatmap(
        lambda size: st.tuples(*[st.lists(row, min_size=size, max_size=size)] * 2)
    )

    @during(pair.open)
    @few(4)
    @for_all(shares=shares, weights=st.integers(0, 9), seed=seeds())
    def test(shares: tuple[list[list[int]], list[list[int]]], weights: int) -> None:
        import torch._dynamo  # wrapping imports it: once here, and not in every rank

        with torch.device("cpu"):
            model = _network(weights)
            before = {name: p.detach().clone() for name, p in model.named_parameters()}
            expected = _gradients(model, model, [*shares[0], *shares[1]])

        def check(results: list[Any]) -> None:
            for rank, (started, gradients) in enumerate(results):
                same(started, before, f"the parameters that rank {rank} begins with")
                for name, gradient in gradients.items():
                    what = f"the gradient of {name} on rank {rank}"
                    close(gradient, expected[name], what, rtol=1e-12, atol=1e-12)

        sent = [{"rows": rows, "seed": weights + rank} for rank, rows in enumerate(shares)]
        pair.run(sent, check)

    return test
