"""What running a piece of code gave, in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from textual.content import Content

from quizapp.app.text.clean import clean, one_line
from quizapp.app.text.words import count, took

if TYPE_CHECKING:
    from quizapp.study.playground import Playground
    from verify.engine.checking import LawVerdict
    from verify.engine.free import Ran

FIRST, LAST = 200, 300
"""Lines that are shown of a long text: its first and its last ones."""

MOST = 100_000
"""Characters that are shown in all, shared among the lines."""

_PACKAGES = re.compile(r'(?<=File ")[^"\n]*/site-packages/')
_COLOURS = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_OWN = '  File "playground.py"'


def context(playground: Playground) -> str:
    """What runs before the text at play, and what the answer says of the snippet."""
    fence, number = playground.fence, len(playground.builds_on)
    if playground.whole:
        said = [f"all {number + 1} snippets as one program"]
    elif number:
        said = [f"runs after {count(number, 'snippet')} above"]
    else:
        said = ["builds on nothing above"]
    if fence.raises:
        said.append(f"should raise {one_line(fence.raises)}")
    if fence.not_run is not None:
        said.append(f"not run in the answer: {one_line(fence.not_run)}")
    return " · ".join(said)


def headline(ran: Ran, expected: str = "") -> tuple[Content, Content]:
    """Left and right of a line: how it ended, and how long it took on what.

    Args:
        ran: what came of it.
        expected: what it should raise, as the answer says; empty if nothing.
    """
    return _ended(ran, expected), Content(f"{took(ran.seconds)} · {ran.device}").stylize("$dim")


def _ended(ran: Ran, expected: str) -> Content:
    from verify.engine.free import End

    bad = sum(test.outcome.bad for test in ran.tests)
    if ran.end is End.FINISHED and not bad:
        return Content.assemble(("✓ ", "bold $success"), "ran")
    if ran.end is End.FINISHED:
        return Content.assemble(("✗ ", "bold $error"), f"{bad} of {len(ran.tests)} tests fail")
    if ran.end in (End.STOPPED, End.LEFT):
        return Content.assemble(("~ ", "bold $warning"), clean(ran.why))
    kind, _, part = (text.strip() for text in expected.partition(":"))
    if ran.end is End.RAISED and kind and ran.why.startswith(kind) and part in ran.why:
        said = f"raised, as it should: {one_line(ran.why)}"
        return Content.assemble(("✓ ", "bold $success"), said)
    line = f"line {ran.line}: " if ran.line else ""
    return Content.assemble(("✗ ", "bold $error"), f"{line}{one_line(ran.why)}")


def report(ran: Ran) -> Content:
    """All that it printed and raised, from top to bottom."""
    return Content("\n").join(_parts(ran))


def _parts(ran: Ran) -> Iterator[Content]:
    if ran.above:
        yield Content.assemble(("~ ", "$warning"), (f"before it: {clean(ran.above)}", "$dim"))
    if ran.printed.strip():
        yield Content(shown(ran.printed))
    if ran.errors.strip():
        yield Content("on stderr").stylize("$dim")
        yield Content(shown(ran.errors))
    if ran.trace:
        yield Content("\n").join(_traced(shown(_PACKAGES.sub("", ran.trace)).split("\n")))
    yield from map(_test, ran.tests)
    nothing = not (ran.printed.strip() or ran.errors.strip() or ran.trace or ran.tests)
    if nothing and not ran.above:
        yield Content(
            "It printed nothing. The value of a last line is shown, as in a notebook."
        ).stylize("$dim")


def live(printed: str, errors: str) -> Content:
    """The end of what has come so far of a program that runs still."""
    parts = [Content(_end(printed))] if printed.strip() else []
    if errors.strip():
        parts += [Content("on stderr").stylize("$dim"), Content(_end(errors))]
    return Content("\n").join(parts)


def _end(text: str) -> str:
    """So much of the end as a screen may hold: it is drawn several times a second."""
    return shown("\n".join(text[-_SCREEN:].rstrip("\n").split("\n")[-_TALL:]))


_SCREEN, _TALL = 10_000, 80
"""Characters and lines of a large screen."""


def shown(text: str) -> str:
    """Text of a program as it is shown: no colours, no control characters, not endless.

    A line that was written over, as bars of progress are, is shown as it was in the end.
    """
    lines = _COLOURS.sub("", text).replace("\r\n", "\n").rstrip("\n").split("\n")
    if len(lines) > FIRST + LAST:
        left = len(lines) - FIRST - LAST
        lines = [*lines[:FIRST], f"… {left} lines are not shown …", *lines[-LAST:]]
    widest = MOST // len(lines)
    return "\n".join(clean(_line(line, widest)) for line in lines)


def _line(line: str, widest: int) -> str:
    line = line.rstrip("\r").rpartition("\r")[2]
    if len(line) > widest:
        line = f"{line[:widest]} … {len(line) - widest} characters are not shown"
    return line


def _traced(lines: Iterable[str]) -> Iterator[Content]:
    """A traceback: the reader's own lines stand out from those of packages."""
    own = True
    for line in lines:
        if line.startswith("  File "):
            own = line.startswith(_OWN)
        elif line and not line.startswith(" "):
            begins = line.startswith("Traceback")
            yield Content(line).stylize("$dim" if begins else "bold")
            continue
        yield Content(line) if own else Content(line).stylize("$dim")


def _test(test: LawVerdict) -> Content:
    name = clean(test.name)
    if not test.outcome.bad:
        return Content.assemble(
            ("✓ ", "$success"), f"{name} holds", (f", {took(test.seconds)}", "$dim")
        )
    line = f", line {test.line}" if test.line else ""
    return Content.assemble(
        ("✗ ", "bold $error"), f"{name} fails{line}\n", clean(test.message).strip()
    )
