"""Seeds and generators: the same seed or state gives the same numbers."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional

from verify.laws.checks import require, same
from verify.laws.forall import for_all
from verify.laws.registry import Test, law
from verify.laws.strategies import seeds


def draw_numbers() -> dict[str, Tensor]:
    """Random numbers of several kinds, one after the other from one generator."""
    return {
        "rand": torch.rand(3),
        "randn": torch.randn(2, 2),
        "randint": torch.randint(100, (3,)),
        "randperm": torch.randperm(5),
        "dropout": functional.dropout(torch.ones(8)),
        "weight": torch.nn.Linear(2, 2).weight.detach(),
    }


@law(
    family="randomness",
    source="https://docs.pytorch.org/docs/stable/notes/randomness.html",
    tolerance="exact, bit for bit, on one device and one version of torch",
    seeds=("P31",),
)
def manual_seed_reproduces(
    *,
    program: Callable[[], object] = draw_numbers,
    seed: Callable[[int], object] = torch.manual_seed,
) -> Test:
    """The same seed gives the same numbers: a program run again after it repeats itself exactly.

    ``program`` may give a number, a tensor, or lists, tuples and mappings of these.
    """

    @for_all(number=seeds())
    def test(number: int) -> None:
        seed(number)
        first = program()
        seed(number)
        same(program(), first, f"what the program gives on its second run with seed {number}")

    return test


_DRAWS: dict[str, Callable[[torch.Generator | None], object]] = {
    "rand": lambda generator: torch.rand(1, generator=generator),
    # An odd count leaves one normal number over, which the state has to hold.
    "randn": lambda generator: torch.randn(1, generator=generator),
    "randint": lambda generator: torch.randint(100, (2,), generator=generator),
    "randperm": lambda generator: torch.randperm(3, generator=generator),
}


def fork_generators() -> AbstractContextManager[object]:
    """``torch.random.fork_rng``, of the CPU and of the default device."""
    device = torch.get_default_device()
    if device.type == "cpu":
        return torch.random.fork_rng(devices=[])
    return torch.random.fork_rng(devices=[device.index or 0], device_type=device.type)


@law(
    family="randomness",
    source="https://docs.pytorch.org/docs/stable/random.html#torch.random.fork_rng",
    tolerance="exact, bit for bit",
)
def fork_rng_restores(
    *, fork: Callable[[], AbstractContextManager[object]] = fork_generators
) -> Test:
    """What is drawn or seeded inside fork_rng leaves the generator outside as it was.

    After an error inside too.  The block begins with the state it was entered with.
    """

    @for_all(
        before=st.sampled_from([None, *_DRAWS]),
        inside=st.lists(st.sampled_from([*_DRAWS, "manual_seed"]), max_size=3),
        error=st.booleans(),
        seed=seeds(),
    )
    def test(before: str | None, inside: list[str], error: bool) -> None:
        if before is not None:
            _DRAWS[before](None)
        state = torch.get_rng_state()
        following = torch.rand(3, device="cpu")
        torch.set_rng_state(state)
        with suppress(LookupError), fork():
            require(
                torch.equal(torch.get_rng_state(), state), "the block begins with another state"
            )
            for name in inside:
                if name == "manual_seed":
                    torch.manual_seed(3)
                else:
                    _DRAWS[name](None)
            if error:
                raise LookupError
        restored = torch.equal(torch.get_rng_state(), state)
        same(torch.rand(3, device="cpu"), following, "what is drawn after the block")
        require(restored, "the state of the generator after the block is not that before it")

    return test


def get_state(generator: torch.Generator) -> Any:
    """The state of a generator."""
    return generator.get_state()


def set_state(generator: torch.Generator, state: Any) -> object:
    """Give a generator a state."""
    return generator.set_state(state)


@law(
    family="randomness",
    source="https://docs.pytorch.org/docs/stable/generated/torch.Generator.html",
    tolerance="exact, bit for bit",
)
def generator_state_replays(
    *,
    get: Callable[[torch.Generator], Any] = get_state,
    set: Callable[[torch.Generator, Any], object] = set_state,
) -> Test:
    """A generator given an earlier state draws again what it drew from there, bit for bit.

    Another generator given that state draws the same.  Drawing from one generator moves neither
    another nor torch's own.
    """
    draws = st.lists(st.sampled_from(list(_DRAWS)), min_size=1, max_size=3)

    @for_all(before=st.lists(st.sampled_from(list(_DRAWS)), max_size=2), after=draws, seed=seeds())
    def test(before: list[str], after: list[str]) -> None:
        device = torch.get_default_device()
        generator, other, bystander = (torch.Generator(device).manual_seed(n) for n in (1, 2, 3))
        untouched, own = bystander.get_state(), torch.get_rng_state()
        for name in before:
            _DRAWS[name](generator)
        state = get(generator)
        first = [_DRAWS[name](generator) for name in after]
        set(generator, state)
        again = [_DRAWS[name](generator) for name in after]
        same(again, first, f"what {after} draw once the state is set back")
        set(other, state)
        same([_DRAWS[name](other) for name in after], first, "what another generator draws from it")
        require(torch.equal(bystander.get_state(), untouched), "another generator has moved")
        require(torch.equal(torch.get_rng_state(), own), "torch's own generator has moved")

    return test
