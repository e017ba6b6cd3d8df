"""Every document of the pack gets its right outcome in time; nobody else notices it.

Each is proved by real workers while a harmless document is proved in the worker beside it, and
before a harmless one is proved in its own.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from tests.hostile.cases import CASES, PACK, Case
from tests.hostile.watching import MARK, Peak, Watch, acts, unstuck
from verify.bank import load_document
from verify.bank.model import Document, Outcome
from verify.engine import AnswerVerdict, ProveOptions, Prover
from verify.engine.launching import Launcher
from verify.report.terminal import answer_lines

LAUNCHERS = (Launcher.FORK, Launcher.SPAWN)
"""Ways of starting a worker that are held to all this."""

BRISK, PATIENT = 1.0, 6.0
"""Deadlines in seconds: for what hangs, and for the rest."""

MEMORY = 800 << 20
"""Bytes for a trial; torch alone takes a quarter of them."""

WRONG = ["raised", "passed", "failed", "failed"]


@dataclass
class Neighbourhood:
    """Workers side by side, the harmless documents, and an eye on what is left behind."""

    prover: Prover
    brisk: Prover
    watch: Watch
    folder: Path
    """Where the pack was copied to: what is proved might delete it."""
    first: str = ""
    """What the harmless document said of its surroundings before anything else was proved."""

    def document(self, name: str) -> Document:
        return load_document(self.folder / f"{name}.md")

    async def canary(self, prover: Prover) -> None:
        """Prove what harms nobody; it has to hold, in surroundings as they were."""
        verdict = await prover.prove(self.document("canary"))
        told = [(c.at, c.outcome.value, c.message) for c in verdict.checks]
        assert verdict.outcome is Outcome.PASSED, told
        assert outcomes(verdict) == ["passed"] * len(verdict.checks), told
        said = verdict.checks[-1].output
        self.first = self.first or said
        assert said == self.first

    async def wrong(self, prover: Prover) -> None:
        """Prove what is false; it has to be refused, and not for another reason."""
        assert outcomes(await prover.prove(self.document("wrong"))) == WRONG

    async def beside(self, prover: Prover, over: asyncio.Event) -> None:
        """Keep the other worker at work until it is over."""
        while True:
            await self.canary(prover)
            if prover.options.launcher is Launcher.FORK:
                # Elsewhere what is refused is proved once more in a new process: seconds each.
                await self.wrong(prover)
            if over.is_set():
                return
            await asyncio.wait([asyncio.ensure_future(over.wait())], timeout=0.5)


def outcomes(verdict: AnswerVerdict) -> list[str]:
    return [check.outcome.value for check in verdict.checks]


def options(launcher: str, timeout: float) -> ProveOptions:
    return ProveOptions(
        device="cpu",
        jobs=2,
        timeout=timeout,
        examples=20,
        memory=MEMORY,
        launcher=Launcher(launcher),
        trust=True,
    )


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watch]:
    """A home, a working folder and a place for temporary files that are nobody else's."""
    with pytest.MonkeyPatch.context() as patch:
        home, here, temporary = (tmp_path_factory.mktemp(n) for n in ("home", "here", "temporary"))
        mark = secrets.token_hex(8)
        patch.setenv(MARK, mark)
        patch.setenv("HOME", str(home))
        patch.setenv("TMPDIR", str(temporary))
        patch.setattr(tempfile, "tempdir", str(temporary))
        patch.chdir(here)
        yield Watch(mark, (home, here, temporary))


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=LAUNCHERS)
async def around(
    request: pytest.FixtureRequest, places: Watch, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Neighbourhood]:
    folder = tmp_path_factory.mktemp("pack") / "pack"
    shutil.copytree(PACK, folder)
    prover = Prover(options(request.param, PATIENT))
    brisk = Prover(options(request.param, BRISK))
    async with prover, brisk:
        found = Neighbourhood(prover, brisk, places, folder)
        for each in (prover, prover, brisk, brisk):
            await found.canary(each)
        places.begin()
        yield found
    assert not places.ours()


def test_every_document_has_an_expectation() -> None:
    written = {path.stem for path in PACK.glob("*.md")} - {"canary", "wrong"}
    assert written == {case.name for case in CASES}
    assert len(CASES) == len({case.name for case in CASES})


