"""What a program really prints, put into its ``output`` fence: which answers, and the new text.

An answer is updated as a whole or not at all.  It is refused if anything but the comparison of
outputs went wrong in it, and if what it prints with another seed, or its other checks, no longer
hold with the new text in place: random values are never expected output.  Object addresses may
stand there, since they are not compared.  The bytes outside the fences stay as they are.
"""

from __future__ import annotations

import codecs
import difflib
import errno
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from verify.bank import files
from verify.bank.markdown import read_fences
from verify.bank.model import CheckKind, Document, Fence, Item, Outcome
from verify.engine.verdicts import AnswerVerdict, CheckVerdict
from verify.report.wording import printable, shown_path, tell

_OPENING = re.compile(rb"(?P<before>[^`~]*)(?P<marks>`{3,}|~{3,})")
_CLOSING = re.compile(rb"(?P<marks>`{3,}|~{3,})(?P<after>[ \t\r]*)$")

Subject = Item | Document


class Update(msgspec.Struct, frozen=True):
    """New text for the output fences of one file."""

    subject: Subject
    before: bytes
    """The file as it was read."""
    after: bytes
    outputs: dict[int, str]
    """By index of fence: what it is to hold, each line ending in a newline."""


class Refused(msgspec.Struct, frozen=True):
    """Why an answer that prints something else is left as it is."""

    lines: tuple[str, ...]
    """Each begins with ``file:line``."""


def path_of(subject: Subject) -> Path:
    """The file that holds the output fences."""
    return subject.answer.path if isinstance(subject, Item) else subject.path


def fences_of(subject: Subject) -> tuple[Fence, ...]:
    """All fences of that file, in order."""
    return subject.answer.fences if isinstance(subject, Item) else subject.fences


def propose(subject: Subject, verdict: AnswerVerdict) -> Update | Refused | None:
    """What to write into a file; None if its outputs hold or it has none."""
    wrong = [check for check in verdict.checks if _differs(check)]
    if not wrong:
        return None
    others = [check for check in verdict.checks if check.outcome.bad and not _differs(check)]
    if others:
        return Refused(tuple(_why(verdict, check, "and so not updated") for check in others))
    silent = [check for check in wrong if not check.output.strip()]
    if silent:
        why = "the fence above prints nothing; remove the output fence, or print something"
        return Refused(tuple(_at(verdict, check, why) for check in silent))
    outputs = {check.check.fence: _tidy(check.output) for check in wrong}
    path = path_of(subject)
    try:
        before = path.read_bytes()
        after = rewritten(before, path, {_line(subject, n): text for n, text in outputs.items()})
    except (OSError, ValueError) as error:
        return Refused((_at(verdict, wrong[0], f"not updated: {error}"),))
    return Update(subject, before, after, outputs)


def updated(update: Update) -> Subject:
    """The answer with the new outputs in place, to be proved with another seed."""
    subject = update.subject
    fences = tuple(
        msgspec.structs.replace(fence, code=update.outputs.get(number, fence.code))
        for number, fence in enumerate(fences_of(subject))
    )
    if isinstance(subject, Document):
        return msgspec.structs.replace(subject, fences=fences)
    answer = msgspec.structs.replace(subject.answer, fences=fences)
    return msgspec.structs.replace(subject, answer=answer)


def confirm(update: Update, verdict: AnswerVerdict) -> Refused | None:
    """Refuse an update whose outcome, proved with another seed, is not what it should be."""
    lines = []
    for check in verdict.checks:
        if check.check.kind is CheckKind.OUTPUT and check.check.fence in update.outputs:
            if check.outcome is Outcome.PASSED:
                continue
            why = "another seed prints something else; state a law instead of an output"
            where = f"{printable(shown_path(verdict.path))}:{check.check.line}"
            lines += [f"{where}: {why}", f"    {tell(verdict, check).head}"]
        elif check.outcome.bad:
            lines.append(_why(verdict, check, "with the new output, and so not updated"))
    return Refused(tuple(lines)) if lines else None


def difference(update: Update) -> Iterator[str]:
    """The unified difference, made safe for a terminal; lines without their ends."""
    name = printable(shown_path(path_of(update.subject)))
    old, new = (
        [printable(line.removesuffix("\r")) for line in text.decode("utf-8").split("\n")]
        for text in (update.before, update.after)
    )
    a, b = (name, name) if name.startswith("/") else (f"a/{name}", f"b/{name}")
    yield from difflib.unified_diff(old, new, a, b, lineterm="")


