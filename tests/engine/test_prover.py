"""Real workers on small documents: each kind of fence, each kind of ending."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.packs import add, fence, write
from verify.bank import load_document, load_item
from verify.bank.model import CheckKind, Outcome
from verify.engine import AnswerVerdict, ProveOptions, Prover
from verify.engine.launching import Launcher

pytestmark = pytest.mark.asyncio(loop_scope="module")
TIMEOUT = 6.0


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=list(Launcher))
async def prover(request: pytest.FixtureRequest) -> AsyncIterator[Prover]:
    options = ProveOptions(
        "cpu", 1, TIMEOUT, 30, memory=1 << 30, launcher=request.param, trust=True
    )
    async with Prover(options) as started:
        yield started


class Prove:
    """Proves the fences given, as a document."""

    def __init__(self, prover: Prover, folder: Path) -> None:
        self.prover, self.folder = prover, folder

    async def __call__(self, *fences: str) -> AnswerVerdict:
        path = write(self.folder, "document.md", "\n".join(fences))
        return await self.prover.prove(load_document(path))


@pytest.fixture
def prove(prover: Prover, tmp_path: Path) -> Prove:
    return Prove(prover, tmp_path)


def outcomes(verdict: AnswerVerdict) -> list[str]:
    return [check.outcome.value for check in verdict.checks]


async def test_fences_share_a_namespace_and_print_what_they_should(prove: Prove) -> None:
    verdict = await prove(
        fence("import torch\nx = torch.ones(2)"),
        fence("print(x * 3)"),
        fence("tensor([3., 3.])", "output"),
    )
    assert outcomes(verdict) == ["passed"] * 3
    assert verdict.outcome is Outcome.PASSED


async def test_a_wrong_output_fails_at_its_line(prove: Prove) -> None:
    verdict = await prove(fence("print(1)\nprint(2)"), fence("1\n3", "output"))
    check = verdict.checks[1]
    assert (check.outcome, check.at) == (Outcome.FAILED, 8)
    assert "expected  3\ngot       2" in check.message


async def test_an_error_points_at_the_markdown_line_and_the_rest_still_runs(prove: Prove) -> None:
    verdict = await prove(fence("x = 1\nraise KeyError('no')"), fence("assert x == 1"))
    assert outcomes(verdict) == ["raised", "passed"]
    assert verdict.checks[0].at == 3
    assert verdict.checks[0].message == "KeyError: 'no'"


@pytest.mark.parametrize(
    ("code", "info", "outcome"),
    [
        ("[][1]", 'raises="IndexError"', "passed"),
        ("[][1]", 'raises="LookupError: out of range"', "passed"),
        ("[][1]", 'raises="IndexError: something else"', "failed"),
        ("[][1]", 'raises="KeyError"', "failed"),
        ("1", 'raises="KeyError"', "failed"),
        ("import warnings\nwarnings.warn('old')", 'warns="UserWarning: old"', "passed"),
        ("import warnings\nwarnings.warn('old')", 'warns="FutureWarning"', "failed"),
        ("1", 'warns="UserWarning"', "failed"),
        ("import torch\ntorch.ones(2**45)", "", "out-of-memory"),
        ("import nothing_of_this_name", "needs=nothing_of_this_name", "skipped"),
        ("raise SystemExit(0)", "", "raised"),
        ("def f(): return f()\nf()", "", "raised"),
        ("x = 1", 'not-run="for show"', "unverified"),
    ],
)
async def test_attributes(prove: Prove, code: str, info: str, outcome: str) -> None:
    verdict = await prove(fence(code, f"python {info}".strip()))
    assert outcomes(verdict) == [outcome], verdict.checks[0].message


async def test_nothing_run_is_never_passed(prove: Prove) -> None:
    verdict = await prove(fence("x = 1", 'python not-run="for show"'))
    assert verdict.outcome is Outcome.UNVERIFIED


PROPERTY = """\
from hypothesis import given, strategies as st

@given(st.integers())
def test_holds(n):
    assert n + 1 > n

@given(st.integers())
def test_fails(n):
    assert n < 10
"""


async def test_a_property_shows_the_shrunk_counterexample(prove: Prove) -> None:
    verdict = await prove(fence(PROPERTY, "python property"))
    holds, fails = verdict.checks
    assert (holds.check.name, holds.outcome) == ("test_holds", Outcome.PASSED)
    assert (fails.check.name, fails.outcome, fails.at) == ("test_fails", Outcome.FAILED, 10)
    first, *rest = fails.message.splitlines()
    assert first.endswith("test_fails(")
    assert rest[0] == "    n=10,"


@pytest.mark.parametrize(
    ("code", "outcome", "said"),
    [
        ("while True: pass", "timeout", "still running after 6 s"),
        ("import os\nos._exit(0)", "crashed", "left with status 0 before its checks were done"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)", "crashed", "SIGSEGV"),
        (
            "import torch\nx = [torch.ones(2**27) for _ in range(90)]",
            "out-of-memory",
            "more than 1 GiB",
        ),
        ("while True: print('x' * 1000)", "failed", "printed more than 1024 KiB"),
    ],
)
async def test_a_bad_end_is_an_outcome_and_the_neighbour_keeps_its_verdict(
    prove: Prove, code: str, outcome: str, said: str
) -> None:
    began = time.monotonic()
    verdict = await prove(fence("ok = 1"), fence(code), fence("ok = 2"))
    assert time.monotonic() - began < TIMEOUT + 1
    assert outcomes(verdict) == ["passed", outcome, "unverified"]
    assert said in verdict.checks[1].message
    assert (await prove(fence("import torch\nprint(torch.ones(1))"))).outcome is Outcome.PASSED


async def test_nothing_is_left_behind(prove: Prove, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    hostile = f"""\
import os, time, pathlib
pathlib.Path("left.txt").write_text("x")
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        pathlib.Path({str(pid)!r}).write_text(str(os.getpid()))
        time.sleep(600)
    os._exit(0)
