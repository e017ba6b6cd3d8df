"""Versions and device of the worker, found out from the parent without importing torch.

What cannot be known for certain is not guessed: then the worker is asked.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import msgspec

from verify.engine.ledger.sources import verifier_digest
from verify.engine.verdicts import Surroundings

DEV = Path("/dev")
_DRIVER = Path("/proc/driver/nvidia/version")
_NODE = re.compile(r"nvidia\d+|nvidiactl|dxg|kfd")
"""Devices through which torch reaches a GPU: NVIDIA's, those of WSL and of ROCm."""

_CHOICES = ("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES")


class Conditions(msgspec.Struct, frozen=True):
    """All that a fact depends on besides the answer; a change of any makes a new fact."""

    torch: str
    python: str
    device: str
    device_name: str
    hypothesis: str
    numpy: str
    verifier: str
    accelerator: str
    """Whether a GPU is in sight: an answer may ask for it whatever it is proved on."""
    seed: int = 0
    how: str = ""
    """Options that change how answers are run, as the command line names them."""

    def on_one_of(self, devices: Sequence[str]) -> Conditions:
        """The conditions of an answer that is proved on these devices alone; empty for any."""
        if not devices or self.device in devices:
            return self
        return msgspec.structs.replace(self, device=devices[0], device_name=devices[0].upper())

    @property
    def digest(self) -> str:
        """The conditions in 16 characters."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()[:16]


def conditions(where: Surroundings, seed: int = 0, how: str = "") -> Conditions:
    """The conditions under which something is proved now."""
    return Conditions(
        torch=where.torch,
        python=where.python,
        device=where.device,
        device_name=where.device_name,
        hypothesis=package_version("hypothesis"),
        numpy=package_version("numpy"),
        verifier=verifier_digest(),
        accelerator=accelerator(),
        seed=seed,
        how=how,
    )


def python_version() -> str:
    """What ``platform.python_version()`` says, without its imports."""
    return sys.version.split(" ", 1)[0]


def short_python(version: str) -> str:
    """Major and minor of a version."""
    return ".".join(version.split(".")[:2])


@cache
def _torch_build() -> tuple[str, bool] | None:
    """The version of torch and whether it was built for GPUs; None if it cannot be read."""
    folder = _folder("torch")
    if folder is None:
        return None
    try:
        text = (folder / "version.py").read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    version = re.search(r"^__version__\s*=\s*['\"]([^'\"]+)['\"]", text, re.MULTILINE)
    if version is None:
        return None
    built = re.findall(r"^(cuda|hip)\b[^=\n]*=\s*(.+?)\s*$", text, re.MULTILINE)
    plain = any(name == "cuda" for name, _ in built) and {value for _, value in built} == {"None"}
    return version[1], not plain


def torch_version() -> str:
    """The version of the torch that a worker would import; empty if it cannot be told."""
    build = _torch_build()
    return build[0] if build is not None else ""


def accelerator() -> str:
    """What can be seen of GPUs, in a line that changes with them; empty if there is surely none."""
    build = _torch_build()
    if build is not None and not build[1]:
        return ""
    if sys.platform not in ("linux", "darwin"):
        return sys.platform  # nothing to see from here: the worker knows
    try:
        nodes = sorted(node.name for node in DEV.iterdir() if _NODE.fullmatch(node.name))
    except OSError:
        nodes = ["?"]
    if not nodes or os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1"):
        return ""
    try:
        driver = _DRIVER.read_text("utf-8", "replace").split("\n", 1)[0]
    except OSError:
        driver = ""
    return " ".join([*nodes, *(os.environ.get(name, "-") for name in _CHOICES), driver]).strip()


def expected(device: str, name: str = "") -> Surroundings | None:
    """Where a worker would prove, or None where only the worker can tell.

    Args:
        device: ``auto``, ``cpu`` or ``cuda``, as asked.
        name: what the CUDA device was called when :func:`accelerator` last said what it says now;
            empty if that is not known.
    """
    torch = torch_version()
    if not torch:
        return None
    if device == "cpu" or (device == "auto" and not accelerator()):
        return Surroundings(torch, python_version(), "cpu", "CPU")
    return Surroundings(torch, python_version(), "cuda", name) if name and accelerator() else None


@cache
def package_version(name: str) -> str:
    """``name==version``, ``name`` if the version cannot be told, or ``no name``."""
    folder = _folder(name)
    if folder is None:
        return f"no {name}"
    start = re.compile(rf"{re.escape(name).replace('_', '[-_.]')}-([^-]+)\.dist-info", re.I)
    try:
        names = (entry.name for entry in os.scandir(folder.parent))
        found = [match[1] for name in names if (match := start.match(name))]
    except OSError:
        found = []
    if len(found) == 1:
        return f"{name}=={found[0]}"
    from importlib import metadata  # slower than a look at the folder

    try:
        return f"{name}=={metadata.version(name)}"
    except metadata.PackageNotFoundError:
        return name


def packages(needs: tuple[str, ...]) -> str:
    """The packages that an answer needs, and which of them are here."""
    return ", ".join(package_version(need.partition(".")[0]) for need in needs if need != "cuda")


def _folder(name: str) -> Path | None:
    """Where a package lies; finding it imports nothing."""
    from importlib.util import find_spec

    try:
        spec = find_spec(name)
    except (ImportError, ValueError):
        return None
    if spec is None:
        return None
    if spec.submodule_search_locations:
        return Path(next(iter(spec.submodule_search_locations)))
    return Path(spec.origin).with_suffix("") if spec.origin else None
