"""What a candidate does while it runs: operators, forbidden ones, loops, the largest tensor."""

from __future__ import annotations

import importlib
import inspect
import sys
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from verify.laws.battery.agreement import Disagreement


def named(dotted: str) -> object:
    """What a dotted name stands for.

    Raises:
        LookupError: there is no such thing.
    """
    parts = dotted.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:cut]))
        except ImportError:
            continue
        try:
            for part in parts[cut:]:
                found = getattr(found, part)
        except AttributeError:
            break
        return found
    raise LookupError(f"forbid: there is no {dotted} in torch {torch.__version__}")


class Operators(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts operators, and keeps the size of the largest tensor that one gave."""

    def __init__(self, forbidden: Sequence[str] = ()) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._forbidden = {name.removeprefix("aten::") for name in forbidden}
        self.count = 0
        self.largest = 0
        self.seen: list[str] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Count, and let torch do it."""
        self.count += 1
        name = func.overloadpacket.__name__
        if name in self._forbidden:
            self.seen.append(f"aten::{name}")
        result = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(result):
            if isinstance(leaf, Tensor) and leaf.layout is torch.strided:
                self.largest = max(self.largest, leaf.untyped_storage().nbytes())
        return result


class Calls(TorchFunctionMode):
    """Notes calls of functions of torch's that are forbidden, under whatever name."""

    def __init__(self, forbidden: dict[str, object]) -> None:
        super().__init__()
        self._forbidden = forbidden
        self.seen: list[str] = []

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Compare, and let torch do it."""
        self.seen += [name for name, one in self._forbidden.items() if _is(func, name, one)]
        return func(*args, **(kwargs or {}))


def _is(func: object, name: str, one: object) -> bool:
    """Whether what is called is what is forbidden, or the operator of that name."""
    packet: Any = getattr(func, "overloadpacket", func)
    operator = isinstance(packet, torch._ops.OpOverloadPacket)
    return func is one or (operator and packet.__name__ == name.rpartition(".")[2])


def _parts(one: type) -> list[Callable[..., Any]]:
    """The methods of a class of torch's, and its functional form, as its optimisers have one."""
    functional = getattr(sys.modules[one.__module__], one.__name__.lower(), None)
    own = [value for name, value in vars(one).items() if name != "__init__"]
    return [value for value in (*own, functional) if inspect.isfunction(value)]


class Forbidden:
    """Operators, functions and classes that a solution may not use.

    Args:
        names: ``aten::name`` for an operator, which no alias can dodge; a dotted name for a
            function or a class, for what is no operator of its own.

    Raises:
        LookupError: there is no such thing.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._operators = [name for name in names if name.startswith("aten::")]
        for name in self._operators:
            if not hasattr(torch.ops.aten, name.removeprefix("aten::")):
                raise LookupError(f"forbid: there is no {name} in torch {torch.__version__}")
        found = {name: named(name) for name in names if name not in self._operators}
        self._classes = {name: one for name, one in found.items() if isinstance(one, type)}
        self._functions = {n: one for n, one in found.items() if n not in self._classes}
        plain = [(n, inspect.unwrap(one)) for n, one in found.items() if callable(one)]
        self._written = {name.rpartition(".")[2].rpartition(":")[2].strip("_") for name in names}
        plain += [(n, inspect.unwrap(f)) for n, one in self._classes.items() for f in _parts(one)]
        self._codes = {one.__code__: n for n, one in plain if inspect.isfunction(one)}

    @contextmanager
    def watched(self, seen: list[str]) -> Iterator[None]:
        """Put into ``seen`` what is used of it meanwhile; an operator that is used may raise."""
        operators, calls = Operators(self._operators), Calls(self._functions)
        with _classes_watched(self._classes, seen), _kernels_watched(self._operators, seen):
            try:
                with _codes_watched(self._codes, self._written, seen), calls, operators:
                    yield
            finally:
                seen += [*calls.seen, *operators.seen]


_WRITTEN = ("/torch/_refs/", "/torch/_decomp/", "/torch/_prims_common/")


@contextmanager
def _codes_watched(
    codes: Mapping[CodeType, str], written: Collection[str], seen: list[str]
) -> Iterator[None]:
    """Note calls of Python functions of torch's, which no mode of torch's sees.

    Args:
        codes: of functions, and what to call each.
        written: names of operators that torch also has written in Python.
        seen: to be added to.
    """

    def note(frame: FrameType, event: str, _: object) -> None:
        if event != "call":
            return
        code = frame.f_code
        if code in codes:
            seen.append(codes[code])
        elif code.co_name.strip("_") in written and any(p in code.co_filename for p in _WRITTEN):
            seen.append(f"{code.co_name} as torch has it written in Python")

    sys.setprofile(note)
    try:
        yield
    finally:
        sys.setprofile(None)


@contextmanager
def _kernels_watched(operators: Sequence[str], seen: list[str]) -> Iterator[None]:
    """Note who comes to the kernel of an operator, past all modes or in another thread.

    The kernel cannot be called from here, so whoever comes there gets an error.
    """
    library = torch.library.Library("aten", "IMPL")  # type: ignore[no-untyped-call]
    try:
        for name in operators:
            packet = getattr(torch.ops.aten, name.removeprefix("aten::"))
            for overload in packet.overloads():
                _take_place(library, name, overload, seen)
        yield
    finally:
        library._destroy()  # type: ignore[no-untyped-call]


def _take_place(library: torch.library.Library, name: str, overload: str, seen: list[str]) -> None:
    def noted(*_: Any, **__: Any) -> None:
        seen.append(name)
        raise RuntimeError(f"{name} is not to be used")

    full = name if overload == "default" else f"{name}.{overload}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch says that a kernel was there
        for key in ("CPU", "CUDA") if torch.cuda.is_available() else ("CPU",):
            library.impl(full, noted, key)  # type: ignore[no-untyped-call]


@contextmanager
def _classes_watched(classes: dict[str, type], seen: list[str]) -> Iterator[None]:
    """Note who makes an object of a class, or of one below it."""
    kept: list[tuple[type, Any]] = []
    for name, one in classes.items():
        before = one.__dict__.get("__init__")  # None if it is inherited
        init = one.__init__  # type: ignore[misc]

        def noted(self: Any, *args: Any, _name: str = name, _init: Any = init, **more: Any) -> None:
            seen.append(_name)
            _init(self, *args, **more)

        kept.append((one, before))
        one.__init__ = noted  # type: ignore[misc]
    try:
        yield
    finally:
        for one, before in kept:
            if before is None:
                del one.__init__  # type: ignore[misc]
            else:
                one.__init__ = before  # type: ignore[misc]


SOURCE = [""]
"""The name that the candidate's source was compiled with, where there is a candidate."""


_LIBRARIES = (
    sys.prefix, sys.base_prefix, str(Path(torch.__file__).parent), str(Path(__file__).parents[2]),
    "<frozen", "<__array_function__",
)  # fmt: skip
"""Where code lies that is not the candidate's; all else is, what it executes as text too."""


class Opcodes:
    """Counts the opcodes that run in the candidate's own code."""

    def __init__(self) -> None:
        self.count = 0

    def _trace(self, frame: FrameType, event: str, _: object) -> Callable[..., Any] | None:
        name = frame.f_code.co_filename
        if name != SOURCE[0] and name.startswith(_LIBRARIES):
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            self.count += 1
        return self._trace

    def __enter__(self) -> Opcodes:
        sys.settrace(self._trace)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)


