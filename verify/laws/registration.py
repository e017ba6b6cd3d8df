"""What a module knows of itself: the state it registers, its modes, the weights it shares."""

from __future__ import annotations

import copy
import functools
import io
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor, nn

from verify.laws.checks import require, same
from verify.laws.forall import for_all
from verify.laws.registry import Test, law
from verify.laws.strategies import seeds
from verify.laws.subjects import ModuleSource, fresh

_SAVING = "https://docs.pytorch.org/docs/stable/notes/modules.html"

ListFactory = Callable[[Iterable[nn.Module]], Any]

KINDS = (
    "parameter",
    "buffer",
    "unsaved_buffer",
    "tensor",
    "no_parameter",
    "child",
    "children",
    "plain_list",
)
"""What a module may be given as an attribute; the attribute is called after it and its place."""


def _build(kinds: Iterable[str], children: ListFactory) -> nn.Module:
    """A module with an attribute of each kind, in order."""
    module = nn.Module()
    for place, kind in enumerate(kinds):
        name = f"{kind}{place}"
        if kind == "parameter":
            setattr(module, name, nn.Parameter(torch.zeros(1)))
        elif kind in ("buffer", "unsaved_buffer"):
            module.register_buffer(name, torch.zeros(1), persistent=kind == "buffer")
        elif kind == "tensor":
            setattr(module, name, torch.zeros(1))
        elif kind == "no_parameter":
            module.register_parameter(name, None)
        elif kind == "child":
            setattr(module, name, nn.Linear(1, 1, bias=False))
        elif kind == "children":
            setattr(module, name, children([nn.PReLU(), nn.PReLU()]))
        else:
            setattr(module, name, [nn.PReLU()])
    return module


_SUFFIXES = {"child": (".weight",), "children": (".0.weight", ".1.weight")}


def _expected_keys(kinds: tuple[str, ...]) -> list[str]:
    """Parameters, then buffers, then children, each in the order of registration."""
    names = [(f"{kind}{place}", kind) for place, kind in enumerate(kinds)]
    return [
        *(name for name, kind in names if kind == "parameter"),
        *(name for name, kind in names if kind == "buffer"),
        *(name + suffix for name, kind in names for suffix in _SUFFIXES.get(kind, ())),
    ]


@law(family="registration", source=_SAVING, tolerance="exact")
def state_dict_keys_follow_registration(
    *,
    state_dict: Callable[[nn.Module], Mapping[str, Tensor]] = nn.Module.state_dict,
    children: ListFactory = nn.ModuleList,
) -> Test:
    """state_dict names parameters, persistent buffers and children, each as they were registered.

    A plain tensor, a buffer with ``persistent=False``, a parameter that is None and the modules
    in a plain list are not in it.  Its tensors are those of the module, not copies.
    ``children(modules)`` makes the container that a module keeps its layers in.
    """

    @for_all(
        attributes=st.lists(st.sampled_from(KINDS), max_size=4).map(tuple),
        nested=st.booleans(),
    )
    def test(attributes: tuple[str, ...], nested: bool) -> None:
        module = _build(attributes, children)
        expected = _expected_keys(attributes)
        if nested:
            module, expected = nn.Sequential(module), [f"0.{key}" for key in expected]
        state = state_dict(module)
        same(list(state), expected, "the list of keys of the state dict")
        tensors = {**dict(module.named_parameters()), **dict(module.named_buffers())}
        for key, value in state.items():
            require(
                value.data_ptr() == tensors[key].data_ptr(),
                f"{key} in the state dict is a copy, not the memory of the module",
            )

    return test


def deep_network() -> nn.Module:
    """Layers within layers, of which two act differently in training.  It takes rows of 3."""
    inner = nn.Sequential(nn.BatchNorm1d(4), nn.Dropout(0.5))
    return nn.Sequential(nn.Linear(3, 4), nn.Sequential(inner, nn.ReLU()), nn.Linear(4, 2))


