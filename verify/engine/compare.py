"""Is what a program printed what it should have printed?  Pure text, no torch.

Numbers compare to a tolerance that follows the dtype named in the text and the digits shown;
``device='cuda:0'``, ``-0.``, object addresses, the order of dicts and sets and the amount of white
space do not matter; words, shapes, dtypes (``3`` is not ``3.``) and the structure of lines do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_DEVICE = re.compile(r",\s*device='cuda(:\d+)?'")
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{4,}\b")
_DTYPE = re.compile(r"torch\.(bfloat16|float16|half|float64|double|complex128)\b")
_NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][-+]?\d+)?(?![0-9A-Za-ik-z_])")
_TOLERANCE = {
    "bfloat16": 1.6e-2,
    "float16": 1e-3,
    "half": 1e-3,
    "float64": 1e-7,
    "double": 1e-7,
    "complex128": 1e-7,
}
_DEFAULT_TOLERANCE = 1e-5
"""Relative, for float32, which prints name no dtype."""

_ROUNDED = 3
"""From this many decimals on, a printed number is taken for a rounded one."""

_OPEN, _CLOSE = "([{", ")]}"


@dataclass(frozen=True)
class Difference:
    """The first place where two outputs part."""

    line: int
    """Line of the expected output, from 1."""
    expected: str
    """That line; empty if the expected output has ended."""
    got: str
    why: str
    """The difference in words."""


def same_output(expected: str, got: str, *, typed: bool = False) -> bool:
    """Return whether two outputs say the same; see :func:`compare_output`."""
    return compare_output(expected, got, typed=typed) is None


def compare_output(expected: str, got: str, *, typed: bool = False) -> Difference | None:
    """Return the first difference between two outputs, or None.

    Args:
        expected: what should have been printed.
        got: what was.
        typed: ``got`` was typed by a person: white space within a line, the lines over which a
            bracket is spread, and upper or lower case do not matter.
    """
    wanted, found = _lines(expected, typed=typed), _lines(got, typed=typed)
    for number, line in enumerate(wanted):
        other = found[number] if number < len(found) else None
        if other is None:
            return Difference(number + 1, line, "", "the output ends before this line")
        why = _compare_line(line, other)
        if why:
            return Difference(number + 1, line, other, why)
    if len(found) > len(wanted):
        extra = found[len(wanted)]
        return Difference(len(wanted) + 1, "", extra, "a line more than expected")
    return None


def _lines(text: str, *, typed: bool) -> list[str]:
    text = _ADDRESS.sub("0x…", _DEVICE.sub("", text))
    lines = [line.rstrip() for line in text.strip("\n").splitlines()]
    while lines and not lines[0].strip():
        lines.pop(0)
    while lines and not lines[-1].strip():
        lines.pop()
    if typed:
        lines = [_squeeze(line) for line in _joined(lines) if line.strip()]
    else:
        lines = [re.sub(r"(?<=[\[({]) ", "", re.sub(r"[ \t]+", " ", line)) for line in lines]
    return [_ordered(line) for line in lines]


def _joined(lines: list[str]) -> list[str]:
    """Lines with every bracketed expression on one line."""
    joined: list[str] = []
    depth = 0
    for line in lines:
        if depth > 0:
            joined[-1] += " " + line.strip()
        else:
            joined.append(line)
        depth += sum(line.count(c) for c in _OPEN) - sum(line.count(c) for c in _CLOSE)
    return joined


def _squeeze(line: str) -> str:
    line = re.sub(r"\s*([,:=()\[\]{}])\s*", r"\1", line.strip())
    return re.sub(r"\s+", " ", line).casefold()


def _ordered(line: str) -> str:
    """The line with the entries of each dict or set in one order."""
    start = line.find("{")
    if start < 0:
        return line
    depth, parts, part = 0, [], start + 1
    for position in range(start, len(line)):
        character = line[position]
        if character in _OPEN:
            depth += 1
        elif character in _CLOSE:
            depth -= 1
        if (depth == 1 and character == ",") or depth == 0:
            parts.append(line[part:position])
            part = position + 1
        if depth == 0:
            inner = ", ".join(sorted(_ordered(p.strip()) for p in parts))
            return f"{line[:start]}{{{inner}}}{_ordered(line[position + 1 :])}"
    return line


def _compare_line(expected: str, got: str) -> str:
    """Why two lines differ; empty if they do not."""
    if expected == got:
        return ""
    if _NUMBER.sub("#", expected) != _NUMBER.sub("#", got):
        return "the words, shape or dtype differ"
    dtype = _DTYPE.search(expected)
    relative = _TOLERANCE[dtype[1]] if dtype else _DEFAULT_TOLERANCE
    wanted, found = _NUMBER.findall(expected), _NUMBER.findall(got)
    for one, other in zip(wanted, found, strict=True):
        why = _compare_number(one, other, relative)
        if why:
            return why
    return ""


def _compare_number(expected: str, got: str, relative: float) -> str:
    if _is_float(expected) != _is_float(got):
        return f"{expected} and {got}: one is an integer, the other a float"
    if not _is_float(expected):
        return "" if int(expected) == int(got) else f"{expected} is not {got}"
    a, b = float(expected), float(got)
    if abs(a - b) <= max(relative * max(abs(a), abs(b)), _rounding(expected)):
        return ""
    return f"{expected} is not {got}"


def _is_float(number: str) -> bool:
    return any(mark in number for mark in ".eE")


def _rounding(number: str) -> float:
    """One unit in the last decimal of a number that looks rounded, else nothing."""
    mantissa, _, exponent = number.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    if decimals < _ROUNDED:
        return 0.0
    return 1.001 * 10.0 ** (int(exponent or 0) - decimals)
