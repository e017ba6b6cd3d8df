"""How proving grows: one changed document, many answers, slow ones beside quick ones.

    python -m tests.benchmarks.bench_scale [--counts N,N,...] [--warm N]

*Warm*: a document is changed and proved again by workers that wait for it; beside it, a new
process that imports torch and runs the same code.  *Many*: packs of so many answers, each proved
by ``torchdrill verify`` in a process of its own; shown are seconds and milliseconds an answer, the
cores kept busy, and the peak of memory of the process that reports (its workers apart).  *Slow
beside quick*: how long quick answers take alone, and with answers beside them that compile and
export.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from tests.benchmarks.documents import write_documents
from tests.packs import add, fence
from verify.bank import load_document
from verify.bank.model import Document
from verify.engine import AnswerVerdict, ProveOptions, Prover

_CHANGED = "import torch\nx = torch.arange({n}.)\nassert (x * 2).sum().item() == {n} * ({n} - 1)\n"

_COMPILES = """
import torch
from torch import nn
layer = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
x = torch.randn(3, 4)
torch._dynamo.reset()
torch.testing.assert_close(torch.compile(layer, backend="aot_eager")(x), layer(x))
program = torch.export.export(layer, (x,))
torch.testing.assert_close(program.module()(x), layer(x))
"""


def main() -> None:
    """Print the three."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--counts", default="500,1000,2000,5000")
    parser.add_argument("--warm", type=int, default=100, help="changes of the document")
    chosen = parser.parse_args()
    asyncio.run(_warm(chosen.warm))
    for count in map(int, filter(None, chosen.counts.split(","))):
        _many(count)
    asyncio.run(_beside())


async def _warm(count: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "document.md")
        times = []
        async with Prover(ProveOptions("cpu", 1)) as prover:
            for number in range(count + 3):
                path.write_text(fence(_CHANGED.format(n=number)))
                began = time.perf_counter()
                verdict = await prover.prove(load_document(path))
                times.append(1000 * (time.perf_counter() - began))
                assert verdict.outcome == "passed", verdict
        code = _CHANGED.format(n=7)
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        alone = 1000 * (time.perf_counter() - began)
    warm = sorted(times[3:])
    print(f"a changed document, warm: median {median(warm):.0f} ms, ", end="")
    print(f"{warm[len(warm) * 9 // 10]:.0f} ms at 90 % of {count}; a new process {alone:.0f} ms, ")
    print(f"  ratio {alone / median(warm):.0f}")


def _many(count: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name, "pack")
        for number, path in enumerate(write_documents(Path(name), count)):
            add(root, f"topic{number % 10}/answer-{number}", path.read_text("utf-8"))
        command = [sys.executable, "-P", "-m", "quizapp.cli.main", "verify", str(root)]
        environment = {**os.environ, "TORCHDRILL_HOME": name}
        began = time.perf_counter()
        with open(os.devnull, "w") as null:  # noqa: PTH123
            process = subprocess.Popen(command, env=environment, stdout=null, stderr=null)
            peak = 0
            while process.poll() is None:
                peak = max(peak, _resident(process.pid))
                time.sleep(0.1)
        seconds = time.perf_counter() - began
        if process.returncode:
            raise SystemExit(f"{count} answers: left with {process.returncode}")
    print(f"{count:6} answers {seconds:7.1f} s  {1000 * seconds / count:6.1f} ms each", end="")
    print(f"  peak of the reporting process {peak >> 20} MiB", flush=True)


def _resident(pid: int) -> int:
    try:
        pages = Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


async def _beside() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        quick = [load_document(path) for path in write_documents(folder, 60)]
        slow = []
        for number in range(4):
            path = folder / f"slow{number}.md"
            path.write_text(fence(_COMPILES))
            slow.append(load_document(path))
        async with Prover(ProveOptions("cpu", 2)) as prover:
            await prover.prove_all([*quick, *slow])  # all is imported now
            alone = await _when(prover, quick, quick)
            beside = await _when(prover, quick, [*slow, *quick])
            slowest = await _when(prover, slow, slow)
    print(f"60 quick answers: {alone:.2f} s; beside 4 that compile and export: {beside:.2f} s")
    print(f"  (those 4 alone: {slowest:.2f} s)")


async def _when(prover: Prover, wanted: Sequence[Document], subjects: Sequence[Document]) -> float:
    """Seconds until the last of those wanted is proved, with all these subjects at once."""
    began = time.perf_counter()
    left = {document.path for document in wanted}
    over = 0.0

    def report(verdict: AnswerVerdict) -> None:
        nonlocal over
        left.discard(verdict.path)
        if not left and not over:
            over = time.perf_counter() - began

    await prover.prove_all(subjects, report)
    return over


if __name__ == "__main__":
    main()
