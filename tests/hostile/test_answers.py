"""Answers that would have the proof of a bug, or of its fix, come out as they like."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.packs import add, fence
from verify.bank import load_item
from verify.bank.model import CheckKind, Outcome
from verify.engine import ProveOptions, Prover

BUG = fence("def double(x):\n    return x + 2")
FIX = fence("def double(x):\n    return 2 * x", "python fix")
HOLDS = fence("assert double(3) == 6")

PROPERTY = """\
from hypothesis import given
from hypothesis import strategies as st


@given(st.integers())
def test_double(n):
    {body}
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def prover() -> AsyncIterator[Prover]:
    async with Prover(ProveOptions(device="cpu", timeout=4.0, examples=20)) as started:
        yield started


@pytest.mark.parametrize(
    ("checks", "outcome"),
    [
        (HOLDS, Outcome.PASSED),
        (fence("import os\n\nos._exit(0)") + HOLDS, Outcome.CRASHED),
        (fence("try:\n    assert double(3) == 6\nexcept BaseException:\n    pass"), Outcome.FAILED),
        (fence(PROPERTY.format(body="assert double(n) == 2 * n"), "python property"), "passed"),
        (fence(PROPERTY.format(body="assert double(2) == 4"), "python property"), "failed"),
        (
            fence("import sys\n\nprint(double(2))\nsys.stdout.close()") + fence("4", "output"),
            "failed",
        ),
    ],
    ids=["sound", "exits", "swallows", "property", "empty-property", "closes"],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_bug_is_proved_by_checks_that_refuse_it(
    prover: Prover, tmp_path: Path, checks: str, outcome: str
) -> None:
    add(tmp_path, "topic/one", BUG + "\n" + FIX + "\n" + checks, kind="bug", prompt=BUG)
    verdict = await prover.prove(load_item(tmp_path, "topic/one"))
    (check,) = [check for check in verdict.checks if check.check.kind is CheckKind.BUG]
    assert check.outcome == outcome, check.message


@pytest.mark.asyncio(loop_scope="module")
async def test_a_fix_that_leaves_early_proves_nothing(prover: Prover, tmp_path: Path) -> None:
    fix = fence("import os\n\nos._exit(0)", "python fix")
    add(tmp_path, "topic/one", BUG + "\n" + fix + "\n" + HOLDS, kind="bug", prompt=BUG)
    verdict = await prover.prove(load_item(tmp_path, "topic/one"))
    got = {check.check.kind: check.outcome for check in verdict.checks}
    assert got[CheckKind.FIX] is Outcome.CRASHED
    assert got[CheckKind.PYTHON] is not Outcome.PASSED
    assert verdict.outcome.bad
