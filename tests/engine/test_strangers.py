"""Code that does not come with this program runs behind walls, unless it is trusted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
import pytest_asyncio

from tests.packs import fence, write
from verify.bank import load_document
from verify.bank.model import Outcome
from verify.engine import AnswerVerdict, ProveOptions, Prover
from verify.engine import prover as engine
from verify.engine.launching import Launcher
from verify.engine.walls import Wall, available
from verify.errors import SurroundingsError

pytestmark = pytest.mark.asyncio(loop_scope="module")

REACHES_OUT = """
import os, socket, torch
torch.save(torch.ones(2), "inside.pt")
assert torch.load("inside.pt").sum() == 2
print(len(os.listdir()))
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=list(Launcher))
async def prover(request: pytest.FixtureRequest) -> AsyncIterator[Prover]:
    async with Prover(ProveOptions("cpu", 1, 20.0, 20, launcher=request.param)) as started:
        yield started


async def prove(prover: Prover, folder: Path, *fences: str) -> AnswerVerdict:
    return await prover.prove(load_document(write(folder, "document.md", "\n".join(fences))))


@pytest.mark.parametrize(
    "code",
    [
        "open({outside!r}, 'w').write('x')",
        "import os\nos.remove({kept!r})",
        "print(open({kept!r}).read())",
        "import socket\nsocket.create_connection(('127.0.0.1', 9), 1)",
        "import os\nos.kill(os.getppid(), 0)",
    ],
)
async def test_a_stranger_reaches_nothing_outside(
    prover: Prover, tmp_path: Path, code: str
) -> None:
    kept = tmp_path / "kept"
    kept.write_text("precious")
    attempt = code.format(outside=str(tmp_path / "outside"), kept=str(kept))
    verdict = await prove(
        prover, tmp_path, fence(REACHES_OUT), fence("1", "output"), fence(attempt)
    )
    assert [check.outcome.value for check in verdict.checks] == ["passed", "passed", "raised"]
    assert kept.read_text() == "precious"
    assert not (tmp_path / "outside").exists()


async def test_who_is_trusted_has_no_walls(tmp_path: Path) -> None:
    mark = tmp_path / "outside"
    async with Prover(ProveOptions("cpu", 1, 20.0, 20, trust=True)) as trusting:
        code = f"open({str(mark)!r}, 'w').write('x')"
        assert (await prove(trusting, tmp_path, fence(code))).outcome is Outcome.PASSED
    assert mark.exists()


async def test_where_walls_are_missing_a_stranger_is_refused_before_it_runs(
    prover: Prover, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none() -> Mapping[Wall, str]:
        return {**available(), Wall.FILES: "the kernel has no Landlock"}

    monkeypatch.setattr(engine, "available", none)
    monkeypatch.setattr(prover, "_found", None)
    path = write(tmp_path, "document.md", fence("x = 1"))
    with pytest.raises(SurroundingsError) as refused:
        await prover.prove_all([load_document(path)])
    assert "no Landlock" in refused.value.why
    assert "--trust" in refused.value.todo
    monkeypatch.setattr(prover, "_found", None)
