"""Importing all that answers commonly need; lazily it would cost each of them a second."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Callable
from pathlib import Path

from verify.engine.launching import Preload
from verify.engine.protocol import Ready, Unable


def load(preload: Preload) -> Unable | None:
    """Import what a stage has beyond the one before it; None if that could be had."""
    try:
        _LOADERS[preload]()
    except Exception as error:
        missing = isinstance(error, ModuleNotFoundError) and error.name == "torch"
        reason = f"{type(error).__name__}: {error}"
        return Unable(reason=reason, missing=missing, preload=preload)
    from verify.engine.worker import child

    child.note()
    return None


def _load_torch() -> None:
    import numpy.random  # noqa: F401  # which numpy itself imports late
    import torch

    torch.set_num_threads(1)  # no thread is started: a fork stays safe


def _load_more() -> None:
    import torch._dynamo
    import torch.autograd.gradcheck  # noqa: F401


def _load_all() -> None:
    import verify.laws
    import verify.laws.battery.serving
    import verify.laws.battery.trying  # noqa: F401
    from verify.engine.worker import exploring
    from verify.laws.battery import surroundings

    exploring.warm_up()
    surroundings.warm_up()


_LOADERS: dict[Preload, Callable[[], None]] = {
    Preload.TORCH: _load_torch,
    Preload.MORE: _load_more,
    Preload.ALL: _load_all,
}


def loaded() -> Ready:
    """What to tell the parent once torch is there."""
    import torch

    name = gpu_name() if torch.cuda.is_available() else ""
    version = str(torch.__version__)
    return Ready(torch=version, python=platform.python_version(), cuda=name, pid=os.getpid())


def gpu_name(folder: Path = Path("/proc/driver/nvidia/gpus")) -> str:
    """What the driver calls the first GPU.

    Asking torch would make a context here, and no fork could use CUDA then.
    """
    for file in sorted(folder.glob("*/information")):
        found = re.search(r"^Model:\s*(.+?)\s*$", file.read_text("utf-8", "replace"), re.MULTILINE)
        if found:
            return found[1]
    return "CUDA"
