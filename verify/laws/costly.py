"""Laws whose examples cost much: fewer of them, and what they need is made once for all."""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import AbstractContextManager

from hypothesis import settings

from verify.laws.registry import Test

FEWEST = 3
"""No law is tried on fewer examples than this."""


def few(share: int = 20) -> Callable[[Test], Test]:
    """Try a law on one example where others have ``share``, and on three at least.

    The number is taken from the profile of Hypothesis that holds when the law is made.  An
    example of such a law starts processes or a compiler, so it has no deadline either.
    """

    def lessen(test: Test) -> Test:
        examples = settings().max_examples
        return settings(max_examples=max(FEWEST, examples // share), deadline=None)(test)

    return lessen


def during(resource: Callable[[], AbstractContextManager[object]]) -> Callable[[Test], Test]:
    """Have a resource for all examples of a law, and give it back however the law comes out."""

    def surround(test: Test) -> Test:
        @functools.wraps(test)
        def run() -> None:
            # Settings and seeds are put on a Hypothesis test as attributes: hand them on.
            vars(test).update(vars(run))
            with resource():
                test()

        del run.__wrapped__
        return run

    return surround
