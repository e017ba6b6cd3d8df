"""`torchdrill stats`: how study goes, as text and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from quizapp.cli.stats_command import text
from quizapp.study.clock import now, study_day
from quizapp.study.grading import Graded
from quizapp.study.marks import Mark, Point, Rating
from quizapp.study.mock.scorecard import MockResult
from quizapp.study.statistics import statistics
from quizapp.study.store import Store
from tests.packs import add, fence
from tests.running import torchdrill
from tests.study.history import study
from tests.study.make import DAY, NOW, entries, entry
from verify.bank.model import Kind

BANK = entries(*(entry(f"{topic}/{n}") for topic in ("autograd", "memory") for n in range(8)))


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    root = tmp_path / "pack"
    for n in range(4):
        add(root, f"autograd/q{n}", fence("x = 1"), prompt="Why?")
    return root


def answer(home: Path, said: float | None) -> None:
    """Answer each question three times, twice of them when it has come back."""
    (home / "data").mkdir(parents=True, exist_ok=True)
    points = (Point("\x1b[31mred\x1b[0m point", False), Point("another", True))
    graded = Graded(Kind.RECALL, Mark.PARTLY, 0.5, Rating.HARD, points=points)
    with Store.open(home / "data/progress.sqlite3") as store, store.writing():
        for n in range(4):
            for back in (20, 18, 7):  # a good answer comes back after 2, the next after 11 days
                store.log(
                    f"autograd/q{n}", graded, now=now() - back * DAY, rating=Rating.GOOD,
                    seconds=60, confidence=said,
                )  # fmt: skip


def test_with_nothing_answered_it_says_what_will_be_here(pack: Path, tmp_path: Path) -> None:
    done = torchdrill("stats", "--bank", pack, home=tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith("Nothing answered yet.")
    assert "Retention" not in done.stdout


def test_sections_in_words_and_ascii_bars(pack: Path, tmp_path: Path) -> None:
    answer(tmp_path, 0.95)
    done = torchdrill("stats", "--bank", pack, home=tmp_path)
    assert done.returncode == 0, done.stderr
    said = done.stdout
    for title in ("Retention", "Forecast", "Time spent", "Missed most", "Calibration", "Mock"):
        assert f"\n{title}" in f"\n{said}"
    assert "Of 8 answers to what came back in the last 30 days you still knew 100 %" in said
    assert "autograd  [" in said
    assert "100 % of 8" in said
    assert "When you say certain (95 %), you are right 0 % of the time" in " ".join(said.split())
    assert "missed 3 of 3 times" in said
    assert "Nothing due today;" in said
    assert "12 min in all, on 3 days" in said
    assert said.isascii() or {c for c in said if not c.isascii()} <= {"␛"}
    assert "\x1b" not in said
    assert max(map(len, said.splitlines())) <= 80


def test_json_has_keys_that_stay(pack: Path, tmp_path: Path) -> None:
    answer(tmp_path, 0.5)
    done = torchdrill("stats", "--json", "--bank", pack, home=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [*found] == ["day", "retention", "forecast", "time", "points", "calibration", "mocks"]
    assert found["day"] == study_day(now()).isoformat()
    assert [*found["retention"]] == ["overall", "topics", "levels"]
    (topic,) = found["retention"]["topics"]
    assert [*topic] == ["name", "recent", "ever"]
    assert [*topic["recent"]] == ["asked", "kept", "expected"]
    assert (topic["recent"]["asked"], topic["recent"]["kept"]) == (8, 8)
    assert [*found["forecast"]] == ["days", "overdue", "later", "interview"]
    assert [*found["forecast"]["days"][0]] == ["day", "questions", "exercises"]
    assert [*found["time"]] == ["seconds", "answers", "days", "kinds"]
    assert [*found["time"]["days"][0]] == ["day", "seconds", "answers"]
    assert [*found["time"]["kinds"][0]] == ["kind", "answers", "seconds", "budget"]
    assert [*found["points"][0]] == ["id", "text", "missed", "asked", "last"]
    assert [*found["calibration"]] == ["answers", "right", "said", "judgement", "steps"]
    assert [*found["calibration"]["steps"][0]] == ["words", "said", "answers", "right", "judgement"]
    assert found["mocks"] == []


def test_a_year_as_text(store: Store) -> None:
    study(store, BANK, NOW, days=200, a_day=5)
    said = text(statistics(BANK, store, NOW), BANK)
    assert said.isascii()
    assert max(map(len, said.splitlines())) <= 80
    assert said.count("week of") == 6
    assert "certain" in said
    lines = said.splitlines()
    today = next(line for line in lines if line.startswith("  Wed 2 Dec "))
    assert today.split()[3].isdecimal()


def test_mocks_stand_below_each_other(store: Store) -> None:
    study(store, BANK, NOW, days=10, a_day=5)
    mocks = tuple(MockResult(n, NOW - (9 - n) * DAY, 45, "mid", 0.5 + n / 10, {}, {})
                  for n in range(3))  # fmt: skip
    found = statistics(BANK, store, NOW)
    said = text(replace(found, mocks=mocks), BANK)
    assert f"  Mon 23 Nov  50 %  {'#' * 12}" in said
    assert f"  Wed 25 Nov  70 %  {'#' * 17}" in said


@pytest.fixture
def store() -> Store:
    return Store.in_memory()


def test_help_names_the_keys(tmp_path: Path) -> None:
    said = torchdrill("stats", "--help", home=tmp_path).stdout
    for key in ("retention", "forecast", "time", "points", "calibration", "mocks"):
        assert key in said
