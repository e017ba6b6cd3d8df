"""`torchdrill verify` as a process: targets, reports, exit codes, what goes where."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.packs import add, fence, write
from tests.running import torchdrill
from tests.terminals import MAIN, Terminal

GOOD = fence("import torch\nprint(torch.ones(1))") + fence("tensor([1.])", "output")


NO_TORCH = "No module named 'torch'"


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("pack")
    add(root, "tensors/good", GOOD)
    add(root, "tensors/bad", fence("print(1)") + fence("2", "output"))
    add(root, "other/shown", fence("x = 1", 'python not-run="for show"') + fence("y = 2"))
    return root


def test_json_has_the_shape_that_is_promised(pack: Path, tmp_path: Path) -> None:
    done = torchdrill("verify", pack, "--json", "-", home=tmp_path)
    assert done.returncode == 1
    data = json.loads(done.stdout)
    assert set(data) == {"torch", "python", "device", "seconds", "answers", "totals"}
    assert [answer["id"] for answer in data["answers"]] == [
        "other/shown", "tensors/bad", "tensors/good",
    ]  # fmt: skip
    assert [answer["verdict"] for answer in data["answers"]] == ["passed", "failed", "passed"]
    check = data["answers"][1]["checks"][1]
    assert set(check) == {"kind", "line", "verdict", "seconds", "message"}
    assert (check["kind"], check["line"], check["verdict"]) == ("output", 8, "failed")
    assert data["totals"] == {"passed": 4, "failed": 1, "unverified": 1}


def test_junit_counts_each_check_once(pack: Path, tmp_path: Path) -> None:
    file = tmp_path / "junit.xml"
    assert torchdrill("verify", pack, "--junit", file, home=tmp_path).returncode == 1
    suites = ET.parse(file).getroot().findall("testsuite")
    assert sum(len(suite.findall("testcase")) for suite in suites) == 6
    assert sum(int(suite.get("failures", "")) for suite in suites) == 1
    assert sum(int(suite.get("skipped", "")) for suite in suites) == 1


def test_targets_are_ids_topics_packs_and_files(pack: Path, tmp_path: Path) -> None:
    notes = write(tmp_path, "notes.md", fence("print('hello')"))
    words: list[str | Path] = [
        "tensors/good",
        notes,
        pack / "answers/other/shown.md",
        "tensors/good",
    ]
    done = torchdrill("verify", *words, "--bank", pack, "--json", "-", home=tmp_path)
    assert done.returncode == 0
    ids = [answer["id"] for answer in json.loads(done.stdout)["answers"]]
    assert ids == ["tensors/good", str(notes), "other/shown"]
    done = torchdrill("verify", "tensors", "--bank", pack, "--json", "-", home=tmp_path)
    assert len(json.loads(done.stdout)["answers"]) == 2


def test_piped_output_is_plain_lines_with_file_and_line(pack: Path, tmp_path: Path) -> None:
    done = torchdrill("verify", pack, home=tmp_path, cwd=pack)
    assert "\x1b" not in done.stdout + done.stderr
    assert "✗ failed     tensors/bad" in done.stdout
    assert "    answers/tensors/bad.md:8: failed (output): expected 2, got 1\n" in done.stdout
    assert done.stderr.startswith("3 answers: 4 passed, 1 failed, 1 unverified checks · torch")
    assert done.stderr.count("\n") == 1


def test_an_unknown_target_names_the_nearest(pack: Path, tmp_path: Path) -> None:
    done = torchdrill("verify", "tensors/goood", "--bank", pack, home=tmp_path)
    assert done.returncode == 2
    assert "the nearest is 'tensors/good'" in done.stderr


@pytest.mark.parametrize("words", [["{folder}"], ["--bank", "{folder}"], ["autograd/../../x"]])
def test_a_folder_that_is_no_pack_is_no_target(tmp_path: Path, words: list[str]) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    named = [word.format(folder=folder) for word in words]
    done = torchdrill("verify", *named, home=tmp_path)
    assert done.returncode == 2
    assert "not a pack" in done.stderr or "names nothing" in done.stderr


def test_a_broken_file_is_reported_and_the_rest_is_proved(tmp_path: Path) -> None:
    root = tmp_path / "pack"
    add(root, "tensors/good", GOOD)
    add(root, "tensors/broken", "```pyhton\n```")
    done = torchdrill("verify", root, "--json", "-", home=tmp_path)
    assert done.returncode == 3
    assert "answers/tensors/broken.md:4: fence language 'pyhton'" in done.stderr
    assert [answer["verdict"] for answer in json.loads(done.stdout)["answers"]] == ["passed"]


def test_an_empty_pack_and_a_folder_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "pack/questions").mkdir(parents=True)
    done = torchdrill("verify", tmp_path / "pack", home=tmp_path)
    assert (done.returncode, "nothing to prove" in done.stderr) == (2, True)
    done = torchdrill("verify", tmp_path, home=tmp_path)
    assert done.returncode == 2
    assert torchdrill("lint", tmp_path / "pack", home=tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("module", "said"),
    [
        (f"raise ModuleNotFoundError({NO_TORCH!r}, name='torch')", "torch is not installed"),
        ("raise OSError('libtorch.so: not found')", "torch cannot be imported"),
    ],
)
def test_torch_missing_or_failing_is_said_and_the_rest_works(
    pack: Path, tmp_path: Path, module: str, said: str
) -> None:
    fakes = tmp_path / "fakes"
    write(fakes, "torch.py", module)
    environment = {"PYTHONPATH": str(fakes)}
    done = torchdrill("verify", pack, home=tmp_path, environment=environment)
    assert done.returncode == 4
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    done = torchdrill("doctor", home=tmp_path, environment=environment)
    assert done.returncode == 4
    assert said in done.stdout
    assert "mend:" in done.stdout
    done = torchdrill(
        "show", "tensors/good", "--bank", pack, home=tmp_path, environment=environment
    )
    assert done.returncode == 0


def test_a_file_called_torch_in_the_working_folder_is_not_taken_for_torch(
    pack: Path, tmp_path: Path
) -> None:
    write(tmp_path, "torch.py", "raise RuntimeError('taken')")
    done = torchdrill("verify", "tensors/good", "--bank", pack, home=tmp_path, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_cuda_that_is_not_there_is_an_error_of_the_surroundings(pack: Path, tmp_path: Path) -> None:
    environment = {"CUDA_VISIBLE_DEVICES": ""}
    done = torchdrill("verify", pack, "--device", "cuda", home=tmp_path, environment=environment)
    assert done.returncode == 4
    assert "no CUDA device" in done.stderr


def test_an_unwritable_report_is_said(pack: Path, tmp_path: Path) -> None:
    file = tmp_path / "not-there" / "report.json"
    done = torchdrill("verify", "tensors/good", "--bank", pack, "--json", file, home=tmp_path)
    assert (done.returncode, "cannot be written" in done.stderr) == (4, True)


def test_verdicts_do_not_depend_on_the_number_of_jobs(pack: Path, tmp_path: Path) -> None:
    def verdicts(jobs: int) -> list[object]:
        done = torchdrill(
            "verify", pack, "--no-cache", "--jobs", str(jobs), "--json", "-", home=tmp_path
        )
        answers = json.loads(done.stdout)["answers"]
        for answer in answers:
            for check in answer["checks"]:
                del check["seconds"]
        return list(answers)

    assert verdicts(1) == verdicts(3)


def test_ctrl_c_ends_with_130_and_leaves_nothing(tmp_path: Path) -> None:
    notes = write(tmp_path, "notes.md", fence("import time\ntime.sleep(60)"))
    command = [*MAIN, "verify", str(notes)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:  # the worker has forked: its child sleeps
        workers = children.read_text().split()
        if workers and Path(f"/proc/{workers[0]}/task/{workers[0]}/children").read_text().split():
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=15)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert not Path(f"/proc/{workers[0]}").exists()


def test_on_a_terminal_a_line_is_drawn_over_and_failures_stay(pack: Path, tmp_path: Path) -> None:
    command = [*MAIN, "verify", str(pack)]
    environment = {"TORCHDRILL_HOME": str(tmp_path), "NO_COLOR": ""}
    with Terminal(command, environment=environment) as terminal:
        assert terminal.end() == 1
    assert "\x1b[31m✗\x1b[0m failed     tensors/bad" in terminal.seen
    assert "\r\x1b[Kstarting torch" in terminal.seen
    assert "3/3 · 1 wrong" in terminal.seen
    said = " ".join(terminal.seen.split())
    assert "tensors/bad.md:8: failed (output): expected 2, got 1" in said
    assert "topic answers checks passed failed skipped unverified seconds" in said
    assert re.search(r" tensors 2 4 3 1 0 0 [\d.]+ ─+ all 3 6 4 1 0 1 [\d.]+ ", said)
    assert "slowest answers" in said
    assert re.search(
        r" 3 answers: 4 passed, 1 failed, 1 unverified checks · [^·]+ · [\d.]+ s$", said
    )


def test_no_color_is_honoured_on_a_terminal(pack: Path, tmp_path: Path) -> None:
    command = [*MAIN, "verify", "tensors/bad", "--bank", str(pack)]
    environment = {"TORCHDRILL_HOME": str(tmp_path), "NO_COLOR": "1"}
    with Terminal(command, environment=environment) as terminal:
        assert terminal.end() == 1
    assert "✗ failed     tensors/bad" in terminal.seen
    assert not re.search(r"\x1b\[\d*m", terminal.seen)
