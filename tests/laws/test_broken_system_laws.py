"""Laws of precision, compilers and processes are able to fail: mistakes that people make."""

from __future__ import annotations

import copy
import multiprocessing
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import Any

import pytest
import torch
import torch.distributed as dist
from torch import Tensor, nn

from verify import laws
from verify.laws import LAWS, LawBroken, Test

Prove = Callable[[Test], None]


def always_autocast(enabled: bool) -> AbstractContextManager[object]:
    """Takes no notice of enabled=False, so that a part kept in float32 is not."""
    return torch.autocast("cpu", dtype=torch.bfloat16)


@contextmanager
def half_by_default(enabled: bool) -> Iterator[None]:
    """Changes the default dtype, which has no effect on tensors that are there."""
    torch.set_default_dtype(torch.bfloat16 if enabled else torch.float32)
    try:
        yield
    finally:
        torch.set_default_dtype(torch.float32)


class Scaler:
    """A hand-written loss scaler."""

    def __init__(self, init_scale: float, growth_interval: int) -> None:
        self.value, self.interval, self.row, self.bad = init_scale, growth_interval, 0, False

    def scale(self, loss: Tensor) -> Tensor:
        return loss * self.value

    def unscale(self, optimizer: torch.optim.Optimizer) -> None:
        self.bad = False
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                parameter.grad /= self.value
                self.bad |= not bool(parameter.grad.isfinite().all())

    def step(self, optimizer: torch.optim.Optimizer) -> None:
        self.unscale(optimizer)
        if not self.bad:
            optimizer.step()

    def update(self) -> None:
        self.row = 0 if self.bad else self.row + 1
        if self.bad:
            self.value /= 2
        elif self.row == self.interval:
            self.value, self.row = self.value * 2, 0

    def get_scale(self) -> float:
        return self.value


class StepsAnyway(Scaler):
    """Replaces what is not finite by zero, and takes the step."""

    def step(self, optimizer: torch.optim.Optimizer) -> None:
        self.unscale(optimizer)
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                parameter.grad.nan_to_num_(0.0, 0.0, 0.0)
        optimizer.step()


class NeverUnscales(Scaler):
    """Steps along the gradient of the scaled loss."""

    def step(self, optimizer: torch.optim.Optimizer) -> None:
        optimizer.step()


class NeverGrows(Scaler):
    def update(self) -> None:
        self.value /= 2 if self.bad else 1


class CountsAllSteps(Scaler):
    """Grows after so many finite steps, whether or not in a row."""

    def update(self) -> None:
        row = self.row
        super().update()
        self.row = row if self.bad else self.row


def traced(function: Callable[[Tensor], Tensor], backend: object) -> Callable[[Tensor], Tensor]:
    """Records what happens to one input: the branch it takes is taken for ever."""
    recorded: Callable[[Tensor], Tensor] = torch.jit.trace(function, torch.ones(3, 4))  # type: ignore[no-untyped-call]
    return recorded


def faster_when_compiled(x: Tensor) -> Tensor:
    """Has a short cut for the compiler, which is close to tanh near 0 only."""
    return x - x**3 / 3 if torch.compiler.is_compiling() else torch.tanh(x)


def detached(function: Callable[[Tensor], Tensor], backend: str) -> Callable[[Tensor], Tensor]:
    """Compiles for inference, and is used to train."""
    return torch.compile(lambda x: function(x.detach()) + 0 * x.sum(), backend=backend)


def prints(x: Tensor) -> Tensor:
    y = x * 2
    print("mean", y.mean())  # noqa: T201
    return y


def branches_on_item(x: Tensor) -> Tensor:
    if x.sum().item() > 0:
        return x
    return -x


def through_numpy(x: Tensor) -> Tensor:
    return x * torch.tensor(sum(x.flatten().tolist()))


