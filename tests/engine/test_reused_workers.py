"""Workers that run one trial after another: set right between them, or replaced."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.packs import fence, write
from verify.bank import load_document
from verify.bank.model import Outcome
from verify.engine import AnswerVerdict, ProveOptions, Prover
from verify.engine.launching import Launcher

pytestmark = pytest.mark.asyncio(loop_scope="module")

PID = fence("import os, sys\nprint(os.getpid())")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def prover() -> AsyncIterator[Prover]:
    async with Prover(
        ProveOptions("cpu", 1, 10.0, 20, launcher=Launcher.SPAWN, trust=True)
    ) as started:
        yield started


async def prove(prover: Prover, folder: Path, *fences: str) -> AnswerVerdict:
    path = write(folder, "document.md", "\n".join(fences))
    return await prover.prove(load_document(path))


CLEAN = """
import gc, locale, os, resource, signal, sys, threading, warnings
import numpy, torch
print(torch.get_default_dtype(), torch.get_default_device(), torch.is_grad_enabled())
print(torch.are_deterministic_algorithms_enabled(), torch.get_num_threads())
print(torch.is_autocast_enabled("cpu"), torch.is_anomaly_enabled(), torch.rand(1).item())
print(torch.tensor([1 / 3]), os.environ.get("STRANGE"), "strange" in sys.modules)
print(sys.getrecursionlimit(), signal.getsignal(signal.SIGTERM), os.listdir(), sys.path[0])
print(numpy.geterr(), numpy.get_printoptions()["precision"], os.nice(0), gc.isenabled())
print(gc.get_threshold(), resource.getrlimit(resource.RLIMIT_FSIZE), len(sys.meta_path))
print(signal.pthread_sigmask(signal.SIG_BLOCK, []), signal.getitimer(signal.ITIMER_REAL))
print(locale.setlocale(locale.LC_ALL), sys.getswitchinterval())
print("strange" in globals(), threading.active_count(), sys.gettrace(), os.umask(0o22))
"""

CHANGES = [
    "import torch\ntorch.set_default_dtype(torch.float64)",
    "import torch\ntorch.set_default_device('meta')",
    "import torch\ntorch.set_grad_enabled(False)",
    "import torch\ntorch.inference_mode().__enter__()",
    "import torch\ntorch.use_deterministic_algorithms(True)",
    "import torch\ntorch.set_num_threads(2)",
    "import torch\ntorch.autocast('cpu', torch.bfloat16).__enter__()",
    "import torch\ntorch.autograd.set_detect_anomaly(True)",
    "import torch\ntorch.manual_seed(5)\ntorch.rand(7)",
    "import torch\ntorch.set_printoptions(precision=1)",
    "import os\nos.environ['STRANGE'] = '1'",
    "open('strange.py', 'w').write('x = 1')\nimport sys\nsys.path.insert(0, '.')\nimport strange",
    "import sys\nsys.setrecursionlimit(500)",
    "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)",
    "import sys\nsys.settrace(lambda *_: None)",
    "import os\nos.umask(0)",
    "strange = 1",
    "import numpy\nnumpy.seterr(all='raise')\nnumpy.set_printoptions(precision=1)",
    "import os\nos.nice(3)",
    "import gc\ngc.disable()\ngc.set_threshold(1)",
    "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))",
    "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])",
    "import signal\nsignal.setitimer(signal.ITIMER_REAL, 3)",
    "import sys\nsys.meta_path.insert(0, sys.meta_path[0])\nsys.setswitchinterval(1)",
    "import locale\nlocale.setlocale(locale.LC_ALL, 'C')",
    "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
    "import sys\nsys.stdout = None",
    "import os\nos.chdir('/')",
    "import torch\ntorch.ones = torch.zeros",
    "import torch\ntorch.Tensor.__add__ = lambda a, b: a",
    "import torch.nn.functional as F\nF.relu = F.gelu",
    "import torch\ntorch.library.define('strange::op', '(Tensor x) -> Tensor')",
    "import builtins\nbuiltins.print = lambda *a: None",
    "import sys\ndel sys.modules['torch.nn']",
]


@pytest.mark.parametrize("change", CHANGES)
async def test_what_one_trial_changes_the_next_does_not_see(
    prover: Prover, tmp_path: Path, change: str
) -> None:
    adds = "print(torch.ones(2) + torch.ones(2), torch.nn.functional.relu(torch.tensor(-1.0)))"
    looks = fence(CLEAN + adds)
    before = (await prove(prover, tmp_path, looks)).checks[0]
    await prove(prover, tmp_path, fence(change))
    after = (await prove(prover, tmp_path, looks)).checks[0]
    assert after.outcome is Outcome.PASSED, after.message
    assert after.output == before.output


async def test_a_worker_is_used_again(prover: Prover, tmp_path: Path) -> None:
    first = await prove(prover, tmp_path, PID)
    second = await prove(prover, tmp_path, PID)
    assert first.checks[0].output == second.checks[0].output


@pytest.mark.parametrize(
    "code",
    [
        "import torch\ntorch.ones = None",
        "import os\nos._exit(0)",
        "import ctypes\nctypes.string_at(0)",
    ],
)
async def test_a_worker_that_cannot_be_set_right_is_replaced(
    prover: Prover, tmp_path: Path, code: str
) -> None:
    first = await prove(prover, tmp_path, PID)
    await prove(prover, tmp_path, fence(code))
    second = await prove(prover, tmp_path, PID)
    assert second.outcome is Outcome.PASSED
    assert first.checks[0].output != second.checks[0].output


async def test_a_victim_is_tried_again_alone(prover: Prover, tmp_path: Path) -> None:
    """State that no list knows of: a registry of torch's own that may be added to once."""
    code = fence(
        "from torch.utils import _pytree\nclass Box: pass\n"
        "import typing\n"
        "assert not hasattr(typing, 'seen_before')\ntyping.seen_before = True"
    )
    for _ in range(2):
        verdict = await prove(prover, tmp_path, code)
        assert verdict.outcome is Outcome.PASSED, verdict.checks[0].message


async def test_what_a_crashed_worker_left_running_is_killed(prover: Prover, tmp_path: Path) -> None:
    mark = tmp_path / "alive"
    code = (
        "import os, subprocess, sys, ctypes\n"
        "loop = 'import time, pathlib, sys\\nwhile True:\\n'\n"
        "loop += ' pathlib.Path(sys.argv[1]).touch(); time.sleep(0.05)'\n"
        f"subprocess.Popen([sys.executable, '-c', loop, {str(mark)!r}], start_new_session=True)\n"
        f"while not os.path.exists({str(mark)!r}): pass\n"
        "ctypes.string_at(0)"
    )
    verdict = await prove(prover, tmp_path, fence(code))
    assert verdict.outcome is Outcome.CRASHED
    mark.unlink()
    await asyncio.sleep(0.4)
    assert not mark.exists()


async def test_junk_on_the_control_socket_costs_the_worker_not_the_verdict(
    prover: Prover, tmp_path: Path
) -> None:
    code = (
        "import os\nfor fd in range(3, 64):\n    try:\n        os.write(fd, b'\\xff' * 9)\n"
        "    except OSError:\n        pass"
    )
    verdict = await prove(prover, tmp_path, fence(code) + fence("assert 1 == 2"))
    told = [check.message for check in verdict.checks]
    assert [check.outcome.value for check in verdict.checks] == ["passed", "raised"], told
    assert (await prove(prover, tmp_path, fence("x = 1"))).outcome is Outcome.PASSED
