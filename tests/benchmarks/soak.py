"""A soak: the bank's answers proved again and again, in search of a verdict that changes.

    python -m tests.benchmarks.soak [--runs N] [--jobs N] [--launcher fork|spawn] [--examples N]

A run is one answer proved once, whatever its number of checks.  Every check has to come out as it
did the first time.  Prints what did not, and leaves with 1 if anything did not.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections import Counter

from verify import locations
from verify.bank import load_pack
from verify.engine import AnswerVerdict, ProveOptions, Prover
from verify.engine.launching import Launcher

Told = tuple[tuple[str, str], ...]


def main() -> None:
    """Prove until there were so many runs; say what changed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--launcher", default="fork")
    parser.add_argument("--examples", type=int, default=100)
    chosen = parser.parse_args()
    launcher = Launcher(chosen.launcher)
    options = ProveOptions("cpu", chosen.jobs, examples=chosen.examples, launcher=launcher)
    sys.exit(asyncio.run(_soak(options, chosen.runs)))


async def _soak(options: ProveOptions, runs: int) -> int:
    items = list(load_pack(locations.built_in_pack()).items.values())
    first: dict[str, Told] = {}
    changed: Counter[str] = Counter()
    checks = done = 0
    began = time.perf_counter()

    def report(verdict: AnswerVerdict) -> None:
        nonlocal checks, done
        done += 1
        checks += len(verdict.checks)
        told = tuple((check.check.kind.value, check.outcome.value) for check in verdict.checks)
        if first.setdefault(verdict.id, told) != told:
            changed[verdict.id] += 1
            was = first[verdict.id]
            print(f"{verdict.id}: {[b for a, b in zip(was, told, strict=True) if a != b]}")
            print("  ", [check.message for check in verdict.checks if check.outcome.bad])

    async with Prover(options) as prover:
        while done < runs:
            await prover.prove_all(items, report)
    bad = sorted({name for name, told in first.items() if any(o == "failed" for _, o in told)})
    seconds = time.perf_counter() - began
    print(f"{done} runs, {checks} checks, {seconds:.0f} s, {len(items)} answers; never held: {bad}")
    print(f"verdicts that changed: {sum(changed.values())}")
    return 1 if changed else 0


if __name__ == "__main__":
    main()