class FixedBatch(nn.Module):
    """The size of one batch is written into the code."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.linear(x).view(2, -1)
        return result


def export_one_size(module: nn.Module, x: Tensor) -> Any:
    """Without dynamic_shapes, the size of the example is the only one."""
    return torch.export.export(module, (x,))


def export_rounded(module: nn.Module, x: Tensor) -> Any:
    from verify.laws.exported import export_batch

    return export_batch(copy.deepcopy(module).bfloat16().float(), x)


def mean_of_ranks(tensor: Tensor) -> None:
    dist.all_reduce(tensor)
    tensor //= dist.get_world_size()


def own_first(tensor: Tensor) -> list[Tensor]:
    """As they come round the ring: one's own, then the neighbour's."""
    rank, world = dist.get_rank(), dist.get_world_size()
    found = [torch.empty_like(tensor) for _ in range(world)]
    dist.all_gather(found, tensor)
    return [found[(rank + step) % world] for step in range(world)]


def only_on_the_source(tensor: Tensor, src: int) -> None:
    """A collective that one rank alone calls."""
    if dist.get_rank() == src:
        dist.all_reduce(tensor)


def first_row_alone(tensor: Tensor) -> None:
    """Every rank is to call, with a tensor of one size."""
    dist.all_reduce(tensor[: 1 + dist.get_rank()])


def summing(module: nn.Module) -> nn.Module:
    """Adds gradients up over the ranks, and does not divide."""
    for parameter in module.parameters():
        dist.broadcast(parameter.detach(), src=0)
        parameter.register_post_accumulate_grad_hook(add_over_ranks)  # type: ignore[no-untyped-call]
    return module


def add_over_ranks(parameter: Tensor) -> None:
    if parameter.grad is not None:
        dist.all_reduce(parameter.grad)


def averaging_only(module: nn.Module) -> nn.Module:
    """Averages gradients of modules that were not alike to begin with."""
    for parameter in module.parameters():
        parameter.register_post_accumulate_grad_hook(average_over_ranks)  # type: ignore[no-untyped-call]
    return module


def average_over_ranks(parameter: Tensor) -> None:
    if parameter.grad is not None:
        dist.all_reduce(parameter.grad)
        parameter.grad /= dist.get_world_size()


def dying(tensor: Tensor) -> None:
    if dist.get_rank() == 1:
        os._exit(3)


QUICK = ("eager", "aot_eager")

BROKEN: dict[str, Callable[[], Test]] = {
    "autocast_dtypes": lambda: laws.autocast_dtypes(autocast=always_autocast),
    "grad_scaler_skips_inf": lambda: laws.grad_scaler_skips_inf(scaler=StepsAnyway),
    "compiled_equals_eager": lambda: laws.compiled_equals_eager(
        function=faster_when_compiled, backends=QUICK
    ),
    "no_graph_break": lambda: laws.no_graph_break(function=branches_on_item),
    "recompiles_on_new_shape_once": lambda: laws.recompiles_on_new_shape_once(
        compile=partial(torch.compile, dynamic=False)
    ),
    "exported_equals_eager": lambda: laws.exported_equals_eager(export=export_one_size),
    "all_reduce_sums": lambda: laws.all_reduce_sums(
        all_reduce=lambda tensor: dist.reduce(tensor, dst=0)
    ),
    "all_gather_orders": lambda: laws.all_gather_orders(all_gather=own_first),
    "broadcast_from_source": lambda: laws.broadcast_from_source(
        broadcast=lambda tensor, src: dist.broadcast(tensor, src=0)
    ),
    "ddp_averages_gradients": lambda: laws.ddp_averages_gradients(wrap=summing),
}
"""One broken subject for every law of these families."""

MORE_BROKEN: dict[str, Callable[[], Test]] = {
    "no autocast at all": lambda: laws.autocast_dtypes(autocast=lambda enabled: nullcontext()),
    "half by default": lambda: laws.autocast_dtypes(autocast=half_by_default),
    "never unscaled": lambda: laws.grad_scaler_skips_inf(scaler=NeverUnscales),
    "a scale that only falls": lambda: laws.grad_scaler_skips_inf(scaler=NeverGrows),
    "growth not in a row": lambda: laws.grad_scaler_skips_inf(scaler=CountsAllSteps),
    "a scale that stays": lambda: laws.grad_scaler_skips_inf(
        scaler=lambda init_scale, growth_interval: torch.amp.GradScaler("cpu", enabled=False)
    ),
    "a branch taken for ever": lambda: laws.compiled_equals_eager(
        function=lambda x: x.sin() if x.sum() > 0 else x.exp(),
        inputs=laws.tensors((3, 4)),
        compile=traced,
        backends=QUICK,
    ),
    "compiled without gradient": lambda: laws.compiled_equals_eager(
        compile=detached, backends=QUICK
    ),
    "a print": lambda: laws.no_graph_break(function=prints),
    "a way through lists": lambda: laws.no_graph_break(function=through_numpy),
    "open sizes from the start": lambda: laws.recompiles_on_new_shape_once(
        compile=partial(torch.compile, dynamic=True)
    ),
    "a compiler made anew": lambda: laws.recompiles_on_new_shape_once(
        function=lambda x: x * len(str(x.shape[0] ** 9))
    ),
    "a batch of two": lambda: laws.exported_equals_eager(module=FixedBatch),
    "exported other weights": lambda: laws.exported_equals_eager(export=export_rounded),
    "a mean for a sum": lambda: laws.all_reduce_sums(all_reduce=mean_of_ranks),
    "one element more on rank 1": lambda: laws.all_reduce_sums(all_reduce=first_row_alone),
    "a rank that leaves": lambda: laws.all_reduce_sums(all_reduce=dying),
    "no exchange": lambda: laws.all_gather_orders(all_gather=lambda tensor: [tensor, tensor]),
    "an error on one rank": lambda: laws.broadcast_from_source(
        broadcast=lambda tensor, src: dist.broadcast(tensor, src=src + 2 * dist.get_rank())
    ),
    "not wrapped": lambda: laws.ddp_averages_gradients(wrap=lambda module: module),
    "not alike to begin with": lambda: laws.ddp_averages_gradients(wrap=averaging_only),
}
"""More mistakes that a law must see."""


@pytest.fixture(autouse=True)
def no_process_is_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("verify.laws.pair.PATIENCE", 2.0)
    yield
    assert multiprocessing.active_children() == []


def test_the_broken_subjects_are_of_laws() -> None:
    assert BROKEN.keys() <= LAWS.keys()


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_subject_is_rejected(name: str, prove: Prove) -> None:
    with pytest.raises(LawBroken) as caught:
        prove(BROKEN[name]())
    message = str(caught.value)
    assert message.startswith(f"{name}: ")
    assert "\n  for " in message
    assert max(map(len, message.splitlines())) < 400


@pytest.mark.parametrize("mistake", MORE_BROKEN)
def test_another_broken_subject_is_rejected(mistake: str, prove: Prove) -> None:
    with pytest.raises(LawBroken):
        prove(MORE_BROKEN[mistake]())


@pytest.mark.skipif(not any(map(shutil.which, ("g++", "c++", "clang++"))), reason="no compiler")
def test_inductor_is_tried_where_a_compiler_is_found(prove: Prove) -> None:
    prove(laws.compiled_equals_eager(backends=("inductor",)))
    with pytest.raises(LawBroken, match="'backend': 'inductor', 'program': 'function'"):
        prove(
            laws.compiled_equals_eager(
                function=faster_when_compiled,
                inputs=laws.tensors((2,), layout=laws.Layout.CONTIGUOUS),
                backends=("inductor",),
            )
        )


def test_ranks_that_wait_for_ever_are_ended(prove: Prove) -> None:
    began = time.monotonic()
    with pytest.raises(LawBroken, match="the ranks wait for each other for ever") as caught:
        prove(laws.broadcast_from_source(broadcast=only_on_the_source))
    assert "'rank 0': [0], 'rank 1': [0]" in str(caught.value)
    assert time.monotonic() - began < 30, "each smaller example was waited for"


def test_a_rank_that_leaves_is_named(prove: Prove) -> None:
    with pytest.raises(LawBroken, match="rank 1 left with exit code 3"):
        prove(MORE_BROKEN["a rank that leaves"]())


def test_a_costly_law_is_tried_on_fewer_examples(prove: Prove) -> None:
    from hypothesis import settings

    from verify.laws.costly import few

    counted: list[int] = []

    for examples, expected in ((100, 5), (20, 3), (1, 3)):
        settings.register_profile("fewer", max_examples=examples)
        settings.load_profile("fewer")

        @few(20)
        @laws.for_all(n=laws.seeds())
        def costly(n: int) -> None:
            counted.append(n)

        counted.clear()
        costly()
        assert len(counted) == expected


def test_a_resource_is_given_back_however_a_law_comes_out(prove: Prove) -> None:
    from hypothesis import seed, settings

    from verify.laws.costly import during

    happened: list[object] = []

    @contextmanager
    def given_back() -> Iterator[None]:
        happened.append("open")
        try:
            yield
        finally:
            happened.append("closed")

    def make() -> Test:
        @during(given_back)
        @laws.for_all(n=laws.seeds())
        def test(n: int) -> None:
            happened.append(n)
            laws.require(n < 1000, "too large")

        return test

    with pytest.raises(LawBroken, match="too large"):
        settings(max_examples=7)(seed(3)(make()))()
    assert happened[0] == "open"
    assert happened[-1] == "closed"
    first = list(happened)
    happened.clear()
    with pytest.raises(LawBroken, match="too large"):
        settings(max_examples=7)(seed(3)(make()))()
    assert happened == first
