"""What was proved here, put into the pack: ``torchdrill verify --record``."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from datetime import UTC
from pathlib import Path

from verify.bank.model import Defect, Outcome
from verify.bank.record import Proved, read_record, record_file, record_text
from verify.engine.ledger.claims import Claim
from verify.engine.ledger.facts import Facts
from verify.engine.ledger.surroundings import Conditions, short_python
from verify.engine.verdicts import AnswerVerdict
from verify.errors import SurroundingsError


def write_record(
    root: Path,
    proved: Sequence[tuple[Claim, AnswerVerdict]],
    ids: Collection[str],
    facts: Facts,
    here: Conditions,
) -> tuple[Defect, ...]:
    """Put answers of one pack on its record; return the lines that could not be read.

    Only what held is recorded.  A line about what was proved here again gives way to what came
    out now; a line about another torch, Python or device stays, even if it has gone stale; a line
    of a question that there is no more goes, and so does one that cannot be read.  A line whose
    numbers are the same keeps its date.

    Args:
        root: the pack.
        proved: claims of it and their verdicts.
        ids: every id of the pack.
        facts: what was recorded of them on this machine.
        here: the conditions they were proved under.

    Raises:
        SurroundingsError: the file cannot be written.
    """
    before, defects = read_record(root)
    lines = {line.key: line for line in before if line.id in ids}
    for claim, verdict in proved:
        there = here.on_one_of(claim.devices)
        new = _line(claim, verdict, facts, there)
        key = _key(claim, there)
        old = lines.pop(key, None)
        if new is not None:
            lines[key] = old if old is not None and _covers(old, new) else new
    path, text = record_file(root), record_text(lines.values())
    try:
        if not lines and not path.exists():
            return tuple(defects)
        if path.exists() and path.read_bytes() == text:
            return tuple(defects)
        part = path.with_suffix(f".{os.getpid()}.part")
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(text)
        part.replace(path)
    except OSError as error:
        raise SurroundingsError(
            f"cannot be written ({error.strerror})",
            where=str(path),
            todo="record into a checkout of the pack that you may write to",
        ) from None
    return tuple(defects)


def _key(claim: Claim, here: Conditions) -> tuple[str, str, str, str, str]:
    return (claim.key, here.torch, short_python(here.python), here.device, here.device_name)


def _line(claim: Claim, verdict: AnswerVerdict, facts: Facts, here: Conditions) -> Proved | None:
    """The line of an answer; None if it did not hold, or nothing of it was run."""
    if verdict.outcome is not Outcome.PASSED:
        return None
    found = (fact for fact, where in facts.of(claim) if where == here)
    fact = next((fact for fact in found if fact.digest == claim.digest), None)
    if fact is None:
        return None
    key = _key(claim, here)
    return Proved(
        *key,
        digest=claim.digest,
        checks=fact.passed,
        laws=fact.laws,
        examples=fact.examples,
        date=fact.when.astimezone(UTC).strftime("%Y-%m-%d"),
        law_code=fact.law_code,
    )


def _covers(old: Proved, new: Proved) -> bool:
    """Whether a line says as much as the new one would, but for the day."""
    same = (old.digest, old.law_code, old.checks, old.laws)
    return same == (new.digest, new.law_code, new.checks, new.laws) and (
        old.examples >= new.examples
    )
