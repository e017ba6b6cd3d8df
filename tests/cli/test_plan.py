"""``torchdrill plan`` on the command line."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.running import torchdrill

DAY = timedelta(days=1)


def test_it_shows_days_and_sets_the_goal(tmp_path: Path) -> None:
    shown = torchdrill("plan", home=tmp_path)
    assert shown.returncode == 0
    assert shown.stdout.startswith("No day is set.\n")
    assert len(shown.stdout.splitlines()) == 15
    found = torchdrill(
        "plan", "--date", "in 9 days", "--level", "mid", "--minutes", "60", home=tmp_path
    )
    day = f"{date.today() + 9 * DAY:%Y-%m-%d}"
    assert f"Interview on {day}, mid." in found.stdout
    kept = torchdrill("plan", "--json", home=tmp_path)
    told = json.loads(kept.stdout)
    assert told["goal"] == {"interview": day, "level": "mid", "minutes": 60}
    assert len(told["days"]) == 9
    assert told["fits"] is (told["minutes_needed"] is None)
    assert sum(len(each["new"]) for each in told["days"]) == sum(
        told[kind][0] for kind in ("questions", "exercises")
    )
    assert "No day is set" in torchdrill("plan", "--date", "", home=tmp_path).stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--date", "someday"], "no day"),
        (["--date", "2020-01-01"], "has passed"),
        (["--level", "chief"], "no level"),
        (["--minutes", "lots"], "no number of minutes"),
    ],
)
def test_mistakes_are_told_and_change_nothing(words: list[str], says: str, tmp_path: Path) -> None:
    before = torchdrill("plan", "--json", home=tmp_path).stdout
    found = torchdrill("plan", *words, home=tmp_path)
    assert (found.returncode, found.stdout) == (2, "")
    assert says in found.stderr
    assert torchdrill("plan", "--json", home=tmp_path).stdout == before