@law(
    family="registration",
    source="https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html",
    tolerance="exact",
)
def train_eval_recursive(
    *,
    module: ModuleSource = deep_network,
    train: Callable[[nn.Module, bool], object] = nn.Module.train,
    sample_shape: tuple[int, ...] = (3,),
) -> Test:
    """train(mode) reaches every child; in evaluation the output repeats and no buffer moves.

    Running statistics move in training alone: each normalisation that tracks them counts one
    batch a call.  ``train(module, mode)`` puts a module into a mode.
    """

    @functools.cache
    def network() -> nn.Module:
        return fresh(module)

    @for_all(
        modes=st.lists(st.booleans(), min_size=1, max_size=3),
        samples=st.integers(2, 4),
        seed=seeds(),
    )
    def test(modes: list[bool], samples: int) -> None:
        model = fresh(network())
        x = torch.randn(samples, *sample_shape)
        for mode in modes:
            train(model, mode)
            for name, child in model.named_modules():
                what = f"training of {name or 'the module'} after train(module, {mode})"
                same(child.training, mode, what)
            before = {name: buffer.clone() for name, buffer in model.named_buffers()}
            with torch.no_grad():
                y = model(x)
            after = dict(model.named_buffers())
            if mode:
                for name in [name for name in before if name.endswith("num_batches_tracked")]:
                    grown = int(after[name]) - int(before[name])
                    same(grown, 1, f"what a batch in training adds to {name}")
            else:
                same(after, before, "the buffers after a call in evaluation")
                with torch.no_grad():
                    same(model(x), y, "a second output in evaluation")

    return test


Tie = Callable[[nn.Embedding, nn.Linear], object]


def tie_by_assignment(embedding: nn.Embedding, head: nn.Linear) -> None:
    """One parameter under two names."""
    head.weight = embedding.weight


class _TiedModel(nn.Module):
    """A language model of no layers: token ids to logits over the tokens."""

    def __init__(self, tokens: int, width: int, tie: Tie) -> None:
        super().__init__()
        self.embedding = nn.Embedding(tokens, width)
        self.head = nn.Linear(width, tokens, bias=False)
        tie(self.embedding, self.head)

    def forward(self, ids: Tensor) -> Tensor:
        """The logits, of the shape of ``ids`` and one axis more."""
        logits: Tensor = self.head(self.embedding(ids))
        return logits


def _stepped(model: nn.Module, ids: Tensor) -> nn.Module:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    model(ids).square().sum().backward()
    optimizer.step()
    return model


def _reloaded(model: nn.Module, ids: Tensor) -> nn.Module:
    file = io.BytesIO()
    torch.save({key: value + 1 for key, value in model.state_dict().items()}, file)
    file.seek(0)
    model.load_state_dict(torch.load(file))
    return model


EVENTS: dict[str, Callable[[nn.Module, Tensor], nn.Module]] = {
    "a step of SGD": _stepped,
    "double()": lambda model, ids: model.double(),
    "deepcopy": lambda model, ids: copy.deepcopy(model),
    "saving and loading its state": _reloaded,
}
"""What happens to a model in its life."""


@law(family="registration", source=_SAVING, tolerance="exact")
def tied_weights_stay_tied(*, tie: Tie = tie_by_assignment) -> Test:
    """A parameter assigned to two layers is one: trained once, and still one after whatever comes.

    It counts once among the parameters and stands in the state dict under both names; a step, a
    cast, a deep copy and loading a state leave both names on one tensor.
    ``tie(embedding, head)`` ties the two weights.
    """

    @for_all(
        events=st.lists(st.sampled_from(list(EVENTS)), max_size=2),
        tokens=st.integers(1, 3),
        width=st.integers(1, 2),
        seed=seeds(),
    )
    def test(events: list[str], tokens: int, width: int) -> None:
        model: nn.Module = _TiedModel(tokens, width, tie)
        ids = torch.arange(tokens)
        for event in ["tying", *events]:
            model = model if event == "tying" else EVENTS[event](model, ids)
            count = sum(parameter.numel() for parameter in model.parameters())
            same(count, tokens * width, f"the number of parameters after {event}")
            keys = ["embedding.weight", "head.weight"]
            state = model.state_dict()
            same(list(state), keys, f"the keys of the state dict after {event}")
            embedded, headed = (model.get_parameter(key) for key in keys)
            same(headed.detach(), embedded.detach(), f"the weight of the head after {event}")
            require(
                headed is embedded and state[keys[0]].data_ptr() == state[keys[1]].data_ptr(),
                f"after {event} the two weights are equal, but not one parameter",
            )

    return test
