"""Derivatives as linear maps: both modes of differentiation, second order, own functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  (the name everyone uses)
from hypothesis import strategies as st
from torch import Tensor

from verify.laws.checks import broken, close, same, show
from verify.laws.forall import for_all
from verify.laws.gradients import SMOOTH, Activation
from verify.laws.registry import KnownException, Test, law
from verify.laws.strategies import Layout, seeds, shapes, tensors

Function = Callable[[Tensor], Tensor]
Product = Callable[[Function, Tensor, Tensor], Tensor]
"""Called with a function, a point and a vector: the derivative at the point times the vector."""

_MECHANICS = "https://docs.pytorch.org/docs/stable/notes/autograd.html"

CURVED: dict[str, Function] = {
    "x * sin(x)": lambda x: x * x.sin(),
    "cumsum(x * x)": lambda x: (x * x).cumsum(-1),
    "softmax(x)": lambda x: x.softmax(-1),
    "x * mean(x)": lambda x: x * x.mean(-1, keepdim=True),
    "outer(x, x)": lambda x: x.unsqueeze(-1) * x.unsqueeze(-2),
}
"""Smooth functions; the Jacobians of the last four are not diagonal, those of two not symmetric."""

writable_layouts = st.sampled_from([place for place in Layout if place is not Layout.EXPANDED])
"""Every layout in which no two elements lie in one place, contiguous first."""

no_expanded_duals = KnownException(
    "forward mode (make_dual, jvp, jacfwd, hessian) raises RuntimeError at an expanded tensor: "
    "the tangent is to be written in its strides",
    ">=2.11,<=2.15",
)

_POINTS = tensors(shapes(1, 2, max_side=3), torch.float64, 4.0)
_APART = tensors(shapes(1, 2, max_side=3), torch.float64, 4.0, layout=writable_layouts)


def whole_numbers_like(y: Tensor) -> Tensor:
    """Small whole numbers in the shape of ``y``, which read well in a counterexample."""
    return torch.randint(-3, 4, y.shape, device=y.device).to(y.dtype)


def vjp_by_grad(function: Function, x: Tensor, u: Tensor) -> Tensor:
    """The transposed Jacobian of ``function`` at ``x`` times ``u``, by reverse mode."""
    leaf = x.detach().requires_grad_()
    return torch.autograd.grad(function(leaf), leaf, u)[0]


def jvp_by_dual_numbers(function: Function, x: Tensor, v: Tensor) -> Tensor:
    """The Jacobian of ``function`` at ``x`` times ``v``, by forward mode."""
    import torch.autograd.forward_ad as fwd

    with fwd.dual_level():
        dual = function(fwd.make_dual(x.detach(), v))  # type: ignore[no-untyped-call]
        value, tangent = fwd.unpack_dual(dual)  # type: ignore[no-untyped-call]
        return torch.zeros_like(value) if tangent is None else tangent.clone()


def _choices(own: Function | None) -> dict[str, Function]:
    return CURVED if own is None else {"function": own}


@law(
    family="derivatives",
    source=_MECHANICS,
    tolerance="rtol 1e-9, atol 1e-9 in float64",
)
def vjp_is_linear(*, vjp: Product = vjp_by_grad, function: Function | None = None) -> Test:
    """A backward pass is linear in the gradient it is given: a u + b v gives a J'u + b J'v.

    ``vjp(function, x, u)`` is the transposed Jacobian J' at ``x`` times ``u``; so a backward that
    clips, normalises or forgets what it is given is none.
    """
    choices = _choices(function)
    factors = st.sampled_from([(1.0, 1.0), (2.0, 0.0), (0.0, 0.0), (-1.0, 0.5), (3.0, -2.0)])

    @for_all(x=_POINTS, f=st.sampled_from(list(choices)), a_b=factors, seed=seeds())
    def test(x: Tensor, f: str, a_b: tuple[float, float]) -> None:
        a, b = a_b
        y = choices[f](x)
        u, v = whole_numbers_like(y), whole_numbers_like(y)
        together = vjp(choices[f], x, a * u + b * v)
        apart = a * vjp(choices[f], x, u) + b * vjp(choices[f], x, v)
        what = f"the gradient for {a:g} * {show(u)} + {b:g} * {show(v)}"
        close(together, apart, what, rtol=1e-9, atol=1e-9)

    return test


@law(
    family="derivatives",
    source="https://docs.pytorch.org/tutorials/intermediate/forward_ad_usage.html",
    tolerance="rtol 1e-9, atol 1e-9 in float64",
    exceptions=(no_expanded_duals,),
)
def forward_equals_reverse(
    *,
    jvp: Product = jvp_by_dual_numbers,
    vjp: Product = vjp_by_grad,
    function: Function | None = None,
) -> Test:
    """Forward and reverse mode differentiate one map: <J v, u> equals <v, J' u>.

    ``jvp(function, x, v)`` is the Jacobian J at ``x`` times ``v``, in the shape of the output;
    ``vjp(function, x, u)`` is its transpose times ``u``, in the shape of the input.
    """
    choices = _choices(function)

    @for_all(x=_APART, f=st.sampled_from(list(choices)), seed=seeds())
    def test(x: Tensor, f: str) -> None:
        y = choices[f](x)
        u, v = whole_numbers_like(y), whole_numbers_like(x)
        forward, reverse = jvp(choices[f], x, v), vjp(choices[f], x, u)
        same(tuple(forward.shape), tuple(y.shape), "the shape of J v")
        same(tuple(reverse.shape), tuple(x.shape), "the shape of J' u")
        what = f"<J v, u> against <v, J' u> with v = {show(v)}, u = {show(u)}"
        close((forward * u).sum(), (v * reverse).sum(), what, rtol=1e-9, atol=1e-9)

    return test


@law(
    family="derivatives",
    source="https://docs.pytorch.org/docs/stable/generated/"
    "torch.autograd.gradcheck.gradgradcheck.html",
    tolerance="central differences of 1e-6 in float64: rtol 1e-3, atol 1e-5",
)
def gradgrad_smooth(*, activation: Activation | None = None) -> Test:
    """The gradients of sigmoid, tanh, softmax, gelu, softplus have the right gradients themselves.

    So ``create_graph=True`` may be used on them.  ``activation`` takes their place; a backward
    that leaves the graph (``.data``, ``.item()``, NumPy) is right once and wrong twice.
    """
    from torch.autograd.gradcheck import GradcheckError, gradgradcheck

    choices = SMOOTH if activation is None else {"activation": activation}
    points = tensors(
        shapes(1, 2, min_side=1, max_side=2), torch.float64, 4.0, layout=Layout.CONTIGUOUS
    )

    @for_all(x=points, function=st.sampled_from(list(choices)), seed=seeds())
    def test(x: Tensor, function: str) -> None:
        leaf = x.clone().requires_grad_()
        trouble = ""
        try:
            gradgradcheck(choices[function], (leaf,))
        except GradcheckError as error:
            trouble = " ".join(str(error).split())
        if trouble:
            broken(f"the second derivative disagrees with finite differences: {trouble[:400]}")

    return test


class Swish(torch.autograd.Function):
    """x * sigmoid(x) with its backward written out."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """The value at ``x``."""
        ctx.save_for_backward(x)
        return x * torch.sigmoid(x)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        """The slope, s + x s (1 - s) for the sigmoid s, times what comes from above."""
        (x,) = ctx.saved_tensors
        gate = torch.sigmoid(x)
        slope: Tensor = gate + x * gate * (1 - gate)
        return grads[0] * slope


@law(
    family="derivatives",
    source="https://docs.pytorch.org/docs/stable/notes/extending.html",
    tolerance="rtol 1e-9, atol 1e-9 in float64",
)
def custom_function_agrees(
    *, function: Function = Swish.apply, reference: Function = F.silu
) -> Test:
    """An autograd.Function has the values and the gradients of the same thing written in torch.

    Under a gradient from above that differs in every element, in every layout and of size 0;
    the input stays as it is, and nothing is recorded for one that needs no gradient.
    """

    @for_all(x=_POINTS, seed=seeds())
    def test(x: Tensor) -> None:
        before = x.clone()
        plain = function(x)
        same(x, before, "the input after the call")
        expected = reference(x)
        close(plain.detach(), expected, "the value", rtol=1e-9, atol=1e-9)
        same(plain.requires_grad, False, "requires_grad of the output for an input without it")
        u = whole_numbers_like(expected)
        what = f"the gradient for {show(u)} from above"
        got, wanted = vjp_by_grad(function, x, u), vjp_by_grad(reference, x, u)
        close(got, wanted, what, rtol=1e-9, atol=1e-9)

    return test
