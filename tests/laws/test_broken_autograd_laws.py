"""The laws of autograd and torch.func are able to fail: mistakes that people make, each seen."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F  # noqa: N812  (the name everyone uses)
from torch import Tensor, nn

from verify import laws
from verify.laws import LAWS, LawBroken, Test
from verify.laws.derivatives import jvp_by_dual_numbers, vjp_by_grad

Prove = Callable[[Test], None]
Function = Callable[[Tensor], Tensor]


class SquareAlone(torch.autograd.Function):
    """x squared, whose backward forgets that there is something above it."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        return 2 * torch.as_tensor(x)


class SineBothWays(torch.autograd.Function):
    """The sine, with the sign of the second derivative's sine in its forward mode."""

    @staticmethod
    def forward(x: Tensor) -> Tensor:
        return x.sin()

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        ctx.save_for_backward(inputs[0])
        ctx.save_for_forward(inputs[0])

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        return grads[0] * torch.cos(x)

    @staticmethod
    def jvp(ctx: Any, *tangents: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        return -tangents[0] * torch.cos(x)


class CubeOnce(torch.autograd.Function):
    """x cubed, whose backward leaves the graph for NumPy: right once, and wrong when twice."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        slope = torch.from_numpy(3 * x.detach().numpy() ** 2)
        return grads[0] * slope


class SiluOfOutput(torch.autograd.Function):
    """Keeps the output and differentiates as if it were the sigmoid."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        y = x * torch.sigmoid(x)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        (y,) = ctx.saved_tensors
        return grads[0] * torch.as_tensor(y * (1 - y))


class SiluInPlace(torch.autograd.Function):
    """Saves memory by writing to its input, and does not say so."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x.clone())
        gate = torch.sigmoid(x)
        return x.contiguous().mul_(gate)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        gate = torch.sigmoid(x)
        return grads[0] * torch.as_tensor(gate + x * gate * (1 - gate))


def clipped_vjp(function: Function, x: Tensor, u: Tensor) -> Tensor:
    """Clips what comes out, as a training loop does."""
    return vjp_by_grad(function, x, u).clamp(-1, 1)


def jacobian_times(function: Function, x: Tensor, u: Tensor) -> Tensor:
    """Multiplies by the Jacobian where it should by its transpose."""
    return jvp_by_dual_numbers(function, x, u.reshape(-1)[: x.numel()].reshape(x.shape))


def watching_hook(tensor: Tensor, hook: Callable[[Tensor], Tensor]) -> Any:
    """Calls the hook, but does not return what it gave."""

    def watch(grad: Tensor) -> None:
        hook(grad)

    return tensor.register_hook(watch)  # type: ignore[no-untyped-call]


class _NoHandle:
    def remove(self) -> None:
        """Removes nothing."""


def hook_for_good(tensor: Tensor, hook: Callable[[Tensor], Tensor]) -> _NoHandle:
    tensor.register_hook(hook)  # type: ignore[no-untyped-call]
    return _NoHandle()


def write_to_data(x: Tensor) -> None:
    """Behind the back of autograd."""
    x.data.add_(1.0)


def write_through_numpy(x: Tensor) -> None:
    x.detach().numpy()[...] += 1


def reentrant(function: Callable[..., Tensor], x: Tensor) -> Tensor:
    """The old way: needs an input that requires a gradient."""
    from torch.utils.checkpoint import checkpoint

    result: Tensor = checkpoint(function, x, use_reentrant=True)
    return result


def forgetful_checkpoint(function: Callable[..., Tensor], x: Tensor) -> Tensor:
    """Runs the segment again with other random numbers."""
    from torch.utils.checkpoint import checkpoint

    result: Tensor = checkpoint(function, x, use_reentrant=False, preserve_rng_state=False)
    return result


def loop_over_rows(function: Function, in_dims: int, out_dims: int) -> Function:
    """Takes the samples along the right axis, and always stacks along the first."""
    return lambda x: torch.stack([function(sample) for sample in x.unbind(in_dims)])


def gradient_of_sum(function: Function) -> Function:
    """One backward pass for all outputs: their gradients come out added up."""

    def jacobian(x: Tensor) -> Tensor:
        leaf = x.detach().requires_grad_()
        y = function(leaf)
        (grad,) = torch.autograd.grad(y.sum(), leaf)
        return grad.expand(*y.shape, *x.shape).contiguous()

    return jacobian


def columns_for_rows(function: Function) -> Function:
    """The output's axes last, where they go first."""
    return lambda x: torch.func.jacrev(function)(x).movedim(-1, 0).contiguous()


def gauss_newton(function: Function) -> Function:
    """The outer product of the gradient with itself: symmetric too, but no Hessian."""

    def hessian(x: Tensor) -> Tensor:
        leaf = x.detach().requires_grad_()
        (grad,) = torch.autograd.grad(function(leaf), leaf)
        return torch.outer(grad, grad)

    return hessian


def forward_differences(function: Function) -> Function:
    """Differences of the gradient: near, and not symmetric."""

    def hessian(x: Tensor) -> Tensor:
        def gradient(point: Tensor) -> Tensor:
            leaf = point.detach().requires_grad_()
            return torch.autograd.grad(function(leaf), leaf)[0]

        steps = 1e-3 * torch.eye(len(x), dtype=x.dtype)
        return torch.stack([(gradient(x + step) - gradient(x)) / 1e-3 for step in steps])

    return hessian


def loading_call(module: nn.Module, state: dict[str, Tensor], x: Tensor) -> Tensor:
    """Loads the state into the module, and leaves it there."""
    module.load_state_dict({**module.state_dict(), **state})
    result: Tensor = module(x)
    return result


def stateless_call(module: nn.Module, state: dict[str, Tensor], x: Tensor) -> Tensor:
    """Sets ``.data`` of a copy: right values, and no gradient finds its way."""
    twin = copy.deepcopy(module)
    for name, parameter in twin.named_parameters():
        parameter.data = state[name].detach() if name in state else parameter.data
    result: Tensor = twin(x)
    return result + 0 * sum(value.sum() for value in state.values())


BROKEN: dict[str, Callable[[], Test]] = {
    "vjp_is_linear": lambda: laws.vjp_is_linear(function=SquareAlone.apply),
    "forward_equals_reverse": lambda: laws.forward_equals_reverse(function=SineBothWays.apply),
    "gradgrad_smooth": lambda: laws.gradgrad_smooth(activation=CubeOnce.apply),
    "custom_function_agrees": lambda: laws.custom_function_agrees(function=SiluOfOutput.apply),
    "hook_scales_gradient": lambda: laws.hook_scales_gradient(register=watching_hook),
    "versions_count_writes": lambda: laws.versions_count_writes(write=write_to_data),
    "detach_shares_no_history": lambda: laws.detach_shares_no_history(detach=torch.clone),
    "checkpoint_same_gradients": lambda: laws.checkpoint_same_gradients(
        checkpoint=forgetful_checkpoint
    ),
    "inference_mode_refuses_autograd": lambda: laws.inference_mode_refuses_autograd(
        mode=torch.no_grad
    ),
    "vmap_is_stack": lambda: laws.vmap_is_stack(vmap=loop_over_rows),
    "jacobians_agree": lambda: laws.jacobians_agree(jacrev=gradient_of_sum),
    "hessian_is_symmetric": lambda: laws.hessian_is_symmetric(hessian=gauss_newton),
    "functional_call_equals_module": lambda: laws.functional_call_equals_module(
        functional_call=loading_call
    ),
}
"""One broken subject for every law of these families."""

MORE_BROKEN: dict[str, Callable[[], Test]] = {
    "a clipped gradient": lambda: laws.vjp_is_linear(vjp=clipped_vjp),
    "a gradient of length one": lambda: laws.vjp_is_linear(
        vjp=lambda f, x, u: F.normalize(vjp_by_grad(f, x, u), dim=-1)
    ),
    "the Jacobian for its transpose": lambda: laws.forward_equals_reverse(vjp=jacobian_times),
    "an activation detached": lambda: laws.gradgrad_smooth(activation=lambda x: x.detach() * x * x),
    "a backward blind to what is above": lambda: laws.custom_function_agrees(
        function=SquareAlone.apply, reference=torch.square
    ),
    "a forward that writes to its input": lambda: laws.custom_function_agrees(
        function=SiluInPlace.apply
    ),
    "a hook on a copy": lambda: laws.hook_scales_gradient(
        register=lambda tensor, hook: (1 * tensor).register_hook(hook)  # type: ignore[no-untyped-call]
    ),
    "a hook that cannot be removed": lambda: laws.hook_scales_gradient(register=hook_for_good),
    "a write through NumPy": lambda: laws.versions_count_writes(write=write_through_numpy),
    "two writes for one": lambda: laws.versions_count_writes(write=lambda x: x.mul_(2).add_(1)),
    "detached by .data": lambda: laws.detach_shares_no_history(detach=lambda x: x.data),
    "a detached copy": lambda: laws.detach_shares_no_history(detach=lambda x: x.detach().clone()),
    "the same tensor": lambda: laws.detach_shares_no_history(detach=lambda x: x),
    "a reentrant checkpoint": lambda: laws.checkpoint_same_gradients(checkpoint=reentrant),
    "a detached checkpoint": lambda: laws.checkpoint_same_gradients(
        checkpoint=lambda function, x: function(x.detach())
    ),
    "no mode at all": lambda: laws.inference_mode_refuses_autograd(mode=torch.enable_grad),
    "a batch at once": lambda: laws.vmap_is_stack(vmap=lambda f, in_dims, out_dims: f),
    "always the first axis": lambda: laws.vmap_is_stack(
        vmap=lambda f, in_dims, out_dims: torch.func.vmap(f, out_dims=out_dims)
    ),
    "a transposed Jacobian": lambda: laws.jacobians_agree(jacfwd=columns_for_rows),
    "a Hessian by differences": lambda: laws.hessian_is_symmetric(hessian=forward_differences),
    "parameters by .data": lambda: laws.functional_call_equals_module(
        functional_call=stateless_call
    ),
}
"""More mistakes that a law must see."""

ACCEPTED: dict[str, Callable[[], Test]] = {
    "vjp by torch.func": lambda: laws.vjp_is_linear(
        vjp=lambda f, x, u: torch.func.vjp(f, x)[1](u)[0]
    ),
    "jvp by torch.func": lambda: laws.forward_equals_reverse(
        jvp=lambda f, x, v: torch.func.jvp(f, (x,), (v,))[1]
    ),
    "a linear layer": lambda: laws.vjp_is_linear(
        function=lambda x: F.pad(x, (1, 2)).cumsum(-1) @ torch.ones(x.shape[-1] + 3, 2).double()
    ),
    "mish": lambda: laws.gradgrad_smooth(activation=F.mish),
    "softplus": lambda: laws.custom_function_agrees(
        function=lambda x: torch.logaddexp(x, torch.zeros_like(x)), reference=F.softplus
    ),
    "zeroed in place": lambda: laws.versions_count_writes(write=lambda x: x.zero_()),
    "filled by index": lambda: laws.versions_count_writes(write=lambda x: x.__setitem__(..., 7.0)),
    "no checkpoint": lambda: laws.checkpoint_same_gradients(checkpoint=lambda f, x: f(x)),
    "vmap with out_dims by hand": lambda: laws.vmap_is_stack(
        vmap=lambda f, in_dims, out_dims: (
            lambda x: torch.stack([f(sample) for sample in x.unbind(in_dims)], out_dims)
        )
    ),
    "torch.autograd.functional": lambda: laws.jacobians_agree(
        jacrev=lambda f: functools.partial(torch.autograd.functional.jacobian, f)
    ),
    "hessian of torch.autograd": lambda: laws.hessian_is_symmetric(
        hessian=lambda f: functools.partial(torch.autograd.functional.hessian, f)
    ),
    "a convolution": lambda: laws.functional_call_equals_module(
        module=nn.Sequential(nn.Conv1d(2, 3, 2), nn.Flatten(), nn.LayerNorm(9)),
        sample_shape=(2, 4),
    ),
}
"""Right code of another make."""


def test_the_broken_subjects_are_of_laws() -> None:
    assert BROKEN.keys() <= LAWS.keys()


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_subject_is_rejected(name: str, prove: Prove) -> None:
    with pytest.raises(LawBroken) as caught:
        prove(BROKEN[name]())
    message = str(caught.value)
    assert message.startswith(f"{name}: ")
    assert "\n  for " in message
    assert max(map(len, message.splitlines())) < 450


@pytest.mark.parametrize("mistake", MORE_BROKEN)
def test_another_broken_subject_is_rejected(mistake: str, prove: Prove) -> None:
    with pytest.raises(LawBroken):
        prove(MORE_BROKEN[mistake]())


@pytest.mark.parametrize("subject", ACCEPTED)
def test_right_code_is_accepted(subject: str, prove: Prove) -> None:
    prove(ACCEPTED[subject]())


def test_an_expanded_tensor_is_still_refused_by_forward_mode() -> None:
    """Once torch mends it, the laws of forward mode can draw such tensors."""
    row = torch.ones(1, dtype=torch.float64).expand(2)
    with pytest.raises(RuntimeError, match="single memory location"):
        torch.func.jacfwd(torch.sin)(row)
