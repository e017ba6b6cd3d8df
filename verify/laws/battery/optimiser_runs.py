"""Runs of an optimiser: what they are drawn from, and what is asked of one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from torch import Tensor, nn
from torch.autograd.graph import get_gradient_edge

from verify.laws.battery.agreement import mapped
from verify.laws.battery.calling import Cases
from verify.laws.battery.exercise import Probe
from verify.laws.strategies import Layout, full_shapes_first, laid_out, shapes, tensors

"""What a solution's class makes: it has ``lr``, ``step()`` and ``zero_grad()``."""

_RATES = st.sampled_from([0.1, 0.5, 0.01, 1.0])
_COUNTS = st.integers(1, 3)
_STEPS = st.sampled_from([1, 2, 2, 3, 3, 4])
_SHAPES = full_shapes_first(0, 2, max_side=3)
_NUMBERS = tensors((5, 3, 9), torch.float64, 4.0, layout=Layout.CONTIGUOUS)
"""Of parameters and four gradients, three each, in shapes of up to 9 elements."""
_PLACES = st.sampled_from(
    [Layout.CONTIGUOUS, Layout.TRANSPOSED, Layout.TRANSPOSED, Layout.SLICED, Layout.OFFSET]
)
_WIDE = shapes(1, 2, min_side=2, max_side=3)
"""Shapes of which half look otherwise in memory if they are transposed."""


Optimizer = Any
"""What a solution's class makes: it has ``lr``, ``step()`` and ``zero_grad()``."""


class PlainRate:
    """An optimiser of torch's with its learning rate as an attribute.

    Args:
        optimizer: of one group of parameters.
    """

    def __init__(self, optimizer: torch.optim.Optimizer) -> None:
        self._optimizer = optimizer

    @property
    def lr(self) -> float:
        """The learning rate of the next step."""
        return float(self._optimizer.param_groups[0]["lr"])

    @lr.setter
    def lr(self, value: float) -> None:
        self._optimizer.param_groups[0]["lr"] = value

    def step(self) -> None:
        """Move the parameters that have a gradient."""
        self._optimizer.step()

    def zero_grad(self) -> None:
        """Forget the gradients."""
        self._optimizer.zero_grad()


def plain_rate(
    of: Callable[..., torch.optim.Optimizer], order: Sequence[str]
) -> Callable[..., PlainRate]:
    """Make optimisers of torch's as an exercise asks for them.

    Args:
        of: a class of torch's.
        order: the arguments after the parameters, in the exercise's order, by torch's names.
    """

    def made(params: Iterable[Tensor], *args: object, **options: object) -> PlainRate:
        return PlainRate(of(params, **dict(zip(order, args, strict=False)), **options))

    return made


@st.composite
def runs(
    draw: DrawFn,
    hyper: Cases,
    *,
    gaps: bool = False,
    layouts: bool = False,
    side: int = 0,
) -> dict[str, Any]:
    """One to three parameters in float64, a gradient for each in one to four steps, and options.

    Args:
        draw: handed over by Hypothesis.
        hyper: arguments of the constructor after the parameters, by name.
        gaps: whether gradients may be missing.
        layouts: whether parameters and gradients need not be contiguous.
        side: the least side of a parameter.
    """
    # As much is drawn for few small parameters as for many large ones: what is left out while a
    # counterexample is made smaller then moves nothing else.
    drawn = draw(_NUMBERS)
    sides = [draw(_WIDE if layouts else _SHAPES) for _ in range(draw(_COUNTS))]
    sides = [tuple(max(side, n) for n in shape) for shape in sides]

    def shaped(row: Tensor) -> list[Tensor]:
        parts = [
            numbers[: math.prod(shape)].reshape(shape).clone()
            for numbers, shape in zip(row, sides, strict=False)
        ]
        return [laid_out(part, draw(_PLACES)) for part in parts] if layouts else parts

    params, *grads = (shaped(row) for row in drawn[: 1 + draw(_STEPS)])
    missing = st.booleans() if gaps else st.just(False)
    return {
        "params": params,
        "grads": [[None if draw(missing) else grad for grad in row] for row in grads],
        "options": draw(hyper),
    }


def cast(case: dict[str, Any], dtype: torch.dtype) -> dict[str, Any]:
    """The same run in another dtype."""
    return mapped(case, lambda tensor: tensor.to(dtype))


def with_rates(cases: Cases) -> Cases:
    """Runs in which the learning rate is changed between steps."""

    @st.composite
    def draw_rates(draw: DrawFn) -> dict[str, Any]:
        case = draw(cases)
        return {**case, "rates": [draw(_RATES) for _ in case["grads"]]}

    return draw_rates()


AS: dict[str, Callable[[list[Tensor]], Iterable[Tensor]]] = {
    "list": list,
    "generator": lambda leaves: (leaf for leaf in leaves),
    "tuple": tuple,
    "values": lambda leaves: dict(enumerate(leaves)).values(),
    "parameters": lambda leaves: nn.ParameterList(leaves).parameters(),
}
SHOWN = {
    "list": "params",
    "generator": "(p for p in params)",
    "tuple": "tuple(params)",
    "values": "dict(enumerate(params)).values()",
    "parameters": "nn.ParameterList(params).parameters()",
}


