"""Tensors of a device that is not there, and what a call may not change around it."""

from __future__ import annotations

import logging
from types import TracebackType
from typing import Any

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._pytree import tree_map

from verify.laws.battery.agreement import Case
from verify.laws.battery.watching import tensors_in


class CannotTellError(Exception):
    """A law can say nothing of a candidate; the message says why."""


class Elsewhere:
    """Runs code on tensors of another device, which have no elements: all else is as real."""

    DEVICE = "meta"
    """Beside the CPU, the one device that every build of torch has."""

    def __init__(self) -> None:
        self._mode = FakeTensorMode(allow_non_fake_inputs=True)
        # An operator that raises is told to the learner, and need not be to the log.
        logging.getLogger("torch._subclasses.fake_tensor").setLevel(logging.CRITICAL)

    def __enter__(self) -> Elsewhere:
        self._mode.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._mode.__exit__(kind, error, trace)
        from torch._subclasses import fake_tensor

        by_value = (
            fake_tensor.DataDependentOutputException,
            fake_tensor.DynamicOutputShapeException,
        )
        if error is not None and "Couldn't swap" in str(error):  # of torch's own making, here
            raise CannotTellError("it moves a module that it makes, which only real tensors bear")
        if error is not None and "its data is not allocated yet" in str(error):
            raise CannotTellError("it looks into the memory of tensors, and so needs real ones")
        if isinstance(error, by_value):
            raise CannotTellError(
                "it looks at the values of tensors, and so runs on real ones only"
            )

    def moved(self, value: Any) -> Any:
        """The same with its tensors over there."""
        return tree_map(
            lambda leaf: _there(leaf) if isinstance(leaf, Tensor) else leaf, dict(value)
        )

    def move(self, module: nn.Module) -> None:
        """Put the parameters and buffers of a module over there; what is neither stays."""
        for part in module.modules():
            for name, parameter in part._parameters.items():
                if parameter is not None:
                    there = _there(parameter)
                    part._parameters[name] = nn.Parameter(there, parameter.requires_grad)
            for name, buffer in part._buffers.items():
                part._buffers[name] = None if buffer is None else _there(buffer)

    def of(self, value: Any) -> list[str]:
        """The devices of the tensors in a result."""
        return [tensor.device.type for tensor in tensors_in(value)]


def warm_up() -> None:
    """Have imported what the first operators over there would import; nothing is computed."""
    with Elsewhere() as there:
        x = there.moved({"x": torch.ones(2, 2)})["x"]
        torch.softmax(x @ x + x, -1).sum()


def _there(tensor: Tensor) -> Tensor:
    return torch.empty_strided(
        tensor.shape, tensor.stride(), dtype=tensor.dtype, device=Elsewhere.DEVICE
    )


BEFORE: list[Case] = []
"""Torch's settings before the candidate was loaded, where there is a candidate."""


def surroundings(before: Case | None = None) -> Any:
    """Settings of torch's that a call leaves as they are.

    Args:
        before: as they were.

    Returns:
        The settings; with ``before``, the name of one that differs now, or nothing.
    """
    now: dict[str, Any] = {
        "torch's default dtype": str(torch.get_default_dtype()),
        "torch's default device": str(torch.get_default_device()),
        "whether gradients are recorded": torch.is_grad_enabled(),
        "the number of threads": torch.get_num_threads(),
        "torch's deterministic mode": torch.get_deterministic_debug_mode(),
        "torch's print options": repr(vars(torch._tensor_str.PRINT_OPTS)),
    }
    if before is None:
        return now
    return next((name for name, value in now.items() if before[name] != value), "")
