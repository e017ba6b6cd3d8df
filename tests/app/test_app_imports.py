"""What the process that draws imports, and when."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HEAVY = {
    "torch", "numpy", "hypothesis", "fsrs", "markdown_it", "yaml", "pygments", "tree_sitter",
    "textual.widgets._text_area", "textual.widgets._markdown", "verify.engine.prover",
    "quizapp.app.screens.question",
}  # fmt: skip

PROGRAM = """
import asyncio, sys
from pathlib import Path
from quizapp.app.app import TorchdrillApp
from quizapp.app.desk import Desk
from quizapp.study.store import Store

async def first_frame():
    app = TorchdrillApp(Desk(Path(sys.argv[1]), store=Store.in_memory, cache=Path(sys.argv[2])))
    painted = []
    display = app._display
    def note(screen, renderable):
        display(screen, renderable)
        if not painted:
            painted.append(sorted(sys.modules))
    app._display = note
    async with app.run_test() as pilot:
        await pilot.pause()
    print("\\n".join(painted[0]))

asyncio.run(first_frame())
"""


def test_the_first_frame_needs_nothing_heavy(tmp_path: Path) -> None:
    from tests.app.small_pack import write_pack
    from verify.bank import load_index

    pack = write_pack(tmp_path / "pack")
    load_index(pack, tmp_path / "cache")
    found = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(pack), str(tmp_path / "cache")],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2],
    ).stdout.split()  # fmt: skip
    assert "quizapp.app.screens.home" in found
    assert not HEAVY & {*found}


def test_no_screen_imports_torch() -> None:
    names = [
        f"quizapp.app.{path.relative_to(folder).with_suffix('').as_posix().replace('/', '.')}"
        for folder in [Path(__file__).parents[2] / "quizapp/app"]
        for path in folder.rglob("*.py")
        if path.name != "__init__.py"
    ]
    program = (
        f"import sys, importlib\nfor n in {names!r}: importlib.import_module(n)\n"
        "print({'torch', 'numpy', 'hypothesis'} & {*sys.modules})"
    )
    found = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert found.stdout.strip() == "set()"
