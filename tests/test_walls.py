"""The walls between rooms, held by fresh interpreters that say what they have imported."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest

from verify import locations
from verify.bank.record import record_file

ROOT = Path(__file__).resolve().parent.parent
WORKERS_ONLY = {"torch", "hypothesis", "numpy"}
APP_ONLY = {"textual", "rich"}


def imported(code: str, tmp_path: Path) -> set[str]:
    """The top-level names in ``sys.modules`` after some code has run."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", f"{code}\nimport sys; print('|', *sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "TORCHDRILL_HOME": str(tmp_path)},
    )
    return {name.partition(".")[0] for name in done.stdout.rpartition("|")[2].split()}


def modules(room: str) -> list[str]:
    """Every module of a room, by its dotted name."""
    folder = ROOT / room.replace(".", "/")
    assert folder.is_dir()
    found = [
        path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
        for path in folder.rglob("*.py")
    ]
    return [name.removesuffix(".__init__") for name in found]


def test_no_process_but_a_worker_imports_torch_or_hypothesis(tmp_path: Path) -> None:
    rooms = ("verify.bank", "verify.engine", "verify.report", "quizapp.study", "quizapp.cli")
    names = [name for room in (*rooms, "quizapp.app") for name in modules(room)]
    names = [n for n in names if not n.startswith("verify.engine.worker")]
    assert len(names) > 40
    code = "import importlib\n" + "".join(f"importlib.import_module({name!r})\n" for name in names)
    assert not imported(code, tmp_path) & WORKERS_ONLY


def test_textual_is_imported_only_under_the_app(tmp_path: Path) -> None:
    rooms = ("verify.bank", "verify.engine", "verify.report", "quizapp.study", "quizapp.cli")
    names = [name for room in rooms for name in modules(room)]
    names = [n for n in names if not n.startswith("verify.engine.worker")]
    code = "import importlib\n" + "".join(f"importlib.import_module({name!r})\n" for name in names)
    assert not imported(code, tmp_path) & APP_ONLY


def test_verify_knows_no_person(tmp_path: Path) -> None:
    names = [
        n for n in modules("verify") if not n.startswith(("verify.engine.worker", "verify.laws"))
    ]
    code = "import importlib\n" + "".join(f"importlib.import_module({name!r})\n" for name in names)
    assert not imported(code, tmp_path) & {"quizapp", "sqlite3", "fsrs"}


@pytest.mark.parametrize("room", ["verify.bank"])
def test_the_bank_knows_no_process(room: str, tmp_path: Path) -> None:
    code = "import importlib\n" + "".join(
        f"importlib.import_module({n!r})\n" for n in modules(room)
    )
    assert not imported(code, tmp_path) & {"subprocess", "multiprocessing", "asyncio"}


@pytest.mark.parametrize("words", [["--help"], ["list", "--json"], ["verify", "--help"]])
def test_what_need_not_draw_imports_neither_torch_nor_textual(
    words: list[str], tmp_path: Path
) -> None:
    code = (
        f"import sys; sys.argv = ['torchdrill', *{words!r}]\n"
        "from quizapp.cli.main import main\n"
        "try: main()\nexcept SystemExit: pass"
    )
    assert not imported(code, tmp_path) & (WORKERS_ONLY | APP_ONLY)


def test_the_text_of_the_bank_holds_no_python_module() -> None:
    for folder in ("questions", "answers"):
        files = [path for path in (ROOT / folder).rglob("*") if path.is_file()]
        kinds = {path.suffix for path in files if path != record_file(ROOT)}
        assert kinds == {".md"}


def test_the_bank_is_found_as_a_resource_and_beside_the_package() -> None:
    for folder in ("questions", "answers"):
        beside = locations.built_in_pack() / folder
        names = {entry.name for entry in resources.files(folder).iterdir()}
        assert names == {entry.name for entry in beside.iterdir()}
