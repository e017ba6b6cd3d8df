"""What was proved on this machine, so that it need not be proved again as long as nothing changed.

One JSON file, written whole and moved into place.  It can be made again by `torchdrill verify`,
so a file that is damaged or of another version counts as empty.  Answers that did not hold are in
it too, for the reader to see; they are never taken for proved.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from verify.bank.model import Check, Document, Item, Outcome
from verify.engine.ledger.claims import Claim, claim_of
from verify.engine.ledger.sources import laws_digest
from verify.engine.ledger.surroundings import (
    Conditions,
    accelerator,
    conditions,
    packages,
    torch_version,
)
from verify.engine.verdicts import AnswerVerdict, CheckVerdict, Surroundings, aside

_VERSION = 2
_MOST = 8
"""Facts kept for one answer: so many environments may share a cache folder."""

_DOCUMENTS = 5000
"""Documents that are kept, the last proved first: nobody says when one is gone for good."""


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


class CheckFact(msgspec.Struct, frozen=True, array_like=True):
    """How one check came out."""

    outcome: Outcome
    seconds: float
    message: str = ""


class Fact(msgspec.Struct, frozen=True, omit_defaults=True):
    """How an answer came out under some conditions."""

    digest: str
    """Of the claim."""
    conditions: str
    """Digest of the conditions, which the file holds once."""
    outcome: Outcome
    when: datetime
    seconds: float
    examples: int
    checks: tuple[CheckFact, ...]
    """In the order of the claim's checks."""
    laws: int = 0
    """Properties that passed."""
    law_code: str = ""
    """Digest of the laws, if the answer uses any."""
    packages: str = ""

    @property
    def passed(self) -> int:
        """Checks that passed."""
        return sum(check.outcome is Outcome.PASSED for check in self.checks)


class _File(msgspec.Struct):
    version: int
    conditions: dict[str, Conditions] = {}
    facts: dict[str, dict[str, list[Fact]]] = {}
    """By pack and key; the newest first."""
    devices: dict[str, str] = {}
    """What a CUDA device was called, by torch and what could be seen of it."""


