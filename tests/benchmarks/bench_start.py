"""Start-up: commands against `python -c "import click"`, the app against a Textual hello world.

    python -m tests.benchmarks.bench_start [--runs N]

The app and the hello world run in a pseudo-terminal of 80x24; the first frame is there when a text
of it has been written.  Runs alternate, medians and the ratio are printed.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.terminals import MAIN, Terminal

HELLO = """
from textual.app import App, ComposeResult
from textual.widgets import Static

class Hello(App[None]):
    def compose(self) -> ComposeResult:
        yield Static("Hello, world")

Hello().run()
"""


def command_seconds(command: list[str], home: str) -> float:
    """Seconds a command takes to run to its end."""
    environment = {**os.environ, "TORCHDRILL_HOME": home}
    began = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, env=environment, check=True)
    return time.perf_counter() - began


def frame_seconds(command: Sequence[str], text: str, home: str) -> float:
    """Seconds until a program in a terminal of 80x24 has written a text."""
    began = time.perf_counter()
    with Terminal(command, environment={"TORCHDRILL_HOME": home}) as terminal:
        terminal.until(text)
        return time.perf_counter() - began


def compare(name: str, ours: Callable[[], float], theirs: Callable[[], float], runs: int) -> None:
    """Run both in turn and print medians and the median of the ratios."""
    ours(), theirs()  # warm disks and caches
    pairs = [(ours(), theirs()) for _ in range(runs)]
    mine = statistics.median(a for a, _ in pairs)
    other = statistics.median(b for _, b in pairs)
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"{name:<46} {mine * 1000:7.1f} ms  {other * 1000:7.1f} ms  ratio {ratio:.2f}")


def main() -> None:
    """Print a line for each comparison."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    click = [sys.executable, "-c", "import click"]
    with tempfile.TemporaryDirectory() as home:
        hello = Path(home) / "hello.py"
        hello.write_text(HELLO)
        for words in (["--help"], ["list", "--json"]):
            compare(
                f"torchdrill {' '.join(words)} / import click",
                lambda words=words: command_seconds([*MAIN, *words], home),  # type: ignore[misc]
                lambda: command_seconds(click, home),
                runs,
            )
        compare(
            "app's first frame / Textual hello world",
            lambda: frame_seconds(MAIN, "Today", home),
            lambda: frame_seconds([sys.executable, str(hello)], "Hello, world", home),
            runs,
        )


if __name__ == "__main__":
    main()