while not pathlib.Path({str(pid)!r}).exists(): time.sleep(0.01)
print(os.getcwd())
"""
    verdict = await prove(fence(hostile))
    assert verdict.outcome is Outcome.PASSED
    assert not Path(verdict.checks[0].output.strip()).exists()
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


async def test_what_one_answer_changes_the_next_does_not_see(prove: Prove) -> None:
    await prove(fence("import torch\ntorch.set_default_dtype(torch.float64)\ntorch.ones = None"))
    verdict = await prove(
        fence("import torch\nprint(torch.ones(1).dtype)"), fence("torch.float32", "output")
    )
    assert verdict.outcome is Outcome.PASSED


async def test_a_killed_worker_is_replaced(prove: Prove) -> None:
    verdict = await prove(fence("import os, time\nos.kill(os.getppid(), 9)\ntime.sleep(5)"))
    assert verdict.outcome is Outcome.CRASHED
    assert (await prove(fence("x = 1"))).outcome is Outcome.PASSED


async def test_control_characters_never_come_through(prove: Prove) -> None:
    verdict = await prove(fence(r"print('\x1b[31mred\x1b[0m\x07')"))
    assert verdict.checks[0].output == "red\n"


async def test_classes_of_a_fence_can_be_pickled_and_inspected(prove: Prove) -> None:
    code = (
        "import inspect, pickle\nclass Thing:\n    size = 3\n"
        "assert pickle.loads(pickle.dumps(Thing())).size == 3\n"
        "assert 'size = 3' in inspect.getsource(Thing)"
    )
    verdict = await prove("# A title", fence(code))
    assert verdict.outcome is Outcome.PASSED, verdict.checks[0].message


BUG = fence("def double(x):\n    return x + 2")
FIX = fence("def double(x):\n    return 2 * x", "python fix")
MISSING = fence("import nowhere_x", "python needs=nowhere_x")


@pytest.mark.parametrize(
    ("checks", "outcome", "said"),
    [
        (fence("assert double(3) == 6"), Outcome.PASSED, ""),
        (fence("print(double(3))") + fence("6", "output"), Outcome.PASSED, ""),
        (fence("assert double(2) == 4"), Outcome.FAILED, "accept the bug too"),
        (fence("assert halve(3) == 6"), Outcome.FAILED, "wrong reason: NameError"),
        (MISSING + fence("assert double(3) == 6"), Outcome.PASSED, ""),
        (MISSING + fence("assert double(2) == 4"), Outcome.SKIPPED, "needs the package nowhere_x"),
    ],
)
async def test_a_bug_must_be_refused_by_the_checks_of_its_fix(
    prover: Prover, tmp_path: Path, checks: str, outcome: Outcome, said: str
) -> None:
    add(tmp_path, "topic/one", BUG + "\n" + FIX + "\n" + checks, kind="bug", prompt=BUG)
    verdict = await prover.prove(load_item(tmp_path, "topic/one"))
    (check,) = [check for check in verdict.checks if check.check.kind is CheckKind.BUG]
    assert (check.outcome, said in check.message) == (outcome, True), check.message


async def test_a_fence_that_never_closes_fails(prove: Prove) -> None:
    verdict = await prove("```python\nx = 1\n")
    assert outcomes(verdict) == ["failed"]
    assert "never closed" in verdict.checks[0].message


async def test_what_a_step_prints_is_credited_to_it_alone(prove: Prove) -> None:
    steps = [fence(f"print({n})\n") + fence(str(n), "output") for n in range(200)]
    verdict = await prove(*steps)
    assert [c.message for c in verdict.checks if c.outcome is not Outcome.PASSED] == []


async def test_a_proof_that_is_given_up_leaves_the_prover_as_it_was(prove: Prove) -> None:
    task = asyncio.ensure_future(prove(fence("import time\ntime.sleep(50)")))
    await asyncio.sleep(0.3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await prove(fence("x = 1"))).outcome is Outcome.PASSED


async def test_the_process_that_is_forked_has_one_thread(prove: Prove) -> None:
    """A fork of a process with OpenMP threads would hang in its first parallel region."""
    code = (
        "import os, pathlib, torch\n"
        "status = pathlib.Path(f'/proc/{os.getppid()}/status').read_text()\n"
        "print(status.partition('Threads:')[2].split()[0])\n"
        "torch.set_num_threads(2)\n"
        "assert torch.ones(400, 400).matmul(torch.ones(400, 400))[0, 0] == 400\n"
    )
    verdict = await prove(fence(code) + fence("1", "output"))
    assert outcomes(verdict) == ["passed", "passed"], verdict.checks


async def test_the_output_of_a_fence_that_raised_at_once_is_not_judged(prove: Prove) -> None:
    verdict = await prove(fence("raise KeyError('no')\nprint(1)"), fence("1", "output"))
    assert outcomes(verdict) == ["raised", "unverified"]


async def test_a_need_may_be_a_module_without_a_spec(prove: Prove) -> None:
    made = "import sys, types\nsys.modules['made_up'] = types.SimpleNamespace()"
    verdict = await prove(fence(made), fence("import made_up", "python needs=made_up"))
    assert outcomes(verdict) == ["passed", "passed"]
