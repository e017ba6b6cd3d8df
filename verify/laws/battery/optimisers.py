"""The battery of an optimiser: with the same gradients it does what the reference does."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from verify.laws.battery.agreement import Case, Disagreement, Within
from verify.laws.battery.calling import Cases
from verify.laws.battery.exercise import Exercise, Law, Probe, against
from verify.laws.battery.optimiser_runs import (
    AS,
    BY_TURNS,
    SHOWN,
    Optimizer,
    by_turns,
    cast,
    given_as,
    in_a_graph,
    leaves_of,
    on,
    path,
    path_of_one_tensor,
    runs,
    stepping,
    trained,
    two_paths,
    with_rates,
)
from verify.laws.battery.surroundings import BEFORE, Elsewhere, surroundings
from verify.laws.battery.written import written
from verify.laws.checks import show

CLOSE = Within(rtol=1e-11, atol=1e-11)
"""How far a float64 parameter may be from the reference's, if an exercise does not say."""

ROUGH = Within(rtol=1e-5, atol=1e-4, roundings=64)
"""The same for float32, in which 1 - 0.999 already has an error of 5e-5."""


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
        self._compare(says, cases, path, name, within, examples)

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
        right = functools.partial(on, probe, self.reference)
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
            with_rates(plain),
            name="learning rate",
            examples=30,
        )
        self._keeps_gradients(gaps)
        self._compare(
            "holds on to no gradient, which may be written to after the step",
            plain,
            path_of_one_tensor,
            "gradients reused",
            examples=30,
            shown=self._shown_reusing,
        )
        self._works_in_place(runs(hyper, side=1))
        self._leaves_autograd_out(plain)
        self._takes_iterables(plain)
        self._zeroes(gaps)
        self._compare(
            "works in a training loop, with zero_grad, backward and step",
            plain,
            trained,
            "training loop",
            Within(rtol=1e-9, atol=1e-9),
            15,
            self._shown_training,
        )
        if order:
            self._takes_places(plain, order)
        self._compare(
            "keeps to itself what it remembers, also where there are two of its class",
            plain,
            two_paths,
            "two of them",
            examples=10,
            shown=lambda case: self.shown(case) + "\n# while another one does the same",
        )
        self._compare(
            "shares nothing with another one of its class that moves the same parameters",
            plain,
            by_turns,
            "same parameters",
            examples=10,
            shown=self._shown_by_turns,
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
                gaps.map(functools.partial(cast, dtype=dtype)),
                name=short,
                within=ROUGH,
                examples=15,
            )
        self._goes_elsewhere(gaps)

    def _keeps_gradients(self, cases: Cases) -> None:
        def kept(subject: Any, params: Any, grads: Any, options: Any) -> Any:
            leaves = leaves_of(params)
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
            leaves = leaves_of(params)
            views = [(leaf.data_ptr(), leaf.detach()) for leaf in leaves]
            for _ in stepping(subject(leaves, **options), leaves, grads):
                pass
            return all(
                leaf.data_ptr() == start and torch.equal(leaf.detach(), view)
                for leaf, (start, view) in zip(leaves, views, strict=True)
            )

        says = "changes the memory of its parameters, so that what shares it sees the change"
        self._is_true(says, cases, in_place, "in place", "a parameter has other memory after step")

    def _leaves_autograd_out(self, cases: Cases) -> None:
        def outside(subject: Any, params: Any, grads: Any, options: Any) -> Any:
            leaves = leaves_of(params)
            optimizer = subject(leaves, **options)
            found = ""
            for _ in stepping(optimizer, leaves, grads):
                if not all(leaf.requires_grad for leaf in leaves):
                    found = found or "a parameter no longer requires a gradient"
                if not all(leaf.is_leaf for leaf in leaves):
                    found = found or "a parameter is the result of an operation now"
                if not found and any(in_a_graph(leaf) for leaf in leaves):
                    found = "it keeps a graph that leads back to a parameter"
            changed = surroundings(BEFORE[0])
            return found or (f"it changed {changed}" if changed else "")

        def check(_: Case, got: Any) -> None:
            if got:
                raise Disagreement(str(got))

        says = "has nothing of what step does recorded by autograd"
        self.add(Law("not recorded", says, cases, outside, check, self.shown, 10))

    def _zeroes(self, cases: Cases) -> None:
        def zeroed(subject: Any, params: Any, grads: Any, options: Any, how: str) -> Any:
            leaves = leaves_of(params)
            optimizer = subject(AS[how](leaves), **options)
            for _ in stepping(optimizer, leaves, grads):
                before = [leaf.detach().clone() for leaf in leaves]
                optimizer.zero_grad()
                if any(leaf.grad is not None and bool(leaf.grad.any()) for leaf in leaves):
                    return False
                if not all(map(torch.equal, before, leaves)):
                    return False
            return True

        def shown(case: Case) -> str:
            return f"{self._shown_given(case)}\n    optimizer.zero_grad()"

        says = "makes every .grad None or zeros in zero_grad, and changes no parameter"
        why = "a gradient is left, or a parameter has changed"
        self._is_true(says, given_as(cases), zeroed, "zero_grad", why, shown)

    def _takes_iterables(self, cases: Cases) -> None:
        def iterated(subject: Any, how: str, **case: Any) -> Any:
            return path(lambda leaves, **options: subject(AS[how](leaves), **options), **case)

        says = "takes its parameters from any iterable, which it goes through once"
        self._compare(says, given_as(cases), iterated, "iterables", shown=self._shown_given)

    def _takes_places(self, cases: Cases, order: Sequence[str]) -> None:
        def placed(subject: Any, params: Any, grads: Any, options: Any) -> Any:
            values = [options[name] for name in order if name in options]
            return path(lambda leaves: subject(leaves, *values), params, grads, {})

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
                return there.of(path(subject, **there.moved(case)))

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

    def _shown_given(self, case: Case) -> str:
        lines = self.shown({k: v for k, v in case.items() if k != "how"}).split("\n")
        lines[1] = self._set_up(case, SHOWN[str(case["how"])])[1]
        return "\n".join(lines)

    def _shown_by_turns(self, case: Case) -> str:
        lines = self.shown({**case, "grads": case["grads"][:2]}).split("\n")  # type: ignore[index]
        made = lines[1].removeprefix("optimizer = ")
        return "\n".join([lines[0], f"both = [{made}, {made}]", lines[2], BY_TURNS])

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
