"""`pytest --torchdrill` as a person runs it: a process of its own, in a folder with a pack."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.packs import add, fence, write

STAMPED = "import time, torch\nstamp = time.time_ns()\nprint(torch.ones(1))"
SPY = """\
import sys
from pathlib import Path

LOG = Path(__file__).with_name("log.txt")

def note(*words):
    with LOG.open("a") as stream:
        print(*words, file=stream)

def pytest_collection_finish(session):
    if session.config.getoption("torchdrill"):
        if "verify.engine.prover" in sys.modules:
            note("engine imported by collecting")
        from verify.engine import Prover
        for name in ("start", "prove", "close"):
            def wrap(real=getattr(Prover, name), name=name):
                async def call(self, *words):
                    note(name, *(getattr(word, "id", "document") for word in words))
                    return await real(self, *words)
                return call
            setattr(Prover, name, wrap())

def pytest_unconfigure(config):
    for name in ("torch", "numpy"):  # hypothesis comes with pytest plugins of others
        if name in sys.modules:
            note("imported", name)
"""


@pytest.fixture
def pack(pytester: pytest.Pytester) -> Path:
    root = pytester.path
    add(
        root,
        "autograd/two",
        fence(STAMPED) + fence("tensor([1.])", "output") + fence("print(stamp)\nassert 1 == 2")
        + fence("print(stamp)\nraise ValueError('no')"),
    )  # fmt: skip
    law = "test_other = argmax_predictions(predict=lambda z: z.argmin(dim=1))"
    add(root, "laws/one", fence(f"from verify.laws import *\n{law}", "python property"))
    add(
        root,
        "other/rest",
        fence("x = 1", 'python not-run="for show"')
        + fence("y", "python needs=nothing_there")
        + fence("import os\nos._exit(0)")
        + fence("z = 1"),
    )
    write(root, "conftest.py", SPY)
    return root


def log(pack: Path) -> list[str]:
    file = pack / "log.txt"
    return file.read_text().splitlines() if file.exists() else []


def test_without_the_flag_it_collects_nothing_and_imports_nothing(
    pack: Path, pytester: pytest.Pytester
) -> None:
    code = """\
import sys

def test_imports():
    rooms = ("verify.engine", "verify.bank", "verify.laws", "verify.report.pytest_items")
    assert not [name for name in sys.modules if name.startswith(rooms)]
    assert not {"torch", "msgspec", "markdown_it", "yaml"} & {*sys.modules}
    assert "verify.report.pytest_plugin" in sys.modules
