"""What this torch, Python and device have not proved, and why not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from verify.bank.record import Proved
from verify.engine.ledger.claims import Claim
from verify.engine.ledger.facts import Fact, Facts
from verify.engine.ledger.history import ANSWER, changed
from verify.engine.ledger.surroundings import Conditions, packages, short_python

_NEVER = "never proved here"
_FAILED = "did not hold when last proved"
_CHANGED = "answer changed"
_LAWS = "laws changed"

_Reason = tuple[int, str]
"""How far what is known lies from what is asked, and in what: the nearest is told."""


def missing(
    claim: Claim, facts: Facts, lines: Sequence[Proved], here: Conditions, examples: int
) -> str:
    """Why an answer is not proved by this torch, Python and device; empty if it is.

    It is if this machine has proved it, or the pack's record says that a machine of the same
    torch, Python (major and minor) and device has.

    Args:
        claim: of the answer as it stands.
        facts: of this machine.
        lines: of the pack's record, about this answer.
        here: the conditions of now.
        examples: asked for.
    """
    if facts.reuse(claim, Path(claim.path), here, examples) is not None:
        return ""
    here = here.on_one_of(claim.devices)
    reasons = [_of_fact(claim, fact, where, here) for fact, where in facts.of(claim)]
    seen_to_fail = any(reason == _FAILED for _, reason in reasons)
    for line in lines:
        reason = _of_line(claim, line, here, examples)
        if not reason[1] and not seen_to_fail:
            return ""
        reasons.append(reason)
    return min((reason for reason in reasons if reason[1]), default=(0, _NEVER))[1]


def _of_fact(claim: Claim, fact: Fact, where: Conditions, here: Conditions) -> _Reason:
    far, elsewhere = _elsewhere(where.torch, where.python, where.device, where.device_name, here)
    if fact.digest != claim.digest:
        return far + 2, _CHANGED
    if elsewhere:
        return far, elsewhere
    if where.verifier != here.verifier:
        return 1, "laws or verifier changed"
    for name, was, now in (
        ("Python", where.python, here.python),
        ("seed", str(where.seed), str(here.seed)),
        ("way to run", where.how, here.how),
        ("Hypothesis", where.hypothesis, here.hypothesis),
        ("NumPy", where.numpy, here.numpy),
        ("GPU in sight", where.accelerator, here.accelerator),
        ("package", fact.packages, packages(claim.needs)),
    ):
        if was != now:
            return 1, f"another {name} ({was or 'none'})"
    return (0, _FAILED) if fact.outcome.bad else (1, f"only {fact.examples} examples proved")


def _of_line(claim: Claim, line: Proved, here: Conditions, examples: int) -> _Reason:
    far, elsewhere = _elsewhere(line.torch, line.python, line.device, line.device_name, here)
    if why := changed(claim, line):
        return far + 2, _CHANGED if why == ANSWER else _LAWS
    if elsewhere:
        return far, elsewhere
    return (0, "") if line.examples >= examples else (1, f"only {line.examples} examples proved")


def _elsewhere(torch: str, python: str, device: str, name: str, here: Conditions) -> _Reason:
    if torch != here.torch:
        return 30, f"another torch ({torch})"
    if short_python(python) != short_python(here.python):
        return 20, f"another Python ({short_python(python)})"
    if (device, name) != (here.device, here.device_name):
        return 10, f"another device ({name})"
    return 0, ""
