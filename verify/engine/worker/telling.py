"""What there is to say of an error, whatever its class does when it is asked.

An exception of others may raise, hang or lie in ``__str__``, in ``__name__``, in ``__mro__``; so
the slots of the built-in types are read, and only ``str(error)`` runs code that is not ours.
"""

from __future__ import annotations

import traceback
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

_name = type.__dict__["__name__"].__get__
_qualname = type.__dict__["__qualname__"].__get__
_mro = type.__dict__["__mro__"].__get__
_traceback = BaseException.__dict__["__traceback__"].__get__

LONGEST = 4000
"""Characters of a message that are worth reading."""

_OURS = str(Path(__file__).parent)


def class_name(kind: type[BaseException]) -> str:
    """The name a class was given, whatever its metaclass says."""
    return plain(_name(kind))


def class_names(kind: type[BaseException]) -> set[str]:
    """The names of a class and of all above it, short and dotted."""
    names: set[str] = set()
    for base in _mro(kind):
        module = base.__dict__.get("__module__", "")
        names |= {_name(base), f"{module}.{_qualname(base)}"}
    return names


def plain(text: object) -> str:
    """Text that is no subclass of str, not too long, and can be written."""
    whole = str.__str__(text) if isinstance(text, str) else ""
    return whole[: 2 * LONGEST].encode("utf-8", "backslashreplace").decode("utf-8")


def text_of(error: BaseException) -> str:
    """``str(error)``, or what happened when it was asked for."""
    try:
        return plain(str(error))
    except BaseException as other:
        return f"(its text could not be had: {class_name(type(other))})"


def told(error: BaseException) -> str:
    """``Class: text``, or the class alone."""
    text = text_of(error).strip()
    name = class_name(type(error))
    return f"{name}: {text}" if text else name


def frames(error: BaseException) -> list[tuple[FrameType, int]]:
    """The frames an error passed through, outermost first, each with its line."""
    found = []
    step: TracebackType | None = _traceback(error)
    while step is not None:
        found.append((step.tb_frame, step.tb_lineno))
        step = step.tb_next
    return found


def notes(error: BaseException) -> list[str]:
    """Notes that were added to an error."""
    kept: Any = BaseException.__getattribute__(error, "__dict__").get("__notes__", ())
    return [plain(note) for note in kept if isinstance(note, str)]


def last_source_line(error: BaseException) -> str:
    """The source of the innermost line an error passed through; empty if there is none."""
    found = traceback.extract_tb(_traceback(error))
    return found[-1].line or "" if found else ""


def traceback_of(error: BaseException) -> str:
    """The traceback as Python prints it, without frames of ours; the middle of a long one is cut.

    An error that hides its traceback or cannot be formatted is told as far as it can be.
    """
    step: TracebackType | None = _traceback(error)
    while step is not None and step.tb_frame.f_code.co_filename.startswith(_OURS):
        step = step.tb_next
    try:
        if step is None:  # code that does not compile
            text = "".join(traceback.format_exception_only(error))
        else:
            text = "".join(traceback.format_exception(type(error), error, step))
    except BaseException:
        text = told(error)
    text = text.encode("utf-8", "backslashreplace").decode("utf-8").rstrip()
    if len(text) > 4 * LONGEST:
        text = f"{text[:LONGEST]}\n  ...\n{text[-2 * LONGEST :]}"
    return text
