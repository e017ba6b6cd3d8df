"""From the body of a law to a test: drawn inputs, a seeded generator, one kind of failure."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterable, Iterator
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

    A value drawn as ``seed`` is not handed to the body: torch's generators are seeded with it.
    """

    def make(body: Callable[..., None]) -> Test:
        name = body.__qualname__.partition(".")[0]

        def hold(**values: object) -> None:
            before = {key: _copy(value) for key, value in values.items()}
            failure: Exception | None = None
            handed = {key: value for key, value in values.items() if key != "seed"}
            seed = values.get("seed", 0)
            with quiet_generator(seed if isinstance(seed, int) else 0):
                try:
                    body(**handed)
                except Exception as error:
                    failure = error
            # Raised anew, and here, so that Hypothesis sees one failure and not one for each way
            # in which an implementation can be wrong: see verify.laws.checks.
            if failure is not None:
                broken(_message(name, failure, before), failure)

        hold.__name__ = hold.__qualname__ = name
        hold.__module__ = body.__module__
        hold.__signature__ = _signature(drawn)  # type: ignore[attr-defined]
        test = given(**drawn)(hold)
        test.__doc__ = None
        return test

    return make


def _signature(names: Iterable[str]) -> inspect.Signature:
    """What Hypothesis fills in by name."""
    keyword = inspect.Parameter.KEYWORD_ONLY
    return inspect.Signature([inspect.Parameter(name, keyword) for name in names])


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
def quiet_generator(seed: int) -> Iterator[None]:
    """Seed torch's generators, and give them back their state afterwards.

    An example must come out alike each time it runs, or Hypothesis cannot make it smaller.
    """
    if torch.get_default_device().type == "cpu":
        # torch.manual_seed also tells every accelerator that is not there, and notes a stack trace
        # for each: a third of the time that a law would take.
        state = torch.default_generator.get_state()
        torch.default_generator.manual_seed(seed)
        try:
            yield
        finally:
            torch.default_generator.set_state(state)
        return
    device = torch.get_default_device()
    with torch.random.fork_rng(devices=[device.index or 0], device_type=device.type):
        torch.manual_seed(seed)
        yield
