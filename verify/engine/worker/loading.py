"""Importing all that answers commonly need; lazily it would cost each of them a second."""

from __future__ import annotations

import platform
import re
from pathlib import Path

from verify.engine.protocol import Ready, Unable


def load() -> Ready | Unable:
    """Import torch, Hypothesis and the laws, and warm them up; say what is there."""
    try:
        import torch
    except Exception as error:
        missing = isinstance(error, ModuleNotFoundError) and error.name == "torch"
        return Unable(reason=f"{type(error).__name__}: {error}", missing=missing)
    try:
        import torch._dynamo
        import torch.autograd.gradcheck

        import verify.laws  # noqa: F401
        from verify.engine.worker.child import warm_up
    except ImportError as error:
        return Unable(reason=f"{type(error).__name__}: {error}", missing=False)
    warm_up()
    name = gpu_name() if torch.cuda.is_available() else ""
    return Ready(torch=str(torch.__version__), python=platform.python_version(), cuda=name)


def gpu_name(folder: Path = Path("/proc/driver/nvidia/gpus")) -> str:
    """What the driver calls the first GPU.

    Asking torch would make a context here, and no fork could use CUDA then.
    """
    for file in sorted(folder.glob("*/information")):
        found = re.search(r"^Model:\s*(.+?)\s*$", file.read_text("utf-8", "replace"), re.MULTILINE)
        if found:
            return found[1]
    return "CUDA"
