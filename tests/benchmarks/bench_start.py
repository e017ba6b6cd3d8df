"""Start-up: commands against `python -c "import click"`, the app against a Textual hello world.

    python -m tests.benchmarks.bench_start [--runs N]

The app and the hello world run in a pseudo-terminal of 80x24; the first frame is there when a text
of it has been written.  Runs alternate, medians and the ratio are printed.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable
from pathlib import Path

HELLO = """
from textual.app import App, ComposeResult
from textual.widgets import Static

class Hello(App[None]):
    def compose(self) -> ComposeResult:
        yield Static("Hello, world")

Hello().run()
"""
MAIN = [sys.executable, "-P", "-m", "quizapp.cli.main"]


def command_seconds(command: list[str], home: str) -> float:
    """Seconds a command takes to run to its end."""
    environment = {**os.environ, "TORCHDRILL_HOME": home}
    began = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, env=environment, check=True)
    return time.perf_counter() - began


def frame_seconds(command: list[str], text: str, home: str) -> float:
    """Seconds until a program in a terminal of 80x24 has written a text."""
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    environment = {**os.environ, "TORCHDRILL_HOME": home, "TERM": "xterm-256color"}
    began = time.perf_counter()
    process = subprocess.Popen(
        command, stdin=child, stdout=child, stderr=child, env=environment, start_new_session=True
    )
    os.close(child)
    seen = b""
    try:
        while text.encode() not in seen:
            ready, _, _ = select.select([parent], [], [], 20)
            if not ready:
                raise RuntimeError(f"{text!r} was not painted; seen: {seen[-500:]!r}")
            seen += os.read(parent, 1 << 16)
        return time.perf_counter() - began
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        os.close(parent)


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
