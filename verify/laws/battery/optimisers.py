"""The battery of an optimiser: with the same gradients it does what the reference does."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from torch import Tensor, nn
from torch.autograd.graph import get_gradient_edge

from verify.laws.battery.agreement import Case, Disagreement, Within, mapped
from verify.laws.battery.calling import Cases
from verify.laws.battery.exercise import Exercise, Law, Probe, against
from verify.laws.battery.surroundings import BEFORE, Elsewhere, surroundings
from verify.laws.battery.written import written
from verify.laws.checks import show
from verify.laws.strategies import Layout, full_shapes_first, laid_out, shapes, tensors

Optimizer = Any
"""What a solution's class makes: it has ``lr``, ``step()`` and ``zero_grad()``."""

CLOSE = Within(rtol=1e-11, atol=1e-11)
"""How far a float64 parameter may be from the reference's, if an exercise does not say."""

ROUGH = Within(rtol=1e-5, atol=1e-4, roundings=64)
"""The same for float32, in which 1 - 0.999 already has an error of 5e-5."""

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


class OptimiserExercise(Exercise):
    """An exercise whose solution is the class of an optimiser.

    A case holds ``params``, the ``grads`` of each step, one or None for each parameter, and
    ``options``, the arguments of the constructor after the parameters.

    Args:
        name: of the class.
        reference: makes what does it right.
        within: how far from the reference's a float64 parameter may be.
    """

    def __init__(
        self, name: str, reference: Callable[..., Optimizer], within: Within = CLOSE
    ) -> None:
        super().__init__((name,), reference)
        self.within = within

    def shown(self, case: Case) -> str:
        """The steps as code."""
        rate = "    optimizer.lr = lr\n" if "rates" in case else ""
        over = "zip(rates, grads)" if rate else "grads"
        rates = [f"rates = {written(case['rates'])}"] if rate else []
        return "\n".join(
            [
                *self._set_up(case),
                f"grads = {written(case['grads'])}",
                *rates,
                f"for {'lr, row' if rate else 'row'} in {over}:",
                "    for p, grad in zip(params, row):",
                "        p.grad = grad",
                f"{rate}    optimizer.step()",
            ]
        )

    def _set_up(self, case: Case, given: str = "params") -> list[str]:
        params: list[Tensor] = case["params"]  # type: ignore[assignment]
        options: Mapping[str, object] = case["options"]  # type: ignore[assignment]
        words = [given, *(f"{name}={written(value)}" for name, value in options.items())]
        listed = ", ".join(f"nn.Parameter({written(p)})" for p in params)
        return [f"params = [{listed}]", f"optimizer = {self.names[0]}({', '.join(words)})"]

    def also(
        self,
        says: str,
        cases: Cases,
        *,
        name: str,
        within: Within | None = None,
        examples: int = 25,
    ) -> None:
        """Add the law that other runs go right too, in the dtype they are drawn in.

        Args:
            says: what a solution does that keeps it.
            cases: ``params``, ``grads`` and ``options``; ``rates`` if ``lr`` is set before steps.
            name: the law's.
            within: how far from the reference's the parameters may be; the exercise's if left out.
            examples: cases to be drawn at most.
        """
        self._compare(says, cases, _path, name, within, examples)

    def _compare(
        self,
        says: str,
        cases: Cases,
        probe: Probe,
        name: str,
        within: Within | None = None,
        examples: int = 25,
        shown: Callable[[Case], str] | None = None,
    ) -> None:
        right = functools.partial(_on, probe, self.reference)
        check = against(right, within or self.within, "")
        self.add(Law(name, says, cases, probe, check, shown or self.shown, examples, right))

    def battery(self, hyper: Cases, order: Sequence[str], dtypes: Sequence[torch.dtype]) -> None:
        """Add the default laws, the most telling first."""
        plain, gaps = runs(hyper), runs(hyper, gaps=True)
        self.also(
            "moves its parameters step by step as the task says",
            plain,
            name="trajectory",
            examples=45,
        )
        self.also(
            "leaves a parameter without gradient as it is, and all that it keeps of it too",
            gaps,
            name="missing gradients",
            examples=45,
        )
        self.also(
            "takes its learning rate from the attribute lr at each step",
            _with_rates(plain),
            name="learning rate",
            examples=30,
        )
        self._keeps_gradients(gaps)
        self._compare(
            "holds on to no gradient, which may be written to after the step",
            plain,
            _path_of_one_tensor,
            "gradients reused",
            examples=30,
            shown=self._shown_reusing,
        )
        self._works_in_place(runs(hyper, side=1))
        self._leaves_autograd_out(plain)
        self._zeroes(gaps)
        self._compare(
            "works in a training loop, with zero_grad, backward and step",
            plain,
            _trained,
            "training loop",
            Within(rtol=1e-9, atol=1e-9),
            15,
            self._shown_training,
        )
        self._takes_iterables(plain)
        if order:
            self._takes_places(plain, order)
        self._compare(
            "keeps to itself what it remembers, also where there are two of its class",
            plain,
            _two_paths,
            "two of them",
            examples=10,
            shown=lambda case: self.shown(case) + "\n# while another one does the same",
        )
        self.also(
            "changes parameters that are not contiguous too",
            runs(hyper, layouts=True),
            name="layout",
        )
        for dtype in dtypes:
            short = str(dtype).removeprefix("torch.")
            self.also(
                f"moves its parameters in {short} too, and keeps that dtype",
                gaps.map(functools.partial(_cast, dtype=dtype)),
                name=short,
                within=ROUGH,
                examples=15,
            )
        self._goes_elsewhere(gaps)

    def _keeps_gradients(self, cases: Cases) -> None:
        def kept(subject: Any, params: Any, grads: Any, options: Any) -> Any:
            leaves = _leaves(params)
            optimizer = subject(leaves, **options)
            found = []
            for row in grads:
                copies = [None if grad is None else grad.clone() for grad in row]
                for leaf, grad in zip(leaves, copies, strict=True):
                    leaf.grad = grad
                optimizer.step()
                same = [leaf.grad is grad for leaf, grad in zip(leaves, copies, strict=True)]
                found.append([[leaf.grad for leaf in leaves], same])
            return found

        def check(case: Case, got: Any) -> None:
            rows: list[list[Tensor | None]] = case["grads"]  # type: ignore[assignment]
            for before, (after, same) in zip(rows, got, strict=True):
                for left, right, one in zip(before, after, same, strict=True):
                    if left is None or right is None:
                        changed = left is not right
                    else:
                        changed = not torch.equal(left, right)
                    if changed:
                        raise Disagreement("step changed it", show(left), show(right))
                    if not one:
                        raise Disagreement("step put another tensor there")

        says = "leaves .grad as it is in step"
        self.add(Law("gradients kept", says, cases, kept, check, self.shown, 15))

    def _works_in_place(self, cases: Cases) -> None:
        def in_place(subject: Any, params: Any, grads: Any, options: Any) -> Any:
            leaves = _leaves(params)
            views = [(leaf.data_ptr(), leaf.detach()) for leaf in leaves]
            for _ in _stepping(subject(leaves, **options), leaves, grads):
                pass
            return all(
                leaf.data_ptr() == start and torch.equal(leaf.detach(), view)
                for leaf, (start, view) in zip(leaves, views, strict=True)
            )

        says = "changes the memory of its parameters, so that what shares it sees the change"
        self._is_true(says, cases, in_place, "in place", "a parameter has other memory after step")

    def _leaves_autograd_out(self, cases: Cases) -> None:
        def outside(subject: Any, params: Any, grads: Any, options: Any) -> Any:
            leaves = _leaves(params)
            optimizer = subject(leaves, **options)
            found = ""
            for _ in _stepping(optimizer, leaves, grads):
                if not all(leaf.requires_grad for leaf in leaves):
                    found = found or "a parameter no longer requires a gradient"
                if not all(leaf.is_leaf for leaf in leaves):
                    found = found or "a parameter is the result of an operation now"
                if not found and any(_in_a_graph(leaf) for leaf in leaves):
                    found = "it keeps a graph that leads back to a parameter"
            changed = surroundings(BEFORE[0])
            return found or (f"it changed {changed}" if changed else "")

        def check(_: Case, got: Any) -> None:
            if got:
                raise Disagreement(str(got))

        says = "has nothing of what step does recorded by autograd"
        self.add(Law("not recorded", says, cases, outside, check, self.shown, 10))

    def _zeroes(self, cases: Cases) -> None:
        def zeroed(subject: Any, params: Any, grads: Any, options: Any) -> Any:
            leaves = _leaves(params)
            optimizer = subject(leaves, **options)
            for _ in _stepping(optimizer, leaves, grads):
                before = [leaf.detach().clone() for leaf in leaves]
                optimizer.zero_grad()
                if any(leaf.grad is not None and bool(leaf.grad.any()) for leaf in leaves):
                    return False
                if not all(map(torch.equal, before, leaves)):
                    return False
            return True

        def shown(case: Case) -> str:
            return f"{self.shown(case)}\n    optimizer.zero_grad()"

        says = "makes every .grad None or zeros in zero_grad, and changes no parameter"
        why = "a gradient is left, or a parameter has changed"
        self._is_true(says, cases, zeroed, "zero_grad", why, shown)

    def _takes_iterables(self, cases: Cases) -> None:
        def iterated(subject: Any, how: str, **case: Any) -> Any:
            return _path(lambda leaves, **options: subject(_AS[how](leaves), **options), **case)

        def shown(case: Case) -> str:
            lines = self.shown({k: v for k, v in case.items() if k != "how"}).split("\n")
            lines[1] = self._set_up(case, _SHOWN[str(case["how"])])[1]
            return "\n".join(lines)

        ways = st.sampled_from(list(_AS))
        drawn = st.builds(lambda case, how: {**case, "how": how}, cases, ways)
        says = "takes its parameters from any iterable, which it goes through once"
        self._compare(says, drawn, iterated, "iterables", shown=shown)

    def _takes_places(self, cases: Cases, order: Sequence[str]) -> None:
        def placed(subject: Any, params: Any, grads: Any, options: Any) -> Any:
            values = [options[name] for name in order if name in options]
            return _path(lambda leaves: subject(leaves, *values), params, grads, {})

        def leading(case: Case) -> bool:
            """Whether the options given are the first of the signature."""
            options: Mapping[str, object] = case["options"]  # type: ignore[assignment]
            return set(options) == set(order[: len(options)])

        def shown(case: Case) -> str:
            options: Mapping[str, object] = case["options"]  # type: ignore[assignment]
            values = [written(options[name]) for name in order if name in options]
            lines = self.shown(case).split("\n")
            lines[1] = f"optimizer = {self.names[0]}({', '.join(['params', *values])})"
            return "\n".join(lines)

        says = "takes its arguments in the order of the task"
        self._compare(
            says, cases.filter(leading), placed, "arguments in order", examples=10, shown=shown
        )

    def _goes_elsewhere(self, cases: Cases) -> None:
        def elsewhere(subject: Any, **case: Any) -> Any:
            with Elsewhere() as there:
                return there.of(_path(subject, **there.moved(case)))

        def check(_: Case, got: Any) -> None:
            if any(device != Elsewhere.DEVICE for device in got):
                raise Disagreement("the parameters are not where they were")

        says = "works on the device of its parameters, whichever that is"
        law = Law("device", says, cases, elsewhere, check, self.shown, 10, may_not_tell=True)
        self.add(law)

    def _is_true(
        self,
        says: str,
        cases: Cases,
        probe: Probe,
        name: str,
        why: str,
        shown: Callable[[Case], str] | None = None,
    ) -> None:
        def check(_: Case, got: Any) -> None:
            if got is not True:
                raise Disagreement(why)

        self.add(Law(name, says, cases, probe, check, shown or self.shown, 15))

    def _shown_reusing(self, case: Case) -> str:
        lines = self.shown(case).replace("p.grad = grad", "p.grad.copy_(grad)").split("\n")
        first = ["for p in params:", "    p.grad = torch.zeros_like(p)"]
        return "\n".join([*lines[:2], *first, *lines[2:]])

    def _shown_training(self, case: Case) -> str:
        grads: Sequence[object] = case["grads"]  # type: ignore[assignment]
        return "\n".join(
            [
                *self._set_up(case),
                f"targets = {written(grads[0])}",
                f"for _ in range({len(grads)}):",
                "    optimizer.zero_grad()",
                "    sum(((p - t) ** 2).sum() for p, t in zip(params, targets)).backward()",
                "    optimizer.step()",
            ]
        )


