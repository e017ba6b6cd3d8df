"""A verdict in words: one line that says it all, the counterexample first, and what adds to it.

What a worker says of a check is text of some lines: for a property, the failing call as Hypothesis
shows it and then the error; for a law, its name and the values it was drawn with as well; for an
output, what was expected and what came.  Here it is put in an order that reads well, without
losing anything: a text of another form is shown as it is.
"""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from verify.bank.model import CheckKind
from verify.engine.verdicts import AnswerVerdict, CheckVerdict

_SHORT = 60
"""Characters of expected and got together that still read well on one line."""

_LINES = 30
"""Lines of detail that are worth a reader's time."""

_LONGEST = 200
"""Characters of a source line that are shown."""

_SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[@-_]")
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_CALL = re.compile(
    r"(?:Falsifying (?:explicit )?example|Failing (?:test case|explicit example)): "
    r"(?P<name>[\w.]+)\(\n?(?P<values>.*?)\n?\)(?P<drawn>(?:\nDraw [^\n]*)*)(?:\n|$)",
    re.DOTALL,
)
_LAW = re.compile(r"LawBroken: (?P<law>\w+): (?P<what>.*?)(?:\n  for (?P<values>.*))?$", re.DOTALL)
_SYNTAX_PLACE = re.compile(
    r"\A(?P<told>(?:Syntax|Indentation|Tab)Error: [^\n]*?) \([^\n()]*, line \d+\)$", re.MULTILINE
)
"""Python says the place too, which a report has put in front."""
_QUOTED = re.compile(r"\A\s*(?:>[ \t]+)+")
"""Before a line of a fence in a quotation; a console's ``>>>`` is none."""
_ASSERT = re.compile(r"assertion failed: (?:assert\s+)?")


class Told(msgspec.Struct, frozen=True):
    """What a report says of one check."""

    where: str
    """``file:line``, the file relative to the working folder where it lies below it."""
    label: str
    """Outcome and kind of check: ``failed (output)``."""
    head: str
    """One line: the counterexample, if there is one, and what came of it."""
    details: tuple[str, ...] = ()
    """Further lines, empty as a rule."""

    @property
    def line(self) -> str:
        """All but the details."""
        return f"{self.where}: {self.label}" + (f": {self.head}" if self.head else "")


def printable(text: str) -> str:
    r"""Text on which neither a terminal nor an XML parser chokes: ``\x07`` is written out.

    Escape sequences go; other control characters, lone surrogates and marks that turn the
    direction of writing are written as Python would write them.  Newlines and tabs stay.
    """
    return _UNPRINTABLE.sub(_escaped, _SEQUENCE.sub("", text).replace("\r\n", "\n"))


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def shown_path(path: Path) -> str:
    """A path relative to the working folder where it lies below it."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)


def tell(verdict: AnswerVerdict, check: CheckVerdict) -> Told:
    """Put the verdict on a check in words."""
    where = printable(f"{shown_path(verdict.path)}:{check.at}")
    kind, name = check.check.kind, check.check.name
    message = printable(check.message).strip("\n")
    label = f"{check.outcome.value} ({kind.value}{f' {name}' if name else ''})"
    if kind is CheckKind.PROPERTY and check.outcome.bad:
        return _of_property(Told(where, label, ""), check, message)
    if kind is CheckKind.OUTPUT and check.outcome.bad:
        told = _of_output(Told(where, label, ""), message)
        if told is not None:
            return told
    message = _SYNTAX_PLACE.sub(r"\g<told>", message, count=1)
    head, *details = [line for line in message.split("\n") if line.strip()] or [""]
    source = source_line(verdict.path, check.line) if check.outcome.bad else ""
    if source and head == "AssertionError":
        head = f"AssertionError: {source}"
    elif source:
        details.insert(0, f"at: {source}")
    return Told(where, label, head, _few(details))


def source_line(path: Path, line: int) -> str:
    """A line of a file, stripped; empty if there is no such line, or no line was named (0)."""
    if line < 1:
        return ""
    try:
        lines = path.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError):
        return ""
    if line > len(lines):
        return ""
    text = printable(_QUOTED.sub("", lines[line - 1], count=1).strip())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _of_property(told: Told, check: CheckVerdict, message: str) -> Told:
    """The failed law by its name, the smallest input, what came of it."""
    values, rest = "", message
    call = _CALL.match(message)
    if call is not None:
        values = _one_line(call["values"])
        if call["drawn"]:
            values = "; ".join([values, *call["drawn"].strip("\n").split("\n")]).strip("; ")
        rest = message[call.end() :]
    law = _LAW.match(rest)
    label = told.label
    if law is not None:
        rest = law["what"]
        values = _one_line(law["values"] or "") or values
        name = check.check.name
        inside = "" if name in (law["law"], f"test_{law['law']}") else f", {name}"
        label = f"{check.outcome.value} (law {law['law']}{inside})"
    rest = _ASSERT.sub("assertion failed: ", rest, count=1)
    first, *details = [line.rstrip() for line in rest.split("\n") if line.strip()] or [""]
    given = f"for {values}: " if values else ""
    return Told(told.where, label, f"{given}{first}", _few(details))


def _one_line(values: str) -> str:
    """Arguments that were written one below the other."""
    parts = [part.strip() for part in values.split("\n")]
    return re.sub(r"(?<=[(\[{]) | (?=[)\]}])", "", " ".join(parts)).strip().removesuffix(",")


def _of_output(told: Told, message: str) -> Told | None:
    """Expected and got: on one line if short, else one above the other with a mark below."""
    lines = message.split("\n")
    if len(lines) < 3 or not lines[0].startswith("expected  ") or not lines[1].startswith("got"):
        return None
    expected, got = lines[0].removeprefix("expected  "), lines[1][3:].removeprefix("       ")
    why = " ".join(lines[2:])
    if len(expected) + len(got) <= _SHORT:
        said = "" if why == f"{expected} is not {got}" else f": {why}"
        head = f"expected {expected.strip()}, got {got.strip()}{said}"
        return Told(told.where, told.label, head)
    at = next((n for n, (a, b) in enumerate(zip(expected, got, strict=False)) if a != b), None)
    at = min(len(expected), len(got)) if at is None else at
    details = [f"expected  {expected}", f"got       {got}"]
    if (expected + got).isascii() and at < _SHORT:
        details.append(" " * (10 + at) + "^")
    return Told(told.where, told.label, why, tuple(details))


def _few(lines: list[str]) -> tuple[str, ...]:
    if len(lines) <= _LINES:
        return tuple(lines)
    return (*lines[:_LINES], f"({len(lines) - _LINES} lines more)")
