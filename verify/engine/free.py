"""Running code that claims nothing: what it prints, what it raises, and how it ended, in words."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

import msgspec

from verify.bank.model import Item
from verify.engine.checking import LawVerdict, law_verdict
from verify.engine.launching import Preload
from verify.engine.plan import free_of
from verify.engine.protocol import Ended
from verify.engine.running import Limits, Record, Stop, Watch
from verify.engine.silence import clean
from verify.engine.trial import Trial, preload
from verify.engine.walls import COULD_NOT

NAME = Path("playground.py")
"""What tracebacks call the code."""

OnText = Callable[[str, bytes], None]
"""Called with ``out`` or ``err`` and what the code has printed there."""


class Program(msgspec.Struct, frozen=True):
    """Code to be run for its own sake, beside an answer."""

    item: Item
    """The question whose answer it begins from."""
    code: str
    above: tuple[int, ...] = ()
    """Numbers of the answer's fences that run before it, in the same namespace and unheard."""
    tests: bool = False
    """Whether the functions ``test_*`` that it defines are called in the end."""


class End(StrEnum):
    """How a program ended."""

    FINISHED = "finished"
    RAISED = "raised"
    LEFT = "left"
    """By ``exit()`` or ``os._exit()``."""
    STOPPED = "stopped"
    """By who looked on."""
    TOO_LONG = "too-long"
    TOO_MUCH_PRINTED = "too-much-printed"
    TOO_MUCH_MEMORY = "too-much-memory"
    TOO_MANY_PROCESSES = "too-many-processes"
    CRASHED = "crashed"


class Ran(msgspec.Struct, frozen=True):
    """What came of a program.  Its texts are as they came, control characters and all."""

    end: End
    why: str = ""
    """How it ended, in words; empty if it finished."""
    printed: str = ""
    """On stdout."""
    errors: str = ""
    """On stderr."""
    trace: str = ""
    """The traceback of what it raised; lines of the code are counted from 1."""
    line: int = 0
    """Of the code, where it raised; 0 if it did not."""
    seconds: float = 0.0
    """Without what ran before it."""
    device: str = "cpu"
    tests: tuple[LawVerdict, ...] = ()
    """How the tests came out that it defines."""
    above: str = ""
    """What went wrong before it; empty if nothing did."""


def trial_of(program: Program) -> tuple[Trial, int]:
    """Make the trial of a program, and say at which number the code itself is run."""
    return free_of(program.item, program.code, program.above, NAME, tests=program.tests)


def preload_for(program: Program) -> Preload:
    """What a process that runs a program had better have imported."""
    fences = program.item.answer.fences
    above = (fences[number].code for number in program.above)
    return preload((*above, program.code), tests=program.tests)


def watching(trial: Trial, on_text: OnText, stop: asyncio.Event | None) -> Watch:
    """Look on while a program runs: at what its last step prints, which is the code itself."""

    def tell(ended: int, stream: str, data: bytes) -> None:
        if ended == len(trial.steps) - 1:
            on_text(stream, data)

    return Watch(on_printed=tell, stop=stop)


def ran(
    program: Program, record: Record, number: int, seconds: float, limits: Limits, device: str
) -> Ran:
    """Tell what came of a program.

    Args:
        program: what was run.
        record: of its trial.
        number: at which the code itself was run.
        seconds: how long all of it took.
        limits: the trial's.
        device: it ran on.
    """
    ended = record.steps.get(number)
    before = sum(step.seconds for fence, step in record.steps.items() if fence != number)
    end, why = _reported(ended) if ended is not None else _silent(record, limits)
    left = end is End.LEFT
    return Ran(
        end=end,
        why=why,
        printed=record.output.get(number, ""),
        errors=record.said.get(number, ""),
        trace="" if ended is None or left else ended.trace,
        line=0 if ended is None or left else ended.line,
        seconds=max(0.0, seconds - before) if ended is None else ended.seconds,
        device=device,
        tests=() if ended is None else tuple(map(law_verdict, ended.tests)),
        above=_above(program, record, number),
    )


def _reported(ended: Ended) -> tuple[End, str]:
    if ended.outcome == "passed":
        return End.FINISHED, ""
    message = clean(ended.message)
    if ended.error == "SystemExit":
        status = message.partition(": ")[2]
        return End.LEFT, f"left by exit({status})"
    return End.RAISED, message.removesuffix(f" ({NAME}, line {ended.line})")


def _silent(record: Record, limits: Limits) -> tuple[End, str]:
    """How a program ended that did not come to its last line."""
    match record.stop:
        case Stop.ASKED:
            return End.STOPPED, "stopped"
        case Stop.TIMEOUT:
            return End.TOO_LONG, f"still running after {limits.seconds:g} s, so it was ended"
        case Stop.OUTPUT:
            most = f"{limits.output >> 10} KiB"
            return End.TOO_MUCH_PRINTED, f"printed more than {most}, so it was ended"
        case Stop.MEMORY:
            most = f"{limits.memory / 2**30:g} GiB"
            return End.TOO_MUCH_MEMORY, f"held more than {most} of memory, so it was ended"
        case Stop.PROCESSES:
            why = f"had more than {limits.processes} processes at one time, so it was ended"
            return End.TOO_MANY_PROCESSES, why
    if record.lost:
        return End.CRASHED, "took its worker down with it; the next run starts another"
    if record.begun < 0 and record.status == COULD_NOT:
        return End.CRASHED, f"not run: {clean(record.errors).strip()}"
    if record.status < 0:
        return End.CRASHED, _by_signal(-record.status)
    return End.LEFT, f"left the process with status {record.status}, before its last line"


_MEANS = {
    "SIGSEGV": "it touched memory that is not its own",
    "SIGABRT": "it gave up by itself",
    "SIGFPE": "an impossible calculation",
    "SIGILL": "an instruction that this processor has not got",
    "SIGKILL": "it was killed, by itself or for want of memory",
}


def _by_signal(number: int) -> str:
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    means = _MEANS.get(name)
    return f"crashed with {name}" + (f": {means}" if means else "")


def _above(program: Program, record: Record, number: int) -> str:
    """What is to be said of the fences that ran before the code."""
    fences = program.item.answer.fences
    for fence in program.above:
        ended = record.steps.get(fence)
        where = f"the snippet at line {fences[fence].line} of the answer"
        if ended is None:
            if record.begun == fence and number not in record.steps:
                return f"{where} did not end"
        elif ended.outcome != "passed":
            return f"{where}: {clean(ended.message).strip().partition(chr(10))[0]}"
    return ""
