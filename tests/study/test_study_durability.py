"""What was acknowledged survives the death of the process, and other windows."""

from __future__ import annotations

import itertools
import json
import random
import re
import shutil
import sqlite3
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from quizapp.study import opening, scheduling
from quizapp.study.export.records import collect
from quizapp.study.marks import Rating
from quizapp.study.restoring import read_backup, restore
from quizapp.study.session import begin, load
from quizapp.study.store import Store
from verify.errors import UsageError

from .files import names, works
from .forks import Acknowledge, Aim, Say, killed, together
from .make import DAY, NOW, RIGHT, WRONG
from .released import version_1
from .windows import Window, content

KILLS = 200


def test_two_hundred_kills_lose_nothing_that_was_acknowledged(file: Path) -> None:
    """After each the file opens as if nothing had been, with what was acknowledged in it.

    The same is done to a store in memory: at most the one thing in hand may be in the file
    beyond it, and that whole.
    """
    aim = Aim(random.Random(3))
    scheduling.warm()  # so that no fork has to
    expected, number, ahead = Store.in_memory(), 0, 0
    for kill in range(KILLS):
        acknowledged = killed(partial(live, file, number, kill), after=aim.draw())
        aim.learn(far=acknowledged > 4)
        for done in range(number, number + acknowledged):
            Window(expected).act(done, 3)
        number += acknowledged
        with Store.open(file, now=NOW) as store:
            assert (store.notice, store.saving) == ("", True)
            found = content(store)
            if found != content(expected):
                Window(expected).act(number, 3)
                number += 1
                ahead += 1
                assert found == content(expected)
            if kill % 10 == 0:
                expect_sound(store)
    assert number > KILLS  # they did not all die before they had done anything
    assert ahead > 0  # nor all between two things
    assert names(file) == [file.name]
    expected.close()


def live(file: Path, number: int, seed: int, acknowledge: Acknowledge) -> None:
    """Do one thing after the other, and now and then close the file and open it again."""
    chance = random.Random(seed)
    store = Store.open(file, now=NOW)
    for each in itertools.count(number):
        Window(store).act(each, 3)
        acknowledge()
        if chance.random() < 0.1:  # what is in the log beside it goes into the file then
            store.close()
            store = Store.open(file, now=NOW)


def expect_sound(store: Store) -> None:
    with store.reading() as sql:
        assert sql.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert sql.execute("PRAGMA foreign_key_check").fetchone() is None
    before = store.cards()
    store.rebuild()
    assert store.cards() == before


def test_a_new_file_whose_making_is_killed_is_made_the_next_time(file: Path) -> None:
    aim = Aim(random.Random(4))
    made = []
    for _ in range(40):
        shutil.rmtree(file.parent, ignore_errors=True)
        made.append(killed(partial(make, file), after=aim.draw()))
        aim.learn(far=bool(made[-1]))
        with Store.open(file, now=NOW) as store:
            assert (store.notice, store.saving, store.reviews()) == ("", True, ())
            works(store)
        assert names(file) == [file.name]
    assert {0, 1} == set(made)


def make(file: Path, acknowledge: Acknowledge) -> None:
    Store.open(file, now=NOW)
    acknowledge()


# An upgrade, a restore


def test_an_upgrade_that_is_killed_is_begun_anew(file: Path, tmp_path: Path) -> None:
    aim = Aim(random.Random(5))
    old, upgraded = tmp_path / "old.sqlite3", tmp_path / "upgraded.sqlite3"
    version_1(old, answers=300)
    shutil.copy(old, upgraded)
    with Store.open(upgraded, now=NOW) as store:
        wanted = content(store)
    halfway = 0
    file.parent.mkdir()
    for _ in range(60):
        for path in file.parent.iterdir():
            path.unlink()
        shutil.copy(old, file)
        done = killed(partial(make, file), after=aim.draw())
        aim.learn(far=bool(done))
        halfway += not done and len(names(file)) > 1
        with Store.open(file, now=NOW) as store:
            assert store.saving
            assert not (done and store.notice)
            assert content(store) == wanted
            works(store)
        kept = [name for name in names(file) if name != file.name]
        assert kept
        for name in kept:  # whole, each of them
            assert re.fullmatch(r"progress-v1-2026-12-02-100000(-\d)?\.sqlite3", name)
            with read_backup(file.with_name(name)) as backup:
                assert backup.answers == 280
    assert halfway > 0


def test_a_restore_that_is_killed_has_happened_or_not(file: Path, tmp_path: Path) -> None:
    aim = Aim(random.Random(6))
    before, after = tmp_path / "before.sqlite3", tmp_path / "after.sqlite3"
    with Store.open(before, now=NOW) as store:
        for number in range(120):
            Window(store).act(number, 8)
        states = [collect(store)]
    with Store.open(file, now=NOW) as store:
        works(store)
        store.backup(after)
        states.append(collect(store))
    seen = [0, 0]
    for _ in range(60):
        for path in file.parent.iterdir():
            path.unlink()
        shutil.copy(before, file)
        done = killed(partial(put_back, after, file), after=aim.draw())
        aim.learn(far=bool(done))
        with Store.open(file, now=NOW) as store:
            assert (store.notice, store.saving) == ("", True)
            found = states.index(collect(store))
        assert not (done and found == 0)
        seen[found] += 1
        for path in file.parent.glob("*before-restore*.sqlite3"):
            with Store.open(path, now=NOW) as store:
                assert collect(store) == states[0]
    assert min(seen) > 0