def _cast(case: dict[str, Any], dtype: torch.dtype) -> dict[str, Any]:
    return mapped(case, lambda tensor: tensor.to(dtype))


def _with_rates(cases: Cases) -> Cases:
    @st.composite
    def draw_rates(draw: DrawFn) -> dict[str, Any]:
        case = draw(cases)
        return {**case, "rates": [draw(_RATES) for _ in case["grads"]]}

    return draw_rates()


_AS: dict[str, Callable[[list[Tensor]], Iterable[Tensor]]] = {
    "list": list,
    "generator": lambda leaves: (leaf for leaf in leaves),
    "tuple": tuple,
    "values": lambda leaves: dict(enumerate(leaves)).values(),
    "parameters": lambda leaves: nn.ParameterList(leaves).parameters(),
}
_SHOWN = {
    "list": "params",
    "generator": "(p for p in params)",
    "tuple": "tuple(params)",
    "values": "dict(enumerate(params)).values()",
    "parameters": "nn.ParameterList(params).parameters()",
}


def _on(probe: Probe, subject: Any, **case: Any) -> Any:
    return probe(subject, **case)


def _leaves(params: list[Tensor]) -> list[Tensor]:
    """Parameters with memory of their own, laid out as what they are made from."""
    return [nn.Parameter(tensor) for tensor in params]


