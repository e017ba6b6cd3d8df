"""The battery of a module: with the same state it does what the reference does."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor, nn

from verify.laws.battery.agreement import Case, Disagreement, Within
from verify.laws.battery.calling import EXACT, Calling, Cases, Sized
from verify.laws.battery.exercise import Law, against
from verify.laws.battery.surroundings import Elsewhere
from verify.laws.battery.written import call, written
from verify.laws.strategies import Layout, seeds

_OWN = ("arguments", "state", "training")
"""Values of a case that are no arguments of forward."""


class ModuleExercise(Calling):
    """An exercise whose solution is a subclass of nn.Module.

    A case holds ``arguments`` of the constructor, the ``state`` that is loaded, ``training`` if it
    is not True, and the arguments of forward by name.

    Args:
        name: of the class.
        reference: does it right.
        inputs: the arguments of forward in order; as in the reference if left out.
        options: arguments of forward that are handed over by keyword.
        within: how far from the reference a float64 result may be.
    """

    def __init__(
        self,
        name: str,
        reference: type[nn.Module],
        inputs: tuple[str, ...] = (),
        options: tuple[str, ...] = (),
        within: Within = EXACT,
    ) -> None:
        super().__init__(name, reference, within)
        self.options = options
        self._order = inputs or tuple(inspect.signature(reference.forward).parameters)[1:]

    def made(self, subject: Any, case: Case) -> nn.Module:
        """A solution's module with the state of a case."""
        arguments: dict[str, Any] = case["arguments"]  # type: ignore[assignment]
        module: nn.Module = subject(**arguments)
        state: dict[str, Tensor] = case.get("state", {})  # type: ignore[assignment]
        for value in state.values():
            if value.is_floating_point():
                module = module.to(value.dtype)
                break
        if state:
            place = next(iter(state.values())).device
            module = module.to(place)
            module.load_state_dict(state)
        return module.train(bool(case.get("training", True)))

    def forward(self, module: nn.Module, case: Case) -> Any:
        """Call a module with the inputs of a case."""
        named = {key: value for key, value in case.items() if key in self.options}
        places = [key for key in self._order if key in case and key not in self.options]
        return module(*(case[key] for key in places), **named)

    def invoke(self, subject: Any, case: Case) -> Any:
        """Make a solution's module, load the state and call it."""
        return self.forward(self.made(subject, case), case)

    def invoke_elsewhere(self, subject: Any, case: Case, there: Elsewhere) -> Any:
        """The same on another device."""
        arguments: dict[str, Any] = case["arguments"]  # type: ignore[assignment]
        module = subject(**arguments)
        there.move(module)
        module.train(bool(case.get("training", True)))
        return self.forward(module, there.moved(_float32(case)))

    def leaves(self, subject: Any, case: Case, of: Sequence[str]) -> tuple[Any, dict[str, Tensor]]:
        """Call a module; give its result, and its inputs and parameters by name."""
        module = self.made(subject, case)
        leaves = {key: case[key].detach().requires_grad_() for key in of}  # type: ignore[attr-defined]
        result = self.forward(module, {**case, **leaves})
        trained = {n: p for n, p in module.named_parameters() if p.requires_grad}
        return result, {**leaves, **trained}

    def shown(self, case: Case) -> str:
        """The making of a module and a call as code."""
        arguments: Mapping[str, object] = case["arguments"]  # type: ignore[assignment]
        lines = [f"layer = {call(self.names[0], arguments, list(arguments))}"]
        if state := case.get("state"):
            lines.append(f"layer.load_state_dict({written(state)})")
        if not case.get("training", True):
            lines.append("layer.eval()")
        ordered = {key: case[key] for key in self._order if key in case}
        if ordered:
            lines.append(call("layer", ordered, self.options))
        return "\n".join(lines)

    def state_laws(self, cases: Cases) -> None:
        """Add the laws of what a module holds before and after a call."""

        def names(subject: Any, arguments: dict[str, Any]) -> Any:
            state = subject(**arguments).state_dict()
            return {name: tuple(value.shape) for name, value in sorted(state.items())}

        right = functools.partial(names, self.reference)
        check = against(right, Within(), "state_dict")
        only = cases.map(lambda case: {"arguments": case["arguments"]})
        says = "has the state_dict of the reference, name by name and shape by shape"
        self.laws.insert(0, Law("state_dict", says, only, names, check, self.shown, 10, right))

        def after(subject: Any, **case: Any) -> Any:
            module = self.made(subject, case)
            self.forward(module, case)
            return dict(sorted(module.state_dict().items()))

        right_after = functools.partial(after, self.reference)

        says = "leaves its state after a call as the reference does"
        check = against(right_after, self.within, "")
        self.add(Law("state after", says, cases, after, check, self.shown, 15, right_after))

        def ungraphed(subject: Any, **case: Any) -> Any:
            with torch.no_grad():
                module = self.made(subject, case)
                result = self.forward(module, case)
            return {"the result": result, **dict(sorted(module.state_dict().items()))}

        right_ungraphed = functools.partial(ungraphed, self.reference)
        says = "does the same under torch.no_grad()"
        check = against(right_ungraphed, self.within, "")
        law = Law("no grad", says, cases, ungraphed, check, self.shown, 15, right_ungraphed)
        self.add(law)

    def freshness(self, cases: Cases) -> None:
        """Add the law that modules start with weights of their own."""

        def fresh(subject: Any, arguments: dict[str, Any]) -> Any:
            found, drawn = [], []
            for seed in (1, 2, 1, None):
                if seed is not None:
                    torch.manual_seed(seed)
                state = subject(**arguments).state_dict()
                found.append({k: v for k, v in state.items() if v.is_floating_point()})
                drawn.append(float(torch.rand(())))
            others = (found[1], found[3])
            differs = all(any(not torch.equal(found[0][k], o[k]) for k in found[0]) for o in others)
            again = all(torch.equal(found[0][k], found[2][k]) for k in found[0])
            return {"differs": differs, "again": again, "drawn": drawn[0] != drawn[1]}

        def check(_: Case, got: Any) -> None:
            if not got["drawn"]:
                raise Disagreement("making one sets the seed of the default generator")
            if not got["differs"]:
                raise Disagreement("two of them start with the same weights")
            if not got["again"]:
                raise Disagreement("torch.manual_seed does not make its weights reproducible")

        only = cases.map(lambda case: {"arguments": case["arguments"]})
        says = "draws its weights from the default generator, anew each time"
        self.add(Law("initial weights", says, only, fresh, check, self.shown, 5))


