"""Search as you type over 10,000 questions, and what its index costs.

    python -m tests.benchmarks.bench_search [--count N] [--runs N]

*A key*: from the moment it is pressed in a pseudo-terminal of 80x24 until the first row of what it
finds has been written, in the app and beside it in what Textual's own widgets make of it: an
``Input`` and an ``OptionList`` that shows the titles which hold the typed words.  The app searches
titles, tags, prompts and answers.  Both run at the same time and take turns at each key.

*The index*: its first building, opening it when nothing has changed, and when one file has; then
keys while it is being built in the app.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path

from quizapp.study.goal import Goal, set_goal
from quizapp.study.search import Finder, parse
from quizapp.study.store import Store
from tests.big_pack import write_big_pack
from tests.terminals import Terminal
from verify.bank import load_index

APP = """
import sys
from pathlib import Path
from quizapp.app.app import TorchdrillApp
from quizapp.app.desk import Desk

app = TorchdrillApp(Desk(Path(sys.argv[1])))
app.call_later(app.enter, "browse")
app.run()
assert "torch" not in sys.modules
"""

BESIDE = """
import sys
from textual.app import App, ComposeResult
from textual.widgets import Input, OptionList

TITLES = open(sys.argv[1]).read().splitlines()

class Beside(App[None]):
    def compose(self) -> ComposeResult:
        yield Input()
        yield OptionList(*TITLES, markup=False)

    def on_input_changed(self, message: Input.Changed) -> None:
        words = message.value.lower().split()
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options([t for t in TITLES if all(w in t.lower() for w in words)])

Beside().run()
"""

TYPED = ("retain_graph", "nn.linear", "the gradient", "view copy", "lr", "mask no_grad")

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[PX^_\]].*?(?:\x07|\x1b\\)", re.DOTALL)

CLEAR = "\x15"
"""ctrl+u"""

SHOWN = 20
"""Signs of a title that are looked for; more are perhaps cut off."""


class Watched(Terminal):
    """A terminal whose text can be waited for without its colours."""

    def seconds(self, key: str, text: str) -> float:
        """Press a key and wait for a text; how long that took."""
        start = len(self.seen)
        began = time.perf_counter()
        self.type(key)
        while text not in ESCAPES.sub("", self.seen[start:]):
            if not self._read(time.monotonic() + 20):
                raise TimeoutError(f"{text!r} was not written after {key!r}")
        return time.perf_counter() - began

    def idle(self, seconds: float = 0.06) -> None:
        """Read what comes until nothing does for a while."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._read(until)


def main() -> None:
    """Print a table of keys, and the times of the index."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=3)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        root = write_big_pack(folder / "pack", chosen.count)
        cache = folder / "home" / "cache"
        load_index(root, cache)
        with Store.open(folder / "home/data/progress.sqlite3") as store:
            set_goal(store, Goal())  # or the first start asks for one
        _while_building(folder, root)
        finder = _index(root, cache)
        _keys(folder, root, finder, chosen.runs)


def _index(root: Path, cache: Path) -> Finder:
    for file in cache.glob("search-*"):
        file.unlink()
    for words in ("made", "opened, nothing changed", "opened, one answer edited"):
        if "edited" in words:
            answer = next((root / "answers").rglob("*.md"))
            answer.write_text(answer.read_text("utf-8") + "\nOne more line.\n", "utf-8")
        finder = Finder(root, load_index(root, cache).entries, cache)
        began = time.perf_counter()
        finder.prepare()
        print(f"index {words:<28} {1000 * (time.perf_counter() - began):8.0f} ms")
        finder.close()
    finder = Finder(root, load_index(root, cache).entries, cache)
    finder.prepare()
    (file,) = cache.glob("search-*.sqlite3")
    texts = sum(path.stat().st_size for path in root.rglob("*.md"))
    print(f"index on disk {file.stat().st_size / 1e6:.0f} MB, texts {texts / 1e6:.0f} MB")
    return finder


def _while_building(folder: Path, root: Path) -> None:
    """Keys right after the screen opened, while the questions are being indexed."""
    entries = load_index(root, folder / "home/cache").entries
    finder = Finder(root, entries, None)  # never prepared: it finds what the app finds until then
    command = [sys.executable, "-P", "-c", APP, str(root)]
    times = []
    with Watched(command, environment={"TORCHDRILL_HOME": str(folder / "home")}) as app:
        app.until("to go")
        for end in range(1, len(TYPED[0]) + 1):
            first = finder.find(parse(TYPED[0][:end]), {}).ids[0]
            times.append(app.seconds(TYPED[0][end - 1], entries[first].title[:SHOWN]))
        began = len(app.seen)
        app.idle(0.3)
        still = "to go" in ESCAPES.sub("", app.seen[began:])
    told = "while the index was being built" if still else "(the index was ready before the end)"
    print(f"a key {told}: median {_ms(times)}, longest {1000 * max(times):.1f} ms")


def _ms(times: list[float]) -> str:
    return f"{1000 * statistics.median(times):.1f} ms"


def _keys(folder: Path, root: Path, finder: Finder, runs: int) -> None:
    entries = load_index(root, folder / "home/cache").entries
    listed = folder / "titles.txt"
    titles = [entry.title for entry in entries.values()]
    listed.write_text("\n".join(titles), "utf-8")
    app = [sys.executable, "-P", "-c", APP, str(root)]
    beside = [sys.executable, "-c", BESIDE, str(listed)]
    ours: list[float] = []
    theirs: list[float] = []
    environment = {"TORCHDRILL_HOME": str(folder / "home")}
    with Watched(app, environment=environment) as mine, Watched(beside) as other:
        mine.until("questions")
        other.until(titles[0][:SHOWN])
        mine.idle(1.0)
        other.idle(1.0)
        print(f"{'typed':<16} {'found':>6}  {'app':>8}  {'beside':>9}")
        for number in range(runs):
            for phrase in TYPED:
                for end in range(1, len(phrase) + 1):
                    typed = phrase[:end]
                    ids = finder.find(parse(typed), {}).ids
                    wanted = entries[ids[0]].title[:SHOWN]
                    words = typed.split()
                    held = next(t for t in titles if all(w in t.lower() for w in words))
                    ours.append(mine.seconds(typed[-1], wanted))
                    theirs.append(other.seconds(typed[-1], held[:SHOWN]))
                    mine.idle()
                    other.idle()
                    if not number:
                        print(
                            f"{typed:<16} {len(ids):>6}  {1000 * ours[-1]:6.1f} ms"
                            f"  {1000 * theirs[-1]:7.1f} ms"
                        )
                first = finder.find(parse(""), {}).ids[0]
                mine.seconds(CLEAR, entries[first].title[:SHOWN])
                other.seconds(CLEAR, titles[0][:SHOWN])
                mine.idle(0.5)
                other.idle(0.5)
    ratio = statistics.median(theirs) / statistics.median(ours)
    worst = sorted(ours)[len(ours) * 95 // 100]
    print(f"a key, {len(ours)} of them: app {_ms(ours)} (95 %: {1000 * worst:.1f} ms, longest")
    print(f"  {1000 * max(ours):.1f} ms); Input and OptionList {_ms(theirs)}; ratio {ratio:.1f}")


if __name__ == "__main__":
    main()
