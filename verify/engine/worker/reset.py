"""How a process was before a trial, and making it so again.

What cannot be made so again (a thread that runs on, a patched function, an operator that was
registered, a device that has had an error) is named, and the process is given up.
"""

from __future__ import annotations

import gc
import linecache
import locale
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy
import torch
from torch.nn.modules import module as hooks_of_modules

from verify.engine.worker.integrity import Snapshot

_KINDS = ("cpu", "cuda")


def _autocast() -> list[tuple[bool, torch.dtype]]:
    return [(torch.is_autocast_enabled(kind), torch.get_autocast_dtype(kind)) for kind in _KINDS]


def _set_autocast(states: list[tuple[bool, torch.dtype]]) -> None:
    for kind, (on, dtype) in zip(_KINDS, states, strict=True):
        torch.set_autocast_enabled(kind, on)
        torch.set_autocast_dtype(kind, dtype)


def _multithreaded() -> bool:
    return torch._C._is_multithreading_enabled()


_cuda = torch.backends.cuda
_sharing = torch.multiprocessing
_DEFAULTS: tuple[tuple[Callable[[], Any], Callable[[Any], Any]], ...] = (
    (torch.get_default_dtype, torch.set_default_dtype),
    (torch.get_num_threads, torch.set_num_threads),
    (torch.is_grad_enabled, torch._C._set_grad_enabled),
    (torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly),
    (_multithreaded, torch._C._set_multithreading_enabled),
    (torch.get_deterministic_debug_mode, torch.set_deterministic_debug_mode),
    (torch.get_float32_matmul_precision, torch.set_float32_matmul_precision),
    (torch.is_warn_always_enabled, torch.set_warn_always),
    (torch.is_autocast_cache_enabled, torch.set_autocast_cache_enabled),
    (_autocast, _set_autocast),
    (_sharing.get_sharing_strategy, _sharing.set_sharing_strategy),
    (_cuda.flash_sdp_enabled, _cuda.enable_flash_sdp),
    (_cuda.math_sdp_enabled, _cuda.enable_math_sdp),
)
"""What of torch is set for a whole process: how to read it, and how to set it."""

_FLAGS = (
    (torch.backends.cudnn, ("enabled", "benchmark", "deterministic", "allow_tf32")),
    (torch.backends.cuda.matmul, ("allow_tf32",)),
    (torch.backends.mkldnn, ("enabled",)),
)


