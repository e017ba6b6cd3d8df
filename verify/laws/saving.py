"""State dicts and checkpoints: saved, loaded, resumed, and refused."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import torch
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.optim import lr_scheduler

from verify.laws.checks import raises, require, same
from verify.laws.forall import for_all
from verify.laws.registry import KnownException, Test, law
from verify.laws.strategies import seeds
from verify.laws.subjects import (
    ModuleSource,
    State,
    fresh,
    load_weights,
    small_network,
    written,
)

_SPECIAL = (float("nan"), -0.0, float("inf"))


def _fill(module: nn.Module) -> None:
    """Give every parameter and buffer values of its own, with those that tell a copy from luck."""
    for tensor in module.state_dict().values():
        if not isinstance(tensor, Tensor):
            continue
        if tensor.is_floating_point():
            values = torch.randn(tensor.numel(), dtype=tensor.dtype, device=tensor.device)
            special = torch.tensor(_SPECIAL, dtype=tensor.dtype, device=tensor.device)
            values[:3] = special[: values.numel()]
            tensor.copy_(values.reshape(tensor.shape))
        elif tensor.dtype is not torch.bool:
            tensor.random_(0, 100)


@law(
    family="saving",
    source="https://docs.pytorch.org/docs/stable/notes/serialization.html",
    tolerance="exact, bit for bit, NaN and -0.0 included",
    seeds=("P24",),
)
def state_dict_round_trip(
    *,
    module: ModuleSource = small_network,
    save: Callable[[State, BinaryIO], object] = torch.save,
    load: Callable[[BinaryIO], State] = load_weights,
) -> Test:
    """A state dict saved and loaded with weights_only=True comes back bit for bit, keys and all.

    In float32, float64 and bfloat16, buffers included; a second module that loads it holds the
    same state.
    """
    kinds = st.sampled_from([torch.float32, torch.float64, torch.bfloat16])

    @for_all(dtype=kinds, seed=seeds())
    def test(dtype: torch.dtype) -> None:
        source, target = (fresh(module).to(dtype) for _ in range(2))
        _fill(source)
        state = dict(source.state_dict())
        loaded = load(written(save, state))
        same(dict(loaded), state, "the loaded state")
        target.load_state_dict(loaded)
        same(dict(target.state_dict()), state, "the state of a second module")

    return test


def load_into(module: nn.Module, state: State) -> object:
    """Load a state dict with every check that ``load_state_dict`` makes."""
    return module.load_state_dict(state)


@law(
    family="saving",
    source="https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.load_state_dict",
    tolerance="exact: RuntimeError",
    seeds=("P25",),
)
def state_dict_shape_mismatch(
    *,
    layer: Callable[[int, int], nn.Module] = nn.Linear,
    load: Callable[[nn.Module, State], object] = load_into,
) -> Test:
    """Loading the state of a layer of another shape raises RuntimeError; of the same shape works.

    ``strict=False`` forgives missing and unexpected keys, never another shape: the page speaks of
    keys alone, and pytorch issue 40859 says that the sizes have to match as well.
    """
    sizes = st.tuples(st.integers(1, 4), st.integers(1, 4))

    @for_all(have=sizes, given=sizes)
    def test(have: tuple[int, int], given: tuple[int, int]) -> None:
        target, source = layer(*have), layer(*given)
        state = dict(source.state_dict())
        if have == given:
            load(target, state)
            same(dict(target.state_dict()), state, "the state after loading")
        else:
            what = f"loading the state of layer{given} into layer{have}"
            raises(RuntimeError, lambda: load(target, state), what)

    return test


def register_buffer(module: nn.Module, name: str, tensor: Tensor, persistent: bool) -> None:
    """Register a buffer, as a module's constructor does."""
    module.register_buffer(name, tensor, persistent=persistent)


@law(
    family="saving",
    source="https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.register_buffer",
    tolerance="exact, bit for bit",
)
def buffers_persist_as_declared(
    *, register: Callable[[nn.Module, str, Tensor, bool], object] = register_buffer
) -> Test:
    """A buffer is no parameter, follows its module, and is saved unless persistent=False.

    Loading a state dict leaves a buffer that is not persistent as the constructor made it.
    ``register(module, name, tensor, persistent)`` is called in place of ``register_buffer``.
    """

    def make(persistent: list[bool], nested: bool, first: float) -> nn.Module:
        owner = nn.Linear(1, 1)
        for index, kept in enumerate(persistent):
            register(owner, f"buffer{index}", torch.full((2,), first + index), kept)
        return nn.Sequential(owner) if nested else owner

    @for_all(persistent=st.lists(st.booleans(), min_size=1, max_size=3), nested=st.booleans())
    def test(persistent: list[bool], nested: bool) -> None:
        source, target = (make(persistent, nested, first) for first in (10.0, 20.0))
        prefix = "0." if nested else ""
        names = [f"{prefix}buffer{index}" for index in range(len(persistent))]
        kept = [name for name, keep in zip(names, persistent, strict=True) if keep]
        weights = [f"{prefix}weight", f"{prefix}bias"]
        same([name for name, _ in source.named_buffers()], names, "the names of the buffers")
        same([name for name, _ in source.named_parameters()], weights, "those of the parameters")
        state = source.state_dict()
        same(list(state), weights + kept, "the keys of the state dict")
        target.load_state_dict(state)
        for index, (name, buffer) in enumerate(target.named_buffers()):
            expected = torch.full((2,), (10.0 if persistent[index] else 20.0) + index)
            same(buffer, expected, f"{name} of a module that has loaded the state")
        for name, buffer in target.to(torch.float64).named_buffers():
            same(buffer.dtype, torch.float64, f"the dtype of {name} once its module is float64")

    return test


