"""Verifying many Markdown documents: torchdrill against other tools, in one run.

    python -m tests.benchmarks.bench_documents [--bank] [--count N] [--rounds N] [--tools PYTHON]

Everything runs the same sixty documents, or the built-in bank as documents (see
``documents.py``), cold and in turn.  Shown are the median time, and the median of the ratios to
``exec`` in the same round: one process that imports torch and executes every snippet, with no
isolation and no report.  The other tools run where ``--tools`` points: a Python that has torch,
what this project depends on, and whichever of pytest-markdown-docs, mktestdocs and sybil; those it
lacks are named and left out.
"""

from __future__ import annotations

import argparse
import functools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import verify
from tests.benchmarks.documents import write_bank, write_documents

_EXEC = """
import pathlib, re, sys
import torch
for name in sys.argv[1:]:
    text = pathlib.Path(name).read_text()
    exec(re.search(r"```python\\n(.*?)\\n```\\n$", text, re.S)[1], {"__name__": "__main__"})
"""

_MKTESTDOCS = """
import pathlib
import pytest
from mktestdocs import check_md_file

@pytest.mark.parametrize("path", sorted(pathlib.Path(__file__).parent.glob("*.md")), ids=str)
def test_document(path):
    check_md_file(fpath=path)
"""

_SYBIL = """
import os
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser
parsers = [PythonCodeBlockParser()]
pytest_collect_file = Sybil(parsers, path=os.getcwd(), patterns=["*.md"]).pytest()
"""


def main() -> None:
    """Time every runner on the same documents and print ratios to the floor."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--bank", action="store_true", help="the built-in bank")
    parser.add_argument("--examples", type=int, default=100, help="for each property of the bank")
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tools", default=sys.executable, help="a Python with the other tools")
    parser.add_argument("--alone", type=int, default=1, help="rounds of a process per document")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        written = (
            write_bank(folder, chosen.examples)
            if chosen.bank
            else write_documents(folder, chosen.count)
        )
        paths = [str(path) for path in written]
        (folder / "test_documents.py").write_text(_MKTESTDOCS)
        runners = _runners(chosen.tools, paths)
        seconds: dict[str, list[float]] = {label: [] for label in runners}
        for _ in range(chosen.rounds):
            for label, run in runners.items():
                seconds[label].append(_timed(run, folder))
        alone = [_timed(lambda cwd: _each(paths, cwd), folder) for _ in range(chosen.alone)]
    print(f"{len(paths)} documents of one snippet, {os.cpu_count()} cores, median of", end=" ")
    print(f"{chosen.rounds} rounds; ratios from round to round")
    floor = seconds["exec, one process"]
    for label, times in seconds.items():
        _show(label, times, [a / b for a, b in zip(times, floor, strict=True)])
    if alone:
        _show("a process per document", alone, [min(alone) / median(floor)])
        ratio = min(alone) / median(seconds["torchdrill verify"])
        print(f"a process per document / torchdrill verify: {ratio:.1f}")


def _show(label: str, times: Sequence[float], ratios: Sequence[float]) -> None:
    spread = f"({min(ratios):.2f} to {max(ratios):.2f})"
    print(f"{label:26} {median(times):7.2f} s   {median(ratios):6.2f} x exec {spread}")


def _runners(tools: str, paths: Sequence[str]) -> dict[str, Callable[[Path], None]]:
    ours = [sys.executable, "-P", "-m", "quizapp.cli.main", "verify", "--device", "cpu", *paths]
    runners = {
        "exec, one process": lambda cwd: _run([sys.executable, "-c", _EXEC, *paths], cwd),
        "torchdrill verify": lambda cwd: _run(ours, cwd),
    }
    pytest = [tools, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:torchdrill"]
    commands = {
        "pytest_markdown_docs": [*pytest, "--markdown-docs", "--ignore=test_documents.py"],
        "mktestdocs": [*pytest, "test_documents.py"],
        "sybil": [*pytest, "-p", "sybil_setup", "--ignore=test_documents.py"],
    }
    for package, command in commands.items():
        if subprocess.run([tools, "-c", f"import {package}"], capture_output=True).returncode:
            print(f"{package} is not there: left out")
            continue
        runners[package] = functools.partial(_run, command)
    return runners


def _run(command: Sequence[str], cwd: Path) -> None:
    with tempfile.TemporaryDirectory() as home:
        (Path(home) / "sybil_setup.py").write_text(_SYBIL)
        # The bank's properties import the laws, whichever tool runs them.
        path = os.pathsep.join([home, str(Path(verify.__file__).parents[1])])
        environment = {**os.environ, "TORCHDRILL_HOME": home, "PYTHONPATH": path}
        done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{command} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def _each(paths: Sequence[str], cwd: Path) -> None:
    for path in paths:
        _run([sys.executable, "-c", _EXEC, path], cwd)


def _timed(run: Callable[[Path], None], folder: Path) -> float:
    began = time.perf_counter()
    run(folder)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
