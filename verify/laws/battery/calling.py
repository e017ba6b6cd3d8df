"""The laws that every exercise has in which something is called with tensors and gives tensors."""

from __future__ import annotations

import contextlib
import functools
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from torch import Tensor

from verify.laws.battery.agreement import Case, Disagreement, Within, mapped
from verify.laws.battery.exercise import Exercise, Law, against
from verify.laws.battery.surroundings import BEFORE, Elsewhere, surroundings
from verify.laws.battery.watching import Opcodes, Operators, gradients, tensors_in
from verify.laws.checks import show
from verify.laws.strategies import Layout, laid_out

Cases = SearchStrategy[dict[str, Any]]
Sized = Callable[[int], dict[str, Any]]
"""Makes a case with so many of something."""

EXACT = Within(rtol=1e-12, atol=1e-12)
"""How far a float64 result may be from the reference, if an exercise does not say."""

LOW = (torch.float32, torch.bfloat16, torch.float16)
"""Dtypes coarser than the one in which the cases of an exercise are drawn."""


class Calling(Exercise):
    """An exercise whose solution is called with the values of a case.

    Args:
        name: of what is to be defined.
        reference: does it right.
        within: how far from the reference a float64 result may be.
    """

    def __init__(self, name: str, reference: Any, within: Within = EXACT) -> None:
        super().__init__((name,), reference)
        self.within = within

    @abstractmethod
    def invoke(self, subject: Any, case: Case) -> Any:
        """Call a solution with the values of a case."""

    @abstractmethod
    def invoke_elsewhere(self, subject: Any, case: Case, there: Elsewhere) -> Any:
        """The same on another device."""

    @abstractmethod
    def leaves(self, subject: Any, case: Case, of: Sequence[str]) -> tuple[Any, dict[str, Tensor]]:
        """Call a solution; give its result, and by name what gradients are taken of."""

    @abstractmethod
    def shown(self, case: Case) -> str:
        """A call as code."""

    def also(
        self,
        says: str,
        cases: Cases,
        *,
        name: str,
        within: Within | None = None,
        examples: int = 25,
        what: str = "the result",
    ) -> None:
        """Add the law that other cases give the right values too, in the dtype they are drawn in.

        Args:
            says: what a solution does that keeps it.
            cases: arguments by name.
            name: the law's.
            within: how far from the reference the result may be; the exercise's if left out.
            examples: cases to be drawn at most.
            what: how to call the result.
        """

        def value(subject: Any, **case: Any) -> Any:
            return self.invoke(subject, case)

        right = functools.partial(value, self.reference)
        check = against(right, within or self.within, what)
        self.add(Law(name, says, cases, value, check, self.shown, examples, right))

    def also_gradient(
        self,
        says: str,
        cases: Cases,
        of: Sequence[str],
        *,
        name: str,
        within: Within | None = None,
        examples: int = 25,
        twice: bool = False,
    ) -> None:
        """Add the law that other cases give the right gradients too.

        Args:
            says: what a solution does that keeps it.
            cases: arguments by name.
            of: arguments that gradients are taken of; those of parameters always are.
            name: the law's.
            within: how far from the reference's they may be; the exercise's, and at least 1e-9,
                if left out.
            examples: cases to be drawn at most.
            twice: whether it is the gradients' own gradients that are compared.
        """

        def gradient(subject: Any, **case: Any) -> Any:
            result, leaves = self.leaves(subject, case, of)
            return gradients(result, leaves, twice=twice)

        def shown(case: Case) -> str:
            first = next(iter(of), "")
            above = "# and then backward() with a gradient that differs in every element"
            return f"{self.shown(case)}  {above}" if first else self.shown(case)

        loose = Within(max(1e-9, self.within.rtol), max(1e-9, self.within.atol), roundings=64)
        right = functools.partial(gradient, self.reference)
        check = against(right, within or loose, "")
        self.add(Law(name, says, cases, gradient, check, shown, examples, right))

    def battery(
        self,
        cases: Cases,
        *,
        differentiable: Sequence[str],
        parameters: bool,
        growing: Mapping[str, Sized] | None,
        memory: tuple[Sized, Callable[[int], int]] | None,
        dtypes: Sequence[torch.dtype],
        layouts: Sequence[Layout],
        examples: int,
    ) -> None:
        """Add the default laws, the most telling first."""
        self.also("gives the right values", cases, name="values", examples=examples)
        for dtype in dtypes:
            short = str(dtype).removeprefix("torch.")
            self.also(
                f"gives the right values for {short}, in {short}",
                cases.map(functools.partial(_cast, dtype=dtype)),
                name=short,
                # What cancels is as far off as what it cancelled from was rounded.
                within=Within(atol=max(self.within.atol, torch.finfo(dtype).eps)),
                examples=15,
                what=f"the {short} result",
            )
        self._keeps_inputs(cases)
        if differentiable or parameters:
            says = "passes the right gradient on, whatever gradient comes in"
            self.also_gradient(says, cases, differentiable, name="gradient")
        if len(differentiable) > 1:
            self._differentiates_each(cases, differentiable)
        laid = _laid_out(cases, layouts)
        self.also("gives the same for tensors that are not contiguous", laid, name="layout")
        self._repeats(cases)
        self._goes_elsewhere(cases)
        if growing:
            self._has_no_loop(growing)
        if memory is not None:
            self._takes_little(*memory)

    def _differentiates_each(self, cases: Cases, of: Sequence[str]) -> None:
        def alone(subject: Any, **case: Any) -> Any:
            found = {}
            for name in of:
                result, leaves = self.leaves(subject, case, [name])
                grads = gradients(result, {name: leaves[name]})
                found[f"{name}, which alone requires one"] = grads[f"the gradient of {name}"]
            return found

        loose = Within(max(1e-9, self.within.rtol), max(1e-9, self.within.atol), roundings=64)
        right = functools.partial(alone, self.reference)
        check = against(right, loose, "the gradient of")
        says = "passes a gradient on to each input, also if no other one requires one"
        self.add(Law("each gradient", says, cases, alone, check, self.shown, 10, right))

    def _keeps_inputs(self, cases: Cases) -> None:
        def untouched(subject: Any, **case: Any) -> Any:
            self.invoke(subject, case)
            # Where writing into an input raises nothing; who differentiates may raise there.
            with torch.no_grad(), contextlib.suppress(Exception):
                self.invoke(subject, case)
            given = {name: value for name, value in case.items() if isinstance(value, Tensor)}
            marked = [n for n, t in given.items() if t.requires_grad or t.grad is not None]
            return {"case": case, "marked": marked}

        says = "does not change its inputs"
        self.add(Law("inputs kept", says, cases, untouched, _kept, self.shown, 10))

    def _repeats(self, cases: Cases) -> None:
        def repeated(subject: Any, **case: Any) -> Any:
            torch.manual_seed(1)
            first = self.invoke(subject, mapped(case, Tensor.clone))
            kept = [tensor.detach().clone() for tensor in tensors_in(first)]
            with contextlib.suppress(Exception):  # whatever these other inputs are worth
                self.invoke(subject, _turned(case))
            first = [tensor.detach().clone() for tensor in tensors_in(first)]
            torch.manual_seed(2)
            second = self.invoke(subject, mapped(case, Tensor.clone))
            changed = surroundings(BEFORE[0])
            return {"kept": kept, "first": first, "second": second, "changed": changed}

        says = "gives the same each time, and leaves torch's settings as they are"
        self.add(Law("repeatable", says, cases, repeated, _alike, self.shown, 5))

    def _goes_elsewhere(self, cases: Cases) -> None:
        def elsewhere(subject: Any, **case: Any) -> Any:
            with Elsewhere() as there:
                return there.of(self.invoke_elsewhere(subject, case, there))

        says = "works on the device of its inputs, whichever that is"
        law = Law("device", says, cases, elsewhere, _all_there, self.shown, 10, may_not_tell=True)
        self.add(law)

    def _has_no_loop(self, growing: Mapping[str, Sized]) -> None:
        def count(subject: Any, over: str) -> Any:
            counts = []
            for size in (_FEW, _MANY):
                case = growing[over](size)
                self.invoke(subject, case)  # the first call may set something up
                with Operators() as operators:
                    self.invoke(subject, case)
                with Opcodes() as opcodes:
                    self.invoke(subject, case)
                counts.append([operators.count, opcodes.count])
            return counts

        def shown(case: Case) -> str:
            return f"# with {_MANY} {case['over']} instead of 2\n" + self.shown(
                growing[str(case["over"])](2)
            )

        says = "has no Python loop over " + " or ".join(growing)
        cases = st.sampled_from([{"over": over} for over in growing])
        self.add(Law("no loop", says, cases, count, _not_growing, shown, len(growing)))

    def _takes_little(self, make: Sized, bound: Callable[[int], int]) -> None:
        def largest(subject: Any, size: int) -> Any:
            case = make(size)
            with Operators() as operators:
                self.invoke(subject, case)
            return operators.largest

        def check(case: Case, got: Any) -> None:
            limit = bound(_SIZE)
            if got > limit:
                what = "it makes a tensor that is too large"
                raise Disagreement(what, f"at most {limit} bytes", f"{got} bytes")

        cases = st.just({"size": _SIZE})
        says = "makes no tensor larger than it needs"
        self.add(Law("memory", says, cases, largest, check, lambda _: self.shown(make(2)), 1))


