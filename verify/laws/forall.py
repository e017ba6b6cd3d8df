"""From the body of a law to a test: drawn inputs, a seeded generator, one kind of failure."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from hypothesis import given
from hypothesis.strategies import SearchStrategy
from torch import Tensor

from verify.laws.checks import LawBroken, broken, show
from verify.laws.registry import Test


def for_all(**drawn: SearchStrategy[object]) -> Callable[[Callable[..., None]], Test]:
    """Make a test of a law's body: it holds for all values of the strategies.

    The test is named after the law.  Whatever the subject raises counts as breaking the law,
    ``assume(False)`` too, so a body narrows its inputs in its strategies alone.  The message of a
    broken law ends with the values it was drawn with, as they were before the subject had them.
    """

    def make(body: Callable[..., None]) -> Test:
        name = body.__qualname__.partition(".")[0]

        @functools.wraps(body)
        def hold(**values: object) -> None:
            before = {key: _copy(value) for key, value in values.items()}
            failure: Exception | None = None
            with quiet_generator():
                try:
                    body(**values)
                except Exception as error:
                    failure = error
            # Raised anew, and here, so that Hypothesis sees one failure and not one for each way
            # in which an implementation can be wrong: see verify.laws.checks.
            if failure is not None:
                broken(_message(name, failure, before), failure)

        hold.__name__ = hold.__qualname__ = name
        test = given(**drawn)(hold)
        test.__doc__ = None
        return test

    return make


def _message(name: str, failure: Exception, values: dict[str, object]) -> str:
    if isinstance(failure, LawBroken):
        what = str(failure)
    else:
        what = f"{type(failure).__name__} was raised: {failure}"
    lines = [f"{name}: {what}"]
    if values:
        lines.append("  for " + ", ".join(f"{key}={show(item)}" for key, item in values.items()))
    return "\n".join(lines)


def _copy(value: object) -> object:
    if isinstance(value, Tensor):
        # Strides are part of a counterexample, so keep the view and copy what lies under it.
        storage = copy.copy(value.detach().untyped_storage())
        empty = torch.empty(0, dtype=value.dtype, device=value.device)
        return empty.set_(storage, value.storage_offset(), value.shape, value.stride())
    if isinstance(value, np.ndarray):
        return value.copy()
    return value


@contextmanager
def quiet_generator(seed: int = 0) -> Iterator[None]:
    """Seed torch's generators, and give them back their state afterwards.

    An example must come out alike each time it runs, or Hypothesis cannot make it smaller.
    """
    device = torch.get_default_device()
    devices = [] if device.type == "cpu" else [device.index or 0]
    kind = "cuda" if device.type == "cpu" else device.type
    with torch.random.fork_rng(devices=devices, device_type=kind):
        torch.manual_seed(seed)
        yield
