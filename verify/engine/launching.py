"""Starting the process that starts workers; imports next to nothing, so that it comes first.

Importing torch takes longer than all else, and can begin before the rest is even thought of.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from verify import locations


class Launcher(StrEnum):
    """How a trial gets a process."""

    FORK = "fork"
    """Each in a fork of a worker."""
    SPAWN = "spawn"
    """One after the other in a worker, which sets itself right between them."""


def best(device: str) -> Launcher:
    """The launcher to begin with, before torch has said whether there is a CUDA device."""
    cuda = device != "cpu" and Path("/proc/driver/nvidia/version").exists()
    return Launcher.SPAWN if cuda or sys.platform != "linux" else Launcher.FORK


class Preload(StrEnum):
    """What a process has imported before a trial begins in it; each has what those before have."""

    TORCH = "torch"
    """torch alone: half as long to wait for, and cheaper to fork."""
    MORE = "more"
    """What torch itself imports late: optimisers and much else want torch._dynamo."""
    ALL = "all"
    """Hypothesis and the laws."""


def environment() -> dict[str, str]:
    """What a worker starts with: one thread each, one hash seed, the caller's rest."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    fixed = {
        "PYTHONHASHSEED": "0",
        "PYTHONUNBUFFERED": "",
        "PYTORCH_NVML_BASED_CUDA_CHECK": "1",  # asks for CUDA without making a context
        "KMP_WARNINGS": "0",
        # Else Hypothesis keeps what it finds in the caller's working folder.
        "HYPOTHESIS_STORAGE_DIRECTORY": str(locations.cache_folder() / "hypothesis"),
        # Freed memory is kept: a short life of many small tensors would else give it back and
        # fetch it again, page by page.
        "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
        "MALLOC_TOP_PAD_": str(1 << 24),
    }
    return {**os.environ, **threads, **fixed}


def workers_for(jobs: int) -> dict[Preload, int]:
    """How many workers of each kind so many trials side by side need."""
    return dict.fromkeys(Preload, jobs)


class LauncherProcess:
    """The process that imports torch once and then forks a worker for each control socket.

    Two processes that import torch side by side take nearly twice as long as one.

    Args:
        counts: how many workers there are to be that have imported so much.
    """

    def __init__(self, counts: Mapping[Preload, int]) -> None:
        pairs = {kind: [socket.socketpair() for _ in range(counts[kind])] for kind in counts}
        self.controls = {kind: [mine for mine, _ in of] for kind, of in pairs.items()}
        """Our ends of the control sockets."""
        self._users = sum(counts.values())
        fds = {kind: [theirs.fileno() for _, theirs in of] for kind, of in pairs.items()}
        words = [f"{kind}={','.join(map(str, fds.get(kind, [])))}" for kind in Preload]
        try:
            self._process = subprocess.Popen(
                # -P: a torch.py in the working folder must not be taken for torch
                [sys.executable, "-P", "-m", "verify.engine.worker", *words],
                pass_fds=[fd for of in fds.values() for fd in of],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env=environment(),
                start_new_session=True,
            )
        finally:
            for of in pairs.values():
                for _, theirs in of:
                    theirs.close()

    def last_words(self) -> str:
        """The last line of its stderr, once it has ended."""
        assert self._process.stderr is not None
        text = self._process.stderr.read().decode("utf-8", "replace").strip()
        return text.rsplit("\n", 1)[-1]

    def leave(self, *, ready: bool) -> bool:
        """Called once by each worker's owner.

        Args:
            ready: whether the worker has ever been.

        Returns:
            Whether it was the last one, who is to :meth:`wait`.
        """
        self._users -= 1
        if not ready:  # whoever is importing would import to the end; the others ignore this
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGTERM)
        return not self._users

    def abandon(self) -> None:
        """End it, if nobody has taken its workers."""
        for control in (control for of in self.controls.values() for control in of):
            control.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        self.wait()

    def wait(self) -> None:
        """Wait for the end of all workers; it has to come, for nobody talks to them any more."""
        try:
            self._process.wait(5.0)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        if self._process.stderr is not None:
            self._process.stderr.close()
