"""Loading a file: onto which device, through a mapping, and never by running its code."""

from __future__ import annotations

import io
import pickle
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor

from verify.laws.checks import raises, require, same
from verify.laws.forall import for_all
from verify.laws.registry import Test, law
from verify.laws.serialisation import NOTES, File, bit_patterns, load_whole, saved
from verify.laws.strategies import dtypes, tensors

_LOAD = "https://docs.pytorch.org/docs/stable/generated/torch.load.html"

_TRACES: list[str] = []


def leave_trace(text: str) -> str:
    """What the code in a file does, if it is run."""
    _TRACES.append(text)
    return text


@dataclass(frozen=True)
class Code:
    """An object that makes its reader run code: unpickling it calls a function."""

    form: str
    """What is called: ``function``, or ``eval`` with a text that calls it."""

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        if self.form == "eval":
            return eval, (f"__import__({__name__!r}, fromlist='x').leave_trace('ran')",)
        return leave_trace, ("ran",)


def _wrapped(value: object, containers: list[str]) -> object:
    """A value deep in containers, beside a tensor in each."""
    for name in containers:
        weight = torch.zeros(1)
        if name == "dict":
            value = {"weight": weight, "more": value}
        else:
            value = [weight, value] if name == "list" else (weight, value)
    return value


@law(
    family="loading",
    source=NOTES + "#torch-load-with-weights-only-true",
    tolerance="exact: pickle.UnpicklingError, and nothing is run",
)
def weights_only_refuses_code(
    *,
    load: Callable[[File], Any] = load_whole,
    admit: Callable[[list[Any]], AbstractContextManager[object]] = torch.serialization.safe_globals,
) -> Test:
    """A file that would run code is refused under weights_only=True, and the code is not run.

    However deep it is nested.  ``admit([function])`` lets a function be called while it lasts.
    """

    @for_all(
        form=st.sampled_from(("function", "eval")),
        inside=st.lists(st.sampled_from(("list", "dict", "tuple")), max_size=4),
    )
    def test(form: str, inside: list[str]) -> None:
        data = saved(torch.save, _wrapped(Code(form), inside))

        def refuse(what: str) -> None:
            _TRACES.clear()
            raises(pickle.UnpicklingError, lambda: load(io.BytesIO(data)), what)
            same(_TRACES, [], f"what the code left behind, {what}")

        refuse("loading a file with code")
        if form == "function":
            before = torch.serialization.get_safe_globals()
            try:
                with admit([leave_trace]):
                    loaded = load(io.BytesIO(data))
                wanted = _wrapped("ran", inside)
                same(loaded, wanted, "what is loaded once the function is admitted")
                refuse("loading it again when the function is no longer admitted")
            finally:
                torch.serialization.clear_safe_globals()
                torch.serialization.add_safe_globals(before)

    return test


@dataclass(frozen=True)
class Destination:
    """A ``map_location``, and where it should bring tensors."""

    text: str
    location: Any
    device: str

    def __repr__(self) -> str:
        return self.text


def _destinations() -> tuple[Destination, ...]:
    here = torch.device(torch.get_default_device())
    tag = here.type if here.index is None and here.type == "cpu" else f"{here.type}:0"
    return (
        Destination("'cpu'", "cpu", "cpu"),
        Destination("'meta'", "meta", "meta"),
        Destination("torch.device('cpu')", torch.device("cpu"), "cpu"),
        Destination("torch.device('meta')", torch.device("meta"), "meta"),
        Destination("lambda storage, tag: storage", lambda storage, tag: storage, "cpu"),
        Destination(f"{{{tag!r}: 'cpu'}}", {tag: "cpu"}, "cpu"),
        Destination(f"{{{tag!r}: 'meta'}}", {tag: "meta"}, "meta"),
    )


def _leaves(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    """All that is in containers, with the way to it."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(item, f"{name}[{key!r}]")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _leaves(item, f"{name}[{index}]")
    else:
        yield name, value


@law(family="loading", source=_LOAD, tolerance="exact, bit for bit")
def map_location_moves(*, load: Callable[..., Any] = torch.load) -> Test:
    """map_location brings every tensor of a file to the device it names, values unchanged.

    As a string, a device, a dictionary of places, or a function of a storage and its place, which
    has the storage on the CPU.  On ``meta`` shape, dtype and strides are all there is.
    ``load(file, map_location=...)`` is called.
    """
    drawn = tensors(dtype=dtypes())

    @for_all(
        weight=drawn,
        moment=drawn,
        map_location=st.deferred(lambda: st.sampled_from(_destinations())),
    )
    def test(weight: Tensor, moment: Tensor, map_location: Destination) -> None:
        state = {"model": {"weight": weight}, "moments": [moment, (weight, 3)]}
        file = io.BytesIO(saved(torch.save, state))
        loaded = load(file, map_location=map_location.location)
        for (name, got), (_, expected) in zip(
            _leaves(loaded, "loaded"), _leaves(state, "loaded"), strict=True
        ):
            if not isinstance(expected, Tensor):
                same(got, expected, name)
                continue
            same(got.device.type, map_location.device, f"the device of {name}")
            if map_location.device == "meta":
                same((got.shape, got.dtype), (expected.shape, expected.dtype), name)
            else:
                same(got, expected.to("cpu"), name)
            same(got.stride(), expected.stride(), f"the stride of {name}")

    return test


def load_mapped(path: str) -> Any:
    """Load a file by mapping it into memory."""
    return torch.load(path, mmap=True, weights_only=True)


@law(family="loading", source=_LOAD, tolerance="exact, bit for bit")
def mmap_loads_same(*, load: Callable[[str], Any] = load_mapped) -> Test:
    """torch.load(mmap=True) gives what a plain load gives, and writing into it leaves the file.

    The mapping is private: pages that are written are copied first.
    """

    @for_all(tensors=st.lists(bit_patterns(), min_size=1, max_size=2))
    def test(tensors: list[Tensor]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "tensors.pt"
            torch.save(tensors, path)
            before = path.read_bytes()
            loaded = load(str(path))
            plain = load_whole(str(path))
            same(loaded, plain, "what is loaded by mmap")
            strides = [x.stride() for x in loaded]
            same(strides, [x.stride() for x in plain], "the strides of what is loaded by mmap")
            for x in loaded:
                if x.untyped_storage().nbytes():
                    x.untyped_storage().fill_(85)
            unchanged = path.read_bytes() == before
            require(unchanged, "writing into a tensor loaded by mmap has changed the file")

    return test