def given_as(cases: Cases) -> Cases:
    """Runs with the kind of iterable that the parameters come in, by its name in ``AS``."""
    return st.builds(lambda case, how: {**case, "how": how}, cases, st.sampled_from(list(AS)))


def on(probe: Probe, subject: Any, **case: Any) -> Any:
    """Call a probe; named, so that its first two arguments can be fixed."""
    return probe(subject, **case)


def leaves_of(params: list[Tensor]) -> list[Tensor]:
    """Parameters with memory of their own, laid out as what they are made from."""
    return [nn.Parameter(tensor) for tensor in params]


def stepping(
    optimizer: Optimizer, leaves: list[Tensor], grads: Sequence[Sequence[Tensor | None]]
) -> Iterable[int]:
    """Take a step with each row of gradients; give its number after it."""
    for number, row in enumerate(grads, 1):
        for leaf, grad in zip(leaves, row, strict=True):
            leaf.grad = None if grad is None else grad.clone()
        optimizer.step()
        yield number


def _now(leaves: list[Tensor], number: int) -> dict[str, Tensor]:
    """The parameters after a step, by what a learner calls them."""
    after = f"after step {number}"
    return {f"params[{n}] {after}": leaf.detach().clone() for n, leaf in enumerate(leaves)}


def path(
    subject: Any,
    params: list[Tensor],
    grads: list[list[Tensor | None]],
    options: dict[str, Any],
    rates: Sequence[float] = (),
) -> Any:
    """The parameters after each step of a run."""
    leaves = leaves_of(params)
    optimizer = subject(leaves, **options)
    found: dict[str, Any] = {}
    if rates and "lr" in options:
        found["optimizer.lr at first"] = float(optimizer.lr)
    if rates:
        optimizer.lr = rates[0]
    for number in stepping(optimizer, leaves, grads):
        found |= _now(leaves, number)
        if number < len(rates):
            optimizer.lr = rates[number]
    return found


def path_of_one_tensor(
    subject: Any, params: list[Tensor], grads: list[list[Tensor]], options: dict[str, Any]
) -> Any:
    """The same where one tensor holds the gradients of all steps."""
    leaves = leaves_of(params)
    for leaf in leaves:
        leaf.grad = torch.zeros_like(leaf)
    optimizer = subject(leaves, **options)
    found: dict[str, Any] = {}
    for number, row in enumerate(grads, 1):
        for leaf, grad in zip(leaves, row, strict=True):
            leaf.grad.copy_(grad)  # type: ignore[union-attr]
        optimizer.step()
        found |= _now(leaves, number)
    return found


def trained(
    subject: Any, params: list[Tensor], grads: list[list[Tensor]], options: dict[str, Any]
) -> Any:
    """The same with gradients from backward: of the squared distance from the first row."""
    leaves = leaves_of(params)
    optimizer = subject(leaves, **options)
    found: dict[str, Any] = {}
    for number in range(1, len(grads) + 1):
        optimizer.zero_grad()
        parts = [((p - t) ** 2).sum() for p, t in zip(leaves, grads[0], strict=True)]
        torch.stack(parts).sum().backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        found |= _now(leaves, number)
    return found


def two_paths(
    subject: Any, params: list[Tensor], grads: list[list[Tensor]], options: dict[str, Any]
) -> Any:
    """Those of two optimisers that take turns."""
    both = [leaves_of(params), leaves_of([1 - tensor for tensor in params])]
    turns = [
        stepping(subject(leaves, **options), leaves, rows)
        for leaves, rows in zip(both, (grads, [[3 - g for g in row] for row in grads]), strict=True)
    ]
    found: dict[str, Any] = {}
    for number, _ in zip(*turns, strict=True):
        for leaves, which in zip(both, ("the first's", "the second's"), strict=True):
            found |= {f"{which} {name}": value for name, value in _now(leaves, number).items()}
    return found


def by_turns(
    subject: Any, params: list[Tensor], grads: list[list[Tensor]], options: dict[str, Any]
) -> Any:
    """The parameters after each step of two optimisers that both have them.

    The gradients are so large that no weight decay cancels them: of a sum next to zero, Adam's
    step depends on the last digit.
    """
    leaves = leaves_of(params)
    both = [subject(leaves, **options), subject(leaves, **options)]
    found: dict[str, Any] = {}
    for number, row in enumerate(grads[:2], 1):
        for optimizer, which, far in zip(both, ("the first", "the second"), (9, -9), strict=True):
            for leaf, grad in zip(leaves, row, strict=True):
                leaf.grad = grad + far
            optimizer.step()
            found |= {f"{name} of {which}": now for name, now in _now(leaves, number).items()}
    return found


BY_TURNS = """\
for row in grads:
    for optimizer, far in zip(both, (9, -9)):
        for p, grad in zip(params, row):
            p.grad = grad + far
        optimizer.step()"""


def in_a_graph(leaf: Tensor) -> bool:
    """Whether a graph that leads back to a leaf is kept somewhere.

    The node that collects a leaf's gradient lives as long as such a graph does, and a mark on it.
    """
    _marks(leaf)["seen"] = True
    return "seen" in _marks(leaf)


def _marks(leaf: Tensor) -> dict[str, object]:
    return get_gradient_edge(leaf).node.metadata  # type: ignore[return-value]
