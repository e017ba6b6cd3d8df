"""Hypothesis as the workers use it: no database, no deadline, torch's generator in its hands."""

from __future__ import annotations

import gc
import warnings

import torch
from hypothesis import HealthCheck, Phase, register_random, settings
from hypothesis import seed as with_seed
from hypothesis.errors import HypothesisWarning

from verify.laws.registry import LAWS


class _TorchRandom:
    """torch's generator as Hypothesis wants it, so that a failing example replays."""

    def seed(self, value: int) -> None:
        # torch.manual_seed would also note a stack trace for a CUDA that is not there: half a
        # millisecond, for every example of every law.
        torch.default_generator.manual_seed(value)
        if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
            torch.cuda.manual_seed_all(value)

    def getstate(self) -> torch.Tensor:
        return torch.get_rng_state()

    def setstate(self, state: torch.Tensor) -> None:
        torch.set_rng_state(state)


_RANDOM = _TorchRandom()  # Hypothesis keeps a weak reference only


def warm_up() -> None:
    """Do in the launcher what the first property of every fork would else do again.

    Hypothesis collects garbage for each generator it is told of, reads the constants of every
    module, and builds what its strategies keep.  The law used here only makes small tensors, in
    this thread: no thread is started, so a fork stays safe.
    """
    gc.freeze()  # or each of those collections would walk over all of torch
    with warnings.catch_warnings():
        # Of frozen objects Hypothesis cannot see that somebody keeps them.
        warnings.simplefilter("ignore", HypothesisWarning)
        register_random(_RANDOM)
        explore(10)
        LAWS["tensor_from_floats"].make()()


def explore(examples: int) -> None:
    """Have Hypothesis draw so many examples, and nothing but examples."""
    settings.register_profile(
        "torchdrill",
        max_examples=examples,
        database=None,
        deadline=None,
        print_blob=False,
        # Without Phase.explain: on a failing law it costs seconds, and may put an example of fewer
        # choices in place of the smallest one.
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        report_multiple_bugs=False,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    settings.load_profile("torchdrill")


__all__ = ["explore", "warm_up", "with_seed"]