def _stepping(
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


def _path(
    subject: Any,
    params: list[Tensor],
    grads: list[list[Tensor | None]],
    options: dict[str, Any],
    rates: Sequence[float] = (),
) -> Any:
    leaves = _leaves(params)
    optimizer = subject(leaves, **options)
    found: dict[str, Any] = {}
    if rates and "lr" in options:
        found["optimizer.lr at first"] = float(optimizer.lr)
    if rates:
        optimizer.lr = rates[0]
    for number in _stepping(optimizer, leaves, grads):
        found |= _now(leaves, number)
        if number < len(rates):
            optimizer.lr = rates[number]
    return found


def _path_of_one_tensor(
    subject: Any, params: list[Tensor], grads: list[list[Tensor]], options: dict[str, Any]
) -> Any:
    """The same where one tensor holds the gradients of all steps."""
    leaves = _leaves(params)
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


def _trained(
    subject: Any, params: list[Tensor], grads: list[list[Tensor]], options: dict[str, Any]
) -> Any:
    """The same with gradients from backward: of the squared distance from the first row."""
    leaves = _leaves(params)
    optimizer = subject(leaves, **options)
    found: dict[str, Any] = {}
    for number in range(1, len(grads) + 1):
        optimizer.zero_grad()
        parts = [((p - t) ** 2).sum() for p, t in zip(leaves, grads[0], strict=True)]
        torch.stack(parts).sum().backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        found |= _now(leaves, number)
    return found


def _two_paths(
    subject: Any, params: list[Tensor], grads: list[list[Tensor]], options: dict[str, Any]
) -> Any:
    """Those of two optimisers that take turns."""
    both = [_leaves(params), _leaves([1 - tensor for tensor in params])]
    turns = [
        _stepping(subject(leaves, **options), leaves, rows)
        for leaves, rows in zip(both, (grads, [[3 - g for g in row] for row in grads]), strict=True)
    ]
    found: dict[str, Any] = {}
    for number, _ in zip(*turns, strict=True):
        for leaves, which in zip(both, ("the first's", "the second's"), strict=True):
            found |= {f"{which} {name}": value for name, value in _now(leaves, number).items()}
    return found


def _in_a_graph(leaf: Tensor) -> bool:
    """Whether a graph that leads back to a leaf is kept somewhere.

    The node that collects a leaf's gradient lives as long as such a graph does, and a mark on it.
    """
    _marks(leaf)["seen"] = True
    return "seen" in _marks(leaf)


def _marks(leaf: Tensor) -> dict[str, object]:
    return get_gradient_edge(leaf).node.metadata  # type: ignore[return-value]


def optimiser(
    name: str,
    reference: Callable[..., Optimizer],
    hyper: Cases,
    *,
    order: Sequence[str] = (),
    dtypes: Sequence[torch.dtype] = (torch.float32,),
    within: Within = CLOSE,
    without: Mapping[str, str] | None = None,
) -> OptimiserExercise:
    """An exercise whose solution is the class of an optimiser, with the default battery.

    Args:
        name: of the class.
        reference: makes what does it right; :func:`plain_rate` makes it of a class of torch's.
        hyper: arguments of the constructor after the parameters, by name; those with a default may
            be left out.
        order: their names in the order of the constructor's signature.
        dtypes: that parameters and gradients are cast to, beside float64.
        within: how far from the reference's a float64 parameter may be.
        without: laws that do not apply, each with the reason.
    """
    torch.optim.SGD([torch.zeros(1)], lr=0.1)  # what torch imports for it, each candidate has then
    made = OptimiserExercise(name, reference, within)
    made.battery(hyper, order, dtypes)
    made.drop(without or {})
    return made
