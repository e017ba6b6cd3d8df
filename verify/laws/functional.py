"""torch.func: functions of functions, against the loops that they stand for."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor, nn

from verify.laws.checks import close, same
from verify.laws.derivatives import no_expanded_duals, writable_layouts
from verify.laws.forall import for_all
from verify.laws.registry import Test, law
from verify.laws.strategies import seeds, shapes, tensors
from verify.laws.subjects import ModuleSource, fresh

Function = Callable[[Tensor], Tensor]
Transform = Callable[[Function], Function]
"""Called with a function: gives the function that computes its derivative."""

SAMPLEWISE: dict[str, Function] = {
    "sum(x)": lambda x: x.sum(),
    "softmax(x)": lambda x: x.softmax(-1),
    "outer(x, x)": lambda x: x.unsqueeze(-1) * x.unsqueeze(-2),
    "x[..., :1]": lambda x: x[..., :1],
    "cumsum(x * x)": lambda x: (x * x).cumsum(-1),
}
"""Functions of one sample that differ from what they are of a whole batch."""

_AXES = st.sampled_from([(0, 0), (1, 0), (0, 1), (-1, 0), (1, -1)])


@law(
    family="functional",
    source="https://docs.pytorch.org/docs/stable/generated/torch.func.vmap.html",
    tolerance="rtol 1e-12, atol 1e-12 in float64",
)
def vmap_is_stack(
    *, vmap: Callable[..., Function] = torch.func.vmap, function: Function | None = None
) -> Test:
    """vmap(f, in_dims=i, out_dims=o)(x) is the stack along o of f of the slices of x along i.

    ``function`` maps one sample of one or two axes to a tensor.  There is no stack of no slices,
    so a batch has one sample at least; samples may be empty.
    """
    choices = SAMPLEWISE if function is None else {"function": function}
    batches = tensors(shapes(2, 3, max_side=3), torch.float64, 4.0)

    @for_all(x=batches, f=st.sampled_from(list(choices)), in_out=_AXES)
    def test(x: Tensor, f: str, in_out: tuple[int, int]) -> None:
        in_dims, out_dims = in_out
        if x.shape[in_dims] == 0:
            # One sample in place of none, rather than a filter on the shapes.
            x = x.new_ones([side or 1 for side in x.shape])
        results = [choices[f](sample) for sample in x.unbind(in_dims)]
        if results[0].dim() == 0:
            out_dims = 0
        expected = torch.stack(results, out_dims)
        what = f"vmap({f}, in_dims={in_dims}, out_dims={out_dims})(x)"
        got = vmap(choices[f], in_dims=in_dims, out_dims=out_dims)(x)
        close(got, expected, what, rtol=1e-12, atol=1e-12)

    return test


MAPS: dict[str, Function] = {
    "x * sin(x)": lambda x: x * x.sin(),
    "[sum(x * x), x[:1]]": lambda x: torch.cat([(x * x).sum().reshape(1), x[:1]]),
    "cumsum(x * x)": lambda x: (x * x).cumsum(0),
    "sum(x ** 3)": lambda x: (x**3).sum(),
    "outer(x, x)": lambda x: torch.outer(x, x.sin()),
}
"""Smooth functions of a vector, to a number, a vector or a matrix."""

_VECTORS = tensors(
    shapes(1, 1, min_side=1, max_side=3), torch.float64, 4.0, layout=writable_layouts
)


def stacked_rows(function: Function, x: Tensor) -> Tensor:
    """The Jacobian by one backward pass for each element of the output: its shape, then x's."""
    leaf = x.detach().requires_grad_()
    y = function(leaf)
    if not y.requires_grad:
        # A constant, as is the gradient of prod at a single zero.
        return y.new_zeros(*y.shape, *x.shape)
    rows = [torch.autograd.grad(element, leaf, retain_graph=True)[0] for element in y.reshape(-1)]
    return torch.stack(rows).reshape(*y.shape, *x.shape)


@law(
    family="functional",
    source="https://docs.pytorch.org/tutorials/intermediate/jacobians_hessians.html",
    tolerance="rtol 1e-9, atol 1e-9 in float64",
    exceptions=(no_expanded_duals,),
)
def jacobians_agree(
    *,
    jacrev: Transform = torch.func.jacrev,
    jacfwd: Transform = torch.func.jacfwd,
    function: Function | None = None,
) -> Test:
    """jacrev and jacfwd both give the matrix whose rows are the gradients of the outputs.

    Its shape is that of the output followed by that of the input.  ``function`` maps a vector to
    a tensor of at least one element.
    """
    choices = MAPS if function is None else {"function": function}

    @for_all(x=_VECTORS, f=st.sampled_from(list(choices)))
    def test(x: Tensor, f: str) -> None:
        expected = stacked_rows(choices[f], x)
        close(jacrev(choices[f])(x), expected, f"jacrev({f})(x)", rtol=1e-9, atol=1e-9)
        close(jacfwd(choices[f])(x), expected, f"jacfwd({f})(x)", rtol=1e-9, atol=1e-9)

    return test


