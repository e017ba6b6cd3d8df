"""The recorded graph: hooks on it, what leaves it, and what would make it lie."""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor, nn

from verify.laws.checks import raises, require, same
from verify.laws.derivatives import writable_layouts
from verify.laws.forall import for_all, quiet_generator
from verify.laws.registry import Test, law
from verify.laws.strategies import seeds, shapes, tensors

_MECHANICS = "https://docs.pytorch.org/docs/stable/notes/autograd.html"
_POINTS = tensors(shapes(1, 2, max_side=3), torch.float64, 4.0)

# Two elements of an expanded tensor lie in one place, so torch refuses to write to it.
_WRITABLE = tensors(shapes(1, 2, max_side=3), torch.float64, 4.0, layout=writable_layouts)


def _times(factor: float, grad: Tensor) -> Tensor:
    return factor * grad


@law(
    family="graphs",
    source="https://docs.pytorch.org/docs/stable/generated/torch.Tensor.register_hook.html",
    tolerance="exact: the factors are powers of two",
)
def hook_scales_gradient(
    *, register: Callable[[Tensor, Callable[[Tensor], Tensor]], Any] = torch.Tensor.register_hook
) -> Test:
    """A hook that returns c times its gradient makes everything upstream of its tensor c times.

    ``register(tensor, hook)`` gives a handle.  Hooks of one tensor act one after the other, on
    leaves and on intermediate results alike, and a removed one acts no more.
    """

    def gradient(x: Tensor, on: str, factors: tuple[float, ...], removed: bool) -> Tensor:
        leaf = x.detach().clone().requires_grad_()
        middle = leaf * leaf.sin()
        place = leaf if on == "leaf" else middle
        handles = [register(place, functools.partial(_times, c)) for c in factors]
        if removed:
            for handle in handles:
                handle.remove()
        return torch.autograd.grad((middle * middle.cos()).sum(), leaf)[0]

    @for_all(
        x=_POINTS,
        on=st.sampled_from(["middle", "leaf"]),
        factors=st.sampled_from([(2.0,), (0.5,), (-4.0,), (2.0, 8.0), (0.25, 0.5)]),
    )
    def test(x: Tensor, on: str, factors: tuple[float, ...]) -> None:
        plain = gradient(x, on, (), False)
        product = functools.reduce(float.__mul__, factors)
        same(gradient(x, on, factors, False), product * plain, "the gradient with the hook")
        same(gradient(x, on, factors, True), plain, "the gradient with the hook removed")

    return test


def add_one(x: Tensor) -> object:
    """One write to ``x`` in place."""
    return x.add_(1.0)


VIEWS: dict[str, Callable[[Tensor], Tensor]] = {
    "x": lambda x: x,
    "x[:1]": lambda x: x[:1],
    "x.mT": lambda x: x.unsqueeze(0).mT,
    "x.detach()": lambda x: x.detach(),
    "x.unsqueeze(0)[0]": lambda x: x.unsqueeze(0)[0],
}
"""Other names for the memory of x."""

KEEPERS: dict[str, Callable[[Tensor], Tensor]] = {
    "x * x": lambda x: x * x,
    "sin(x)": lambda x: x.sin(),
    "x / (1 + x * x)": lambda x: x / (1 + x * x),
}
"""Functions whose backward needs the x they were given."""


@law(family="graphs", source=_MECHANICS, tolerance="exact")
def versions_count_writes(*, write: Callable[[Tensor], object] = add_one) -> Test:
    """Every write in place, through any view, adds one to the version that all the views share.

    So backward sees that a tensor it kept was changed since, and raises RuntimeError where it
    would give a wrong gradient.  ``write(x)`` writes to x once.
    """

    @for_all(
        x=_WRITABLE,
        through=st.sampled_from(list(VIEWS)),
        f=st.sampled_from(list(KEEPERS)),
        writes=st.integers(1, 3),
    )
    def test(x: Tensor, through: str, f: str, writes: int) -> None:
        base = x.clone()
        views = {name: view(base) for name, view in VIEWS.items()}
        first = base._version
        for count in range(1, writes + 1):
            write(views[through])
            for name, view in views.items():
                what = f"the version of {name} after {count} writes to {through}"
                same(view._version - first, count, what)
        leaf = x.detach().clone().requires_grad_()
        kept = 2 * leaf
        y = KEEPERS[f](kept)
        with torch.no_grad():
            write(VIEWS[through](kept))
        raises(RuntimeError, y.sum().backward, f"backward of {f} after a write to {through}")

    return test


