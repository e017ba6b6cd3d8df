"""The candidate's side: loads its source, runs probes on it, and sends back what they give."""

from __future__ import annotations

import linecache
import random
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import numpy as np
import torch

from verify.laws.battery.agreement import Disagreement
from verify.laws.battery.exercise import Exercise
from verify.laws.battery.partner import read, write
from verify.laws.battery.plain import NotPlainError, decode, encode
from verify.laws.battery.surroundings import BEFORE, CannotTellError, surroundings
from verify.laws.battery.watching import SOURCE


def serve(
    control: socket.socket,
    exercise: Exercise | None,
    device: str,
    changed: Callable[[], str],
    reset: Callable[[], str] | None = None,
) -> None:
    """Answer until the other side is gone.

    Args:
        control: to be talked over.
        exercise: whose probes are run; None if its source is yet to come.  Its reference is not
            needed here, and is forgotten.
        device: where tensors are put.
        changed: says what of torch, Python or the verifier was replaced since it was imported.
        reset: makes the process as it was before it had a candidate; says why it cannot.
    """
    subject: Any = None
    if exercise is not None:
        exercise.reference = None
    while (data := read(control)) is not None:
        kind, *rest = decode(data, device)
        try:
            if kind == "exercise":
                exercise = defined(*rest)
                exercise.reference = None
                answer = ["ready", None, "", 0, ""]
            elif kind == "over":
                subject = None
                spent = reset() if reset is not None else "it is a fork"
                answer = ["spent" if spent else "ready", None, spent, 0, ""]
            elif kind == "changed":
                answer = ["changed", None, changed(), 0, ""]
            elif exercise is None:
                return
            elif kind == "load":
                subject = _load(exercise, *rest)
                answer = ["loaded", None, "", 0, ""]
            else:
                number, seed, case = rest
                answer = ["value", _run(exercise, subject, number, seed, case), "", 0, ""]
            sent = encode(answer)
        except Disagreement as found:
            sent = encode(["disagrees", None, found.why, 0, ""])
        except CannotTellError as why:
            sent = encode(["untold", None, str(why), 0, ""])
        except NotPlainError as error:
            sent = encode(["disagrees", None, f"it gave {error}", 0, ""])
        except _MissingError as error:
            sent = encode(["missing", None, str(error), 0, ""])
        except BaseException as error:
            sent = encode(["raised", None, _told(error), _line(error), type(error).__name__])
        write(control, sent)


def defined(code: str, path: str, line: int, forbid: Sequence[str]) -> Exercise:
    """Run the source of an exercise.

    Args:
        code: the source, which defines ``exercise``.
        path: of the file it is in, which tracebacks name.
        line: of the file, at which it starts.
        forbid: what candidates may not use.

    Raises:
        TypeError: it defines no exercise.
    """
    namespace: dict[str, Any] = {"__name__": "exercise"}
    exec(compile("\n" * (line - 1) + code, path, "exec", dont_inherit=True), namespace)
    found = namespace.get("exercise")
    if not isinstance(found, Exercise):
        raise TypeError("the fence does not define `exercise`")
    found.forbid(forbid)
    return found


class _MissingError(Exception):
    pass


def _load(exercise: Exercise, code: str, path: str, line: int) -> Any:
    SOURCE[0] = path
    BEFORE[:] = [surroundings()]
    module = ModuleType("candidate")
    module.__dict__["__file__"] = path
    sys.modules["candidate"] = module
    text = "\n" * (line - 1) + code
    linecache.cache[path] = (len(text), None, text.splitlines(keepends=True), path)
    exec(compile(text, path, "exec", dont_inherit=True), module.__dict__)
    missing = [name for name in exercise.names if name not in module.__dict__]
    if missing:
        raise _MissingError(f"{', '.join(missing)} is not defined")
    wrong = [name for name in exercise.names if not callable(module.__dict__[name])]
    if wrong:
        raise _MissingError(f"{', '.join(wrong)} cannot be called")
    return exercise.subject(module.__dict__)


def _run(exercise: Exercise, subject: Any, number: int, seed: int, case: dict[str, Any]) -> Any:
    torch.manual_seed(seed)
    random.seed(seed)
    np.random.seed(seed % 2**32)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    return exercise.laws[number].probe(subject, **case)


def _told(error: BaseException) -> str:
    """``Class: text``, the first line of it."""
    try:
        text = str(error).strip().split("\n", 1)[0][:300]
    except BaseException:
        text = ""
    name = type(error).__name__
    return f"{name}: {text}" if text else name


def _line(error: BaseException) -> int:
    """The innermost line of the candidate's source that an error passed through."""
    if isinstance(error, SyntaxError) and error.filename == SOURCE[0]:
        return int(error.lineno or 0)
    frames = reversed(traceback.extract_tb(error.__traceback__))
    return next((f.lineno or 0 for f in frames if f.filename == SOURCE[0]), 0)
