"""State dicts: saved, loaded, and refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

import torch
from hypothesis import strategies as st
from torch import Tensor, nn

from verify.laws.checks import raises, same
from verify.laws.forall import for_all
from verify.laws.registry import Test, law
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