@law(
    family="graphs",
    source="https://docs.pytorch.org/docs/stable/generated/torch.Tensor.detach.html",
    tolerance="exact",
)
def detach_shares_no_history(*, detach: Callable[[Tensor], Tensor] = torch.Tensor.detach) -> Test:
    """x.detach() has the memory and the version of x, and none of its history.

    No gradient flows through it, and a write to it counts as a write to x.
    """

    @for_all(x=_WRITABLE)
    def test(x: Tensor) -> None:
        leaf = x.detach().clone().requires_grad_()
        middle = 2 * leaf
        apart = detach(middle)
        same(apart.detach(), middle.detach(), "the values of detach(x)")
        same(tuple(apart.stride()), tuple(middle.stride()), "the strides of detach(x)")
        same(apart.requires_grad, False, "requires_grad of detach(x)")
        require(apart.grad_fn is None, lambda: f"detach(x) has a history: {apart.grad_fn}")
        same(middle.requires_grad, True, "requires_grad of x after detach(x)")
        # d(2x * c)/dx is 2c where c is a constant, and 4 times 2x where it is 2x itself.
        (grad,) = torch.autograd.grad((middle * apart).sum(), leaf, retain_graph=True)
        same(grad, 2 * middle.detach(), "the gradient of (2 * x * detach(2 * x)).sum()")
        version = middle._version
        apart.add_(1.0)
        same(apart.detach(), middle.detach(), "detach(x) against x after a write to detach(x)")
        same(middle._version - version, 1, "what a write to detach(x) adds to the version of x")

    return test


Checkpoint = Callable[[Callable[..., Tensor], Tensor], Tensor]


def checkpointed(function: Callable[..., Tensor], x: Tensor) -> Tensor:
    """``function(x)``, whose intermediate results are not kept but made again in backward."""
    from torch.utils.checkpoint import checkpoint

    result: Tensor = checkpoint(function, x, use_reentrant=False)
    return result


@functools.cache
def _segment(device: torch.device) -> nn.Module:
    layers = (nn.Linear(2, 3), nn.Tanh(), nn.Dropout(0.5), nn.Linear(3, 1), nn.Sigmoid())
    return nn.Sequential(*layers).to(device)


@law(
    family="graphs",
    source="https://docs.pytorch.org/docs/stable/checkpoint.html",
    tolerance="exact, bit for bit",
)
def checkpoint_same_gradients(*, checkpoint: Checkpoint = checkpointed) -> Test:
    """Checkpointing changes no bit of the output, of the gradients or of later random numbers.

    With dropout too, for the state of the generator is put back when the segment runs again; and
    for parameters whose segment is given an input that needs no gradient.
    ``checkpoint(function, x)`` gives ``function(x)``.
    """

    def run(call: Checkpoint, rows: int, needs: bool, seed: int) -> dict[str, Tensor | None]:
        segment = _segment(torch.get_default_device())
        segment.zero_grad()
        with quiet_generator(seed):
            x = torch.randn(rows, 2, requires_grad=needs)
            y = call(segment, x)
            y.square().sum().backward()  # type: ignore[no-untyped-call]
            after = torch.rand(())
        grads = {f"the gradient of {name}": p.grad for name, p in segment.named_parameters()}
        return {
            "the output": y.detach(),
            "the gradient of x": x.grad,
            **grads,
            "the next random number": after,
        }

    @for_all(rows=st.integers(0, 4), x_requires_grad=st.booleans(), generator_seed=seeds())
    def test(rows: int, x_requires_grad: bool, generator_seed: int) -> None:
        plain = run(lambda function, x: function(x), rows, x_requires_grad, generator_seed)
        saved = run(checkpoint, rows, x_requires_grad, generator_seed)
        for what, expected in plain.items():
            same(saved[what], expected, what)

    return test


@law(
    family="graphs",
    source="https://docs.pytorch.org/docs/stable/generated/"
    "torch.autograd.grad_mode.inference_mode.html",
    tolerance="exact",
)
def inference_mode_refuses_autograd(
    *, mode: Callable[[], AbstractContextManager[object]] = torch.inference_mode
) -> Test:
    """What is made in inference mode never takes part in autograd, nor outside of it later.

    It needs no gradient; saving it for backward or writing to it outside raises RuntimeError; a
    clone made outside is an ordinary tensor.  Recording goes on as before once the mode is left.
    """

    @for_all(x=_WRITABLE)
    def test(x: Tensor) -> None:
        weight = torch.ones_like(x, requires_grad=True)
        with mode():
            y = weight * x
            same(y.requires_grad, False, "requires_grad of what is made in the mode")
            y.add_(1.0)
        same(torch.is_grad_enabled(), True, "is_grad_enabled() after the mode")
        raises(RuntimeError, lambda: y.add_(1.0), "a write outside to what the mode made")
        raises(RuntimeError, lambda: weight * y, "saving for backward what the mode made")
        copy = y.clone()
        (grad,) = torch.autograd.grad((weight * copy).sum(), weight)
        same(grad, copy, "the gradient through a clone made outside")

    return test
