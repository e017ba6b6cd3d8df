"""The battery of a module: the same state, the same behaviour, in both modes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.judge.test_judging import exercise
from verify.bank.model import Item
from verify.engine import ProveOptions, Prover

EXERCISE = """
import torch
from hypothesis import strategies as st
from torch import nn
from verify.laws.battery import module
from verify.laws.strategies import Layout, tensors


@st.composite
def cases(draw):
    size = draw(st.integers(1, 3))
    rows = draw(st.sampled_from([2, 1, 0]))
    return {
        "arguments": {"size": size},
        "x": draw(tensors((rows, size), torch.float64, 4.0,
                          layout=Layout.CONTIGUOUS)),
    }


class Reference(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.weight = nn.Parameter(torch.rand(size))
        self.bias = nn.Parameter(torch.rand(size))
        self.register_buffer("seen", torch.zeros(()))

    def forward(self, x):
        with torch.no_grad():
            self.seen += len(x)
        return x * self.weight + self.bias


exercise = module("Scale", Reference, cases(), differentiable=["x"])
"""

HEAD = """
import torch
from torch import nn


class Scale(nn.Module):
    def __init__(self, size):
        super().__init__()
        {start}
        self.register_buffer("seen", torch.zeros(()))

    def forward(self, x):
        with torch.no_grad():
            self.seen += len(x)
        {work}
"""
START = "self.weight = nn.Parameter(torch.rand(size))\n        {bias}"
BIAS = "self.bias = nn.Parameter(torch.rand(size))"
WORK = "return x * self.weight + self.bias"


def code_of(start: str = START.format(bias=BIAS), work: str = WORK) -> str:
    return HEAD.format(start=start, work=work)


RIGHT = {
    "the same": code_of(),
    "another way": code_of(work="return torch.addcmul(self.bias, x, self.weight)"),
    "registered the other way round": code_of(
        start=f"{BIAS}\n        self.weight = nn.Parameter(torch.rand(size))"
    ),
}
WRONG = {
    "another name": (code_of(start=START.format(bias=BIAS.replace("bias", "b"))), "state_dict"),
    "another shape": (code_of(start=START.format(bias=BIAS.replace("size", "1"))), "state_dict"),
    "no bias in evaluation": (
        code_of(work=f"return x * self.weight if not self.training else {WORK[7:]}"),
        "values",
    ),
    "other without a graph": (
        code_of(work=f"return x if not torch.is_grad_enabled() else {WORK[7:]}"),
        "no grad",
    ),
    "a weight that is not trained": (
        code_of(work="return x * self.weight.detach() + self.bias"),
        "gradient",
    ),
    "a frozen weight": (
        code_of(start=START.format(bias=f"self.weight.requires_grad_(False)\n        {BIAS}")),
        "gradient",
    ),
    "all alike": (
        code_of(start=START.format(bias=BIAS).replace("torch.rand", "torch.ones")),
        "initial weights",
    ),
    "seeded": (
        code_of(start="torch.manual_seed(0)\n        " + START.format(bias=BIAS)),
        "initial weights",
    ),
    "not counted": (code_of(work=f"self.seen.zero_()\n        {WORK}"), "state after"),
    "its own device": (
        code_of(work="return x * self.weight + self.bias + torch.zeros(x.shape)"),
        "device",
    ),
    "in place": (
        code_of(work=f"if not torch.is_grad_enabled():\n            x += 1\n        {WORK}"),
        "inputs kept",
    ),
    "float32 alone": (
        code_of(work="return (x.float() * self.weight.float() + self.bias.float()).to(x.dtype)"),
        "values",
    ),
}


@pytest.fixture(scope="module")
def item(tmp_path_factory: pytest.TempPathFactory) -> Item:
    return exercise(tmp_path_factory.mktemp("pack"), law=EXERCISE.strip())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def prover() -> AsyncIterator[Prover]:
    async with Prover(ProveOptions(device="cpu", jobs=1, trust=True)) as found:
        yield found


@pytest.mark.parametrize("name", RIGHT)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_right_module_is_accepted(prover: Prover, item: Item, name: str) -> None:
    verdict = await prover.check(item, RIGHT[name], Path("mine.py"))
    assert verdict.accepted, verdict.refused


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_wrong_module_is_refused_by_the_law_that_it_breaks(
    prover: Prover, item: Item, name: str
) -> None:
    code, law = WRONG[name]
    refused = (await prover.check(item, code, Path("mine.py"))).refused
    assert refused is not None
    assert refused.name == law, refused
    assert "layer = Scale(" in refused.counterexample
