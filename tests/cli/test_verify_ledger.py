"""`torchdrill verify` where nothing, or not all, is to be proved again; `--record`, `--stale`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.engine.ledgers import LAW
from tests.packs import add, fence, write
from tests.running import torchdrill

GOOD = fence("import torch\nprint(torch.ones(1))") + fence("tensor([1.])", "output")
LONG_AGO = 1_700_000_000
STARTED = 99

GUARD = """\
import os, sys

STARTS = {"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.exec", "os.system"}

def guard(event, args):
    if event in STARTS or (event == "import" and args[0] in ("torch", "hypothesis", "asyncio")):
        os.write(2, f"{event} {args[0]}".encode())
        os._exit(99)

sys.addaudithook(guard)
"""
"""A sitecustomize with which a process that starts another, or imports torch, ends with 99."""


class Desk:
    """A pack, a home, and the command line over them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.root, self.home = folder, folder / "pack", folder / "home"
        write(folder, "guard/sitecustomize.py", GUARD)

    def verify(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        return torchdrill("verify", self.root, *words, home=self.home)

    def guarded(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        """The same, where starting a process or importing torch ends with 99."""
        paths = [str(self.folder / "guard"), os.environ.get("PYTHONPATH", "")]
        guard = {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
        return torchdrill("verify", *words, home=self.home, environment=guard)

    def edit(self, identity: str, old: str, new: str) -> None:
        path = self.root / f"answers/{identity}.md"
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")


def fill(desk: Desk) -> Desk:
    add(desk.root, "tensors/good", GOOD)
    add(desk.root, "tensors/law", fence(LAW, "python property"))
    add(desk.root, "other/shown", fence("1 / 0", 'python not-run="for show"') + fence("y = 2"))
    add(
        desk.root,
        "other/skips",
        fence("x = 1") + fence("import nowhere_x", "python needs=nowhere_x"),
    )
    write(desk.folder, "notes.md", fence("print('hello')") + fence("hello", "output"))
    for path in desk.root.rglob("*.md"):
        os.utime(path, (LONG_AGO, LONG_AGO))
    return desk


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Desk, dict[str, Any]]:
    """A desk on which all was proved once, and what was said of it."""
    desk = fill(Desk(tmp_path_factory.mktemp("desk")))
    done = desk.verify(desk.folder / "notes.md", "--json", "-")
    assert done.returncode == 0, done.stderr
    assert "unchanged" not in done.stderr
    return desk, json.loads(done.stdout)


@pytest.fixture
def desk(template: tuple[Desk, dict[str, Any]]) -> Desk:
    """That desk, as it was then; facts are about the place of a pack, so it is made anew there."""
    desk, _ = template
    saved = desk.folder / "saved"
    if not saved.exists():
        shutil.copytree(desk.home, saved)
    shutil.rmtree(desk.home)
    shutil.copytree(saved, desk.home)
    stamps = {path: path.stat() for path in desk.root.rglob("*.md")}
    texts = desk.folder / "texts"
    if not texts.exists():
        shutil.copytree(desk.root, texts)
    for path in [*desk.root.rglob("*")]:
        kept = texts / path.relative_to(desk.root)
        if path.is_file() and not kept.exists():
            path.unlink()
        elif path.is_file() and path.read_bytes() != kept.read_bytes():
            path.write_bytes(kept.read_bytes())  # in place: it stays the same inode
            os.utime(path, (LONG_AGO, LONG_AGO))
    assert len(stamps) >= 8
    return desk


def told(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode != STARTED, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_unchanged_answers_are_told_again_without_a_process(
    desk: Desk, template: tuple[Desk, dict[str, Any]]
) -> None:
    done = desk.guarded(desk.root, desk.folder / "notes.md", "--json", "-")
    again, before = told(done), dict(template[1])
    assert done.returncode == 0
    assert again.pop("seconds") < before.pop("seconds")
    assert again == before
    assert "5 answers (5 unchanged): 7 passed, 1 skipped, 1 unverified checks" in done.stderr


def test_a_bank_a_topic_an_id_and_a_file_are_found_without_a_process(desk: Desk) -> None:
    bank = ("--bank", desk.root, "--json", "-")
    assert len(told(desk.guarded(*bank))["answers"]) == 4
    assert len(told(desk.guarded("tensors", *bank))["answers"]) == 2
    file = desk.root / "answers/tensors/law.md"
    answers = told(desk.guarded("tensors/good", file, "tensors/good", *bank))["answers"]
    assert [answer["id"] for answer in answers] == ["tensors/good", "tensors/law"]
    assert {Path(answer["path"]).is_file() for answer in answers} == {True}
    assert desk.guarded("tensors/gone", *bank).returncode == 2


def test_junit_has_its_shape(desk: Desk) -> None:
    file = desk.folder / "junit.xml"
    assert desk.guarded(desk.root, "--junit", file).returncode == 0
    suites = ET.parse(file).getroot().findall("testsuite")
    assert sum(len(suite.findall("testcase")) for suite in suites) == 7
    assert sum(int(suite.get("skipped", "")) for suite in suites) == 2


def test_on_a_pipe_each_answer_has_its_line(desk: Desk) -> None:
    lines = desk.guarded(desk.root).stdout.splitlines()
    assert [line for line in lines if line.startswith("✓")] == [
        f"✓ passed     {name}  unchanged"
        for name in ("other/shown", "other/skips", "tensors/good", "tensors/law")
    ]


def test_prose_moves_the_lines_and_proves_nothing(desk: Desk) -> None:
    before = told(desk.guarded("tensors/good", "--bank", desk.root, "--json", "-"))["answers"]
    desk.edit("tensors/good", "```python", "Three\n\nlines.\n\n```python")
    for words in ([desk.root], ["tensors/good", "--bank", desk.root]):
        answers = told(desk.guarded(*words, "--json", "-"))["answers"]
        (after,) = [answer for answer in answers if answer["id"] == "tensors/good"]
        lines = [check["line"] for check in after["checks"]]
        assert lines == [check["line"] + 4 for check in before[0]["checks"]]


def test_only_what_changed_is_proved(desk: Desk) -> None:
    desk.edit("tensors/good", "print(", "y = 1\nprint(")
    assert desk.guarded(desk.root).returncode == STARTED
    done = desk.verify("--json", "-")
    assert done.returncode == 0
    assert "4 answers (3 unchanged)" in done.stderr
    assert desk.guarded(desk.root).returncode == 0


def test_a_failure_is_proved_each_time_and_mended_once(desk: Desk) -> None:
    desk.edit("tensors/good", "tensor([1.])", "tensor([2.])")
    for _ in range(2):
        done = desk.verify()
        assert (done.returncode, "4 answers (3 unchanged)" in done.stderr) == (1, True)
        assert "expected" in done.stdout
    desk.edit("tensors/good", "tensor([2.])", "tensor([1.])")
    assert desk.guarded(desk.root).returncode == STARTED  # the failure took its place


@pytest.mark.parametrize(
    "words", [["--no-cache"], ["--seed", "1"], ["--examples", "200"], ["--launcher", "spawn"]]
)
def test_what_is_asked_for_otherwise_is_proved(desk: Desk, words: list[str]) -> None:
    assert desk.guarded(desk.root, *words).returncode == STARTED


@pytest.mark.parametrize("words", [["--jobs", "3"], ["--timeout", "9"], ["--examples", "5"]])
def test_what_makes_no_difference_is_not(desk: Desk, words: list[str]) -> None:
    assert desk.guarded(desk.root, *words).returncode == 0


def test_without_a_cache_all_is_proved_and_kept(desk: Desk) -> None:
    done = desk.verify("--no-cache")
    assert (done.returncode, "unchanged" in done.stdout + done.stderr) == (0, False)
    assert desk.guarded(desk.root).returncode == 0


def test_damaged_caches_cost_time_only(desk: Desk) -> None:
    kept = [*(desk.home / "cache").glob("*.json")]
    assert len(kept) == 2
    for path in kept:
        path.write_bytes(b"\x00garbage")
    assert desk.guarded(desk.root).returncode == STARTED
    done = desk.verify()
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    assert desk.guarded(desk.root).returncode == 0


def test_a_cache_that_cannot_be_written_costs_time_only(desk: Desk) -> None:
    shutil.rmtree(desk.home)
    write(desk.home, "cache", "a file where the folder should be")
    done = desk.verify("tensors/good", "--bank", desk.root)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)


def test_defects_are_told_again(desk: Desk) -> None:
    broken = add(desk.root, "tensors/broken", "```pyhton\n```")
    for path in (broken, desk.root / "questions/tensors/broken.md"):
        os.utime(path, (LONG_AGO, LONG_AGO))
    first, second = desk.guarded(desk.root), desk.guarded(desk.root)
    assert (first.returncode, second.returncode) == (3, 3)
    assert "answers/tensors/broken.md:4: fence language 'pyhton'" in first.stderr
    assert second.stderr.splitlines()[:-1] == first.stderr.splitlines()[:-1]


def test_what_was_proved_is_recorded_once(desk: Desk) -> None:
    file = desk.root / "answers/ledger.jsonl"
    assert desk.guarded(desk.root, "--record").returncode == 0
    first = file.read_bytes()
    lines = [json.loads(line) for line in first.splitlines()]
    assert [line["id"] for line in lines] == [
        "other/shown", "other/skips", "tensors/good", "tensors/law",
    ]  # fmt: skip
    assert lines[3]["laws"] == 1
    stat = file.stat()
    assert desk.guarded(desk.root, "--record").returncode == 0
    assert desk.guarded("tensors/good", "--bank", desk.root, "--record").returncode == 0
    assert file.read_bytes() == first
    assert file.stat().st_mtime_ns == stat.st_mtime_ns
    assert desk.verify("--no-cache", "--record").returncode == 0
    assert file.read_bytes() == first


def test_show_tells_where_it_was_proved(desk: Desk) -> None:
    desk.guarded(desk.root, "--record")
    show = ("show", "tensors/law", "--bank", desk.root, "--answer")
    said = torchdrill(*show, home=desk.home).stdout
    assert "Proof: proved on torch 2." in said
    assert said.endswith(" cpu, 1 law × 100 examples\n")
    other = torchdrill(*show, home=desk.folder / "other").stdout
    assert "Proof: not yet here; proved on torch 2." in other
    desk.edit("tensors/law", "n + 1 > n", "n + 2 > n")
    said = torchdrill(*show, home=desk.home).stdout
    assert "the answer changed since" in said.rpartition("Proof: stale: 2.")[2]


def test_lint_reports_a_broken_line_and_nothing_stops(desk: Desk) -> None:
    desk.guarded(desk.root, "--record")
    file = desk.root / "answers/ledger.jsonl"
    good = file.read_bytes()
    assert torchdrill("lint", desk.root, home=desk.home).returncode == 0
    file.write_bytes(good + b"<<<<<<< HEAD\n")
    done = torchdrill("lint", desk.root, home=desk.home)
    assert done.returncode == 3
    assert "answers/ledger.jsonl:5: a line that cannot be read" in done.stdout
    assert desk.guarded(desk.root).returncode == 0
    assert desk.guarded("--stale", desk.root).returncode == 0
    done = desk.guarded(desk.root, "--record")
    assert (done.returncode, "ledger.jsonl:5" in done.stderr) == (0, True)
    assert file.read_bytes() == good


def test_stale_lists_what_is_not_proved_here(desk: Desk) -> None:
    done = desk.guarded(desk.root, "--stale")
    assert (done.returncode, done.stdout) == (0, "")
    desk.edit("tensors/good", "print(", "y = 1\nprint(")
    done = desk.guarded(desk.root, "--stale")
    assert (done.returncode, done.stdout) == (1, "tensors/good\tanswer changed\n")
    shutil.rmtree(desk.home)
    done = desk.guarded(desk.root, "--stale")
    assert done.returncode == 1
    assert [line.split("\t")[1] for line in done.stdout.splitlines()] == ["never proved here"] * 4
    assert "4 of 4 answers not proved here" in done.stderr


@pytest.mark.parametrize("words", [["--stale", "--record"], ["--stale", "--json", "-"]])
def test_stale_goes_alone(desk: Desk, words: list[str]) -> None:
    assert desk.guarded(desk.root, *words).returncode == 2
