"""An interview goes on after answers taken back, other windows, lost questions and kill -9."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

import quizapp.study
from quizapp.study.marks import Mark
from quizapp.study.mock.interview import Sitting
from quizapp.study.mock.sitting import begin, resume, unfinished
from quizapp.study.mock.state import Ending
from quizapp.study.store import Store
from quizapp.study.withdrawal import reset, undo_last
from verify.bank import Entry
from verify.errors import UsageError

from .make import NOW
from .mocks import asked, bank, graded, rich, sat

RICH = rich()
LATER = NOW + timedelta(minutes=1)


def started(store: Store, *, minutes: int = 30, seed: int = 3) -> Sitting:
    return begin(store, RICH, minutes=minutes, level="mid", now=NOW, seed=seed)


def again(store: Store, sitting: Sitting, entries: dict[str, Entry] = RICH) -> Sitting:
    found = resume(store, entries, LATER, sitting.number)
    assert found is not None
    return found


ROOT = Path(quizapp.study.__file__).parents[2]

# Holds an interview, a second of its clock at a time, and says what is on disk.
SITTER = """
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from msgspec.structs import replace
from quizapp.study.marks import Mark
from quizapp.study.mock.sitting import begin, resume
from quizapp.study.store import Store
from tests.study.mocks import graded, rich

now = datetime(2026, 12, 2, 10, tzinfo=timezone.utc)
store = Store.open(Path(sys.argv[1]), now=now)
entries = rich()
sitting = resume(store, entries, now) or begin(
    store, entries, minutes=60, level="mid", now=now, seed=1)
while (asked := sitting.current) is not None:
    for second in range(30):
        sitting.spend(1.0)
        sitting.keep(now, draft=replace(sitting.draft, text=f"{asked.id} {second}"))
        print("kept", asked.id, sitting.elapsed, flush=True)
    sitting.answer(asked.id, graded(Mark.RIGHT, asked.kind), now=now)
    print("answered", asked.id, sitting.elapsed, flush=True)
"""


def test_an_answer_taken_back_is_asked_again_and_what_came_after_is_dropped(store: Store) -> None:
    sitting = started(store)
    first = sitting.current
    assert first is not None
    sitting.spend(20.0)
    sitting.answer("said", graded(Mark.RIGHT, first.kind), now=LATER)
    sitting.keep(LATER, draft=replace(sitting.draft, text="of the second"))
    undo_last(store, LATER)
    with pytest.raises(UsageError, match="went on elsewhere"):
        sitting.keep(LATER)
    resumed = again(store, sitting)
    assert resumed.current is not None and resumed.current.id == first.id
    assert (resumed.draft.text, resumed.elapsed) == ("", 20.0)
    following = resumed.answer("better", graded(Mark.WRONG, first.kind), now=LATER)
    assert following is not None
    assert [review.response for review in store.reviews(session=sitting.number)] == ["better"]


def test_the_last_answer_taken_back_opens_a_finished_interview(store: Store) -> None:
    sitting = sat(store, RICH, [Mark.RIGHT])
    undo_last(store, LATER)
    found = unfinished(store)
    assert found is not None and found.number == sitting.number
    resumed = again(store, sitting)
    assert resumed.current is not None
    assert resumed.state.ending is Ending.OPEN
    resumed.skip(LATER)
    assert unfinished(store) is None


def test_a_reset_of_all_leaves_nothing_to_go_on_with(store: Store) -> None:
    started(store).answer("said", graded(Mark.RIGHT), now=LATER)
    reset(store, None, LATER)
    assert unfinished(store) is None


def test_two_windows_never_answer_a_question_twice(store: Store) -> None:
    sitting = started(store)
    other = again(store, sitting)
    assert other.answer("here", graded(Mark.RIGHT), now=LATER) is not None
    with pytest.raises(UsageError, match="went on elsewhere"):
        sitting.answer("there", graded(Mark.RIGHT), now=LATER)
    with pytest.raises(UsageError, match="went on elsewhere"):
        sitting.keep(LATER)
    assert [review.response for review in store.reviews()] == ["here"]
    assert again(store, sitting).current == other.current


def test_a_question_that_left_the_bank_makes_room_for_another(store: Store) -> None:
    sitting = started(store)
    sitting.answer("said", graded(Mark.RIGHT), now=LATER)
    gone = sitting.current
    assert gone is not None
    rest = {id: entry for id, entry in RICH.items() if id != gone.id}
    resumed = resume(store, rest, LATER, sitting.number)
    assert resumed is not None and resumed.current is not None
    assert resumed.current.id != gone.id
    assert resumed.position == 1
    assert gone.id not in [review.id for review in resumed.answered], "it does not count"
    only = bank(asked("a/1"))
    alone = begin(store, only, minutes=30, level="mid", now=NOW)
    assert alone.replace(LATER) is None
    assert alone.finished is not None


def test_a_renamed_question_is_still_the_current_one(store: Store) -> None:
    sitting = begin(store, bank(asked("a/old")), minutes=30, level="mid", now=NOW)
    renamed = bank(asked("a/new")._replace(aliases=("a/old",)))
    store.adopt(renamed)
    resumed = resume(store, renamed, LATER, sitting.number)
    assert resumed is not None and resumed.current is not None
    assert resumed.current.id == "a/new"


def test_kill_9_in_the_middle_loses_neither_an_answer_nor_the_clock(file: Path) -> None:
    answered: list[str] = []
    for kill in range(5):
        child = subprocess.Popen(
            [sys.executable, "-c", SITTER, str(file)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        lines = [child.stdout.readline() for _ in range(17 + 31 * (kill % 2))]
        child.kill()
        lines += child.stdout.read().splitlines()
        child.wait()
        words = [line.split() for line in lines if len(line.split()) == 3]
        answered += [id for word, id, _ in words if word == "answered"]
        with Store.open(file, now=NOW) as store:
            assert store.notice == ""
            sitting = resume(store, RICH, NOW)
            assert sitting is not None and sitting.current is not None
            logged = [review.response for review in sitting.answered]
            # What was done but died before saying so is at most one step.
            assert logged[: len(answered)] == answered
            assert len(logged) - len(answered) <= 1
            answered = logged
            assert sitting.position == len(logged)
            told = float(words[-1][2])
            assert told <= sitting.elapsed <= told + 1.0
            if words[-1][0] == "kept" and sitting.current.id == words[-1][1]:
                assert sitting.draft.text.startswith(f"{sitting.current.id} ")
    assert len(answered) >= 2
