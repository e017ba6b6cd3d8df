"""The app's speed as a person meets it, through a pseudo-terminal of 80x24.

    python -m tests.benchmarks.bench_app [--runs N] [--questions N] [--count N]

*First frame*: from starting the process until home is written, against a Textual hello world in
turn with it; on the built-in bank and on a pack of --count questions whose index is there, as it is
from the second start on.  *Next*: from the key until the next question is written, whether the one
before was skipped or answered.  *Answer*: from the key that hands in until the verdict is written,
with the first section of the answer below it.  *Memory*: resident and proportional size of the
process that draws, after a quiz; its workers, which hold torch, apart.  For *search* see
``bench_search``.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.bench_start import HELLO, compare, frame_seconds
from tests.big_pack import write_big_pack
from tests.terminals import Terminal
from verify import locations

OPEN = "from pathlib import Path; from quizapp.cli.start import open_app; open_app(Path({root!r}))"
QUIZ = (
    "from pathlib import Path; from quizapp.cli.start import open_app; "
    "from quizapp.study.selection import Filters, Order; "
    "open_app(Path({root!r}), Filters(kinds=('choice',), count={count}, order=Order.RANDOM, "
    "seed=1), fresh=True)"
)


def command(code: str, **words: object) -> list[str]:
    """A process that runs code."""
    return [sys.executable, "-P", "-c", code.format(**words)]


@contextmanager
def quiz(root: Path, count: int, home: str) -> Iterator[Terminal]:
    """A quiz of choices, with its first question written."""
    with Terminal(
        command(QUIZ, root=str(root), count=count), environment={"TORCHDRILL_HOME": home}
    ) as terminal:
        terminal.until(f"1 of {count}")
        time.sleep(1.5)  # the first proof begins, and the modules of the next screen are imported
        yield terminal


def pressed(terminal: Terminal, key: str, text: str) -> float:
    """Milliseconds from a key until a text is written."""
    began = time.perf_counter()
    terminal.type(key)
    terminal.until(text)
    return (time.perf_counter() - began) * 1000


def go_through(root: Path, count: int, home: str) -> tuple[list[float], list[float], float, float]:
    """Milliseconds to the next question and to the answer; resident and proportional MiB."""
    following: list[float] = []
    answers: list[float] = []
    with quiz(root, count, home) as terminal:
        for number in range(2, count + 1):
            if number % 2:
                following.append(pressed(terminal, "s", f"{number} of {count}"))
            else:
                terminal.type("a")
                time.sleep(0.2)
                answers.append(pressed(terminal, "\r", "to change"))
                time.sleep(0.5)
                following.append(pressed(terminal, "\r", f"{number} of {count}"))
            time.sleep(0.5)
        return following, answers, *memory(terminal.process.pid)


def memory(process: int) -> tuple[float, float]:
    """Resident and proportional size of a process in MiB, its children apart."""
    text = Path(f"/proc/{process}/smaps_rollup").read_text("utf-8")
    found = (re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE) for name in ("Rss", "Pss"))
    rss, pss = (int(each[1]) / 1024 for each in found if each is not None)
    return rss, pss


def told(name: str, milliseconds: list[float]) -> None:
    """Print a median and the slowest."""
    middle, worst = statistics.median(milliseconds), max(milliseconds)
    print(f"  {name:<44} {middle:7.1f} ms median  {worst:7.1f} ms slowest  ({len(milliseconds)})")


def main() -> None:
    """Print all, for the built-in bank and for a big pack."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--questions", type=int, default=21)
    parser.add_argument("--count", type=int, default=10_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        hello = Path(folder, "hello.py")
        hello.write_text(HELLO)
        big = write_big_pack(Path(folder, "big"), chosen.count)
        for name, root in (("built-in bank", locations.built_in_pack()), ("big pack", big)):
            print(f"{name}:")
            home = str(Path(folder, name.replace(" ", "-")))
            compare(
                "  first frame / Textual hello world",
                lambda root=root, home=home: frame_seconds(  # type: ignore[misc]
                    command(OPEN, root=str(root)), "Today", home
                ),
                lambda: frame_seconds([sys.executable, str(hello)], "Hello, world", folder),
                chosen.runs,
            )
            following, answers, rss, pss = go_through(root, chosen.questions, home)
            told("key to the next question", following)
            told("key to the answer's first section", answers)
            print(
                f"  memory of the app                            {rss:7.1f} MiB, {pss:.1f} its own"
            )


if __name__ == "__main__":
    main()
