"""Two processes of one gloo group that run a law's program on what they are sent."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import shutil
import socket
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import torch

from verify.laws.checks import broken

Program = Callable[[Any], object]
"""What each rank runs on the value it is sent; what it returns must pickle."""

RANKS = 2
PATIENCE = 10.0
"""Seconds after which an example that has not come back counts as waiting for ever."""

_STUCK = "the ranks wait for each other for ever, as when one of them makes a call that others skip"


class Pair:
    """Two forked ranks that serve example after example.

    They are started by the first example and meet through a file, on a port that the system picks
    for the loopback interface.  A failure ends them, and the next example starts two new ones, so
    that no example depends on what an earlier one broke.

    Args:
        program: what each rank runs; forked with the ranks, so it may be any function at all.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self._processes: list[multiprocessing.process.BaseProcess] = []
        self._pipes: list[Connection[Any, Any]] = []
        self._folder: str | None = None
        self._stuck: bytes | None = None

    def run(self, values: Sequence[object], check: Callable[[list[Any]], None]) -> None:
        """Run the program on each rank, on a value each, and check what the ranks give.

        Raises:
            LawBroken: if a rank raises an error, dies, or waits for ever; and what ``check`` does.
        """
        sent = [pickle.dumps(value) for value in values]
        key = b"".join(sent)
        if self._stuck is not None:
            # To look for a smaller example that waits for ever would take for ever: this one it is.
            if key == self._stuck:
                broken(_STUCK)
            return
        if not self._processes:
            self._start()
        for pipe, data in zip(self._pipes, sent, strict=True):
            pipe.send_bytes(data)
        results: dict[int, Any] = {}
        limit = time.monotonic() + PATIENCE
        while len(results) < RANKS:
            waiting = [pipe for rank, pipe in enumerate(self._pipes) if rank not in results]
            ready = wait(waiting, max(0.0, limit - time.monotonic()))
            if not ready:
                self.close()
                self._stuck = key
                broken(_STUCK)
            for rank, pipe in enumerate(self._pipes):
                if pipe in ready:
                    error, result = self._receive(rank, pipe)
                    if error:
                        broken(self._failure(rank, error))
                    results[rank] = result
        check([results[rank] for rank in range(RANKS)])

    def _failure(self, rank: int, error: str) -> str:
        """What went wrong first: a rank that is gone, else the error at hand; ends the pair."""
        codes = [process.exitcode for process in self._processes]
        self.close()
        gone = [f"rank {n} left with exit code {code}" for n, code in enumerate(codes) if code]
        return gone[0] if gone else f"rank {rank} {error}"

    @staticmethod
    def _receive(rank: int, pipe: Connection[Any, Any]) -> tuple[str, Any]:
        try:
            error, result = pickle.loads(pipe.recv_bytes())
        except (EOFError, ConnectionError):
            return "died", None
        return error, result

    def _start(self) -> None:
        context = multiprocessing.get_context("fork")
        self._folder = tempfile.mkdtemp(prefix="ranks-")
        meeting = str(Path(self._folder) / "store")
        pipes = [context.Pipe() for _ in range(RANKS)]
        self._pipes = [ours for ours, _ in pipes]
        for rank, (_, theirs) in enumerate(pipes):
            process = context.Process(
                target=_serve,
                args=(rank, meeting, theirs, self._pipes, self._program),
                daemon=True,
            )
            with warnings.catch_warnings():
                # A forked rank uses one thread and none of those that its parent may have.
                warnings.simplefilter("ignore", DeprecationWarning)
                process.start()
            self._processes.append(process)
        for _, theirs in pipes:
            theirs.close()

    def close(self) -> None:
        """End the ranks, and wait until they are gone."""
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.join()
            process.close()
        for pipe in self._pipes:
            pipe.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._processes, self._pipes, self._folder = [], [], None

    @contextmanager
    def open(self) -> Iterator[None]:
        """Serve as long as the block lasts."""
        self._stuck = None
        try:
            yield
        finally:
            self.close()


def _serve(
    rank: int, meeting: str, pipe: Connection[Any, Any], parents: Sequence[Any], program: Program
) -> None:
    """Be a rank until the parent hangs up."""
    # The parent's ends: as long as a rank holds them, no rank hears that the parent has gone.
    for end in parents:
        end.close()
    torch.set_num_threads(1)
    torch.set_default_device("cpu")
    loopback = [name for _, name in socket.if_nameindex() if name.startswith("lo")]
    if loopback:
        os.environ.setdefault("GLOO_SOCKET_IFNAME", loopback[0])
    import torch.distributed as dist

    try:
        dist.init_process_group(
            "gloo",
            init_method=f"file://{meeting}",
            rank=rank,
            world_size=RANKS,
            timeout=timedelta(seconds=10 * PATIENCE),
        )
        problem = ""
    except Exception as error:
        problem = f"could not join a gloo group: {error}"
    while True:
        try:
            value = pickle.loads(pipe.recv_bytes())
        except EOFError:
            break
        reply: tuple[str, object] = (problem, None)
        if not problem:
            try:
                result = program(value)
                # A call too many or too few on one rank is to be seen in this example.
                dist.barrier()
                reply = ("", result)
            except Exception as error:
                reply = (f"raised {type(error).__name__}: {error}", None)
        pipe.send_bytes(pickle.dumps(reply))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
