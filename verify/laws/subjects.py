"""What answers hand to laws in torch's place: modules in any form, and optimisers of their own."""

from __future__ import annotations

import copy
import io
from collections.abc import Callable
from typing import Any, BinaryIO, Protocol

import torch
from torch import Tensor, nn

ModuleSource = nn.Module | Callable[[], nn.Module]
"""A module, or a class or function that makes one without arguments."""

State = dict[str, Any]
"""What ``state_dict`` gives: tensors by the names of their owners."""


class Stepper(Protocol):
    """What a law asks of an optimiser."""

    def step(self) -> object:
        """Move the parameters by their gradients."""

    def zero_grad(self) -> object:
        """Forget the gradients."""


def fresh(module: ModuleSource) -> nn.Module:
    """A module that the law may change: a copy of an instance, or a new one of a class."""
    return copy.deepcopy(module) if isinstance(module, nn.Module) else module()


def small_network() -> nn.Module:
    """A convolutional network of 3 x 8 x 8 images with every kind of state: weights and buffers."""
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(),
        nn.Linear(64, 5),
    )


def gradient_of(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """The gradient of a one-element function at ``x``, by ``backward``; ``x`` stays as it is."""
    leaf = x.detach().clone().requires_grad_()
    torch.autograd.backward(function(leaf))
    return torch.zeros_like(leaf) if leaf.grad is None else leaf.grad


def load_weights(file: BinaryIO) -> State:
    """Read a state dict from a file that may hold nothing but tensors and plain containers."""
    state: State = torch.load(file, weights_only=True)
    return state


def written(save: Callable[[State, BinaryIO], object], state: State) -> BinaryIO:
    """A file, open at its start, that ``save`` has written ``state`` to."""
    file = io.BytesIO()
    save(state, file)
    return io.BytesIO(file.getvalue())
