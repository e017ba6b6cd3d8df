"""The register of laws: what each says, where that is documented, and how exactly it is meant."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec

Test = Callable[[], None]
"""A Hypothesis test that needs no argument and has not run yet."""

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class KnownException:
    """Something of torch's own that breaks a law, and which is therefore not drawn."""

    what: str
    """What departs from the law, and how."""
    versions: str
    """The versions of torch it was seen in, as a specifier such as ``>=2.13``."""


@dataclass(frozen=True, slots=True)
class Law:
    """One law: its words, its source, and the function that makes a test of it."""

    name: str
    """The name answers call it by: ``laws.<name>()``."""
    family: str
    """The part of torch it speaks of, named as its file is."""
    statement: str
    """The law in one sentence: the first line of its docstring."""
    source: str
    """The official page it rests on; its docstring says so where that page is silent."""
    tolerance: str
    """How exactly it holds: ``exact`` or the tolerances, in words."""
    exceptions: tuple[KnownException, ...]
    """What breaks it in torch itself."""
    seeds: tuple[str, ...]
    """The properties of the seed inventory that it states."""
    make: Callable[..., Test]
    """Makes the test; keyword arguments put other subjects in torch's place."""


LAWS: dict[str, Law] = {}
"""Every law by its name, in the order of definition."""


def law(
    *,
    family: str,
    source: str,
    tolerance: str,
    seeds: tuple[str, ...] = (),
    exceptions: tuple[KnownException, ...] = (),
) -> Callable[[Callable[P, Test]], Callable[P, Test]]:
    """Enter a function that makes tests into the register, as a law of its name.

    Raises:
        ValueError: if the function has no docstring, is registered already, or takes an
            argument that is not keyword-only with a default.
    """

    def enter(make: Callable[P, Test]) -> Callable[P, Test]:
        name = make.__name__
        statement = (inspect.getdoc(make) or "").partition("\n")[0]
        if not statement:
            raise ValueError(f"the law {name} needs a docstring whose first line states it")
        if name in LAWS:
            raise ValueError(f"two laws are called {name}")
        for argument in inspect.signature(make).parameters.values():
            if argument.kind is not argument.KEYWORD_ONLY or argument.default is argument.empty:
                raise ValueError(f"{name}({argument.name}) must be keyword-only with a default")
        LAWS[name] = Law(name, family, statement, source, tolerance, exceptions, seeds, make)
        return make

    return enter