_FEW, _MANY = 8, 64
_OPERATORS, _OPCODES = 0.5, 4
"""How many more of them each further element may cost; a loop costs at least one and six.

It leaves room for a loop that halves, whose steps grow with the logarithm.
"""
_SIZE = 64


def _cast(case: dict[str, Any], dtype: torch.dtype) -> dict[str, Any]:
    return mapped(case, lambda tensor: tensor.to(dtype))


def _laid_out(cases: Cases, layouts: Sequence[Layout]) -> Cases:
    @st.composite
    def draw_laid_out(draw: st.DrawFn) -> dict[str, Any]:
        case = draw(cases)
        place = st.sampled_from(list(layouts))
        return {
            name: laid_out(value, draw(place)) if isinstance(value, Tensor) else value
            for name, value in case.items()
        }

    return draw_laid_out()


def _same(left: Tensor, right: Tensor) -> bool:
    alike = left.shape == right.shape and left.dtype == right.dtype
    return alike and bool(((left == right) | (left.isnan() & right.isnan())).all())


def _kept(case: Case, got: Any) -> None:
    if got["marked"]:
        raise Disagreement(f"{got['marked'][0]} requires a gradient after the call, or has one")
    for name, before in case.items():
        after = got["case"].get(name)
        if isinstance(before, Tensor) and not (isinstance(after, Tensor) and _same(after, before)):
            raise Disagreement(f"{name} was changed by the call", show(before), show(after))


