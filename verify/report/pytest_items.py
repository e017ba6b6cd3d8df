"""What ``pytest --torchdrill`` collects and how it runs it.

A Markdown file is a collector, each of its checks an item.  The first item of a file that runs
has the whole file proved (a fence needs the fences above it, whichever items were selected), and
all its items read their verdicts from that.  One worker serves a pytest process; it is started
by the first item that runs and ended with the session, also when that is interrupted.  Torch is
imported in the worker, never in the process of pytest.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _pytest._code.code import (
    ExceptionChainRepr,
    ReprEntryNative,
    ReprFileLocation,
    ReprTraceback,
    TerminalRepr,
)

from verify.bank import files, rules
from verify.bank.checks import checks_of_document, checks_of_item
from verify.bank.loader import load_document, read_answer, read_question
from verify.bank.model import Check, Defect, Document, Item, Outcome
from verify.errors import SurroundingsError, TorchdrillError
from verify.report.wording import printable, tell

if TYPE_CHECKING:
    from verify.engine import AnswerVerdict, CheckVerdict, ProveOptions, Prover

_ENDINGS = (".md", ".markdown")


class Collecting:
    """The plugin proper: hooks, and the worker they share."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self.worker = Worker(_settings(config))

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> MarkdownFile | None:
        """Collect Markdown; a question's file only if it was named, or has no answer."""
        if file_path.suffix.lower() not in _ENDINGS:
            return None
        part, root, identity = place_of(file_path)
        told = root / "answers" / f"{identity}.md"
        if part == "questions" and told.is_file() and not parent.session.isinitpath(file_path):
            return None
        file: MarkdownFile = MarkdownFile.from_parent(parent, path=file_path)
        file.worker = self.worker
        return file

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> Any:
        """With ``-n`` and no ``--dist``, give the items of one Markdown file to one worker.

        Each worker that has an item of a file proves the file; other tests are spread as ever.
        """
        said = [*map(str, config.invocation_params.args), *map(str, config.getini("addopts"))]
        said += os.environ.get("PYTEST_ADDOPTS", "").split()
        if config.getoption("dist") != "load" or any(word.startswith("--dist") for word in said):
            return None
        from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

        class ByFile(LoadScopeScheduling):  # type: ignore[misc]
            def _split_scope(self, nodeid: str) -> str:
                path = nodeid.partition("::")[0]
                return path if path.lower().endswith(_ENDINGS) else nodeid

        return ByFile(config, log)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Credit each item with the time of its own check, not one with that of the answer."""
        report = yield
        if isinstance(item, CheckItem) and call.when == "call" and item.verdict is not None:
            report.duration = item.verdict.seconds
        return report

    def pytest_sessionfinish(self) -> None:
        """End the worker."""
        self.worker.close()

    def pytest_unconfigure(self) -> None:
        """End the worker, if the session was left before it had begun."""
        self.worker.close()


def _settings(config: pytest.Config) -> dict[str, Any]:
    """How to prove, from flags and ini.

    Raises:
        pytest.UsageError: a value that makes no sense.
    """
    parse: dict[str, tuple[Callable[[str], Any], Callable[[Any], bool], str]] = {
        "device": (str, ("auto", "cpu", "cuda").__contains__, "auto, cpu or cuda"),
        "examples": (int, lambda value: value >= 1, "a whole number from 1"),
        "timeout": (float, lambda value: 0 < value < float("inf"), "seconds above 0"),
    }
    found: dict[str, Any] = {"trust": True} if config.getoption("torchdrill_trust") else {}
    for name, (read, sound, expected) in parse.items():
        said = config.getoption(f"torchdrill_{name}") or config.getini(f"torchdrill_{name}")
        if not said:
            continue
        try:
            found[name] = read(said)
        except ValueError:
            found[name] = None
        if found[name] is None or not sound(found[name]):
            raise pytest.UsageError(f"--torchdrill-{name}: {said!r}; expected {expected}")
    return found


def place_of(path: Path) -> tuple[str, Path, str]:
    """Where a file lies in a pack: ``questions`` or ``answers``, the pack's root, the id.

    The first is empty if it lies in none.
    """
    path = path.absolute()
    parts = path.parts
    if len(parts) > 3 and parts[-3] in ("questions", "answers") and path.suffix == ".md":
        root = path.parents[2]
        if (root / "questions").is_dir() and (root / "answers").is_dir():
            return parts[-3], root, f"{parts[-2]}/{path.stem}"
    return "", path.parent, ""


class Worker:
    """One warm worker and one event loop for a process of pytest, made when first needed."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = settings
        self._runner: asyncio.Runner | None = None
        self._prover: Prover | None = None
        self._failed: SurroundingsError | None = None

    def prove(self, subject: Item | Document) -> AnswerVerdict:
        """Prove an answer or document.

        Raises:
            SurroundingsError: torch or the device is missing; found out once, said each time.
        """
        if self._failed is not None:
            raise self._failed
        if self._runner is None:
            # A factory, so that the loop is nobody's default: other plugins have loops too.
            self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        if self._prover is None:
            try:
                self._prover = self._runner.run(self._start())
            except SurroundingsError as error:
                self._failed = error
                raise
        return self._runner.run(self._prover.prove(subject))

    async def _start(self) -> Prover:
        from verify.engine import ProveOptions, Prover

        options: ProveOptions = ProveOptions(**self._settings)
        prover = Prover(options)
        await prover.start()
        return prover

    @property
    def surroundings(self) -> list[tuple[str, object]]:
        """Where it was proved, as properties of a report; nothing before the start."""
        if self._prover is None:
            return []
        where = self._prover.surroundings
        return [("torch", where.torch), ("python", where.python), ("device", where.device)]

    def close(self) -> None:
        """End the worker and the loop; a second time does nothing."""
        runner, self._runner = self._runner, None
        prover, self._prover = self._prover, None
        if runner is None:
            return
        try:
            if prover is not None:
                runner.run(prover.close())
        finally:
            runner.close()


