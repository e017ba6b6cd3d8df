"""Running what an answer shows, as a person meets it, through a pseudo-terminal of 80x24.

    python -m tests.benchmarks.bench_playground [--runs N]

*Section*: from the key that hands an answer in until the first section of the answer is written.
*Run*: from `r`, with a program marked, until it is told that the program printed what it should.
*Open*: from `x` until the playground is written.  *Playground*: from the key that runs the code
until what it prints is written; its worker is there by then.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time

from tests.terminals import Terminal

QUESTION = "autograd/grad-accumulates"
TYPED = ("[-1.0, -2.0]", "[2.0, 4.0]", "None")
OPEN = (
    "import asyncio; from quizapp.app.app import TorchdrillApp; from quizapp.app.desk import Desk; "
    f"asyncio.run(TorchdrillApp(Desk(), ids=({QUESTION!r},)).run_async())"
)
STEPS = ("section", "run", "open", "playground")


def pressed(terminal: Terminal, key: str, text: str) -> float:
    """Milliseconds from a key until a text is written."""
    began = time.perf_counter()
    terminal.type(key)
    terminal.until(text)
    return (time.perf_counter() - began) * 1000


def go_through() -> dict[str, list[float]]:
    """Answer a question, run a program of its answer, and play with that."""
    with (
        tempfile.TemporaryDirectory() as home,
        Terminal(
            [sys.executable, "-P", "-c", OPEN], environment={"TORCHDRILL_HOME": home}
        ) as terminal,
    ):
        terminal.until("1 of 1")
        time.sleep(4.0)  # it is proved, and the modules of the next screen are imported
        for line in TYPED[:-1]:
            terminal.type(f"{line}\r")
            time.sleep(0.3)
        terminal.type(TYPED[-1])
        time.sleep(0.5)
        found = {"section": [pressed(terminal, "\r", "Say it in a minute")]}
        time.sleep(1.0)
        terminal.type("\t")
        time.sleep(0.5)
        found["run"] = [pressed(terminal, "r", "printed just this")]
        time.sleep(0.5)
        found["open"] = [pressed(terminal, "x", "playground")]
        time.sleep(5.0)  # its worker starts, and imports what the program needs
        found["playground"] = []
        for number in range(1, 6):
            terminal.type("\x1b[1;5F")  # ctrl+end
            time.sleep(0.2)
            terminal.type(f"\rprint({number} * 111111 + 7)")
            time.sleep(0.8)
            found["playground"].append(pressed(terminal, "\n", str(number * 111111 + 7)))
            time.sleep(0.4)
        return found


def main() -> None:
    """Print a line for each step."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=7)
    runs = [go_through() for _ in range(parser.parse_args().runs)]
    for step in STEPS:
        times = [each for run in runs for each in run[step]]
        middle, best, worst = statistics.median(times), min(times), max(times)
        print(f"{step:<12} {middle:6.0f} ms median  {best:6.0f} best  {worst:6.0f} slowest")


if __name__ == "__main__":
    main()