Scheduler = lr_scheduler.LRScheduler
Checkpoint = Callable[[nn.Module, torch.optim.Optimizer, Scheduler, str], object]
"""Saves or loads a training run: model, optimiser, scheduler, and the path of the file."""


def save_checkpoint(
    model: nn.Module, optimizer: torch.optim.Optimizer, scheduler: Scheduler, path: str
) -> None:
    """Save all that the next step of a training run depends on."""
    cuda = torch.get_default_device().type == "cuda"
    state = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "generator": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if cuda else [],
    }
    torch.save(state, path)


def load_checkpoint(
    model: nn.Module, optimizer: torch.optim.Optimizer, scheduler: Scheduler, path: str
) -> None:
    """Bring a training run to where it was saved."""
    # To the CPU, where states of generators must be; the others copy to their own devices.
    state = torch.load(path, map_location="cpu", weights_only=True)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    scheduler.load_state_dict(state["scheduler"])
    torch.set_rng_state(state["generator"])
    if state["cuda"]:
        torch.cuda.set_rng_state_all(state["cuda"])


_OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "SGD": functools.partial(torch.optim.SGD, momentum=0.9),
    "Adam": torch.optim.Adam,
    "AdamW": functools.partial(torch.optim.AdamW, amsgrad=True),
    "RMSprop": functools.partial(torch.optim.RMSprop, momentum=0.9, centered=True),
    "Adagrad": torch.optim.Adagrad,
    "Adadelta": torch.optim.Adadelta,
    "Adamax": torch.optim.Adamax,
    "RAdam": torch.optim.RAdam,
    "Rprop": torch.optim.Rprop,
    "ASGD": torch.optim.ASGD,
    "NAdam": torch.optim.NAdam,
}
_SCHEDULERS: dict[str, Callable[[torch.optim.Optimizer], Scheduler]] = {
    "StepLR": functools.partial(lr_scheduler.StepLR, step_size=2, gamma=0.5),
    "CosineAnnealingLR": functools.partial(lr_scheduler.CosineAnnealingLR, T_max=5),
}


def _train(
    model: nn.Module, optimizer: torch.optim.Optimizer, scheduler: Scheduler, steps: int
) -> None:
    """Steps on random batches, through dropout and batch statistics."""
    dtype = next(model.parameters()).dtype
    for _ in range(steps):
        optimizer.zero_grad()
        torch.autograd.backward(model(torch.randn(3, 2, dtype=dtype)).square().mean())
        optimizer.step()
        scheduler.step()


@law(
    family="saving",
    source="https://docs.pytorch.org/tutorials/beginner/saving_loading_models.html#saving-loading-a-general-checkpoint-for-inference-and-or-resuming-training",
    tolerance="exact, bit for bit, on one device; the page does not speak of the generator",
    exceptions=(
        KnownException(
            "NAdam in float64: its mu_product is float32, and load_state_dict casts it to the "
            "dtype of the parameter, so that the resumed run departs by about 1e-11",
            ">=2.11,<2.16",
        ),
    ),
)
def checkpoint_resumes_bitwise(
    *,
    save: Checkpoint = save_checkpoint,
    load: Checkpoint = load_checkpoint,
    optimizer: Callable[..., torch.optim.Optimizer] | None = None,
) -> Test:
    """A run resumed from a checkpoint goes on as if it had not been interrupted, bit for bit.

    If the checkpoint holds model, optimiser, scheduler and the state of the generator.  Tried with
    the optimisers of ``torch.optim``, or with ``optimizer(parameters, lr=lr)`` alone.  ``save`` and
    ``load`` are called with model, optimiser, scheduler and a path.
    """
    optimizers = _OPTIMIZERS if optimizer is None else {"own": optimizer}

    def begin(name: str, scheduler: str, dtype: torch.dtype) -> tuple[Any, Any, Any]:
        model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Dropout(), nn.Linear(3, 1))
        made = optimizers[name](model.to(dtype).parameters(), lr=0.125)
        return model, made, _SCHEDULERS[scheduler](made)

    @for_all(
        name=st.sampled_from(list(optimizers)),
        scheduler=st.sampled_from(list(_SCHEDULERS)),
        dtype=st.sampled_from((torch.float32, torch.float64)),
        before=st.integers(0, 2),
        after=st.integers(1, 2),
        seed=seeds(),
    )
    def test(name: str, scheduler: str, dtype: torch.dtype, before: int, after: int) -> None:
        # See the exceptions of the law.
        dtype = torch.float32 if name == "NAdam" else dtype
        run, resumed = (begin(name, scheduler, dtype) for _ in range(2))
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "checkpoint.pt")
            _train(*run, before)
            save(*run, path)
            _train(*run, after)
            require(Path(path).is_file(), "save has written no file at the path it was given")
            load(*resumed, path)
            _train(*resumed, after)
        rate, expected = (made.param_groups[0]["lr"] for _, made, _ in (resumed, run))
        same(rate, expected, "the learning rate of the resumed run")
        state, whole = (dict(model.state_dict()) for model, _, _ in (resumed, run))
        same(state, whole, f"the state {after} steps after resuming")

    return test