class MarkdownFile(pytest.File):
    """An answer of a pack, or a Markdown document."""

    worker: Worker

    def collect(self) -> Iterator[CheckItem]:
        """Yield an item for each check; names are unique, and change only with kind and line.

        Raises:
            CollectError: the file is not what the format asks for; names every ``file:line``.
        """
        self._verdict: AnswerVerdict | None = None
        self.subject = self._load()
        checks = (
            checks_of_item(self.subject)
            if isinstance(self.subject, Item)
            else checks_of_document(self.subject.fences, self.subject.defects)
        )
        seen: dict[str, int] = {}
        for number, check in enumerate(checks):
            words = f"{check.kind.value} {check.name}".strip()
            name = f"{words}@{check.line}"
            seen[name] = seen.get(name, 0) + 1
            if seen[name] > 1:
                name = f"{name}.{seen[name]}"
            item: CheckItem = CheckItem.from_parent(self, name=name)
            item.check, item.number = check, number
            yield item

    def _load(self) -> Item | Document:
        part, root, identity = place_of(self.path)
        if not part:
            try:
                return load_document(self.path)
            except TorchdrillError as error:
                raise self.CollectError(printable(str(error))) from None
        defects: list[Defect] = []
        item = _item(root, identity, defects)
        if item is None:
            raise self.CollectError("\n".join(printable(str(one)) for one in sorted(set(defects))))
        return item

    def verdict(self) -> AnswerVerdict:
        """The verdicts on all checks, in the order of the items; proved once."""
        if self._verdict is None:
            self._verdict = self.worker.prove(self.subject)
        return self._verdict


def _item(root: Path, identity: str, defects: list[Defect]) -> Item | None:
    """Load a question with its answer; None, and every defect of both, if they are not sound."""
    asked, told = root / f"questions/{identity}.md", root / f"answers/{identity}.md"
    defects += files.id_defects(identity, told)
    for path, other in ((asked, told), (told, asked)):
        if not path.is_file():
            found = f"no file {path.relative_to(root).as_posix()} beside it"
            defects.append(Defect(other, 1, found, "a question and an answer under one id"))
    if defects:
        return None
    question = read_question(identity, asked, defects)
    answer = read_answer(identity, told, defects)
    if question is None or answer is None:
        return None
    item = Item(question=question, answer=answer)
    defects += rules.item_defects(item)
    return None if defects else item


class CheckFailed(Exception):  # noqa: N818  (a finding, not an error)
    """A check did not pass; carries its verdict and that of the answer."""

    def __init__(self, answer: AnswerVerdict, check: CheckVerdict) -> None:
        super().__init__(check.message)
        self.answer = answer
        self.check = check


class CheckItem(pytest.Item):
    """One check of an answer or document."""

    check: Check
    number: int
    """Place among the checks of its file."""
    verdict: CheckVerdict | None = None
    """Known once it has run."""

    def runtest(self) -> None:
        """Take the verdict; what was skipped or cannot be verified is a skip with its reason.

        Raises:
            CheckFailed: the claim does not hold.
            SurroundingsError: torch or the device is missing.
        """
        file = self.parent
        assert isinstance(file, MarkdownFile)
        answer = file.verdict()
        self.verdict = verdict = answer.checks[self.number]
        self.user_properties += file.worker.surroundings
        if verdict.output:
            self.add_report_section("call", "stdout", printable(verdict.output))
        if verdict.outcome is Outcome.PASSED:
            return
        if verdict.outcome.bad:
            raise CheckFailed(answer, verdict)
        reason = printable(verdict.message)
        if verdict.outcome is Outcome.UNVERIFIED:
            reason = f"unverified: {reason}"
        raise pytest.skip.Exception(reason, _use_item_location=True)

    def repr_failure(
        self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None
    ) -> str | TerminalRepr:
        """The message with ``file:line`` first; no frame of pytest or of the verifier."""
        error = excinfo.value
        if isinstance(error, SurroundingsError):
            return str(error)
        if not isinstance(error, CheckFailed):
            return super().repr_failure(excinfo)
        told = tell(error.answer, error.check)
        # Of pytest's own kind, so that the short summary names the reason, with xdist too.
        lines = [f"{line}\n" for line in (told.line, *(f"    {line}" for line in told.details))]
        trace = ReprTraceback([ReprEntryNative(lines)], None, style="native")
        place = ReprFileLocation(str(self.path), error.check.at, told.head)
        return ExceptionChainRepr([(trace, place, None)])

    def reportinfo(self) -> tuple[Path, int, str]:
        """The Markdown file and the line of the check, from 0, where editors jump to."""
        file = "/".join(self.path.with_suffix("").parts[-2:])
        return self.path, self.check.line - 1, f"{file} {self.name}"