def _alike(_: Case, got: Any) -> None:
    for what, after in (("second", "a later call gave something else"), ("first", _OVERWRITTEN)):
        for left, right in zip(got["kept"], tensors_in(got[what]), strict=True):
            if not _same(left, right):
                raise Disagreement(after, show(left), show(right))
    if got["changed"]:
        raise Disagreement(f"the call changed {got['changed']}")


_OVERWRITTEN = "a later call has changed what an earlier one gave"


def _turned(case: Case) -> dict[str, Any]:
    """Other inputs of the same shapes."""

    def turn(value: Any) -> Any:
        if not isinstance(value, Tensor):
            return value
        turned = value.flip(tuple(range(value.dim())))
        return turned / 2 + 1 if value.is_floating_point() else turned

    return {name: turn(value) for name, value in case.items()}


def _all_there(_: Case, got: Any) -> None:
    for device in got:
        if device != Elsewhere.DEVICE:
            raise Disagreement("the result is not where the inputs are", Elsewhere.DEVICE, device)


def _not_growing(case: Case, got: Any) -> None:
    (few_operators, few_opcodes), (many_operators, many_opcodes) = got
    over = case["over"]
    if many_operators - few_operators >= (_MANY - _FEW) * _OPERATORS:
        raise Disagreement(
            f"it runs the more operators the more {over} there are",
            f"{few_operators} operators for {_FEW} and for {_MANY} {over}",
            f"{few_operators} for {_FEW}, {many_operators} for {_MANY}",
        )
    if many_opcodes - few_opcodes >= (_MANY - _FEW) * _OPCODES:
        raise Disagreement(f"a Python loop goes over the {over}")
