"""What a fork does with its order: run the steps, report each, leave without trace."""

from __future__ import annotations

import ctypes
import gc
import io
import os
import random
import resource
import signal
import sys
import warnings
from collections.abc import Sequence
from types import ModuleType

import numpy
import torch
from hypothesis import HealthCheck, Phase, register_random, settings
from hypothesis.errors import HypothesisWarning

from verify.engine.plan import Step
from verify.engine.protocol import Begun, Done, Ended, FromChild, Order, encode
from verify.engine.worker.steps import Runner, prime_linecache
from verify.laws.registry import LAWS

_LIBC = ctypes.CDLL(None)


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
    torch.set_num_threads(1)
    gc.freeze()  # or each of those collections would walk over all of torch
    with warnings.catch_warnings():
        # Of frozen objects Hypothesis cannot see that somebody keeps them.
        warnings.simplefilter("ignore", HypothesisWarning)
        register_random(_RANDOM)
        _explore(10)
        LAWS["tensor_from_floats"].make()()


def run(order: Order, verdicts: int) -> None:
    """Run an order's steps; never returns.

    Args:
        order: what to run.
        verdicts: the descriptor to report to.
    """

    def report(message: FromChild) -> None:
        _flush()
        data = encode(message) + b"\n"
        while data:
            data = data[os.write(verdicts, data) :]
        if isinstance(message, Ended) and not os.read(verdicts, 1):
            os._exit(71)  # the parent is gone

    _settle(order)
    _choose_device(order)
    module = _main_module(order)
    runner = Runner(order.trial.path, module.__dict__, _seed, order.seed)
    for step in order.trial.steps:
        report(Begun(order.token, step.fence))
        reason = _lacking(step.needs)
        if reason:
            report(Ended(order.token, step.fence, "skipped", 0.0, message=reason))
        else:
            ended = runner.run(step, order.token)
            report(ended)
            if order.trial.until_refused and not _passed(ended):
                break
    report(Done(order.token))
    os._exit(0)


def _passed(ended: Ended) -> bool:
    return ended.outcome == "passed" and all(test.outcome == "passed" for test in ended.tests)


def _settle(order: Order) -> None:
    """A group, folder, environment, limits and random state of its own."""
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    os.chdir(order.folder)
    for name in ("HOME", "TMPDIR", "TMP", "TEMP", "HYPOTHESIS_STORAGE_DIRECTORY"):
        os.environ[name] = order.folder
    import tempfile

    tempfile.tempdir = None
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.stdin = io.TextIOWrapper(io.FileIO(0, closefd=False), encoding="utf-8")
    sys.stdout = _text(1)
    sys.stderr = _text(2)
    torch.set_num_threads(1)
    torch.set_warn_always(True)
    _seed(order.seed)
    _explore(order.examples)


def _explore(examples: int) -> None:
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


def _seed(seed: int) -> None:
    random.seed(seed)
    numpy.random.seed(seed % 2**32)
    torch.manual_seed(seed)


def _text(fd: int) -> io.TextIOWrapper:
    raw = io.FileIO(fd, "w", closefd=False)
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding="utf-8", errors="backslashreplace")


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):  # the code under test closed it; what it said is lost
            continue
    _LIBC.fflush(None)


def _choose_device(order: Order) -> None:
    device = order.device
    if order.trial.devices and device not in order.trial.devices:
        device = order.trial.devices[0]
    if device != "cpu":
        torch.set_default_device(device)


def _main_module(order: Order) -> ModuleType:
    """A fresh ``__main__``, so that classes of a fence can be pickled and inspected."""
    module = ModuleType("__main__")
    module.__dict__["__file__"] = order.trial.path  # where inspect looks for a class's source
    sys.modules["__main__"] = module
    sys.argv = [order.trial.path]
    prime_linecache(order.trial.path, order.trial.steps)
    return module


def _lacking(needs: Sequence[str]) -> str:
    """Why a step must be skipped here; empty if it need not."""
    import importlib.util

    for need in needs:
        if need == "cuda":
            if not torch.cuda.is_available():
                return "needs a CUDA device"
        elif importlib.util.find_spec(need) is None:
            return f"needs the package {need}"
    return ""


__all__ = ["Step", "run"]
