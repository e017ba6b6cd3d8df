"""Proving the whole bank: warm workers against one Python process per answer.

    python -m tests.benchmarks.bench_verify [--examples N] [--answers N]

Both do the same checks of the same answers, in one run of this script, one after the other:
`torchdrill verify` as it is, and for each answer a fresh `python` that imports torch and runs the
answer's fences, its property tests with as many examples.  Prints both times and their ratio.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

from tests.running import torchdrill
from verify import locations
from verify.bank import load_pack

ALONE = """
import contextlib, io, os, sys, warnings
os.chdir(sys.argv[4])
from pathlib import Path
from verify.bank import load_item
item = load_item(Path(sys.argv[1]), sys.argv[2])
import torch
torch.set_num_threads(1)
import types
warnings.simplefilter("ignore")

def run(fences, raises):
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    for fence in fences:
        if fence.language != "python" or fence.not_run or fence.needs:
            continue
        if fence.mode == "property":
            from hypothesis import settings
            settings.register_profile(
                "alone", max_examples=int(sys.argv[3]), database=None, deadline=None
            )
            settings.load_profile("alone")
        before = set(vars(module))
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                exec(fence.code, vars(module))
                if fence.mode == "property":
                    for name in set(vars(module)) - before:
                        if name.startswith("test_"):
                            vars(module)[name]()
        except BaseException:
            if not raises or fence.raises is None:
                raise

fences = item.answer.fences
run(fences, True)
if item.question.head.kind == "bug":
    bug = fences.index(item.program)
    fix = next(n for n, fence in enumerate(fences) if fence.mode == "fix")
    with contextlib.suppress(BaseException):
        run([*fences[: bug + 1], *fences[fix + 1 :]], False)
"""


def main() -> None:
    """Time both and print the ratio."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--examples", type=int, default=100)
    parser.add_argument("--answers", type=int, default=None, help="only the first so many")
    chosen = parser.parse_args()
    root = locations.built_in_pack()
    ids = [*load_pack(root).items][: chosen.answers]
    with tempfile.TemporaryDirectory() as home:
        began = time.perf_counter()
        done = torchdrill(
            "verify", *ids, "--json", "-", "--examples", str(chosen.examples), home=home
        )
        ours = time.perf_counter() - began
    outcomes = json.loads(done.stdout)["totals"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    failures = 0
    began = time.perf_counter()
    for identity in ids:
        with tempfile.TemporaryDirectory() as folder:
            command = [
                sys.executable, "-c", ALONE, str(root), identity, str(chosen.examples), folder,
            ]  # fmt: skip
            alone = subprocess.run(command, env=environment, capture_output=True, check=False)
            failures += alone.returncode != 0
    theirs = time.perf_counter() - began
    print(f"{len(ids)} answers, {chosen.examples} examples a property, {os.cpu_count()} cores")
    print(f"torchdrill verify        {ours:7.1f} s   checks: {outcomes}")
    print(f"a process per answer     {theirs:7.1f} s   processes that failed: {failures}")
    print(f"ratio                    {theirs / ours:7.1f}")


if __name__ == "__main__":
    main()
