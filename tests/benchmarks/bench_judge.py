"""How long a learner waits for the judge, against a new process that imports torch.

    python -m tests.benchmarks.bench_judge [TOPIC]...

Each coding question's first solution is judged by a warm worker, then its first mistake, then code
that does not parse and code that lacks the name.  Shown are medians, the slowest, and how many
times longer it takes to start ``python -c 'import torch'`` and run the same solution there, which
is what a script with asserts would take at least.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from verify import locations
from verify.bank import load_pack
from verify.bank.model import Item, Kind, Mode
from verify.engine import ProveOptions, Prover
from verify.engine.checking import CodeVerdict, LawVerdict

_BROKEN = {"a syntax error": "def f(x) return x\n", "a missing name": "x = 1\n"}


async def _judged(prover: Prover, item: Item, code: str) -> tuple[CodeVerdict, float, float]:
    """The verdict, and seconds until the first law was broken and until the end."""
    began = time.perf_counter()
    first = 0.0

    def on_law(law: LawVerdict) -> None:
        nonlocal first
        if law.outcome.bad and not first:
            first = time.perf_counter() - began

    verdict = await prover.check(item, code, Path("mine.py"), on_law)
    return verdict, first, time.perf_counter() - began


def _code(item: Item, mode: Mode) -> str:
    return next(fence.code for fence in item.answer.fences if fence.mode is mode)


def _in_a_new_process(code: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", f"import torch\n{code}"], check=True)
    return time.perf_counter() - began


def _told(what: str, seconds: list[float], names: list[str]) -> str:
    slowest = max(range(len(seconds)), key=seconds.__getitem__)
    return (
        f"{what:<34} median {median(seconds):6.3f} s   slowest {seconds[slowest]:6.3f} s "
        f"({names[slowest]})"
    )


async def _run(items: list[Item]) -> None:
    names = [item.id for item in items]
    right: list[float] = []
    first: list[float] = []
    broken: dict[str, list[float]] = {what: [] for what in _BROKEN}
    laws = 0
    async with Prover(ProveOptions(device="cpu", jobs=1)) as prover:
        await prover.load()
        for item in items:
            verdict, _, seconds = await _judged(prover, item, _code(item, Mode.SOLUTION))
            assert verdict.accepted, (item.id, verdict.refused)
            laws += len(verdict.laws)
            right.append(seconds)
            verdict, until, _ = await _judged(prover, item, _code(item, Mode.WRONG))
            assert not verdict.accepted, item.id
            first.append(until)
            for what, code in _BROKEN.items():
                broken[what].append((await _judged(prover, item, code))[2])
    alone = [_in_a_new_process(_code(item, Mode.SOLUTION)) for item in items[:7]]
    print(f"{len(items)} exercises, {laws / len(items):.1f} laws each")
    print(_told("a solution accepted", right, names))
    print(_told("a mistake: its first broken law", first, names))
    for what, found in broken.items():
        print(_told(what, found, names))
    print(f"a new process, the same code       median {median(alone):6.3f} s")
    print(f"judging takes {median(right) / median(alone):.2f} times as long as that")


def main() -> None:
    """Run it, and print."""
    pack = load_pack(locations.built_in_pack())
    topics = set(sys.argv[1:])
    coded = [item for item in pack.items.values() if item.question.head.kind is Kind.CODE]
    asyncio.run(_run([i for i in coded if not topics or i.question.topic in topics]))


if __name__ == "__main__":
    main()
