"""Whether code under test has replaced what its own verdict is reached with.

Code that patches the verifier, Hypothesis, the builtins or torch can make a false claim come out
true, mostly without meaning to.  So all callables of these modules are noted before any of it
runs, and compared when it has.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import BuiltinFunctionType, CodeType, FunctionType, MethodDescriptorType, ModuleType
from typing import Any

import torch

_WHOLE = ("verify", "hypothesis")
"""Packages that judge, with all their modules."""

_SINGLE = (
    "builtins", "os", "time", "warnings", "traceback", "linecache",
    "torch", "torch.testing", "torch._tensor", "torch.nn.functional",
)  # fmt: skip
"""What they judge with."""

_BELOW = ("torch.nn.modules.",)
"""And packages of what they judge with."""

_MAY_CHANGE = {
    "warnings.formatwarning",  # how a warning looks is no part of a verdict
    "warnings.showwarning",
    "torch.Storage",  # set_default_dtype() does
    "torch.nn.modules.module.Module.__init__",  # torch.compile() does, and
    "torch.nn.modules.module.Module.__setstate__",
}
"""What torch itself replaces, or a package that is imported, and what proves nothing."""

_CALLED = (
    type, BuiltinFunctionType, MethodDescriptorType, property, staticmethod, classmethod,
)  # fmt: skip

Owner = ModuleType | type


class Snapshot:
    """The callables of modules, as they are now.

    Args:
        everything: whether all of torch and numpy that is imported is noted too, not only what
            verdicts are reached with.
    """

    def __init__(self, *, everything: bool = False) -> None:
        self._kept = [
            (owner, _callables(owner), frozenset(vars(owner))) for owner in _owners(everything)
        ]

    def changed(self) -> str:
        """The dotted name of something that was replaced or taken away; empty if nothing was."""
        for owner, before, names in self._kept:
            now = vars(owner)
            if isinstance(owner, type):
                if name := _overridden(owner, names):
                    return f"{_name(owner)}.{name}"
            elif sys.modules.get(owner.__name__) is not owner:
                return f"the module {owner.__name__}"
            for name, (value, code) in before.items():
                found = now.get(name)
                same = found is value or _wrapped_by_torch(found, value)
                if same and (code is None or value.__code__ is code):
                    continue
                if f"{_name(owner)}.{name}" not in _MAY_CHANGE:
                    return f"{_name(owner)}.{name}"
        return ""


def _overridden(owner: type, names: frozenset[str]) -> str:
    """A name that a class has got meanwhile in front of one that it inherited."""
    if len(vars(owner)) == len(names):
        return ""
    added = vars(owner).keys() - names
    inherited = set().union(*(vars(base) for base in owner.__mro__[1:]))
    return min(added & inherited, default="")


def _owners(everything: bool) -> Iterator[Owner]:
    whole = (*_WHOLE, "torch", "numpy") if everything else _WHOLE
    for name, module in list(sys.modules.items()):
        if not isinstance(module, ModuleType):
            continue  # a stand-in that imports when it is asked for anything
        single = name in _SINGLE or name.startswith(_BELOW)
        if not single and name.partition(".")[0] not in whole:
            continue
        yield module
        for value in list(vars(module).values()):
            if issubclass(type(value), type) and value.__module__ == name and not _legacy(value):
                yield value


def _legacy(kind: type) -> bool:
    """Whether it is one of torch's old tensor types, which hold two thirds of all callables."""
    return type(kind) is type(torch.FloatTensor)


def _callables(owner: Owner) -> dict[str, tuple[Any, CodeType | None]]:
    found = {}
    for name, value in list(vars(owner).items()):
        kind = type(value)  # not isinstance(): some objects warn when asked for their class
        if issubclass(kind, FunctionType):
            found[name] = (value, value.__code__)
        elif issubclass(kind, _CALLED):
            found[name] = (value, None)
    return found


def _wrapped_by_torch(now: Any, before: Any) -> bool:
    """Whether torch has put a wrapper around a function, as it does with ``Optimizer.step``."""
    code = getattr(now, "__code__", None)
    return getattr(now, "__wrapped__", None) is before and "/torch/" in getattr(
        code, "co_filename", ""
    )


def _name(owner: Owner) -> str:
    if isinstance(owner, type):
        return f"{owner.__module__}.{owner.__qualname__}"
    return owner.__name__