SCALARS: dict[str, Function] = {
    "sum(x ** 3)": lambda x: (x**3).sum(),
    "prod(x + 2)": lambda x: (x + 2).prod(),
    "sum(x * sin(cumsum(x)))": lambda x: (x * x.cumsum(0).sin()).sum(),
    "logsumexp(x)": lambda x: x.logsumexp(0),
}
"""Smooth functions of a vector to a number."""


def _gradient(function: Function, x: Tensor) -> Tensor:
    """The gradient at a leaf, itself differentiable."""
    return torch.autograd.grad(function(x), x, create_graph=True)[0]


@law(
    family="functional",
    source="https://docs.pytorch.org/docs/stable/generated/torch.func.hessian.html",
    tolerance="rtol 1e-9, atol 1e-9 in float64",
    exceptions=(no_expanded_duals,),
)
def hessian_is_symmetric(
    *, hessian: Transform = torch.func.hessian, function: Function | None = None
) -> Test:
    """The Hessian of a smooth function is symmetric, and its rows differentiate the gradient.

    ``function`` maps a vector to a number, and may not be linear.
    """
    choices = SCALARS if function is None else {"function": function}

    @for_all(x=_VECTORS, f=st.sampled_from(list(choices)))
    def test(x: Tensor, f: str) -> None:
        got = hessian(choices[f])(x)
        expected = stacked_rows(lambda leaf: _gradient(choices[f], leaf), x)
        same(tuple(got.shape), (*x.shape, *x.shape), "the shape of the Hessian")
        close(got, got.mT.contiguous(), f"the Hessian of {f} against its transpose")
        close(got, expected, f"the Hessian of {f} against the Jacobian of its gradient")

    return test


def small_mlp() -> nn.Module:
    """Two linear layers with a normalisation between: parameters, and buffers that training moves.

    It takes rows of 2 elements.
    """
    return nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2), nn.Tanh(), nn.Linear(2, 1))


@law(
    family="functional",
    source="https://docs.pytorch.org/docs/stable/generated/torch.func.functional_call.html",
    tolerance="values exact; gradients rtol 1e-9, atol 1e-9 in float64",
)
def functional_call_equals_module(
    *,
    functional_call: Callable[[nn.Module, dict[str, Tensor], Tensor], Any] = (
        torch.func.functional_call
    ),
    module: ModuleSource = small_mlp,
    sample_shape: tuple[int, ...] = (2,),
) -> Test:
    """functional_call(m, state, x) is what m(x) would be if it had that state; m stays as it is.

    The gradient in the state is the one that backward leaves in ``.grad``.  The module is tried
    in float64 and in evaluation mode, where it may not draw random numbers.
    """

    @functools.cache
    def network() -> nn.Module:
        return fresh(module).double().eval()

    @for_all(samples=st.integers(1, 3), moved=st.sampled_from([1.0, -0.5, 0.0]), seed=seeds())
    def test(samples: int, moved: float) -> None:
        # Copies, for a broken call may leave its mark on the module.
        model, twin = fresh(network()), fresh(network())
        x = torch.randn(samples, *sample_shape, dtype=torch.float64)
        kept = {name: p.detach().clone() for name, p in model.state_dict().items()}
        identities = {name: id(p) for name, p in model.named_parameters()}
        moved_by = {name: p.detach() + moved for name, p in model.named_parameters()}
        state = {name: value.requires_grad_() for name, value in moved_by.items()}
        with torch.no_grad():
            twin.load_state_dict({**kept, **state})
        expected = twin(x)
        what = f"functional_call with every parameter + {moved:g}"
        got = functional_call(model, state, x)
        same(got.detach(), expected.detach(), what)
        same(dict(model.state_dict()), kept, "the state of the module after the call")
        after = {name: id(p) for name, p in model.named_parameters()}
        same(after, identities, "the identities of the parameters after the call")
        expected.square().sum().backward()
        grads = torch.autograd.grad(got.square().sum(), list(state.values()), allow_unused=True)
        for (name, p), grad in zip(twin.named_parameters(), grads, strict=True):
            if p.grad is not None:
                close(grad, p.grad, f"the gradient of {name} through the call")
        grown = [name for name, p in model.named_parameters() if p.grad is not None]
        same(grown, [], "the parameters of the module with .grad after the call")

    return test
