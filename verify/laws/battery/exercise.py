"""An exercise: what a candidate is to define, and the laws that it has to keep."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from hypothesis.strategies import SearchStrategy
from torch import Tensor

from verify.laws.battery.agreement import (
    PATTERNS,
    Case,
    Disagreement,
    Within,
    agree,
    dtype_of,
    mapped,
    rounded,
)
from verify.laws.battery.watching import Forbidden, tensors_in
from verify.laws.battery.written import assigned

Probe = Callable[..., Any]
"""Called with what the candidate defined and the values of a case; gives plain data and tensors.

It runs beside the candidate, and beside the reference in another process.
"""

Check = Callable[[Case, Any], None]
"""Called with a case and what the probe gave for the candidate; raises Disagreement."""


@dataclass(frozen=True)
class Law:
    """One thing that a solution has to do."""

    name: str
    """A word or two, as the report lists it."""
    says: str
    """What a solution does that keeps it, in plain words."""
    cases: SearchStrategy[dict[str, Any]]
    probe: Probe
    check: Check
    shown: Callable[[Case], str]
    """A case as code that can be pasted."""
    examples: int = 25
    """Cases to be drawn at most."""
    right: Callable[..., Any] | None = None
    """What the probe gives for the reference, if that is what a candidate is compared with."""
    may_not_tell: bool = False
    """Whether there are candidates of which it can say nothing."""


class Subject:
    """Several things that a candidate defined, by name."""

    def __init__(self, found: Mapping[str, Any]) -> None:
        self.__dict__.update(found)


@dataclass
class Exercise:
    """What a candidate is to define, what it is compared with, and the laws.

    Args:
        names: what it is to define.
        reference: what does it right; with several names, a :class:`Subject` of them.
    """

    names: tuple[str, ...]
    reference: Any
    laws: list[Law] = field(default_factory=list)
    without: dict[str, str] = field(default_factory=dict)
    """Laws of the battery that do not apply, each with the reason."""

    def add(self, law: Law) -> None:
        """Add a law.

        Raises:
            ValueError: there is one of that name.
        """
        if any(other.name == law.name for other in self.laws):
            raise ValueError(f"two laws are called {law.name!r}")
        self.laws.append(law)

    def law(
        self,
        says: str,
        cases: SearchStrategy[dict[str, Any]],
        *,
        name: str = "",
        within: Within = Within(),  # noqa: B008  (it cannot be changed)
        examples: int = 25,
        shown: Callable[[Case], str] | None = None,
        what: str = "the result",
        expect: Callable[..., Any] | None = None,
        may_not_tell: bool = False,
    ) -> Callable[[Probe], Probe]:
        """Make a law of a probe: a candidate gives what the reference gives.

        Args:
            says: what a solution does that keeps it.
            cases: what the probe is called with.
            name: the law's; the probe's if left out.
            within: how far apart the two may be.
            examples: cases to be drawn at most.
            shown: a case as code; assignments if left out.
            what: how to call what the probe gives.
            expect: what it gives for a right solution, called with the values of a case, its
                floating tensors in float64; from the reference if left out.
            may_not_tell: whether there are candidates of which it can say nothing.
        """

        def enter(probe: Probe) -> Probe:
            title = name or probe.__name__.replace("_", " ")
            right = expect or _partial(probe, self.reference)
            check = against(right, within, what)
            made = Law(title, says, cases, probe, check, shown or assigned, examples, right)
            self.add(replace(made, may_not_tell=may_not_tell))
            return probe

        return enter

    def subject(self, namespace: Mapping[str, Any]) -> Any:
        """What a candidate defined, as probes are called with it."""
        if len(self.names) == 1:
            return namespace[self.names[0]]
        return Subject({name: namespace[name] for name in self.names})

    def forbid(self, names: Sequence[str]) -> None:
        """Add the law that certain things are not used, tried on the cases of the values.

        Of an exercise without that law the first one is taken.

        Args:
            names: as for :class:`~verify.laws.battery.watching.Forbidden`.

        Raises:
            LookupError: there is no such thing.
        """
        if not names:
            return
        forbidden = Forbidden(names)
        first = next((law for law in self.laws if law.name == "values"), self.laws[0])

        def used(subject: Any, **case: Any) -> Any:
            seen: list[str] = []
            try:
                with forbidden.watched(seen):
                    first.probe(subject, **case)
            except Exception:
                if not seen:
                    raise
            return sorted(set(seen))

        def check(_: Case, got: Any) -> None:
            if got:
                raise Disagreement(f"{', '.join(got)} is not to be used")

        says = "does it without what the task forbids"
        self.add(Law("forbidden", says, first.cases, used, check, first.shown, 15))

    def drop(self, without: Mapping[str, str]) -> None:
        """Take out laws of the battery that do not apply.

        Args:
            without: their names, each with the reason.

        Raises:
            ValueError: there is no such law, or no reason.
        """
        for name, reason in without.items():
            if not reason.strip():
                raise ValueError(f"without: {name!r} needs its reason")
            if name not in {law.name for law in self.laws}:
                names = ", ".join(law.name for law in self.laws)
                raise ValueError(f"without: there is no law {name!r}; there are {names}")
        self.laws = [law for law in self.laws if law.name not in without]
        self.without.update(without)


def _partial(probe: Probe, subject: Any) -> Callable[..., Any]:
    return lambda **case: probe(subject, **case)


def against(right: Callable[..., Any], within: Within, what: str) -> Check:
    """A check against what a reference gives in float64, and has the dtypes of."""

    def check(case: Case, got: Any) -> None:
        exact = right(**mapped(case, lambda t: t.to(torch.float64, copy=True)))
        dtype = dtype_of(case)
        nearby = []
        if within.roundings and tensors_in(exact):
            nearby = [right(**rounded(case, dtype, pattern)) for pattern in PATTERNS]
        agree(got, exact, what, nearby, within)
        _same_dtypes(got, right(**mapped(case, Tensor.clone)), what)

    return check


def _same_dtypes(got: Any, native: Any, what: str) -> None:
    if isinstance(native, Mapping):
        for key, value in native.items():
            _same_dtypes(got[key], value, str(key))
    elif isinstance(native, tuple | list):
        for left, right in zip(got, native, strict=True):
            _same_dtypes(left, right, what)
    elif isinstance(native, Tensor) and got.dtype != native.dtype:
        raise Disagreement(f"{what} has the wrong dtype", str(native.dtype), str(got.dtype))
