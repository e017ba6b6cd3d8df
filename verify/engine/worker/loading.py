"""Importing all that answers commonly need; lazily it would cost each of them a second."""

from __future__ import annotations

import platform
import re
from pathlib import Path

from verify.engine.protocol import Ready, Unable


def load_torch() -> Ready | Unable:
    """Import torch alone, and say what is there."""
    try:
        import torch
    except Exception as error:
        missing = isinstance(error, ModuleNotFoundError) and error.name == "torch"
        return Unable(reason=f"{type(error).__name__}: {error}", missing=missing)
    import numpy.random  # noqa: F401  # which numpy itself imports late

    from verify.engine.worker import child

    torch.set_num_threads(1)  # no thread is started: a fork stays safe
    child.note()
    name = gpu_name() if torch.cuda.is_available() else ""
    return Ready(torch=str(torch.__version__), python=platform.python_version(), cuda=name)


def load_rest() -> Unable | None:
    """Import what torch itself imports late, Hypothesis and the laws, and warm them up."""
    try:
        import torch._dynamo
        import torch.autograd.gradcheck  # noqa: F401

        import verify.laws  # noqa: F401
        from verify.engine.worker import child, exploring
    except ImportError as error:
        return Unable(reason=f"{type(error).__name__}: {error}", missing=False)
    exploring.warm_up()
    child.note()
    return None


def gpu_name(folder: Path = Path("/proc/driver/nvidia/gpus")) -> str:
    """What the driver calls the first GPU.

    Asking torch would make a context here, and no fork could use CUDA then.
    """
    for file in sorted(folder.glob("*/information")):
        found = re.search(r"^Model:\s*(.+?)\s*$", file.read_text("utf-8", "replace"), re.MULTILINE)
        if found:
            return found[1]
    return "CUDA"
