"""The battery of a function: from the same inputs it gives what the reference gives."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from verify.laws.battery.agreement import Case, Within
from verify.laws.battery.calling import EXACT, LOW, Calling, Cases, Sized
from verify.laws.battery.surroundings import Elsewhere
from verify.laws.battery.written import call
from verify.laws.strategies import Layout


class FunctionExercise(Calling):
    """An exercise whose solution is a function, or a class with a method to be called.

    Args:
        name: of the function or class.
        reference: does it right; its signature has the arguments in order.
        options: arguments that are handed over by keyword.
        within: how far from the reference a float64 result may be.
        method: of the class; empty for a function.
    """

    def __init__(
        self,
        name: str,
        reference: Callable[..., Any],
        options: tuple[str, ...] = (),
        within: Within = EXACT,
        method: str = "",
    ) -> None:
        super().__init__(name, reference, within)
        self.options = options
        self._method = method
        self._order = tuple(inspect.signature(reference).parameters)

    def invoke(self, subject: Any, case: Case) -> Any:
        """Call a solution with the values of a case."""
        if self._method and hasattr(subject, self._method):  # the reference is a function
            subject = getattr(subject, self._method)
        named = {key: value for key, value in case.items() if key in self.options}
        places = [key for key in self._order if key in case and key not in self.options]
        return subject(*(case[key] for key in places), **named)

    def invoke_elsewhere(self, subject: Any, case: Case, there: Elsewhere) -> Any:
        """The same on another device."""
        return self.invoke(subject, there.moved(case))

    def leaves(self, subject: Any, case: Case, of: Sequence[str]) -> tuple[Any, dict[str, Tensor]]:
        """Call a solution; give its result, and by name what gradients are taken of."""
        leaves = {key: case[key].detach().requires_grad_() for key in of}  # type: ignore[attr-defined]
        return self.invoke(subject, {**case, **leaves}), leaves

    def shown(self, case: Case) -> str:
        """A call as code."""
        name = f"{self.names[0]}.{self._method}" if self._method else self.names[0]
        ordered = {key: case[key] for key in self._order if key in case}
        return call(name, ordered, self.options)


def function(
    name: str,
    reference: Callable[..., Any],
    cases: Cases,
    *,
    method: str = "",
    differentiable: Sequence[str] = (),
    options: Sequence[str] = (),
    growing: Mapping[str, Sized] | None = None,
    memory: tuple[Sized, Callable[[int], int]] | None = None,
    dtypes: Sequence[torch.dtype] = LOW,
    within: Within = EXACT,
    layouts: Sequence[Layout] = tuple(Layout),
    examples: int = 40,
    without: Mapping[str, str] | None = None,
) -> FunctionExercise:
    """An exercise whose solution is a function, with the default battery.

    Args:
        name: of the function, or of a class whose ``method`` is called.
        reference: does it right: a Python function whose signature has the arguments in order.
        cases: arguments by name; floating tensors in float64.
        method: of the class, such as ``apply`` of an autograd.Function.
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
    made = FunctionExercise(name, reference, tuple(options), within, method)
    made.battery(
        cases,
        differentiable=differentiable,
        parameters=False,
        growing=growing,
        memory=memory,
        dtypes=dtypes,
        layouts=layouts,
        examples=examples,
    )
    made.drop(without or {})
    return made
