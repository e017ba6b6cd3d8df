"""Where an answer was proved and what has gone stale, here and elsewhere, in words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Protocol

import msgspec

from verify.bank.model import Item
from verify.bank.record import Proved, record_of
from verify.engine.ledger.claims import Claim, claim_of, pack_of
from verify.engine.ledger.facts import Fact
from verify.engine.ledger.sources import laws_digest
from verify.engine.ledger.surroundings import Conditions

_MOST = 3
"""Places that are named; a line has 80 columns."""

ANSWER, LAWS = "the answer changed since", "the laws changed since"


class Known(Protocol):
    """What of ``Facts`` is used here."""

    def of(self, claim: Claim) -> list[tuple[Fact, Conditions]]:
        """All that is known of an answer."""


class Place(msgspec.Struct, frozen=True, order=True):
    """Where something was proved, as a reader wants to know it."""

    torch: str
    """Without what says how it was built."""
    device: str
    name: str
    """Of the GPU, without its maker."""

    def __str__(self) -> str:
        return f"{self.torch} {self.device}" + (f" ({self.name})" if self.name else "")


class History(msgspec.Struct, frozen=True):
    """What is known of the proofs of an answer."""

    fresh: tuple[Place, ...]
    """Where it holds as it stands: this machine first, then the newest torch."""
    stale: tuple[tuple[Place, str], ...]
    """Where it held once, and what has changed since."""
    checks: int = 0
    """Checks that passed, in the first place."""
    laws: int = 0
    examples: int = 0


def history(item: Item, facts: Known) -> History:
    """Take the facts of this machine and those of the pack together."""
    claim = claim_of(item)
    fresh: dict[Place, tuple[int, int, int]] = {}
    stale: dict[Place, str] = {}
    failed: set[Place] = set()
    for fact, where in facts.of(claim):
        at = place(where.torch, where.device, where.device_name)
        why = changed(claim, fact)
        if fact.outcome.bad or not fact.passed:
            if not why and at not in fresh:
                failed.add(at)  # seen here to fail: a line of the bank does not gainsay it
        elif at not in failed:
            _sort(at, why, (fact.passed, fact.laws, fact.examples), fresh, stale)
    lines = record_of(pack_of(item)).get(item.id, ())
    for line in sorted(lines, key=lambda line: _version(line.torch), reverse=True):
        at = place(line.torch, line.device, line.device_name)
        if at not in failed:
            _sort(at, changed(claim, line), (line.checks, line.laws, line.examples), fresh, stale)
    checks, laws, examples = next(iter(fresh.values()), (0, 0, 0))
    left = tuple((at, why) for at, why in stale.items() if at not in fresh)
    return History(tuple(fresh), left, checks, laws, examples)


def _sort(
    at: Place,
    why: str,
    numbers: tuple[int, int, int],
    fresh: dict[Place, tuple[int, int, int]],
    stale: dict[Place, str],
) -> None:
    if why:
        stale.setdefault(at, why)
    else:
        fresh.setdefault(at, numbers)


def changed(claim: Claim, known: Fact | Proved) -> str:
    """What has changed about an answer since it was proved; empty if nothing has."""
    if known.digest != claim.digest:
        return ANSWER
    return LAWS if claim.laws and known.law_code != laws_digest() else ""


def place(torch: str, device: str, name: str) -> Place:
    """A place as a reader wants to know it."""
    if device == "cpu" or name.startswith("CUDA"):  # a name that says nothing of the device
        name = ""
    name = re.sub(r"^(NVIDIA|Tesla|AMD)\s+|^NVIDIA\s+Tesla\s+", "", name)
    return Place(torch.partition("+")[0], device, name)


def proved_text(known: History) -> str:
    """``torch 2.13.0 cpu; 2.11.0 cuda (H200), 3 laws × 100 examples``; empty if nowhere."""
    if not known.fresh:
        return ""
    return f"torch {_listed(map(str, known.fresh))}, {_numbers(known)}"


def also_text(known: History, here: Place) -> str:
    """The places besides one: ``2.11.0 cuda (H200)``; empty if there is none."""
    return _listed(str(each) for each in known.fresh if each != here)


def stale_text(known: History) -> str:
    """``2.11.0, the answer changed since``; empty if nothing has gone stale."""
    reasons = dict.fromkeys(why for _, why in known.stale)
    parts = []
    for reason in reasons:
        places = [at for at, why in known.stale if why == reason]
        parts.append(f"{_listed(_brief(at) for at in places)}, {reason}")
    return "; ".join(parts)


def _brief(at: Place) -> str:
    return at.torch if at.device == "cpu" else f"{at.torch} {at.device}"


def _listed(words: Iterable[str]) -> str:
    every = list(dict.fromkeys(words))
    more = len(every) - _MOST
    return "; ".join(every[:_MOST]) + (f" and {more} more" if more > 0 else "")


def _numbers(known: History) -> str:
    if known.laws:
        return f"{known.laws} law{'' if known.laws == 1 else 's'} × {known.examples} examples"
    return f"{known.checks} check{'' if known.checks == 1 else 's'}"


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])
