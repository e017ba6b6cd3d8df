"""seccomp: which system calls are refused, told by number and by arguments that are no pointers.

A filter is a program for a small machine that sees the number, the processor and six arguments.
Source: https://docs.kernel.org/userspace-api/seccomp_filter.html
"""

from __future__ import annotations

import ctypes
import errno
import struct
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from verify.engine.walls.system import PR_SET_SECCOMP, audit_arch, machine, numbers, prctl

_LOAD, _AND, _RETURN = 0x20, 0x54, 0x06
_EQUAL, _AT_LEAST, _ABOVE = 0x15, 0x35, 0x25
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER_AT, _ARCH_AT, _ARGS_AT = 0, 4, 16
_X32 = 0x40000000
"""Calls of the x32 convention have this bit, and would else pass by other numbers."""


class When(NamedTuple):
    """One condition on the low half of an argument; all of a rule's must hold."""

    arg: int
    values: tuple[int, ...]
    mask: int = 0xFFFFFFFF
    among: bool = True
    """Whether it must be one of the values, or none of them."""


class Rule(NamedTuple):
    """A call that is refused, if all its tests hold."""

    name: str
    tests: tuple[When, ...] = ()
    error: int = errno.EPERM


def refuse(*names: str, error: int = errno.EPERM) -> list[Rule]:
    """Rules that refuse calls whatever their arguments."""
    return [Rule(name, (), error) for name in names]


def only(name: str, arg: int, *values: int) -> Rule:
    """A rule that refuses a call unless an argument is one of the values."""
    return Rule(name, (When(arg, values, among=False),))


def never(name: str, arg: int, *values: int) -> Rule:
    """A rule that refuses a call if an argument is one of the values."""
    return Rule(name, (When(arg, values),))


_Instruction = tuple[int, int, int, int]
_INSTRUCTION = struct.Struct("=HBBI")


def program(rules: Iterable[Rule], newest: int | None = None) -> list[_Instruction]:
    """The filter for rules; the first that applies decides, and what none refuses is allowed.

    Args:
        rules: what to refuse.
        newest: calls of a higher number do not exist for the process; None for no such bound.
    """
    code: list[_Instruction] = [
        (_LOAD, 0, 0, _ARCH_AT),
        (_EQUAL, 1, 0, audit_arch()),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER_AT),
    ]
    if machine() == "x86_64":
        code += [(_AT_LEAST, 0, 1, _X32), (_RETURN, 0, 0, _ERRNO | errno.ENOSYS)]
    if newest is not None:
        code += [(_ABOVE, 0, 1, newest), (_RETURN, 0, 0, _ERRNO | errno.ENOSYS)]
    for rule in rules:
        number = numbers().get(rule.name)
        if number is not None:  # else this processor has no such call
            body = _body(rule)
            code += [(_EQUAL, 0, len(body), number), *body]
    return [*code, (_RETURN, 0, 0, _ALLOW)]


def _body(rule: Rule) -> list[_Instruction]:
    """What follows when the number is the rule's: its tests, then the refusal."""
    body: list[_Instruction] = [(_RETURN, 0, 0, _ERRNO | rule.error)]
    if rule.tests:
        body.append((_LOAD, 0, 0, _NUMBER_AT))  # a test failed: on to the next rule
    for test in reversed(rule.tests):
        past = len(body) - 1  # from the end of this test to where the next rule begins
        checks: list[_Instruction] = []
        for place, value in enumerate(test.values):
            after = len(test.values) - 1 - place
            if test.among:
                checks.append((_EQUAL, after, past if after == 0 else 0, value))
            else:
                checks.append((_EQUAL, after + past, 0, value))
        head: list[_Instruction] = [(_LOAD, 0, 0, _ARGS_AT + 8 * test.arg)]
        if test.mask != 0xFFFFFFFF:
            head.append((_AND, 0, 0, test.mask))
        body = [*head, *checks, *body]
    return body


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))


def packed(code: Sequence[_Instruction]) -> bytes:
    """A filter as the kernel reads it."""
    return b"".join(_INSTRUCTION.pack(*instruction) for instruction in code)


def install(code: bytes) -> None:
    """Have the kernel ask a filter about every call, from now on, here and in what is started.

    Args:
        code: what :func:`packed` gives.

    Raises:
        OSError: the kernel refuses.
    """
    program = _Program(len(code) // _INSTRUCTION.size, code)
    try:
        prctl(PR_SET_SECCOMP, 2, ctypes.byref(program))
    except OSError as error:
        why = f"this kernel takes no seccomp filter ({error.strerror})"
        raise OSError(error.errno, why) from None