"""
    write(pack, "test_plain.py", code)
    done = pytester.runpytest_subprocess()
    done.assert_outcomes(passed=1)
    assert not log(pack)


def test_each_check_is_an_item_with_an_id_that_editors_can_hold_on_to(
    pack: Path, pytester: pytest.Pytester
) -> None:
    write(pack, "notes.md", f"# Notes\n\n{fence('print(1)')}\n{fence('puts 1', 'ruby')}")
    write(pack, "prose.markdown", "# No code\n")
    done = pytester.runpytest_subprocess("--torchdrill", "--collect-only", "-q")
    ids = [line for line in done.outlines if "::" in line]
    assert ids == [
        "answers/autograd/two.md::python@4",
        "answers/autograd/two.md::output@9",
        "answers/autograd/two.md::python@12",
        "answers/autograd/two.md::python@16",
        "answers/laws/one.md::property test_other@6",
        "answers/other/rest.md::python@4",
        "answers/other/rest.md::python@7",
        "answers/other/rest.md::python@10",
        "answers/other/rest.md::python@14",
        "notes.md::python@3",
    ]
    assert not log(pack)


def test_an_answer_is_proved_once_and_failures_begin_with_file_and_line(
    pack: Path, pytester: pytest.Pytester
) -> None:
    words = ("answers", "--torchdrill", "-rs", "--junitxml=out.xml", "-ojunit_logging=system-out")
    done = pytester.runpytest_subprocess(*words)
    done.assert_outcomes(passed=2, failed=4, skipped=3)
    text = done.stdout.str()
    done.stdout.fnmatch_lines(
        [
            "*_ autograd/two python@12 _*",
            "answers/autograd/two.md:14: raised (python): AssertionError: assert 1 == 2",
            "answers/autograd/two.md:18: raised (python): ValueError: no",
            "    at: raise ValueError('no')",
            "*_ laws/one property test_other@6 _*",
            "answers/laws/one.md:6: failed (law argmax_predictions, test_other): for logits="
            "tensor(*): the prediction is tensor([[]0]), expected tensor([[]1]), bit for bit",
            "answers/other/rest.md:10: crashed (python): left with status 0 *",
            "SKIPPED [[]1] answers/other/rest.md:4: unverified: for show",
            "SKIPPED [[]1] answers/other/rest.md:7: needs the package nothing_there",
            "SKIPPED [[]1] answers/other/rest.md:14: unverified: not reached: *",
        ]
    )
    assert "Traceback" not in text
    assert "pytest_items.py" not in text
    assert "worker/steps.py" not in text
    assert log(pack) == [
        "start", "prove autograd/two", "prove laws/one", "prove other/rest", "close",
    ]  # fmt: skip
    cases = {case.get("name"): case for case in ET.parse(pack / "out.xml").iter("testcase")}
    stamps = [cases[f"python@{line}"].findtext("system-out") for line in (12, 16)]
    # The same run of the same answer printed both.
    assert re.search(r"\d{15,}", stamps[0] or "")
    assert stamps[0] == stamps[1]
    failure = cases["property test_other@6"].find("failure")
    assert failure is not None
    assert (failure.get("message") or "").startswith("for logits=tensor(")
    names = {p.get("name") for p in cases["output@9"].iter("property")}
    assert names == {"torch", "python", "device"}


def test_a_part_can_be_selected_and_what_failed_last_is_found_again(
    pack: Path, pytester: pytest.Pytester
) -> None:
    done = pytester.runpytest_subprocess("--torchdrill", "-k", "autograd and output")
    done.assert_outcomes(passed=1, deselected=8)
    assert log(pack) == ["start", "prove autograd/two", "close"]
    identity = "answers/laws/one.md::property test_other@6"
    pytester.runpytest_subprocess("--torchdrill", identity).assert_outcomes(failed=1)
    done = pytester.runpytest_subprocess("--torchdrill", "--lf", "--collect-only", "-q")
    assert [line for line in done.outlines if "::" in line] == [identity]


def test_two_processes_prove_each_answer_once_between_them(
    pack: Path, pytester: pytest.Pytester
) -> None:
    write(pack, "test_plain.py", "def test_one(): pass\ndef test_two(): pass\n")
    done = pytester.runpytest_subprocess("--torchdrill", "-n", "2", "--junitxml=out.xml")
    done.assert_outcomes(passed=4, failed=4, skipped=3)
    proved = sorted(line for line in log(pack) if line.startswith("prove"))
    assert proved == ["prove autograd/two", "prove laws/one", "prove other/rest"]
    assert log(pack).count("close") == log(pack).count("start")
    assert not [line for line in log(pack) if "imported" in line]
    done.stdout.fnmatch_lines(["FAILED answers/laws/one.md::property test_other@6 - for logits=*"])


@pytest.mark.parametrize(
    ("words", "ini", "said"),
    [
        (["--torchdrill-timeout", "0.5"], "", "still running after 0.5 s"),
        ([], "torchdrill_timeout = 0.5", "still running after 0.5 s"),
    ],
)
def test_flags_and_ini_say_how_to_prove(
    pytester: pytest.Pytester, words: list[str], ini: str, said: str
) -> None:
    pytester.makeini(f"[pytest]\n{ini}\n")
    write(pytester.path, "notes.md", fence("while True: pass"))
    done = pytester.runpytest_subprocess("--torchdrill", *words)
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines([f"notes.md:1: timeout (python): {said}"])


@pytest.mark.parametrize(
    "words", [["device", "tpu"], ["examples", "0"], ["examples", "x"], ["timeout", "-1"]]
)
def test_a_setting_without_sense_is_a_usage_error(
    pytester: pytest.Pytester, words: list[str]
) -> None:
    done = pytester.runpytest_subprocess("--torchdrill", f"--torchdrill-{words[0]}={words[1]}")
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines([f"*--torchdrill-{words[0]}: '{words[1]}'; expected *"])


def test_a_file_that_breaks_the_format_is_an_error_of_collection(
    pack: Path, pytester: pytest.Pytester
) -> None:
    add(pack, "autograd/broken", "```pyhton\n```\n\n```python bogus\n```\n")
    write(pack, "answers/autograd/alone.md", "---\nkey_points: [a]\n---\nText.\n")
    write(pack, "questions/autograd/untold.md", "---\ntitle: x\n---\nText.\n")
    write(pack, "open.md", "```python\nx = 1\n")
    done = pytester.runpytest_subprocess("--torchdrill", "--collect-only")
    done.stdout.fnmatch_lines(
        [
            "*ERROR collecting answers/autograd/alone.md*",
            "*alone.md:1: no file questions/autograd/alone.md beside it; expected *",
            "*ERROR collecting answers/autograd/broken.md*",
            "*broken.md:4: fence language 'pyhton'*did you mean 'python'[?]",
            "*broken.md:7: *bogus*",
            "*ERROR collecting questions/autograd/untold.md*",
        ]
    )
    assert done.ret == pytest.ExitCode.INTERRUPTED
    assert "Traceback" not in done.stdout.str()


def test_a_question_stands_for_its_answer_if_it_is_named(
    pack: Path, pytester: pytest.Pytester
) -> None:
    words = ("--torchdrill", "--collect-only", "-q")
    done = pytester.runpytest_subprocess(*words, "questions")
    assert not [line for line in done.outlines if "::" in line]
    done = pytester.runpytest_subprocess(*words, "questions/laws/one.md")
    ids = [line for line in done.outlines if "::" in line]
    assert ids == ["questions/laws/one.md::property test_other@6"]


def test_without_torch_each_item_says_so_and_it_is_looked_for_once(
    pack: Path, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    fakes = pack / "fakes"
    write(fakes, "torch.py", "raise ModuleNotFoundError(\"No module named 'torch'\", name='torch')")
    monkeypatch.setenv("PYTHONPATH", str(fakes), prepend=os.pathsep)
    done = pytester.runpytest_subprocess("--torchdrill", "answers/autograd")
    done.assert_outcomes(failed=4)
    assert "torch is not installed" in done.stdout.str()
    assert "Traceback" not in done.stdout.str()
    assert log(pack).count("start") == 1


def test_ctrl_c_ends_the_worker_too(pack: Path) -> None:
    write(pack, "notes.md", fence("import time\ntime.sleep(600)"))
    command = [sys.executable, "-m", "pytest", "notes.md", "--torchdrill"]
    process = subprocess.Popen(
        command, cwd=pack, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while "prove document" not in log(pack) and time.monotonic() < deadline:
        time.sleep(0.05)
    before = descendants(process.pid)
    os.kill(process.pid, signal.SIGINT)
    said, _ = process.communicate(timeout=30)
    assert process.returncode == pytest.ExitCode.INTERRUPTED, said
    assert log(pack)[-1] == "close"
    assert before
    deadline = time.monotonic() + 10
    while alive(before) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(before)


def descendants(pid: int) -> list[int]:
    """All processes below one."""
    found: list[int] = []
    waiting = [pid]
    while waiting:
        process = waiting.pop()
        try:
            below = Path(f"/proc/{process}/task/{process}/children").read_text().split()
        except OSError:
            continue
        found += map(int, below)
        waiting += map(int, below)
    return found


def alive(pids: list[int]) -> list[int]:
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()]


@pytest.mark.parametrize(("flags", "passed"), [([], 0), (["--torchdrill-trust"], 1)])
def test_a_document_of_others_reaches_outside_only_if_it_is_trusted(
    pytester: pytest.Pytester, flags: list[str], passed: int
) -> None:
    outside = pytester.path / "outside"
    write(pytester.path, "notes.md", fence(f"open({str(outside)!r}, 'w').write('x')"))
    done = pytester.runpytest_subprocess("--torchdrill", *flags)
    done.assert_outcomes(passed=passed, failed=1 - passed)
    assert outside.exists() == bool(passed)
