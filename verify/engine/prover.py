"""Prove answers: warm workers, one answer at a time in each, verdicts as they come."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from verify.bank.model import Item, Kind, Outcome
from verify.engine.checking import CodeVerdict, OnLaw, judged_code, judged_fix, law_verdict
from verify.engine.crew import Crew, Post
from verify.engine.free import OnText, Program, Ran, preload_for, ran, trial_of, watching
from verify.engine.judging import judge
from verify.engine.launching import Launcher, LauncherProcess, Preload, best
from verify.engine.plan import Plan, Subject, judging_of, mending_of, part_of, plan
from verify.engine.protocol import Ready, Test
from verify.engine.running import NOBODY, Limits, Record, Watch, run_trial
from verify.engine.subjects import aside_of, built_in, codes, path_of, preload_of, weight_of
from verify.engine.trial import Trial, takes_long
from verify.engine.verdicts import AnswerVerdict, Surroundings
from verify.engine.walls import Wall, Walls, available, demand
from verify.errors import SurroundingsError


class ProveOptions(msgspec.Struct, frozen=True):
    """How to prove."""

    device: str = "auto"
    """``auto`` (CUDA if there is any), ``cpu`` or ``cuda``."""
    jobs: int = 1
    """Workers side by side."""
    timeout: float = 60.0
    """Seconds an answer may take."""
    examples: int = 100
    """What Hypothesis draws for each property."""
    seed: int = 0
    """Of every generator, in torch, NumPy, Python and Hypothesis."""
    memory: int = 4 << 30
    """Bytes that an answer and its processes may hold."""
    trust: bool = False
    """Run code that is not the built-in pack's without walls."""
    launcher: Launcher | None = None
    """The best that can be had if left out: fork on Linux, but not for CUDA."""


