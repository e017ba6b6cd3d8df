"""``torchdrill doctor`` lists each wall; one that is not there is news and no defect."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from quizapp.cli import doctor_command
from verify.engine import walls
from verify.engine.walls import Wall


@pytest.fixture
def doctor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    monkeypatch.setenv("TORCHDRILL_HOME", str(tmp_path))
    monkeypatch.setattr(doctor_command, "_torch", lambda: iter(()))
    monkeypatch.setattr(doctor_command, "_bank", lambda: iter(()))
    return monkeypatch


def lines(output: str) -> dict[str, str]:
    """What is said of each wall, and of strangers, mark first."""
    found = {}
    for line in output.splitlines():
        mark, _, rest = line.partition(" ")
        for name in (*(f"wall {wall}" for wall in Wall), "strangers"):
            if rest.startswith(f"{name} "):
                found[name] = f"{mark} {rest.removeprefix(name).strip()}"
    return found


def test_each_wall_is_listed_with_what_it_stops(doctor: pytest.MonkeyPatch) -> None:
    doctor.setattr(walls, "available", lambda: dict.fromkeys(Wall, ""))
    done = CliRunner().invoke(doctor_command.command)
    assert done.exit_code == 0, done.output
    expected = {f"wall {wall}": f"✓ {wall.stops}" for wall in Wall}
    said = lines(done.output)
    assert said.pop("strangers").startswith("✓")
    assert said == expected


def test_a_missing_wall_is_told_with_its_reason_and_breaks_nothing(
    doctor: pytest.MonkeyPatch,
) -> None:
    found = {**dict.fromkeys(Wall, ""), Wall.FILES: "no Landlock", Wall.ROOM: "refused"}
    doctor.setattr(walls, "available", lambda: found)
    done = CliRunner().invoke(doctor_command.command)
    assert done.exit_code == 0, done.output
    said = lines(done.output)
    assert said["wall files"] == "- cannot be had: no Landlock"
    assert said["wall room"] == "- cannot be had: refused"
    assert said["wall network"].startswith("✓")
    assert said["strangers"].startswith("- ")
    assert "--trust" in said["strangers"]


def test_a_room_alone_is_not_needed_for_strangers(doctor: pytest.MonkeyPatch) -> None:
    found = {**dict.fromkeys(Wall, ""), Wall.ROOM: "refused"}
    doctor.setattr(walls, "available", lambda: found)
    assert lines(CliRunner().invoke(doctor_command.command).output)["strangers"].startswith("✓")
