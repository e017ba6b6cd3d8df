"""Who works when: turns by weight, workers that know torch alone, workers that know more."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.packs import fence, write
from verify.bank import load_document
from verify.bank.model import Outcome
from verify.engine import AnswerVerdict, ProveOptions, Prover
from verify.engine.crew import Turns
from verify.engine.launching import Launcher, Preload
from verify.engine.trial import preload, takes_long
from verify.engine.worker.descendants import children

pytestmark = pytest.mark.asyncio(loop_scope="module")

NO_MORE = 'import sys\nassert "torch._dyn" "amo" not in sys.modules'
MORE = 'import sys, torch.optim\nassert "torch._dynamo" in sys.modules'
NOT_ALL = MORE + '\nassert "hypo" "thesis" not in sys.modules'
LATE = """
from pkgutil import resolve_name
h = resolve_name("hypo" + "thesis")
assert h.settings.default.database is None
"""

LATE_TORCH = 'from pkgutil import resolve_name\nresolve_name("torch._dyn" + "amo")'


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def prover() -> AsyncIterator[Prover]:
    options = ProveOptions("cpu", 2, 20.0, 20, launcher=Launcher.FORK, trust=True)
    async with Prover(options) as started:
        yield started


async def proved(prover: Prover, folder: Path, *fences: str) -> AnswerVerdict:
    path = write(folder, "document.md", "\n".join(fences))
    return await prover.prove(load_document(path))


async def test_of_those_who_wait_who_weighs_most_goes_first() -> None:
    turns, went = Turns(1), []

    async def go(weight: float) -> None:
        async with turns.turn(weight):
            went.append(weight)
            await asyncio.sleep(0)

    await asyncio.gather(*(go(weight) for weight in (1, 2, 5, 3)))
    assert went == [5, 3, 2, 1]


async def test_so_many_at_a_time_and_no_more() -> None:
    turns, running, most = Turns(3), 0, 0

    async def go() -> None:
        nonlocal running, most
        async with turns.turn(0):
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            running -= 1

    await asyncio.gather(*(go() for _ in range(20)))
    assert (running, most) == (0, 3)


async def test_what_takes_long_leaves_a_turn_to_the_others() -> None:
    turns, running, seen = Turns(2), [], []

    async def go(name: str, steps: int, *, long: bool) -> None:
        async with turns.turn(0, long=long):
            running.append(name)
            seen.append("".join(sorted(running)))
            for _ in range(steps):
                await asyncio.sleep(0)
            running.remove(name)

    slow = [go("L", 50, long=True) for _ in range(3)]
    quick = [go("q", 5, long=False) for _ in range(6)]
    await asyncio.gather(*slow, *quick)
    last = max(place for place, together in enumerate(seen) if "q" in together)
    assert seen[: last + 1] == ["L", *["Lq"] * 6]  # all of them, beside one
    assert seen[last + 1 :] == ["LL", "LL"]  # nobody else wants the turn any more


@pytest.mark.parametrize("called", [False, True])
async def test_who_is_cancelled_while_waiting_takes_no_turn_along(called: bool) -> None:
    turns = Turns(1)

    async def go() -> str:
        async with turns.turn(0):
            return "went"

    async with turns.turn(0):
        waiting = asyncio.ensure_future(go())
        await asyncio.sleep(0)
        if not called:
            waiting.cancel()
            await asyncio.sleep(0)
    if called:  # its turn has come, but it has not yet begun
        waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    async with asyncio.timeout(1):
        assert await go() == "went"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import torch\nprint(torch.ones(2))", Preload.TORCH),
        ("model.to(device).eval()", Preload.TORCH),
        ("eval(code)", Preload.ALL),
        ("torch.optim.SGD(model.parameters(), lr=0.1)", Preload.MORE),
        ("from torch import optim", Preload.MORE),
        ("torch.func.vmap(f)(x)", Preload.MORE),
        ("step = torch.compile(step)", Preload.MORE),
        ("from hypothesis import given", Preload.ALL),
        ("from verify import laws", Preload.ALL),
    ],
)
async def test_what_code_will_import_is_guessed(code: str, expected: Preload) -> None:
    assert preload([code], tests=False) is expected
    assert preload(["x = 1", code], tests=False) is expected
    assert preload([code], tests=True) is Preload.ALL


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("torch.compile(f)(x)", True),
        ("laws.compiled_is_eager()", True),
        ("DataLoader(data, num_workers=2)", True),
        ("DataLoader(data)", False),
        ("x.sum().backward()", False),
    ],
)
async def test_what_takes_long_is_guessed(code: str, expected: bool) -> None:
    assert takes_long(["x = 1", code]) is expected


@pytest.mark.parametrize("code", [NO_MORE, MORE, NOT_ALL])
async def test_code_runs_where_what_it_needs_is_imported(
    prover: Prover, tmp_path: Path, code: str
) -> None:
    verdict = await proved(prover, tmp_path, fence(code))
    assert verdict.outcome is Outcome.PASSED, verdict.checks


@pytest.mark.parametrize("code", [LATE, LATE_TORCH])
async def test_what_is_imported_unforeseen_changes_no_verdict(
    prover: Prover, tmp_path: Path, code: str
) -> None:
    """Hypothesis is set up all the same, and what torch patches when it goes on is no patch."""
    assert preload([code], tests=False) is Preload.TORCH
    verdict = await proved(prover, tmp_path, fence(code))
    assert verdict.outcome is Outcome.PASSED, verdict.checks


async def test_a_patch_is_seen_without_hypothesis_too(prover: Prover, tmp_path: Path) -> None:
    code = "import torch\ntorch.allclose = lambda *_: True\nassert torch.allclose(1, 2)"
    verdict = await proved(prover, tmp_path, fence(code))
    assert verdict.outcome is Outcome.FAILED
    assert "torch.allclose" in verdict.checks[0].message


async def test_who_imports_for_later_may_be_killed_meanwhile(tmp_path: Path) -> None:
    kills = "import os\nos.killpg(os.getpgid(os.getppid()), 9)"  # all that launches workers
    options = ProveOptions("cpu", 2, 20.0, 20, launcher=Launcher.FORK, trust=True)
    before = set(children())
    async with Prover(options) as prover:
        (launcher,) = set(children()) - before
        await proved(prover, tmp_path / "a", fence(kills))
        await ended(launcher)
        verdicts = await asyncio.gather(
            proved(prover, tmp_path / "b", fence(MORE)),
            proved(prover, tmp_path / "c", fence("from hypothesis import given")),
            proved(prover, tmp_path / "d", fence("import torch")),
        )
    assert [verdict.outcome for verdict in verdicts] == [Outcome.PASSED] * 3


async def test_nothing_is_left_when_it_is_closed_while_importing(tmp_path: Path) -> None:
    before = set(children())
    prover = Prover(ProveOptions("cpu", 2, 20.0, 20, launcher=Launcher.FORK, trust=True))
    await prover.start()
    (launcher,) = set(children()) - before
    proving = asyncio.ensure_future(proved(prover, tmp_path, fence(MORE)))
    await asyncio.sleep(0.2)  # it is asked for what is not imported yet
    assert group(launcher)
    await prover.close()
    proving.cancel()
    await ended(launcher)


async def ended(launcher: int) -> None:
    """Wait for the end of all that a launcher has started."""
    async with asyncio.timeout(10):
        while group(launcher):
            await asyncio.sleep(0.05)


def group(leader: int) -> list[int]:
    """The processes of a group that have not ended."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(process.name)) == leader:
                state = (process / "stat").read_text().rpartition(") ")[2][0]
                found += [int(process.name)] if state != "Z" else []
        except (ProcessLookupError, FileNotFoundError):
            continue
    return found
