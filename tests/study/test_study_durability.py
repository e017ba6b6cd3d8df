"""An answer that was acknowledged survives the death of the process."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import quizapp.study
from quizapp.study import opening
from quizapp.study.session import resume
from quizapp.study.store import Store

from .make import NOW

ROOT = Path(quizapp.study.__file__).parents[2]

# Answers one question after the other and says so only once ``answer`` has returned.
WRITER = """
import sys
from datetime import datetime, timezone
from pathlib import Path
from quizapp.study.grading import Graded, Mark, Rating
from quizapp.study.session import begin, resume
from quizapp.study.store import Store
from verify.bank.model import Kind

now = datetime(2026, 12, 2, 10, tzinfo=timezone.utc)
store = Store.open(Path(sys.argv[1]), now=now)
graded = Graded(Kind.RECALL, Mark.RIGHT, 1.0, Rating.GOOD)
session = resume(store) or begin(store, [f"t/{i}" for i in range(100_000)], now=now)
while True:
    id = session.current
    session.save_draft("x" * 500, now=now)
    session.answer(f"answer to {id}", graded, now=now)
    print(id, flush=True)
"""

KILLS = 6


def test_no_acknowledged_answer_is_lost_to_kill_9(file: Path) -> None:
    chance = random.Random(3)
    acknowledged: list[str] = []
    for _ in range(KILLS):
        child = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(file)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        for _ in range(chance.randrange(1, 12)):
            acknowledged.append(child.stdout.readline().strip())
        time.sleep(chance.random() * 0.004)  # so that it dies anywhere within an answer
        child.kill()
        acknowledged.extend(child.stdout.read().split())
        child.wait()

        with Store.open(file, now=NOW) as store:
            assert store.notice == ""
            logged = [review.id for review in store.reviews()]
            # What was logged but died before saying so is at most the one answer in hand.
            assert logged[: len(acknowledged)] == acknowledged
            assert len(logged) - len(acknowledged) <= 1
            acknowledged = logged
            assert set(store.cards()) == set(logged)
            session = resume(store)
            assert session is not None
            assert session.position == len(logged)
            assert session.current == f"t/{len(logged)}"
    assert len(acknowledged) == len(set(acknowledged)) >= KILLS


def test_study_loads_neither_torch_nor_textual_nor_at_first_fsrs() -> None:
    code = (
        "import sys\n"
        "import quizapp.study.overview, quizapp.study.session, quizapp.study.grading\n"
        "from quizapp.study.store import Store\n"
        "from quizapp.study.overview import overview\n"
        "from quizapp.study.clock import now\n"
        "from quizapp.study.selection import Filters, select\n"
        "store = Store.in_memory(); store.adopt({})\n"
        "overview({}, store, now()); select({}, store, Filters(), now())\n"
        "heavy = {'torch', 'textual', 'rich', 'hypothesis', 'numpy', 'fsrs', 'asyncio',"
        " 'markdown_it'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(opening.__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