@pytest.mark.asyncio(loop_scope="module")
async def test_the_watch_sees_workers_and_whoever_is_none(around: Neighbourhood) -> None:
    """Or to see nothing would say nothing."""
    assert len(around.watch.ours()) >= 4
    assert around.watch.strangers() == []
    stranger = await asyncio.create_subprocess_exec("sleep", "60", start_new_session=True)
    try:
        assert [process.pid for process in around.watch.strangers()] == [stranger.pid]
    finally:
        stranger.kill()
        await stranger.wait()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.asyncio(loop_scope="module")
async def test_the_right_outcome_and_nobody_else_notices(around: Neighbourhood, case: Case) -> None:
    prover, deadline = (around.brisk, BRISK) if case.brisk else (around.prover, PATIENT)
    try:
        document = around.document(case.name)
    except Exception as error:
        pytest.fail(f"cannot be loaded: {type(error).__name__}: {error}", pytrace=False)
    await prover.load()  # starting a process is no part of a document's time
    over = asyncio.Event()
    peak = Peak()
    wrongs: list[str] = []
    began = time.monotonic()
    with unstuck(deadline + 5):
        hostile = asyncio.ensure_future(prover.prove(document))
        await asyncio.sleep(0)  # so that it takes a worker before its neighbour does
        beside = asyncio.ensure_future(around.beside(prover, over))
        try:
            wrongs += _wrongs(case, await hostile)
        except Exception as error:
            wrongs.append(f"no verdict: {type(error).__name__}: {str(error)[:200]}")
        wrongs += _too_much(time.monotonic() - began, deadline, peak)
        over.set()
        neighbour = (await asyncio.gather(beside, return_exceptions=True))[0]
    if neighbour is not None:
        wrongs.append(f"the neighbour beside it: {neighbour}")
    after = await asyncio.gather(
        around.canary(prover), around.canary(prover), return_exceptions=True
    )
    wrongs += [f"the neighbour after it: {error}" for error in after if error is not None]
    wrongs += [f"left running: {process}" for process in await around.watch.left_running()]
    wrongs += [f"left on disk: {path}" for path in around.watch.left_on_disk()]
    _tidy(around)
    if wrongs:
        pytest.fail("\n".join(wrongs), pytrace=False)


def _wrongs(case: Case, verdict: AnswerVerdict) -> Iterator[str]:
    got = outcomes(verdict)
    if len(got) != len(case.wants) or any(
        outcome not in wanted for outcome, wanted in zip(got, case.wants, strict=True)
    ):
        wanted = " ".join("|".join(sorted(w)) if len(w) < 5 else "refused" for w in case.wants)
        told = [check.message[:100] for check in verdict.checks]
        yield f"came out as {got}, should have as {wanted}: {told}"
    if case.lies and not verdict.outcome.bad:
        yield f"counted as {verdict.outcome.value}, though it claims what is false"
    shown = [*answer_lines(verdict, colour=False)]
    shown += [c.message + c.output for c in verdict.checks]
    if found := sorted({repr(c) for line in shown for c in line if acts(c)}):
        yield f"lets control characters through: {' '.join(found)}"
    first = next((c for c in verdict.checks if c.outcome is not Outcome.PASSED), None)
    if case.said and (first is None or case.said not in first.message):
        yield f"said {first.message[:200] if first else ''!r}, without {case.said!r}"


def _too_much(seconds: float, deadline: float, peak: Peak) -> Iterator[str]:
    if seconds > deadline + 1:
        yield f"took {seconds:.1f} s, the deadline being {deadline:g} s"
    if (grown := peak.grown()) > 64 << 20:
        yield f"made this process grow by {grown >> 20} MiB"


def _tidy(around: Neighbourhood) -> None:
    """Undo what was left, so that the next document does not answer for it."""
    for process in around.watch.strangers():
        try:
            os.kill(process.pid, 9)
        except ProcessLookupError:
            continue
    for path in around.watch.left_on_disk():
        if Path(path).is_dir() and not Path(path).is_symlink():
            subprocess.run(["rm", "-rf", path], check=False)
        else:
            Path(path).unlink(missing_ok=True)
