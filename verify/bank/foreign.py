"""Fences of documents that never heard of this program, read as their readers do.

A pack is held to its format; the README of a library is not.  Its python fences may be consoles
(``>>>`` with what they print), notebook cells (``%matplotlib inline``), methods cut out of their
class, sketches with ``...`` for what was left out, and they lean on packages that are not here.
Nothing that fails to be proved here counts as proved: it is skipped or unverified, with a reason.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator, Sequence

import msgspec

from verify.bank.leaning import with_needs
from verify.bank.markdown import parsed
from verify.bank.model import Fence, Mode
from verify.bank.session import is_session, of_session

_MAGIC = re.compile(r"[ \t]*[%!]")
_OPTION = re.compile(r"(?:[ \t]*:[\w-]+:[^\n]*(?:\n|$))+")
"""Options of a Sphinx directive, before its code."""
_CELL = re.compile(r"\s*%%(?P<name>\w+)")
_PYTHON_CELLS = ("time", "timeit", "capture", "prun")


def understood(fences: Sequence[Fence]) -> tuple[Fence, ...]:
    """The fences of a document as they are to be run."""
    found: list[Fence] = []
    for fence in fences:
        found += _understood(fence)
    return with_needs(found)


def _understood(fence: Fence) -> Iterator[Fence]:
    console = fence.language == "console"
    if not console and (fence.language != "python" or fence.mode is not Mode.RUN):
        yield fence
    elif fence.not_run is None and is_session(fence.code):
        yield from of_session(fence)
    elif console or fence.not_run is not None:
        yield fence
    elif not _error_line(fence.code):
        yield _apart(fence)
    else:
        yield _mended(fence)


def _apart(fence: Fence) -> Fence:
    """A fence that is Python, but marked if it is for a console whose event loop is running."""
    if "await" not in fence.code and "async" not in fence.code:
        return fence
    if _compiles(fence.code, 0) or not _compiles(fence.code, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT):
        return fence
    why = "it awaits outside a function, which only a console or a notebook can"
    return msgspec.structs.replace(fence, not_run=why)


def _compiles(code: str, flags: int) -> bool:
    try:
        compile(code, "fence", "exec", flags, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _mended(fence: Fence) -> Fence:
    """A python fence that does not compile, as what its author meant it to be."""
    options = _OPTION.match(fence.code)
    above = options[0].count("\n") if options is not None else 0
    code = "\n" * above + textwrap.dedent(fence.code[options.end() if options else 0 :])
    if not _error_line(code):
        return msgspec.structs.replace(fence, code=code)
    cell = _CELL.match(code)
    if cell is not None and cell["name"] not in _PYTHON_CELLS:
        return msgspec.structs.replace(fence, not_run=f"a notebook's %%{cell['name']} cell")
    lines = code.split("\n")
    bare = "\n".join("" if _MAGIC.match(line) else line for line in lines)
    if bare != code and not _error_line(bare):
        if bare.strip():
            return msgspec.structs.replace(fence, code=bare)
        return msgspec.structs.replace(fence, not_run="commands of a notebook, no Python")
    at = _error_line(code)
    if 0 < at <= len(lines) and "..." in lines[at - 1]:
        why = f"a sketch: line {fence.line + at} has ... for what was left out"
        return msgspec.structs.replace(fence, not_run=why)
    return fence


def _error_line(code: str) -> int:
    """The line, from 1, at which code is no Python; 0 if it is."""
    try:
        parsed(code)
    except SyntaxError as error:
        return error.lineno or 1
    except ValueError:
        return 1
    return 0
