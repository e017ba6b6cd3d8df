"""What was proved on this machine: a fact is about the content of an answer's checks.

One JSON file, written whole and moved into place.  It can be made again by `torchdrill verify`,
so a damaged one counts as empty.
"""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from verify.bank.model import CheckKind, Document, Item, Outcome
from verify.engine.verdicts import AnswerVerdict, Surroundings


class Stamp(msgspec.Struct, frozen=True):
    """Where and when an answer, as it stands, was last proved, and how it came out."""

    outcome: Outcome
    torch: str
    python: str
    device: str
    device_name: str
    when: datetime
    """UTC."""
    checks: int
    """Checks that passed."""
    laws: int
    """Properties among them."""
    examples: int
    """Examples drawn for each."""


class _Fact(msgspec.Struct, frozen=True):
    digest: str
    stamp: Stamp


class Facts:
    """The facts of one machine, by question id."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._facts: dict[str, _Fact] | None = None

    def _load(self) -> dict[str, _Fact]:
        if self._facts is None:
            try:
                self._facts = msgspec.json.decode(self._path.read_bytes(), type=dict[str, _Fact])
            except (OSError, msgspec.DecodeError):
                self._facts = {}
        return self._facts

    def stamp(self, item: Item) -> Stamp | None:
        """The stamp of an answer; None if it was not proved here as it stands now."""
        fact = self._load().get(item.id)
        return fact.stamp if fact is not None and fact.digest == digest(item) else None

    def record(
        self,
        item: Item,
        verdict: AnswerVerdict,
        surroundings: Surroundings,
        examples: int,
        now: datetime | None = None,
    ) -> Stamp:
        """Keep a verdict; :meth:`save` writes it down."""
        passed = [check for check in verdict.checks if check.outcome is Outcome.PASSED]
        stamp = Stamp(
            outcome=verdict.outcome,
            torch=surroundings.torch,
            python=surroundings.python,
            device=surroundings.device,
            device_name=surroundings.device_name,
            when=(now or datetime.now(UTC)).astimezone(UTC),
            checks=len(passed),
            laws=sum(check.check.kind is CheckKind.PROPERTY for check in passed),
            examples=examples,
        )
        self._load()[item.id] = _Fact(digest(item), stamp)
        return stamp

    def save(self) -> bool:
        """Write all facts; False if the folder does not let us."""
        part = self._path.with_suffix(f".{os.getpid()}.part")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(msgspec.json.encode(self._load()))
            part.replace(self._path)
        except OSError:
            return False
        return True

    def proved(self) -> int:
        """How many answers are on record as passed, as they stood then."""
        return sum(fact.stamp.outcome is Outcome.PASSED for fact in self._load().values())


def digest(subject: Item | Document) -> str:
    """A digest of all that is run and compared: prose may change, a fact stays a fact."""
    if isinstance(subject, Document):
        parts: object = subject.fences
    else:
        program = subject.question.program
        head = subject.question.head
        fences = [
            msgspec.structs.replace(fence, line=0)
            for fence in subject.answer.fences
            if fence.language in ("python", "output")
        ]
        asked = program.code if program is not None else ""
        parts = (head.kind, head.needs, asked, subject.answer.head.devices, fences)
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()
