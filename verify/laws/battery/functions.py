"""The battery of a function: from the same inputs it gives what the reference gives."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from torch import Tensor

from verify.laws.battery.agreement import Case, Disagreement, Within, mapped
from verify.laws.battery.exercise import Check, Exercise, Law, Probe, against
from verify.laws.battery.surroundings import Elsewhere, surroundings
from verify.laws.battery.watching import Opcodes, Operators, gradients, tensors_in
from verify.laws.battery.written import call
from verify.laws.strategies import Layout, laid_out

Cases = SearchStrategy[dict[str, Any]]

EXACT = Within(rtol=1e-12, atol=1e-12)
"""How far a float64 result may be from the reference, if an exercise does not say."""

LOW = (torch.float32, torch.bfloat16, torch.float16)
"""Dtypes coarser than the one in which the cases of an exercise are drawn."""


class FunctionExercise(Exercise):
    """An exercise whose solution is a function.

    Args:
        name: of the function.
        reference: does it right; its signature has the arguments in order.
        options: arguments that are handed over by keyword.
        within: how far from the reference a float64 result may be.
    """

    def __init__(
        self,
        name: str,
        reference: Callable[..., Any],
        options: tuple[str, ...] = (),
        within: Within = EXACT,
    ) -> None:
        super().__init__((name,), reference)
        self.options, self.within = options, within
        self._order = tuple(inspect.signature(reference).parameters)

    def invoke(self, subject: Callable[..., Any], case: Case) -> Any:
        """Call a solution with the values of a case."""
        named = {key: value for key, value in case.items() if key in self.options}
        places = [key for key in self._order if key in case and key not in self.options]
        return subject(*(case[key] for key in places), **named)

    def shown(self, case: Case) -> str:
        """A call as code."""
        ordered = {key: case[key] for key in self._order if key in case}
        return call(self.names[0], ordered, self.options)

    def enter(
        self, name: str, says: str, cases: Cases, probe: Probe, check: Check, count: int
    ) -> None:
        """Add a law whose cases are arguments of the function."""
        self.add(Law(name, says, cases, probe, check, self.shown, count))

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
        self.enter(name, says, cases, value, check, examples)

    def also_gradient(
        self,
        says: str,
        cases: Cases,
        of: Sequence[str],
        *,
        name: str,
        within: Within | None = None,
        examples: int = 25,
    ) -> None:
        """Add the law that other cases give the right gradients too.

        Args:
            says: what a solution does that keeps it.
            cases: arguments by name.
            of: arguments that gradients are taken of.
            name: the law's.
            within: how far from the reference's they may be; the exercise's, and at least 1e-9,
                if left out.
            examples: cases to be drawn at most.
        """

        def gradient(subject: Any, **case: Any) -> Any:
            leaves = {key: case[key].detach().requires_grad_() for key in of}
            return gradients(self.invoke(subject, {**case, **leaves}), leaves)

        mine = self.within
        loose = Within(max(1e-9, mine.rtol), max(1e-9, mine.atol), roundings=64)
        right = functools.partial(gradient, self.reference)
        self.enter(name, says, cases, gradient, against(right, within or loose, ""), examples)


def function(
    name: str,
    reference: Callable[..., Any],
    cases: Cases,
    *,
    differentiable: Sequence[str] = (),
    options: Sequence[str] = (),
    growing: Mapping[str, Callable[[int], dict[str, Any]]] | None = None,
    memory: tuple[Callable[[int], dict[str, Any]], Callable[[int], int]] | None = None,
    dtypes: Sequence[torch.dtype] = LOW,
    within: Within = EXACT,
    layouts: Sequence[Layout] = tuple(Layout),
    examples: int = 40,
    without: Mapping[str, str] | None = None,
) -> FunctionExercise:
    """An exercise whose solution is a function, with the default battery.

    Args:
        name: of the function.
        reference: does it right; called as the solution is.
        cases: arguments by name; floating tensors in float64.
        differentiable: arguments that gradients are taken of.
        options: arguments that are handed over by keyword.
        growing: for each thing that a Python loop might go over, a case with so many of them.
        memory: makes a case of a size, and says how many bytes the largest tensor may have then.
        dtypes: that the floating tensors are cast to.
        within: how far from the reference a float64 result may be.
        layouts: that the tensors are laid out in.
        examples: cases to be drawn for the values.
        without: laws that do not apply, each with the reason.
    """
    made = FunctionExercise(name, reference, tuple(options), within)
    add = made.enter
    made.also("gives the right values", cases, name="values", within=within, examples=examples)
    for dtype in dtypes:
        short = str(dtype).removeprefix("torch.")
        drawn = cases.map(functools.partial(_cast, dtype=dtype))
        near = Within(atol=within.atol)
        says = f"gives the right values for {short}, in {short}"
        made.also(says, drawn, name=short, within=near, examples=15, what=f"the {short} result")
    if differentiable:
        says = "passes the right gradient on, whatever gradient comes in"
        made.also_gradient(says, cases, differentiable, name="gradient")
    laid = _laid_out(cases, layouts)
    says = "gives the same for tensors that are not contiguous"
    made.also(says, laid, name="layout", within=within)
    invoke = made.invoke

    def untouched(subject: Any, **case: Any) -> Any:
        invoke(subject, case)
        return case

    add("inputs kept", "does not change its inputs", laid, untouched, _kept, 10)

    def repeated(subject: Any, **case: Any) -> Any:
        before = surroundings()
        results = []
        for seed in (1, 2):
            torch.manual_seed(seed)
            results.append(invoke(subject, {k: _own(v) for k, v in case.items()}))
        return {"results": results, "changed": surroundings(before)}

    says = "gives the same each time, and leaves torch's settings as they are"
    add("repeatable", says, cases, repeated, _alike, 5)

    def elsewhere(subject: Any, **case: Any) -> Any:
        with Elsewhere() as device:
            return device.of(invoke(subject, device.moved(case)))

    says = "works on the device of its inputs, whichever that is"
    add("device", says, cases, elsewhere, _all_there, 10)
    if growing:
        made.add(_growth(made, growing))
    if memory is not None:
        made.add(_memory(made, *memory))
    made.drop(without or {})
    return made


def _cast(case: dict[str, Any], dtype: torch.dtype) -> dict[str, Any]:
    return mapped(case, lambda tensor: tensor.to(dtype))


def _own(value: Any) -> Any:
    return value.clone() if isinstance(value, Tensor) else value


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


def _kept(case: Case, got: Any) -> None:
    for name, before in case.items():
        after = got.get(name)
        if isinstance(before, Tensor) and not (
            isinstance(after, Tensor)
            and after.shape == before.shape
            and after.dtype == before.dtype
            and bool(((after == before) | (after.isnan() & before.isnan())).all())
        ):
            from verify.laws.checks import show

            raise Disagreement(f"{name} was changed by the call", show(before), show(after))


def _alike(_: Case, got: Any) -> None:
    from verify.laws.checks import show

    first, second = got["results"]
    for left, right in zip(tensors_in(first), tensors_in(second), strict=True):
        same = left.shape == right.shape and bool(
            ((left == right) | (left.isnan() & right.isnan())).all()
        )
        if not same:
            raise Disagreement("a second call gave something else", show(left), show(right))
    if got["changed"]:
        raise Disagreement(f"the call changed {got['changed']}")


def _all_there(_: Case, got: Any) -> None:
    for device in got:
        if device != Elsewhere.DEVICE:
            raise Disagreement("the result is on another device", Elsewhere.DEVICE, device)


_FEW, _MANY = 6, 48


def _growth(made: FunctionExercise, growing: Mapping[str, Callable[[int], dict[str, Any]]]) -> Law:
    invoke = made.invoke

    def count(subject: Any, over: str) -> Any:
        counts = []
        for size in (_FEW, _MANY):
            case = growing[over](size)
            invoke(subject, case)  # the first call may set something up
            with Operators() as operators:
                invoke(subject, case)
            with Opcodes() as opcodes:
                invoke(subject, case)
            counts.append([operators.count, opcodes.count])
        return counts

    def check(case: Case, got: Any) -> None:
        (few_operators, few_opcodes), (many_operators, many_opcodes) = got
        over = case["over"]
        if many_operators - few_operators >= (_MANY - _FEW) // 2:
            raise Disagreement(
                f"it runs more operators the more {over} there are",
                f"{few_operators} for {_FEW} and for {_MANY}",
                f"{few_operators} for {_FEW}, {many_operators} for {_MANY}",
            )
        if many_opcodes - few_opcodes >= (_MANY - _FEW) * 2:
            raise Disagreement(f"a Python loop goes over the {over}")

    def shown(case: Case) -> str:
        return f"# {_MANY} {case['over']}\n" + made.shown(growing[str(case["over"])](2))

    says = "has no Python loop over " + " or ".join(growing)
    cases = st.sampled_from([{"over": over} for over in growing])
    return Law("no loop", says, cases, count, check, shown, len(growing))


_SIZE = 64


def _memory(
    made: FunctionExercise,
    make: Callable[[int], dict[str, Any]],
    bound: Callable[[int], int],
) -> Law:
    def largest(subject: Any, size: int) -> Any:
        case = make(size)
        with Operators() as operators:
            made.invoke(subject, case)
        return operators.largest

    def check(case: Case, got: Any) -> None:
        limit = bound(_SIZE)
        if got > limit:
            raise Disagreement(
                "it makes a tensor that is too large", f"at most {limit} bytes", f"{got} bytes"
            )

    says = "makes no tensor larger than it needs"
    cases = st.just({"size": _SIZE})
    return Law("memory", says, cases, largest, check, lambda _: made.shown(make(2)), 1)