class Baseline:
    """A process as it was when this was made; :meth:`restore` makes it so again."""

    def __init__(self) -> None:
        self._noted = Snapshot(everything=True)
        self._environment = dict(os.environ)
        self._path = list(sys.path)
        self._modules = dict(sys.modules)
        self._threads = set(threading.enumerate())
        self._filters = list(warnings.filters)
        self._recursion = sys.getrecursionlimit()
        self._umask = os.umask(0o077)
        os.umask(self._umask)
        self._signals = {number: signal.getsignal(number) for number in signal.valid_signals()}
        self._folder = Path.cwd()
        self._sources = set(linecache.cache)
        self._defaults = [read() for read, _ in _DEFAULTS]
        self._flags = [[getattr(owner, name) for name in names] for owner, names in _FLAGS]
        self._operators = _operators()
        self._limits = _limits()
        self._locale = locale.setlocale(locale.LC_ALL)
        self._nice = os.nice(0)
        self._collector = gc.get_threshold()
        self._switch = sys.getswitchinterval()
        self._finders = (list(sys.meta_path), list(sys.path_hooks))
        self._mask = signal.pthread_sigmask(signal.SIG_BLOCK, [])
        self._numpy = (numpy.geterr(), numpy.get_printoptions())

    def restore(self) -> str:
        """Make the process as it was.

        Returns:
            What could not be made so, in a few words; empty if all could.
        """
        return next(filter(None, self._steps()), "")

    def _steps(self) -> Iterator[str]:
        sys.settrace(None)
        sys.setprofile(None)
        sys.setrecursionlimit(self._recursion)
        os.umask(self._umask)
        os.chdir(self._folder)
        for number, handler in self._signals.items():
            if handler is not None and signal.getsignal(number) != handler:
                signal.signal(number, handler)
        for timer in (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF):
            signal.setitimer(timer, 0)
        signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)
        locale.setlocale(locale.LC_ALL, self._locale)
        gc.set_threshold(*self._collector)
        gc.enable()
        sys.setswitchinterval(self._switch)
        sys.meta_path[:], sys.path_hooks[:] = self._finders
        numpy.seterr(**self._numpy[0])
        numpy.set_printoptions(**self._numpy[1])
        yield self._noted.changed()
        yield self._restore_imports()
        os.environ.clear()
        os.environ.update(self._environment)
        warnings.filters[:] = self._filters  # type: ignore[index]
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
        sys.displayhook, sys.excepthook = sys.__displayhook__, sys.__excepthook__
        sys.unraisablehook = sys.__unraisablehook__
        if os.nice(0) != self._nice:
            yield "its priority was lowered"
        if _limits() != self._limits:
            yield "limits of the process were changed"
        yield self._restore_torch()
        gc.collect()
        if left := set(threading.enumerate()) - self._threads:
            yield f"{len(left)} threads were left running"
        yield device_error()

    def _restore_imports(self) -> str:
        """Forget modules that lay in the trial's folder; those of torch's own may stay."""
        sys.path[:] = self._path
        for name, module in list(sys.modules.items()):
            before = self._modules.get(name)
            if before is not None and before is not module:
                sys.modules[name] = before
            elif before is None and not _installed(module):
                del sys.modules[name]
        for path in set(linecache.cache) - self._sources:
            del linecache.cache[path]
        missing = next((name for name in self._modules if name not in sys.modules), "")
        return f"the module {missing} was taken away" if missing else ""

    def _restore_torch(self) -> str:
        if torch._C._len_torch_function_stack() or torch._C._len_torch_dispatch_stack():
            torch.set_default_device(None)  # its mode lies on that stack
        if torch._C._len_torch_function_stack() or torch._C._len_torch_dispatch_stack():
            return "a mode of torch was left on"
        if torch.is_inference_mode_enabled():
            return "inference mode was left on"
        for (read, write), value in zip(_DEFAULTS, self._defaults, strict=True):
            if read() != value:
                write(value)
        for (owner, names), values in zip(_FLAGS, self._flags, strict=True):
            for name, value in zip(names, values, strict=True):
                if getattr(owner, name) != value:
                    setattr(owner, name, value)
        torch.set_printoptions(profile="default")  # type: ignore[no-untyped-call]
        torch.set_flush_denormal(False)
        torch.serialization.clear_safe_globals()
        for name, hooks in vars(hooks_of_modules).items():
            if name.startswith("_global_") and hasattr(hooks, "clear"):
                hooks.clear()
        torch._dynamo.reset()
        if torch.distributed.is_available() and torch.distributed.is_initialized():
            return "a process group was left open"
        return "" if _operators() == self._operators else "operators were registered"


def _installed(module: object) -> bool:
    """Whether a module comes with Python or a package, and so may stay imported."""
    spec = getattr(module, "__spec__", None)
    origin = getattr(spec, "origin", None)
    if origin in (None, "built-in", "frozen"):
        return spec is not None
    return str(origin).startswith((sys.prefix, sys.base_prefix)) or "/torch/" in str(origin)


def _operators() -> int:
    return len(torch._C._dispatch_get_all_op_names())


def _limits() -> list[tuple[int, int]]:
    try:
        import resource
    except ImportError:
        return []
    # Every trial begins with no core files.
    names = sorted({name for name in dir(resource) if name.startswith("RLIMIT_")} - {"RLIMIT_CORE"})
    return [resource.getrlimit(getattr(resource, name)) for name in names]


def device_error() -> str:
    """What a CUDA device still has to say; after an error there it says it to everybody."""
    if not torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        return ""
    try:
        torch.cuda.synchronize()
        torch.cuda.empty_cache()
    except RuntimeError as error:
        return f"the device has had an error: {str(error).partition(chr(10))[0]}"
    return ""