def put_back(backup: Path, file: Path, acknowledge: Acknowledge) -> None:
    with read_backup(backup) as found:
        restore(found, file, now=NOW)
    acknowledge()


# Several windows


def test_two_windows_at_once_lose_nothing(file: Path) -> None:
    """Both answer, amend, take back, reset; a third program makes backups all the while."""
    Store.open(file, now=NOW).close()
    scheduling.warm()
    windows = [partial(window, file, seed, resumes=seed == 1) for seed in (1, 2)]
    said = together([*windows, partial(onlooker, file)])
    typed = [line for lines in said[:2] for line in lines]
    with Store.open(file, now=NOW) as store:
        assert store.notice == ""
        expect_sound(store)
        with store.reading() as sql:
            asked = "SELECT response FROM reviews WHERE amends IS NULL AND response <> ''"
            logged = [response for (response,) in sql.execute(asked)]
            sessions = sql.execute("SELECT questions, position FROM sessions").fetchall()
        assert sorted(logged) == sorted(typed)
        assert len(typed) > 60
        assert all(0 <= at <= len(json.loads(ids)) for ids, at in sessions)
        progress = collect(store)
        gone = {answer.number for answer in progress.answers if not answer.counts}
        assert {review.number for review in store.reviews()} == {
            answer.number for answer in progress.answers
        } - gone
    assert said[2] == ["looked"]
    assert [name for name in names(file) if "backup" not in name] == [file.name]


def test_a_window_changes_the_grade_of_its_own_answer(file: Path) -> None:
    """Not of the one that another window gave later in the same session."""
    with Store.open(file, now=NOW) as store, Store.open(file, now=NOW) as other:
        mine = begin(store, ["a/x", "a/y"], now=NOW)
        theirs = load(other, mine.number)
        mine.answer("mine", RIGHT, now=NOW)
        theirs.answer("theirs, to the same question", WRONG, now=NOW + DAY)
        mine.amend(now=NOW, rating=Rating.EASY)
        theirs.amend(now=NOW, rating=Rating.HARD)
        ratings = {review.response[:4]: review.rating for review in store.reviews()}
        assert ratings == {"mine": Rating.EASY, "thei": Rating.HARD}


def test_no_other_window_writes_while_a_grade_is_changed(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store.open(file, now=NOW) as store:
        session = begin(store, ["a/x", "a/y"], now=NOW)
        session.answer("", RIGHT, now=NOW)
        original, seen = store.reviews, list[str]()

        def looked_up(*given: Any, **named: Any) -> Any:
            other = sqlite3.connect(file, timeout=0, isolation_level=None)
            try:
                other.execute("BEGIN IMMEDIATE")
                seen.append("free")
            except sqlite3.OperationalError as error:
                seen.append(str(error))
            finally:
                other.close()
            return original(*given, **named)

        with monkeypatch.context() as patch:
            patch.setattr(store, "reviews", looked_up)
            session.amend(now=NOW, rating=Rating.EASY)
        assert set(seen) == {"database is locked"}


def window(file: Path, seed: int, say: Say, *, resumes: bool) -> None:
    """A window that does 120 things, and now and then is closed and opened anew."""
    chance = random.Random(seed)
    store = Store.open(file, now=NOW)
    here = Window(store, resumes=resumes)
    for number in range(120):
        try:
            typed = here.act(number, seed)
        except UsageError as error:
            typed = ""
            if error.what not in (  # as may happen: the other window took it back
                "that answer was taken back",
                "nothing was answered yet in this session",
            ):
                raise
        if typed:
            say(typed)
        if chance.random() < 0.05:
            store.close()
            store = Store.open(file, now=NOW)
            if store.notice or not store.saving:
                raise RuntimeError(store.notice)
            here = Window(store, resumes=resumes)
    store.close()


def onlooker(file: Path, say: Say) -> None:
    """Whatever it reads at one moment fits together."""
    for number in range(40):
        with Store.open(file, now=NOW) as store:
            if store.notice or not store.saving:
                raise RuntimeError(store.notice)
            progress = collect(store)
            backup = file.with_name(f"backup-{number % 2}.sqlite3")
            backup.unlink(missing_ok=True)
            store.backup(backup)
        rated = {a.question for a in progress.answers if a.counts and a.rating is not None}
        if rated != {card.question for card in progress.cards}:
            raise RuntimeError("cards and answers of different moments")
        read_backup(backup).__exit__(None, None, None)
    say("looked")


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
