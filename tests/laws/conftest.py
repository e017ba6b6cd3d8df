"""How tests of laws run a law: as a worker does, with settings from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch
from hypothesis import Phase, settings

Prove = Callable[[Callable[[], None]], None]


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Small tensors are slower on several threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def prove() -> Iterator[Prove]:
    """Run a law's test on 25 examples, the same ones each time; a costly law on three.

    By a profile, for a costly law makes its own settings from the profile that holds when it is
    made: make the law inside the test.
    """
    before = settings.get_current_profile_name()
    settings.register_profile(
        "laws",
        max_examples=25,
        deadline=None,
        database=None,
        derandomize=True,
        # Explaining which parts of a counterexample matter takes longer than finding it.
        phases=[Phase.generate, Phase.shrink],
    )
    settings.load_profile("laws")

    def run(test: Callable[[], None]) -> None:
        test()

    yield run
    settings.load_profile(before)
