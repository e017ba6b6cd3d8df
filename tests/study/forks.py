"""Doing things in forks of the test: all at once, or killed at any moment."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Sequence
from functools import partial

Say = Callable[[str], None]

Acknowledge = Callable[[], None]
"""Says that something is done."""


class Aim:
    """Draws when to kill, on a machine as fast and as busy as it may be.

    It learns: the later what was killed had not come far enough, the sooner what had come further.
    """

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._long = 0.01

    def draw(self) -> float:
        """Seconds to wait."""
        return self._long * (0.2 + 1.6 * self._chance.random())

    def learn(self, *, far: bool) -> None:
        """Whether it had come far enough this time."""
        self._long *= 0.9 if far else 1.1


def killed(action: Callable[[Acknowledge], None], after: float) -> int:
    """Run something in a fork, kill it with a signal that cannot be caught, and count its acks.

    Args:
        action: called in the fork.
        after: seconds until it is killed.

    Returns:
        How many things it had acknowledged.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reader)
            action(partial(_acknowledge, writer))
        except BaseException as error:
            os.write(writer, f"!{type(error).__name__}: {error}".encode())
        finally:
            os._exit(0)
    os.close(writer)
    time.sleep(after)  # the one thing here that is to be left to chance
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(reader, "rb") as pipe:
        said = pipe.read()
    if b"!" in said:
        raise AssertionError(said.decode())
    return said.count(b".")


def together(actions: Sequence[Callable[[Say], None]]) -> list[list[str]]:
    """Run each action in a fork, all at once; what each said, once all have ended well."""
    started = []
    for action in actions:
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            status = 1
            try:
                os.close(reader)
                action(partial(_write, writer))
                status = 0
            except BaseException as error:
                _write(writer, f"! {type(error).__name__}: {error}".replace("\n", " "))
            finally:
                os._exit(status)
        os.close(writer)
        started.append((child, reader))
    said = []
    for _, reader in started:
        with os.fdopen(reader) as pipe:
            said.append(pipe.read().splitlines())
    ends = [os.waitpid(child, 0)[1] for child, _ in started]
    wrong = [line for lines in said for line in lines if line.startswith("!")]
    if wrong or any(ends):
        raise AssertionError(f"{wrong}, status {ends}")
    return said


def _write(to: int, line: str) -> None:
    os.write(to, line.encode() + b"\n")


def _acknowledge(to: int) -> None:
    os.write(to, b".")
