"""Seeds: the same seed gives the same numbers."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from verify.laws.checks import same
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
