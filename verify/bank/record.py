"""``answers/ledger.jsonl``: what was proved where, as a pack carries it.

One line of JSON for each answer and environment, in order, so that the work of two people merges
by taking the lines of both.  A reader takes any order, and of two lines about the same the newer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import msgspec

from verify.bank.model import Defect

_DIGEST = re.compile(r"[0-9a-f]{16}")
_DATE = re.compile(r"20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")


class Proved(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An answer, as it was then, held somewhere."""

    id: str
    torch: str
    """Full version, as torch names it."""
    python: str
    """Major and minor version."""
    device: str
    """``cpu`` or ``cuda``."""
    device_name: str
    digest: str
    """16 hexadecimal digits, of all that was run and compared."""
    checks: int
    """Checks that passed."""
    laws: int
    """Properties among them."""
    examples: int
    """Drawn for each property."""
    date: str
    """The day in UTC, ``YYYY-MM-DD``."""
    law_code: str = ""
    """16 hexadecimal digits, of the laws; left out if the answer uses none."""

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """What there is one line for."""
        return (self.id, self.torch, self.python, self.device, self.device_name)

    @property
    def rank(self) -> tuple[object, ...]:
        """Of two lines with one key the one of the greater rank counts: the newer."""
        return (self.date, self.examples, self.checks, self.laws, self.digest, self.law_code)

    def problem(self) -> str:
        """What is wrong with it; empty if nothing is."""
        if not _DIGEST.fullmatch(self.digest):
            return f"digest {self.digest!r}, which is not 16 hexadecimal digits"
        if self.law_code and not _DIGEST.fullmatch(self.law_code):
            return f"law_code {self.law_code!r}, which is not 16 hexadecimal digits"
        if not _DATE.fullmatch(self.date):
            return f"date {self.date!r}, which is not YYYY-MM-DD"
        for text in (self.id, self.torch, self.python, self.device, self.device_name):
            if not text.isprintable():
                return f"control characters in {text!r}"
        if min(self.checks, self.laws, self.examples) < 0:
            return "a negative number"
        return ""


_line = msgspec.json.Decoder(Proved)
_encode = msgspec.json.Encoder().encode


def record_file(root: Path) -> Path:
    """Where a pack keeps its record; it need not be there."""
    return root / "answers" / "ledger.jsonl"


def read_record(root: Path) -> tuple[list[Proved], list[Defect]]:
    """The lines of a pack's record, each key once and in order, and what cannot be read in it."""
    path = record_file(root)
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return [], []
    except OSError as error:
        return [], [Defect(path, 1, f"unreadable ({error.strerror})", "a readable file")]
    best: dict[tuple[str, ...], Proved] = {}
    defects: list[Defect] = []
    for number, text in enumerate(raw.split(b"\n"), 1):
        if not text.strip():
            continue
        try:
            proved = _line.decode(text)
            problem = proved.problem()
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            problem = f"a line that cannot be read ({error})"
        if problem:
            expected = "a line as `torchdrill verify --record` writes it; take it out"
            defects.append(Defect(path, number, problem, expected))
        elif proved.key not in best or best[proved.key].rank < proved.rank:
            best[proved.key] = proved
    return [best[key] for key in sorted(best)], defects


def record_text(lines: Iterable[Proved]) -> bytes:
    """What the file holds: a line each, in order of key."""
    ordered = sorted(lines, key=lambda line: line.key)
    return b"".join(_encode(line) + b"\n" for line in ordered)


def record_of(root: Path) -> dict[str, list[Proved]]:
    """The lines of a pack's record by id; read once, as long as the file stays as it is."""
    try:
        stat = record_file(root).stat()
    except OSError:
        return {}
    return _record_of(root, stat.st_size, stat.st_mtime_ns)


@lru_cache(4)
def _record_of(root: Path, size: int, mtime: int) -> dict[str, list[Proved]]:
    by_id: dict[str, list[Proved]] = {}
    for line in read_record(root)[0]:
        by_id.setdefault(line.id, []).append(line)
    return by_id