def _float32(case: Case) -> dict[str, Any]:
    from verify.laws.battery.agreement import mapped

    return mapped(case, lambda tensor: tensor.to(torch.float32))


def with_state(cases: Cases, reference: Callable[..., nn.Module]) -> Cases:
    """Cases with a mode, and a state of quarters drawn by a seed in float64, where they have none.

    Buffers and parameters whose names end in ``var`` are positive.
    """

    def add(case: dict[str, Any], seed: int, training: bool) -> dict[str, Any]:
        case = {"training": training, **case}
        if "state" in case:
            return case
        generator = torch.Generator().manual_seed(seed)

        def fill(name: str, value: Tensor) -> Tensor:
            if not value.is_floating_point():
                return value
            drawn = torch.randn(value.shape, generator=generator, dtype=torch.float64)
            quarters = (drawn * 4).round() / 4
            return quarters.abs() + 0.5 if name.endswith("var") else quarters

        with torch.random.fork_rng(devices=[]):
            state = reference(**case["arguments"]).state_dict()
        return {**case, "state": {name: fill(name, value) for name, value in state.items()}}

    return st.builds(add, cases, seeds(), st.sampled_from([True, True, False]))


def module(
    name: str,
    reference: type[nn.Module],
    cases: Cases,
    *,
    inputs: Sequence[str] = (),
    differentiable: Sequence[str] = (),
    options: Sequence[str] = (),
    growing: Mapping[str, Sized] | None = None,
    memory: tuple[Sized, Callable[[int], int]] | None = None,
    dtypes: Sequence[torch.dtype] = (torch.float32,),
    within: Within = EXACT,
    layouts: Sequence[Layout] = tuple(Layout),
    examples: int = 40,
    without: Mapping[str, str] | None = None,
) -> ModuleExercise:
    """An exercise whose solution is a subclass of nn.Module, with the default battery.

    Args:
        name: of the class.
        reference: does it right.
        cases: ``arguments`` of the constructor and those of forward by name, floating ones in
            float64.  The mode ``training`` and a ``state`` are drawn for those without.
        inputs: the arguments of forward in order; as in the reference if left out.
        differentiable: arguments of forward that gradients are taken of, beside all parameters.
        options: arguments of forward that are handed over by keyword.
        growing: for each thing that a Python loop might go over, a case with so many of them.
        memory: makes a case of a size, and says how many bytes the largest tensor may have then.
        dtypes: that state and inputs are cast to.
        within: how far from the reference a float64 result may be.
        layouts: that the inputs are laid out in.
        examples: cases to be drawn for the values.
        without: laws that do not apply, each with the reason.
    """
    made = ModuleExercise(name, reference, tuple(inputs), tuple(options), within)
    drawn = with_state(cases, reference)
    made.battery(
        drawn,
        differentiable=differentiable,
        parameters=True,
        growing=growing,
        memory=memory,
        dtypes=dtypes,
        layouts=layouts,
        examples=examples,
    )
    made.state_laws(drawn)
    made.freshness(cases)
    made.drop(without or {})
    return made
