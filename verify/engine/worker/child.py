"""What runs an order: in a fork that leaves without trace, or in a worker that goes on."""

from __future__ import annotations

import contextlib
import ctypes
import io
import os
import random
import resource
import signal
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import TYPE_CHECKING

import numpy
import torch
from torch.utils._device import DeviceContext

from verify.engine.protocol import Begun, Done, Ended, FromChild, Order, encode
from verify.engine.trial import Role
from verify.engine.walls import COULD_NOT, WallError
from verify.engine.walls.raising import raise_walls
from verify.engine.worker.integrity import Snapshot
from verify.engine.worker.steps import Runner, prime_linecache

if TYPE_CHECKING:
    from verify.engine.worker.judging import JudgeRunner

_LIBC = ctypes.CDLL(None)

NOTED: list[Snapshot] = []
"""How the verifier was before anybody's code ran; one, once that is noted."""

EXPLORING = "verify.engine.worker.exploring"
"""The module that is there only where Hypothesis is."""

_RUN_HERE = (Role.CELL, Role.FREE)


def note() -> None:
    """Note how the verifier is before anybody's code has run."""
    NOTED[:] = [Snapshot()]


def run_and_leave(order: Order, verdicts: int) -> None:
    """Run an order's steps in a fork of a worker; never returns.

    Args:
        order: what to run.
        verdicts: the descriptor to report to.
    """
    os.setsid()
    leave = os._exit
    run(order, verdicts)
    leave(0)


def run(order: Order, verdicts: int) -> None:
    """Run an order's steps in this process, whose streams are set, and report each.

    Args:
        order: what to run.
        verdicts: the descriptor to report to.
    """
    # Before somebody replaces them:
    leave, read, write, whoami, wait = os._exit, os.read, os.write, os.getpid, os.set_blocking
    me = whoami()

    def report(message: FromChild) -> None:
        _flush()
        if whoami() != me:  # a fork that the code made and never ended: not ours to speak for
            leave(0)
        # Whoever wrote to this descriptor before us may not have ended the line.
        data = b"\n" + encode(message) + b"\n"
        while data:
            data = data[write(verdicts, data) :]
        wait(verdicts, True)
        if isinstance(message, Ended) and not read(verdicts, 1):
            leave(71)  # the parent is gone

    _settle(order)
    if order.walls is not None:
        # The launcher has set a cache that strangers could neither read nor be let write to.
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = f"{order.folder}/inductor"
        try:
            raise_walls(order.folder, order.walls)
        except WallError as error:
            write(2, f"{error.what}: {error.why}".encode())
            leave(COULD_NOT)
    _choose_device(order)
    module = _main_module(order)
    exploring = sys.modules.get(EXPLORING)
    with_seed = exploring.with_seed if exploring else None
    runner = Runner(order.trial.path, module.__dict__, _seed, with_seed, order.seed)
    judge: JudgeRunner | None = None
    for step in order.trial.steps:
        report(Begun(order.token, step.fence))
        reason = _lacking(step.needs)
        if reason:
            report(Ended(order.token, step.fence, "skipped", 0.0, message=reason))
        else:
            if step.role in _RUN_HERE:
                ended = runner.run(step, order.token)
            else:
                judge = judge or _judge(order, report)
                ended = judge.run(step)
            report(ended)
            if order.trial.until_refused and not _passed(ended):
                break
    if judge is not None:
        judge.close()
    late = exploring is None and "hypothesis" in sys.modules
    report(Done(order.token, NOTED[0].changed() or mode_left_on(), late))


def _judge(order: Order, report: Callable[[FromChild], None]) -> JudgeRunner:
    """Who judges candidates; it needs Hypothesis, and is imported where there is one to judge."""
    from verify.engine.worker.judging import JudgeRunner

    return JudgeRunner(order, report)


def mode_left_on() -> str:
    """What stands between the code and torch, if it was not taken away; a default device may."""
    depth = torch._C._len_torch_function_stack()
    modes = [torch._C._get_function_stack_at(place) for place in range(depth)]
    if all(type(mode) is DeviceContext for mode in modes):
        return "how torch dispatches" if torch._C._len_torch_dispatch_stack() else ""
    return "how torch calls its functions"


def _passed(ended: Ended) -> bool:
    return ended.outcome == "passed" and all(test.outcome == "passed" for test in ended.tests)


def _settle(order: Order) -> None:
    """A folder, environment, limits and random state of its own."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    os.chdir(order.folder)
    for name in ("HOME", "TMPDIR", "TMP", "TEMP", "HYPOTHESIS_STORAGE_DIRECTORY"):
        os.environ[name] = order.folder
    import tempfile

    tempfile.tempdir = None
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.stdin = io.TextIOWrapper(io.FileIO(0, closefd=False), encoding="utf-8")
    live = any(step.role is Role.FREE for step in order.trial.steps)
    sys.stdout = _text(1, live=live)
    sys.stderr = _text(2, live=live)
    torch.set_num_threads(1)
    torch.set_warn_always(True)
    _seed(order.seed)
    if exploring := sys.modules.get(EXPLORING):
        exploring.explore(order.examples)


def _seed(seed: int) -> None:
    random.seed(seed)
    numpy.random.seed(seed % 2**32)
    torch.default_generator.manual_seed(seed)
    # torch.manual_seed would note a stack trace for every kind of device that is not there.
    if torch.backends.cuda.is_built():  # type: ignore[no-untyped-call]
        torch.cuda.manual_seed_all(seed)


def _text(fd: int, *, live: bool) -> io.TextIOWrapper:
    """A stream; each line of a live one is written at once, for somebody is looking on."""
    raw = io.FileIO(fd, "w", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(raw), encoding="utf-8", errors="backslashreplace", line_buffering=live
    )


def _flush() -> None:
    for name in ("stdout", "stderr"):
        with contextlib.suppress(BaseException):  # closed, replaced, deleted: what it said is lost
            getattr(sys, name).flush()
    _LIBC.fflush(None)


def _choose_device(order: Order) -> None:
    if any(step.role not in _RUN_HERE for step in order.trial.steps):
        return  # who judges does so on the CPU; the candidate is where it is told to be
    device = order.device
    if order.trial.devices and device not in order.trial.devices:
        device = order.trial.devices[0]
    if device != "cpu":
        torch.set_default_device(device)


def _main_module(order: Order) -> ModuleType:
    """A fresh ``__main__``, so that classes of a fence can be pickled and inspected."""
    module = ModuleType("__main__")
    if order.trial.names_device:
        module.__dict__["device"] = torch.get_default_device()
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
        elif need not in sys.modules and importlib.util.find_spec(need) is None:
            return f"needs the package {need}"
    return ""


__all__ = ["NOTED", "note", "run", "run_and_leave"]