class Facts:
    """The facts of one machine.

    Args:
        path: the file; it need not be there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: _File | None = None
        self._fresh: dict[tuple[str, str], Fact] = {}

    @property
    def _kept(self) -> _File:
        if self._file is None:
            self._file = self._read()
        return self._file

    def _read(self) -> _File:
        try:
            file = msgspec.json.decode(self._path.read_bytes(), type=_File)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return _File(_VERSION)
        return file if file.version == _VERSION else _File(_VERSION)

    # -- what is known ----------------------------------------------------------------------

    def of(self, claim: Claim) -> list[tuple[Fact, Conditions]]:
        """All that is known of an answer, the newest first, whatever has changed since."""
        file = self._kept
        facts = file.facts.get(claim.pack, {}).get(claim.key, [])
        return [
            (f, file.conditions[f.conditions]) for f in facts if f.conditions in file.conditions
        ]

    def reuse(
        self, claim: Claim, path: Path, here: Conditions, examples: int
    ) -> AnswerVerdict | None:
        """The verdict of an answer that need not be proved again; None if it must be.

        Args:
            claim: of the answer as it stands.
            path: of its file, as the verdict is to name it.
            here: the conditions under which it would be proved now.
            examples: how many would be drawn for each property.
        """
        where, needed = here.on_one_of(claim.devices).digest, packages(claim.needs)
        for fact in self._kept.facts.get(claim.pack, {}).get(claim.key, ()):
            if (
                fact.conditions == where
                and fact.digest == claim.digest
                and fact.examples >= examples
                and fact.packages == needed
                and len(fact.checks) == len(claim.checks)
                and not fact.outcome.bad
                and all(map(_settled, fact.checks, claim.checks))
            ):
                checks = tuple(
                    CheckVerdict(check, kept.outcome, kept.seconds, kept.message)
                    for check, kept in zip(claim.checks, fact.checks, strict=True)
                )
                return AnswerVerdict(
                    claim.name, path, fact.outcome, fact.seconds, checks, unchanged=True,
                    aside=aside(here.device, claim.devices, claim.devices_why),
                )  # fmt: skip
        return None

    def device_name(self) -> str:
        """What the CUDA device in sight was called when it was last used; empty if never."""
        return self._kept.devices.get(_sight(torch_version()), "")

    def stamp(self, item: Item) -> Stamp | None:
        """The stamp of an answer; None if it was not proved here as it stands now."""
        claim = claim_of(item)
        for fact, where in self.of(claim):
            if fact.digest == claim.digest:
                return _stamp(fact, where)
        return None

    def proved(self) -> int:
        """How many answers of packs are on record as passed, as they stood then."""
        return sum(
            facts[0].outcome is Outcome.PASSED
            for pack, answers in self._kept.facts.items()
            for facts in answers.values()
            if pack and facts
        )

    # -- what is new ------------------------------------------------------------------------

    def record(
        self,
        subject: Item | Document,
        verdict: AnswerVerdict,
        surroundings: Surroundings,
        examples: int,
        now: datetime | None = None,
        *,
        seed: int = 0,
        how: str = "",
        claim: Claim | None = None,
    ) -> Stamp:
        """Keep a verdict; :meth:`save` writes it down.

        Args:
            subject: what was proved.
            verdict: how it came out.
            surroundings: where.
            examples: drawn for each property.
            now: the time, if not this moment.
            seed: of the generators.
            how: as in :class:`Conditions`.
            claim: of the subject, if it is at hand.
        """
        claim = claim or claim_of(subject)
        where = conditions(surroundings, seed, how).on_one_of(claim.devices)
        fact = Fact(
            digest=claim.digest,
            conditions=where.digest,
            outcome=verdict.outcome,
            when=(now or datetime.now(UTC)).astimezone(UTC),
            seconds=round(verdict.seconds, 4),
            examples=examples,
            checks=tuple(
                CheckFact(check.outcome, round(check.seconds, 4), check.message)
                for check in verdict.checks
            ),
            laws=sum(check.laws for check in verdict.checks if check.outcome is Outcome.PASSED),
            law_code=laws_digest() if claim.laws else "",
            packages=packages(claim.needs),
        )
        self._kept.conditions[where.digest] = where
        if where.device == "cuda":
            self._kept.devices[_sight(where.torch)] = where.device_name
        _put(self._kept, (claim.pack, claim.key), fact)
        self._fresh[claim.pack, claim.key] = fact
        return _stamp(fact, where)

    def save(self) -> bool:
        """Write all facts; False if the folder does not let us."""
        mine, file = self._kept, self._read()  # another process may have written since
        file.conditions |= mine.conditions
        file.devices |= mine.devices
        for place, fact in self._fresh.items():
            _put(file, place, fact)
        _prune(file)
        self._file = file
        part = self._path.with_suffix(f".{os.getpid()}.part")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(msgspec.json.encode(file))
            part.replace(self._path)
        except OSError:
            return False
        return True


def _settled(kept: CheckFact, check: Check) -> bool:
    """Whether a check holds, is skipped for a reason that is part of the fact, or is never run."""
    if kept.outcome is Outcome.UNVERIFIED:
        return check.beyond is Outcome.UNVERIFIED
    return kept.outcome in (Outcome.PASSED, Outcome.SKIPPED)


def _put(file: _File, place: tuple[str, str], fact: Fact) -> None:
    """Put a fact before the others of its answer, in place of those it supersedes."""
    pack, key = place
    before = file.facts.setdefault(pack, {}).get(key, [])
    new = _environment(file.conditions, fact)
    kept = [old for old in before if _environment(file.conditions, old) not in (None, new)]
    file.facts[pack][key] = [fact, *kept][:_MOST]


def _environment(known: Mapping[str, Conditions], fact: Fact) -> tuple[object, ...] | None:
    """What tells the environments apart that a cache may serve in turn."""
    c = known.get(fact.conditions)
    return None if c is None else (c.torch, c.python, c.device, c.device_name, c.seed, c.how)


def _prune(file: _File) -> None:
    """Forget packs that are gone, documents past counting, and conditions nothing was proved in."""
    for pack in [pack for pack in file.facts if pack and not Path(pack).is_dir()]:
        del file.facts[pack]
    documents = file.facts.get("", {})
    if len(documents) > _DOCUMENTS:
        newest = sorted(documents.items(), key=lambda entry: entry[1][0].when, reverse=True)
        file.facts[""] = dict(newest[:_DOCUMENTS])
    used = {f.conditions for pack in file.facts.values() for facts in pack.values() for f in facts}
    file.conditions = {key: where for key, where in file.conditions.items() if key in used}


def _sight(torch: str) -> str:
    return f"{torch} {accelerator()}"


def _stamp(fact: Fact, where: Conditions) -> Stamp:
    return Stamp(
        outcome=fact.outcome,
        torch=where.torch,
        python=where.python,
        device=where.device,
        device_name=where.device_name,
        when=fact.when,
        checks=fact.passed,
        laws=fact.laws,
        examples=fact.examples,
    )