class Prover:
    """Workers that prove answers.

    Use it as an asynchronous context manager, or call :meth:`start` and :meth:`close`.

    Args:
        options: how.
        begun: a process to launch workers for so many jobs, if one was started already.
    """

    def __init__(
        self, options: ProveOptions | None = None, begun: LauncherProcess | None = None
    ) -> None:
        self.options = options or ProveOptions()
        self._begun = begun
        self._crew: Crew | None = None
        self._surroundings: Surroundings | None = None
        self._limits = Limits(seconds=self.options.timeout, memory=self.options.memory)
        self._cuda = ""
        self._alone = asyncio.Lock()
        self._found: asyncio.Future[Mapping[Wall, str]] | None = None

    @property
    def surroundings(self) -> Surroundings:
        """Versions and device; known once started."""
        if self._surroundings is None:
            raise RuntimeError("the prover has not been started")
        return self._surroundings

    @property
    def cuda(self) -> str:
        """What to call the CUDA device that could be had; empty if there is none."""
        return self._cuda

    async def __aenter__(self) -> Prover:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def start(self) -> None:
        """Start the workers and wait until they have imported torch.

        Raises:
            SurroundingsError: torch, or the device asked for, is not there.
        """
        launcher = self.options.launcher or best(self.options.device)
        try:
            self._surroundings = self._choose(await self._launch(launcher))
            right = self._launcher()
            if right is not launcher:  # there is a CUDA device where none was seen, or none
                await self.close()
                await self._launch(right)
        except BaseException:
            await self.close()
            raise

    async def load(self, program: Program | None = None) -> None:
        """Have all imported that answers may need; without this, it is when one needs it.

        Args:
            program: have imported no more than this needs.

        Raises:
            SurroundingsError: it cannot be.
        """
        crew = self._at_work()
        forks = crew.launcher is Launcher.FORK
        await crew.loaded(preload_for(program) if program and forks else Preload.ALL)

    def _at_work(self) -> Crew:
        if self._crew is None:
            raise RuntimeError("the prover has not been started")
        return self._crew

    def _launcher(self) -> Launcher:
        if self.options.launcher is not None:
            return self.options.launcher
        # A context that was made before a fork is of no use after it.
        no_fork = sys.platform != "linux" or self.surroundings.device == "cuda"
        return Launcher.SPAWN if no_fork else Launcher.FORK

    async def _launch(self, launcher: Launcher) -> Ready:
        # One process keeps the CUDA context; several would share the memory of one device.
        alone = self._surroundings is not None and self._surroundings.device == "cuda"
        one = launcher is Launcher.SPAWN and (alone or self.options.device == "cuda")
        self._crew = Crew(launcher, 1 if one else self.options.jobs)
        begun, self._begun = self._begun, None
        if begun is not None and launcher is not Launcher.FORK:
            await asyncio.to_thread(begun.abandon)
            begun = None
        return await self._crew.start(begun)

    def _choose(self, ready: Ready) -> Surroundings:
        wanted, self._cuda = self.options.device, ready.cuda
        if wanted == "cuda" and not ready.cuda:
            raise SurroundingsError(
                "no CUDA device",
                where="--device cuda",
                why=f"torch {ready.torch} sees none here",
                todo="use --device cpu, or install a CUDA build of torch and its driver",
            )
        device = "cuda" if ready.cuda and wanted != "cpu" else "cpu"
        name = ready.cuda if device == "cuda" else "CPU"
        return Surroundings(ready.torch, ready.python, device, name)

    async def prove(self, subject: Subject, upto: int | None = None) -> AnswerVerdict:
        """Run all that proves one answer or document.

        Args:
            subject: what to prove.
            upto: run no more than leads to this fence, and prove that one alone.

        Raises:
            SurroundingsError: it is a stranger's, and a wall that it needs cannot be had.
        """
        crew = self._at_work()
        todo = plan(subject) if upto is None else part_of(plan(subject), upto)
        walls = await self._walls(subject)
        long = takes_long(codes(subject))
        for kind in dict.fromkeys((preload_of(subject), Preload.ALL)):
            async with crew.post(kind, weight_of(subject), long=long) as post:
                began = time.perf_counter()
                judged = await self._judged(crew, post, todo, walls, began)
                if not judged.sure and judged.verdict.outcome in _MAY_BE_A_VICTIM:
                    async with self._alone:  # one of them may be who kills the rest
                        judged = await self._judged(crew, post, todo, walls, began, alone=True)
            if not judged.late:
                break
        said = aside_of(subject, self.surroundings.device)
        return msgspec.structs.replace(judged.verdict, aside=said)

    async def _judged(
        self,
        crew: Crew,
        post: Post,
        todo: Plan,
        walls: Walls | None,
        began: float,
        *,
        alone: bool = False,
    ) -> _Judged:
        sure = True

        async def run(trial: Trial) -> Record:
            nonlocal sure
            if not trial.steps:
                return Record(done=True)
            if not post.worker.alive or (alone and not post.worker.fresh):
                await crew.renew(post)
            fresh = post.worker.fresh
            record = await self._run(post, trial, walls)
            # Who took more than there is of anything did so itself, whoever was there before.
            sure = sure and not record.lost and (fresh or record.stop is not None)
            return record

        proof = await run(todo.proof)
        bug = None if todo.bug is None else await run(todo.bug)
        judged = None if todo.judged is None else await run(todo.judged)
        verdict = judge(todo, proof, bug, judged, time.perf_counter() - began, self._limits)
        late = proof.late or (bug is not None and bug.late)
        return _Judged(verdict, sure, late)

    async def _run(
        self,
        post: Post,
        trial: Trial,
        walls: Walls | None,
        watch: Watch = NOBODY,
    ) -> Record:
        try:
            return await run_trial(
                post.worker,
                trial,
                device=self.surroundings.device,
                seed=self.options.seed,
                examples=self.options.examples,
                limits=self._limits,
                walls=walls,
                watch=watch,
            )
        except BaseException:  # cancelled: what the worker says next would be about this trial
            await post.worker.close()
            raise

    async def check(
        self, item: Item, code: str, path: Path, on_law: OnLaw = lambda law: None
    ) -> CodeVerdict:
        """Judge a learner's code.

        Args:
            item: a question to be coded, or a bug to be mended.
            code: the learner's.
            path: of the file it is in, which messages name.
            on_law: called with each law as soon as it has been tried.

        Raises:
            SurroundingsError: the question is a stranger's, and a wall that it needs cannot be had.
        """
        crew = self._at_work()
        walls = await self._walls(item)
        mending = item.question.head.kind is Kind.BUG
        if mending:
            todo, number = mending_of(item, code)
            trial = todo.proof
        else:
            trial, number = judging_of(item, code, path)

        def tell(step: int, test: Test) -> None:
            if step == number:
                on_law(law_verdict(test))

        async with crew.post(Preload.ALL, 1, long=False) as post:
            began = time.perf_counter()
            if not post.worker.alive:
                await crew.renew(post)
            record = await self._run(post, trial, walls, Watch(on_tried=tell))
            seconds = time.perf_counter() - began
        if not mending:
            return judged_code(item, path, record, number, seconds, self._limits)
        verdict = judge(todo, record, None, None, seconds, self._limits)
        found = judged_fix(item, path, number, verdict, seconds)
        for law in found.laws:
            on_law(law)
        return found

    async def run(
        self,
        program: Program,
        on_text: OnText = lambda stream, data: None,
        stop: asyncio.Event | None = None,
    ) -> Ran:
        """Run code that claims nothing.

        Args:
            program: the code, and what runs before it.
            on_text: called with what it prints, as it comes.
            stop: ends it when it is set.

        Raises:
            SurroundingsError: the answer is a stranger's, and a wall that it needs cannot be had.
        """
        crew = self._at_work()
        trial, number = trial_of(program)
        watch = watching(trial, on_text, stop)
        walls = await self._walls(program.item)
        async with crew.post(preload_for(program), 1, long=False) as post:
            if not post.worker.alive:
                await crew.renew(post)
            began = time.perf_counter()
            record = await self._run(post, trial, walls, watch)
        seconds, device = time.perf_counter() - began, self.surroundings.device
        return ran(program, record, number, seconds, self._limits, device)

    async def wall_in(self, subjects: Sequence[Subject]) -> None:
        """Find out which walls can be had, if one of these is a stranger; best before the start.

        Raises:
            SurroundingsError: a wall that one of them needs cannot be had.
        """
        for subject in subjects:
            if self._is_a_stranger(subject):
                demand(str(path_of(subject)), found=await self._available())
                return

    def _is_a_stranger(self, subject: Subject) -> bool:
        return not (self.options.trust or built_in(subject))

    async def _available(self) -> Mapping[Wall, str]:
        if self._found is None:
            self._found = asyncio.ensure_future(asyncio.to_thread(lambda: available()))
        return await self._found

    async def _walls(self, subject: Subject) -> Walls | None:
        """What a stranger's code is run behind; None for code that is trusted.

        Raises:
            SurroundingsError: a wall that it needs cannot be had.
        """
        if not self._is_a_stranger(subject):
            return None
        found, where = await self._available(), str(path_of(subject))
        if self.surroundings.device == "cuda":  # whose driver reserves more than there is
            devices = tuple(str(node) for node in Path("/dev").glob("nvidia*"))
            return demand(where, memory=0, devices=devices, found=found)
        return demand(where, memory=self.options.memory, found=found)

    async def prove_all(
        self,
        subjects: Sequence[Subject],
        on_verdict: Callable[[AnswerVerdict], None] | None = None,
    ) -> list[AnswerVerdict]:
        """Prove many, in parallel; verdicts come back in the order of the subjects.

        Raises:
            SurroundingsError: a stranger is among them, and a wall that it needs cannot be had.
        """
        await self.wall_in(subjects)  # says so once, and before anything is run

        # The longest first, as far as can be told, so that none is left alone at the end.
        order = sorted(range(len(subjects)), key=lambda number: -weight_of(subjects[number]))
        waiting: dict[tuple[Preload, bool], deque[int]] = {}
        for number in order:
            subject = subjects[number]
            kind = (preload_of(subject), takes_long(codes(subject)))
            waiting.setdefault(kind, deque()).append(number)
        verdicts: dict[int, AnswerVerdict] = {}

        async def work(numbers: deque[int]) -> None:
            while numbers:
                number = numbers.popleft()
                verdicts[number] = await self.prove(subjects[number])
                if on_verdict is not None:
                    on_verdict(verdicts[number])

        # Of each kind as many as could have a turn: those that wait for more to be imported keep
        # nobody from the others, and thousands of answers take no more than a few tasks.
        async with asyncio.TaskGroup() as group:
            for numbers in waiting.values():
                for _ in range(self.options.jobs):
                    group.create_task(work(numbers))
        return [verdicts[number] for number in range(len(subjects))]

    async def close(self) -> None:
        """End all workers and whatever they run."""
        crew, self._crew = self._crew, None
        begun, self._begun = self._begun, None
        if begun is not None:
            await asyncio.to_thread(begun.abandon)
        if crew is not None:
            await crew.close()


class _Judged(msgspec.Struct, frozen=True):
    verdict: AnswerVerdict
    sure: bool
    """Whether nobody else can have had a part in it.

    Somebody can if the process was used before, or if the worker was killed.
    """
    late: bool
    """Whether it has to be run again where more is imported."""


_MAY_BE_A_VICTIM = (Outcome.CRASHED, Outcome.RAISED, Outcome.FAILED)
"""Outcomes that another trial may have caused: what it left behind, or whom it killed."""
