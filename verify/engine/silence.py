"""What is to be said of a step that never reported its end, and how to write what code printed."""

from __future__ import annotations

import re
import signal

from verify.bank.model import Outcome
from verify.engine.plan import Plan
from verify.engine.running import Limits, Record, Stop
from verify.engine.walls import COULD_NOT

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[@-_]|[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def clean(text: str) -> str:
    """Text without control characters, so that no terminal acts on it."""
    return _CONTROL.sub("", text)


def silence(plan: Plan, record: Record, fence: int, limits: Limits) -> tuple[Outcome, str]:
    """The outcome of a step that never reported its end."""
    if fence != record.begun:
        if record.begun < 0 and record.status == COULD_NOT:  # no code had run: this is our word
            return Outcome.UNVERIFIED, clean(record.errors).strip()
        if record.begun < 0:
            return Outcome.CRASHED, _ended(record)
        line = plan.fences[record.begun].line
        return Outcome.UNVERIFIED, f"not reached: the fence at line {line} never ended"
    if record.stop is Stop.TIMEOUT:
        return Outcome.TIMEOUT, f"still running after {limits.seconds:g} s"
    if record.stop is Stop.MEMORY:
        return Outcome.OUT_OF_MEMORY, f"used more than {limits.memory / 2**30:g} GiB"
    if record.stop is Stop.OUTPUT:
        return Outcome.FAILED, f"printed more than {limits.output >> 10} KiB"
    if record.stop is Stop.PROCESSES:
        return Outcome.FAILED, f"had more than {limits.processes} processes at one time"
    return Outcome.CRASHED, _ended(record)


def _ended(record: Record) -> str:
    if record.lost:
        return "the worker was killed with it"
    if record.status < 0:
        try:
            name = signal.Signals(-record.status).name
        except ValueError:
            name = f"signal {-record.status}"
        said = clean(record.errors).strip().rsplit("\n", 1)[-1]
        return f"ended by {name}" + (f": {said}" if said else "")
    return f"left with status {record.status} before its checks were done"