def tensors_in(value: object) -> list[Tensor]:
    """The tensors in a result."""
    return [leaf for leaf in tree_leaves(value) if isinstance(leaf, Tensor)]


def cotangent(y: Tensor) -> Tensor:
    """Thirds in the shape of a tensor, no two neighbours alike: no dtype holds them exactly."""
    count = torch.arange(y.numel(), device=y.device)
    return (((count * 5 + 2) % 7 - 3).to(y.dtype) / 3).reshape(y.shape)


def gradients(
    outputs: object, leaves: dict[str, Tensor], *, twice: bool = False
) -> dict[str, Tensor]:
    """The gradients of leaves under a cotangent that differs from element to element.

    Args:
        outputs: what was computed from them.
        leaves: by name.
        twice: whether to give the gradients of those gradients, with respect to the leaves and
            to the cotangents.

    Raises:
        Disagreement: no output is connected to them.
    """
    found_ends = [t for t in tensors_in(outputs) if t.dtype.is_floating_point]
    ends = [t for t in found_ends if t.requires_grad]
    empty = not any(leaf.numel() for leaf in leaves.values())
    if not ends and (empty or (found_ends and not any(end.numel() for end in found_ends))):
        return {f"the gradient of {name}": torch.zeros_like(leaf) for name, leaf in leaves.items()}
    if not ends:
        raise Disagreement(f"the result has no gradient with respect to {', '.join(leaves)}")
    above = [cotangent(end).requires_grad_(twice) for end in ends]
    order = list(leaves.values())
    found = torch.autograd.grad(ends, order, above, create_graph=twice, allow_unused=True)
    named = dict(zip(leaves, found, strict=True))
    if twice:
        ends = [grad for grad in found if grad is not None and grad.requires_grad]
        if not ends:
            raise Disagreement("the gradient has no gradient of its own")
        wanted = {**leaves, **{f"what comes in ({n})": one for n, one in enumerate(above)}}
        again = torch.autograd.grad(
            ends, list(wanted.values()), [cotangent(end) for end in ends], allow_unused=True
        )
        named, leaves = dict(zip(wanted, again, strict=True)), wanted
    word = "the second gradient" if twice else "the gradient"
    return {
        f"{word} of {name}": torch.zeros_like(leaves[name]) if grad is None else grad
        for name, grad in named.items()
    }
