"""The clock of an interview while the program waits for a line, an editor or the judge."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

from quizapp.study.mock.interview import Sitting
from quizapp.study.mock.watch import Watch
from verify.errors import TorchdrillError

KEEP_EVERY = 3.0
"""Seconds on the clock after which it is put on disk."""


@contextmanager
def ticking(sitting: Sitting, now: Callable[[], datetime]) -> Iterator[None]:
    """Let the clock run inside the block; it is on disk every few seconds and when the block ends.

    Inside, the interview may be kept, but no question of it answered.

    Args:
        sitting: the interview.
        now: tells the time.
    """
    watch, over = Watch(), threading.Event()
    watch.start(now())

    def tick() -> None:
        # What cannot be kept here cannot be kept at the end of the block either, and is told then.
        with suppress(TorchdrillError):
            while not over.wait(KEEP_EVERY):
                sitting.spend(watch.look(now()))
                sitting.keep(now())

    thread = threading.Thread(target=tick, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        sitting.spend(watch.stop(now()))
        sitting.keep(now())