def write(update: Update) -> None:
    """Put the new text in place of the old, whole or not at all.

    Raises:
        OSError: the folder or file cannot be written.
        ValueError: the file has changed since it was proved.
    """
    path = path_of(update.subject).resolve()  # a link stays a link
    if not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    if path.read_bytes() != update.before:
        raise ValueError("the file has changed since it was proved")
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(update.after)
            stream.flush()
            os.fsync(stream.fileno())
        part.chmod(path.stat().st_mode & 0o7777)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def rewritten(raw: bytes, path: Path, outputs: Mapping[int, str]) -> bytes:
    """The bytes of a Markdown file with other text in some of its fences.

    Args:
        raw: the file.
        path: for reading it.
        outputs: by the line of a fence's opening mark, from 1, what it is to hold.

    Raises:
        ValueError: the result does not read back as what was asked for.
    """
    had = _read(raw, path)
    if re.search(rb"\r(?!\n)", raw):
        raise ValueError("lines that end in a carriage return alone; edit it by hand")
    lines = raw.split(b"\n")
    for number in sorted(outputs, reverse=True):
        fence = next((fence for fence in had if fence.line == number), None)
        if fence is None:
            raise ValueError(f"no fence at line {number} (what a console prints is edited by hand)")
        _replace(lines, number - 1, fence.code.count("\n"), outputs[number])
    after = b"\n".join(lines)
    if len(after) > files.MOST_BYTES:
        raise ValueError(f"the file would be larger than {files.MOST_BYTES // 1024} KiB")
    wanted = [
        (one.language, one.mode, outputs.get(one.line, one.code)) for one in had
    ]  # what is not asked for stays
    if wanted != [(one.language, one.mode, one.code) for one in _read(after, path)]:
        raise ValueError("its fences lie in a way that cannot be rewritten; edit it by hand")
    return after


def _read(raw: bytes, path: Path) -> list[Fence]:
    text = raw.decode("utf-8").removeprefix("\ufeff").replace("\r\n", "\n")
    return read_fences(text, path=path)[0]


def _replace(lines: list[bytes], opening: int, count: int, text: str) -> None:
    """Put text between the marks of a fence, and lengthen the marks if the text holds such."""
    closing = opening + count + 1
    first = _OPENING.match(lines[opening])
    last = _CLOSING.search(lines[closing])
    if first is None or last is None:
        raise ValueError(f"no fence at line {opening + 1}")
    end = b"\r" if lines[opening].endswith(b"\r") else b""
    mark = first["marks"][:1]
    runs = re.findall(re.escape(mark) + b"+", text.encode())
    size = max([len(first["marks"]), *(len(run) + 1 for run in runs)])
    if size > len(first["marks"]):
        marks = mark * size
        lines[opening] = first["before"] + marks + lines[opening][first.end() :]
        lines[closing] = lines[closing][: last.start()] + marks + last["after"]
    # What a quotation or a list puts before each line of its fences.
    prefix = re.sub(rb"[^>\t]", b" ", first["before"].removeprefix(codecs.BOM_UTF8))
    content = [prefix + line.encode() for line in text.split("\n")[:-1]]
    lines[opening + 1 : closing] = [line.rstrip() + end for line in content]


def _differs(check: CheckVerdict) -> bool:
    return check.check.kind is CheckKind.OUTPUT and check.outcome is Outcome.FAILED


def _tidy(output: str) -> str:
    """What was printed, without the spaces at the ends of lines and the empty lines at its end."""
    lines = [line.rstrip() for line in output.rstrip().split("\n")]
    return "\n".join(lines) + "\n"


def _line(subject: Subject, fence: int) -> int:
    return fences_of(subject)[fence].line


def _why(verdict: AnswerVerdict, check: CheckVerdict, then: str) -> str:
    told = tell(verdict, check)
    return f"{told.line} ({then})"


def _at(verdict: AnswerVerdict, check: CheckVerdict, why: str) -> str:
    return f"{printable(shown_path(verdict.path))}:{check.at}: {why}"
