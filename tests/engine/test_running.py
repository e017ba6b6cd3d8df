"""Code that claims nothing, in real workers: what comes back, whatever it does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.packs import add, fence
from verify.bank import load_item
from verify.bank.model import Item, Outcome
from verify.engine import ProveOptions, Prover
from verify.engine.free import End, Program, Ran
from verify.engine.launching import Launcher
from verify.engine.plan import before

pytestmark = pytest.mark.asyncio(loop_scope="module")

ANSWER = "\n".join(
    [
        fence("import torch\nx = torch.ones(2)\nprint('above')"),
        fence("above", "output"),
        fence("y = 1\nx.view(3)", 'python raises="RuntimeError"'),
        fence("z = x + y"),
        fence("never = 1", 'python not-run="for show"'),
    ]
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def prover() -> AsyncIterator[Prover]:
    options = ProveOptions("cpu", 1, 4.0, 20, memory=1 << 30, launcher=Launcher.FORK, trust=True)
    async with Prover(options) as started:
        yield started


@pytest.fixture
def item(tmp_path: Path) -> Item:
    add(tmp_path, "topic/one", ANSWER)
    return load_item(tmp_path, "topic/one")


async def test_what_is_printed_comes_back_and_a_last_value_is_shown(
    prover: Prover, item: Item
) -> None:
    ran = await prover.run(Program(item, "import sys\nprint('a')\nprint('b', file=sys.stderr)\n3"))
    assert (ran.end, ran.why, ran.trace) == (End.FINISHED, "", "")
    assert (ran.printed, ran.errors) == ("a\n3\n", "b\n")


@pytest.mark.parametrize(
    ("code", "printed"),
    [("None", ""), ("x = 3", ""), ("'text'", "'text'\n"), ("", ""), ("f = 1; f + 1", "2\n")],
)
async def test_only_a_value_is_shown(prover: Prover, item: Item, code: str, printed: str) -> None:
    assert (await prover.run(Program(item, code))).printed == printed


async def test_each_run_draws_the_same_numbers(prover: Prover, item: Item) -> None:
    code = "import torch, random\nprint(torch.rand(3), random.random())"
    first, second = [await prover.run(Program(item, code)) for _ in range(2)]
    assert first.printed == second.printed


async def test_it_builds_on_what_stands_above_which_is_not_heard(
    prover: Prover, item: Item
) -> None:
    heard: list[tuple[str, bytes]] = []
    above = before(item, 3)
    assert above == (0, 2), "what is not run, and what is only printed, is nothing to build on"
    code = "print(x, y, device)"
    ran = await prover.run(Program(item, code, above), lambda *news: heard.append(news))
    assert ran.printed == "tensor([1., 1.]) 1 cpu\n"
    assert b"".join(data for _, data in heard) == ran.printed.encode()
    assert ran.above == "", "to raise what it has to is well"


async def test_what_goes_wrong_above_is_told_and_the_code_still_runs(
    prover: Prover, tmp_path: Path
) -> None:
    add(tmp_path, "topic/two", fence("raise KeyError('k')") + "\n" + fence("print(1)"))
    item = load_item(tmp_path, "topic/two")
    ran = await prover.run(Program(item, "print(2)", (0,)))
    assert ran.printed == "2\n" and ran.end is End.FINISHED
    assert ran.above == "the snippet at line 4 of the answer: KeyError: 'k'"


async def test_what_never_ends_above_is_told(prover: Prover, tmp_path: Path) -> None:
    add(tmp_path, "topic/two", fence("import os\nos._exit(0)"))
    ran = await prover.run(Program(load_item(tmp_path, "topic/two"), "print(2)", (0,)))
    assert ran.end is End.LEFT and ran.printed == ""
    assert ran.above == "the snippet at line 4 of the answer did not end"


async def test_a_traceback_has_the_lines_of_the_code_and_no_frames_of_ours(
    prover: Prover, item: Item
) -> None:
    code = "def f(n):\n    return 1 / n\n\ntry:\n    f(0)\nexcept ZeroDivisionError as error:\n"
    ran = await prover.run(Program(item, code + "    raise KeyError('gone') from error"))
    assert (ran.end, ran.why, ran.line) == (End.RAISED, "KeyError: 'gone'", 7)
    assert 'File "playground.py", line 2, in f\n    return 1 / n' in ran.trace
    assert "The above exception was the direct cause" in ran.trace
    assert ran.trace.endswith("KeyError: 'gone'")
    assert "verify/engine" not in ran.trace


async def test_code_that_is_no_python_is_told_where(prover: Prover, item: Item) -> None:
    ran = await prover.run(Program(item, "x = 1\ny = (\n"))
    assert (ran.end, ran.line) == (End.RAISED, 2)
    assert ran.why == "SyntaxError: '(' was never closed"
    assert ran.trace.startswith('  File "playground.py", line 2\n    y = (')


async def test_a_long_traceback_is_cut_in_its_middle(prover: Prover, item: Item) -> None:
    code = "def f(n):\n    return g(n)\ndef g(n):\n    return f(n)\nf(1)"
    ran = await prover.run(Program(item, code))
    assert ran.why.startswith("RecursionError")
    assert len(ran.trace) < 20_000 and "\n  ...\n" in ran.trace
    assert "line 5, in <module>" in ran.trace


async def test_tests_are_called_if_wanted(prover: Prover, item: Item) -> None:
    code = (
        "from hypothesis import given, strategies as st\n"
        "@given(st.integers())\ndef test_holds(n):\n    assert n + 1 > n\n"
        "@given(st.integers())\ndef test_fails(n):\n    assert n < 10\n"
    )
    ran = await prover.run(Program(item, code, tests=True))
    holds, fails = ran.tests
    assert (holds.name, holds.outcome) == ("test_holds", Outcome.PASSED)
    assert (fails.outcome, fails.line) == (Outcome.FAILED, 7)
    assert "n=10" in fails.message
    assert (await prover.run(Program(item, code))).tests == ()


ENDS = {
    "loop": ("while True: pass", End.TOO_LONG, "still running after 4 s"),
    "flood": ("while True: print('x' * 99)", End.TOO_MUCH_PRINTED, "printed more than 1024 KiB"),
    "memory": (
        "import torch\nk = []\nwhile True: k.append(torch.ones(1 << 26))",
        End.TOO_MUCH_MEMORY,
        "held more than 1 GiB",
    ),
    "exit": ("print(1)\nexit(3)", End.LEFT, "left by exit(3)"),
    "os-exit": ("import os\nprint(1)\nos._exit(0)", End.LEFT, "with status 0, before its last"),
    "segfault": ("import ctypes\nctypes.string_at(0)", End.CRASHED, "SIGSEGV: it touched memory"),
    "input": ("input()", End.RAISED, "EOFError"),
    "kills-worker": (
        "import os, signal, time\nos.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(9)",
        End.CRASHED,
        "took its worker down",
    ),
}


@pytest.mark.parametrize("name", ENDS)
async def test_however_it_ends_it_is_told_and_the_next_one_runs(
    prover: Prover, item: Item, name: str
) -> None:
    code, end, said = ENDS[name]
    ran = await prover.run(Program(item, code))
    assert (ran.end, ran.trace == "") == (end, end is not End.RAISED), ran
    assert said in ran.why
    assert (await prover.run(Program(item, "print(5)"))).printed == "5\n"


COUNTING = "import time\nprint('begun')\nfor i in range(900):\n    print(i)\n    time.sleep(0.1)"


async def stopped(prover: Prover, item: Item) -> Ran:
    """Stop a program as soon as it has said something."""
    stop = asyncio.Event()
    async with asyncio.timeout(3.5):  # not its own end, nor that of its time
        return await prover.run(Program(item, COUNTING), lambda *_: stop.set(), stop)


async def test_it_is_heard_while_it_runs_and_can_be_stopped(prover: Prover, item: Item) -> None:
    ran = await stopped(prover, item)
    assert (ran.end, ran.why) == (End.STOPPED, "stopped")
    assert ran.printed.startswith("begun\n") and "800" not in ran.printed
    assert (await prover.run(Program(item, "print(5)"))).printed == "5\n"


async def test_where_no_fork_can_be_had_it_is_the_same(item: Item) -> None:
    options = ProveOptions("cpu", 1, 4.0, memory=1 << 30, launcher=Launcher.SPAWN, trust=True)
    async with Prover(options) as prover:
        code = "import torch\nprint(x.dtype)\ntorch.set_default_dtype(torch.float64)\nx.sum()"
        for _ in range(2):  # nothing is left of the first in the second
            ran = await prover.run(Program(item, code, (0,)))
            assert ran.printed == "torch.float32\ntensor(2., dtype=torch.float32)\n"
            assert (await prover.run(Program(item, "torch"))).why.startswith("NameError")
        assert (await stopped(prover, item)).end is End.STOPPED
        assert (await prover.run(Program(item, "print(5)"))).printed == "5\n"
        assert "SIGSEGV" in (await prover.run(Program(item, ENDS["segfault"][0]))).why
        assert (await prover.run(Program(item, "print(5)"))).printed == "5\n"


async def test_a_strangers_code_is_walled_in(tmp_path: Path) -> None:
    add(tmp_path, "topic/one", ANSWER)
    secret = tmp_path / "secret.txt"
    secret.write_text("told")
    item = load_item(tmp_path, "topic/one")
    options = ProveOptions("cpu", 1, 6.0, launcher=Launcher.FORK)
    async with Prover(options) as prover:
        ran = await prover.run(Program(item, f"open({str(secret)!r}).read()", before(item, 3)))
        assert "told" not in ran.printed and ran.end is End.RAISED
        ran = await prover.run(Program(item, "x", before(item, 3)))
        assert ran.printed == "tensor([1., 1.])\n"


# -- up to one fence of an answer ---------------------------------------------------------------


async def test_an_answer_runs_up_to_a_fence_and_only_that_one_is_told(
    prover: Prover, tmp_path: Path
) -> None:
    body = [fence("print(1)"), fence("1", "output"), fence("import os\nos._exit(1)")]
    add(tmp_path, "topic/two", "\n".join(body))
    item = load_item(tmp_path, "topic/two")
    verdict = await prover.prove(item, 0)
    assert [(c.check.fence, c.outcome.value) for c in verdict.checks] == [
        (0, "passed"),
        (1, "passed"),
    ]
    assert (await prover.prove(item, 2)).outcome is Outcome.CRASHED


async def test_of_a_bug_the_fix_and_its_checks_run_after_the_bug(
    prover: Prover, tmp_path: Path
) -> None:
    bug = fence("def double(x):\n    return x + 2")
    body = [
        bug,
        fence("def double(x):\n    return 2 * x", "python fix"),
        fence("assert double(3) == 6"),
    ]
    add(tmp_path, "topic/bug", "\n".join(body), kind="bug", prompt=bug)
    item = load_item(tmp_path, "topic/bug")
    assert before(item, 2) == (0, 1)
    verdict = await prover.prove(item, 2)
    assert [check.outcome.value for check in verdict.checks] == ["passed"]
    (first,) = (await prover.prove(item, 0)).checks
    assert first.outcome is Outcome.PASSED, "that it is a bug is proved by all of it, not here"
