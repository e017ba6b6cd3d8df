"""Consoles in a document: ``>>>`` with what each statement prints."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

import msgspec

from verify.bank.markdown import parsed
from verify.bank.model import Fence, Mode

_PROMPT = re.compile(r"[ \t]*>>>(?: |$)")
_MORE = re.compile(r"[ \t]*\.\.\.(?: |$)")
_TRACEBACK = re.compile(r"Traceback \((?:most recent call last|innermost last)\):")
_ERROR = re.compile(r"(?P<name>[A-Za-z_][\w.]*)(?:: ?(?P<said>.*))?$")
_BARE = re.compile(r"[\w.]*(?:Error|Exception): ")
"""What a traceback ends with, where an author has left out the rest."""
_LEFT_OUT = re.compile(r"\.\.\.(?!,)")
"""Dots of a person; NumPy and torch put a comma behind theirs."""

_SHOW = b"(print(repr(_)) if (_ := (", b")) is not None else None)"
"""Around an expression: a console prints its value, unless it is None, and calls it ``_``."""

_OPEN = ("was never closed", "unterminated triple-quoted", "expected an indented block")


class _Part(msgspec.Struct):
    """Statements up to the first that prints something, and what it prints."""

    first: int
    """Line of the statements in the fence, from 0."""
    source: list[str]
    printed: list[str]
    pasted: bool = False
    """Whether the last statement goes on without dots, as in a file."""


def is_session(code: str) -> bool:
    """Whether the code begins with a prompt, but for remarks."""
    return re.match(r"(?:[ \t]*(?:#[^\n]*)?\n)*[ \t]*>>>(?: |\n|$)", code) is not None


def of_session(fence: Fence) -> Iterator[Fence]:
    """A console as fences: the statements, and below those that print what they print.

    They have the lines they have in the file.  An expression shows its value as a console would;
    a traceback says what the statements raise.
    """
    for part in _parts(fence.code.split("\n")):
        line = fence.line + part.first
        printed = _tidy(part.printed)
        raised = _raised(printed)
        yield msgspec.structs.replace(
            fence, language="python", mode=Mode.RUN, line=line, raises=raised or fence.raises,
            code="\n".join(_showing(part.source)) + "\n",
        )  # fmt: skip
        if printed and raised is None:
            text = "\n".join(printed) + "\n"
            cut = "shortened with ..., so not compared" if _LEFT_OUT.search(text) else None
            below = line + len(part.source)
            yield Fence(language="output", mode=Mode.OUTPUT, code=text, line=below, not_run=cut)


def _parts(lines: Sequence[str]) -> Iterator[_Part]:
    part: _Part | None = None
    for number, line in enumerate(lines):
        prompt = _PROMPT.match(line)
        if prompt is not None and (part is None or any(map(str.strip, part.printed))):
            if part is not None:
                yield part
            part = _Part(number, [line[prompt.end() :]], [])
        elif part is None:
            continue  # empty lines before the first prompt
        elif prompt is not None:
            part.source += [*("" for _ in part.printed), line[prompt.end() :]]
            part.printed, part.pasted = [], False
        elif not part.printed and (more := _MORE.match(line)) is not None:
            part.source.append(line[more.end() :])
        elif not part.printed and (_open(part.source) or _goes_on(part, line)):
            part.source.append(line)
            part.pasted = True
        else:
            part.printed.append(line)
    if part is not None:
        yield part


def _open(source: Sequence[str]) -> bool:
    """Whether a bracket, a text or a block that has begun waits for its end."""
    try:
        parsed("\n".join(source) + "\n")
    except SyntaxError as error:
        return any(waits in error.msg for waits in _OPEN)
    except ValueError:
        pass
    return False


def _goes_on(part: _Part, line: str) -> bool:
    return part.pasted and (not line.strip() or line[0].isspace())


def _tidy(printed: Sequence[str]) -> list[str]:
    """Without remarks, and without the empty lines at the end."""
    lines = ["" if line.strip() == "<BLANKLINE>" else line for line in printed]
    while lines and (not lines[-1].strip() or lines[-1].lstrip().startswith("#")):
        lines.pop()
    return lines


def _raised(printed: Sequence[str]) -> str | None:
    """What the statements are to raise: the class, and its message if it is one whole line."""
    if not printed or not (_TRACEBACK.search(printed[0]) or _BARE.match(printed[0])):
        return None
    for number, line in enumerate(printed):
        if _TRACEBACK.search(line):
            continue
        error = None if line[:1].isspace() else _ERROR.match(line)
        if error is not None:
            name, said = error["name"].rpartition(".")[2], (error["said"] or "").strip()
            whole = said and number == len(printed) - 1 and "..." not in said
            return f"{name}: {said}" if whole else name
    return "Exception"


def _showing(source: Sequence[str]) -> list[str]:
    """The statements, with each expression printed; the lines stay where they are."""
    try:
        tree = parsed("\n".join(source) + "\n")
    except (SyntaxError, ValueError):
        return list(source)
    lines = [line.encode() for line in source]
    shown = sorted(_shown(tree.body), key=lambda node: (node.lineno, node.col_offset))
    for node in reversed(shown):
        last, first = (node.end_lineno or node.lineno) - 1, node.lineno - 1
        end, begin = node.end_col_offset or 0, node.col_offset
        lines[last] = lines[last][:end] + _SHOW[1] + lines[last][end:]
        lines[first] = lines[first][:begin] + _SHOW[0] + lines[first][begin:]
    return [line.decode() for line in lines]


def _shown(body: Sequence[ast.stmt]) -> Iterator[ast.Expr]:
    """What a console shows: expressions, those in loops as well, but not in functions."""
    for statement in body:
        if isinstance(statement, ast.Expr):
            yield statement
        elif not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for part in ("body", "orelse", "finalbody"):
                yield from _shown(getattr(statement, part, ()))
            for handler in getattr(statement, "handlers", ()):
                yield from _shown(handler.body)
