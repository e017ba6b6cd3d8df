"""What was proved, in words: the stamp of an answer, and the report under each of its fences."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content

from quizapp.app.proofs import EXAMPLES, Proof, State
from quizapp.app.text.clean import clean, one_line
from quizapp.app.text.words import count, since, took
from verify.bank.model import CheckKind, Fence, Mode, Outcome

if TYPE_CHECKING:
    from verify.engine import AnswerVerdict, CheckVerdict, Surroundings
    from verify.engine.ledger.facts import Stamp
    from verify.engine.ledger.history import History

_SAID = {
    Outcome.FAILED: "does not hold",
    Outcome.RAISED: "raises",
    Outcome.TIMEOUT: "did not end in time",
    Outcome.CRASHED: "crashed",
    Outcome.OUT_OF_MEMORY: "ran out of memory",
    Outcome.SKIPPED: "skipped",
    Outcome.UNVERIFIED: "not run",
}

_GOOD = {
    CheckKind.PYTHON: "ran",
    CheckKind.RAISES: "raised as it should",
    CheckKind.WARNS: "warned as it should",
    CheckKind.FIX: "the fix ran",
    CheckKind.BUG: "proved wrong: the checks of the fix reject it",
}


def stamp_line(proof: Proof, stamp: Stamp | None, now: datetime) -> Content:
    """What is known of an answer's proof on this machine, on one line.

    Args:
        proof: what this window did.
        stamp: what the record of this machine says.
        now: to say how long ago.
    """
    match proof.state:
        case State.RUNNING:
            return Content("proving it now …").stylize("$dim")
        case State.IMPOSSIBLE:
            return Content("not proved here").stylize("$warning")
        case State.DONE if proof.verdict is not None and proof.surroundings is not None:
            where = place(proof.surroundings)
            checks = proof.verdict.checks
            good = [check for check in checks if check.outcome is Outcome.PASSED]
            laws = sum(check.laws for check in good)
            when = since(proof.when or now, now)
            words = _proved(when, where, laws, EXAMPLES, len(good))
            return _outcome(proof.verdict.outcome, words, checks)
    if stamp is None:
        return Content("not yet proved here").stylize("$dim")
    where = place(stamp)
    words = _proved(since(stamp.when, now), where, stamp.laws, stamp.examples, stamp.checks)
    return _outcome(stamp.outcome, words, ())


def elsewhere_line(known: History, proof: Proof, stamp: Stamp | None) -> Content:
    """Where else an answer was proved, and what has gone stale; empty if there is nothing to say.

    Args:
        known: of this machine and of the pack.
        proof: what this window did.
        stamp: what the record of this machine says.
    """
    from verify.engine.ledger.history import also_text, place, proved_text, stale_text

    where = proof.surroundings or stamp
    if where is None:
        parts = [f"proved on {proved_text(known)}"] if known.fresh else []
    else:
        also = also_text(known, place(where.torch, where.device, where.device_name))
        parts = [f"also on {also}"] if also else []
    stale = stale_text(known)
    if stale:
        parts.append(f"stale: {stale}")
    return Content(clean(" · ".join(parts)))


def place(where: Stamp | Surroundings) -> str:
    """``torch 2.13.0 cpu``; how the build was made is no news to a reader."""
    return clean(f"torch {where.torch.partition('+')[0]} {where.device}")


def _proved(when: str, where: str, laws: int, examples: int, checks: int) -> str:
    what = f"{count(laws, 'law')} × {examples} examples" if laws else count(checks, "check")
    return f"proved {when} · {where} · {what}"


def _outcome(outcome: Outcome, words: str, checks: Sequence[CheckVerdict]) -> Content:
    if outcome is Outcome.PASSED:
        left = sum(check.outcome is not Outcome.PASSED for check in checks)
        more = f" · {left} not run" if left else ""
        return Content.assemble(("✓ ", "$success"), (clean(words) + more, "$dim"))
    if outcome.bad:
        bad = next((check for check in checks if check.outcome.bad), None)
        line = f", line {bad.at}" if bad is not None else ""
        said = f"{_SAID[outcome]} here{line} · {words.partition(' · ')[2]}"
        return Content.assemble(("✗ ", "$error"), (clean(said), "$error"))
    why = next((check.message for check in checks if check.message), "")
    return Content.assemble(("– ", "$dim"), (f"{_SAID[outcome]} here: {one_line(why)}", "$dim"))


def reports(fences: Sequence[Fence], verdict: AnswerVerdict) -> dict[int, Content]:
    """What running an answer gave, by the place of the fence it is shown under."""
    found: dict[int, Content] = {}
    for number, fence in enumerate(fences):
        checks = [check for check in verdict.checks if check.check.fence == number]
        if not checks:
            continue
        above = [c for c in verdict.checks if c.check.fence == number - 1]
        below = fences[number + 1].mode if number + 1 < len(fences) else None
        if fence.mode is Mode.OUTPUT:
            found[number] = _printed(fence, checks[0], sum(c.seconds for c in above))
        elif below is not Mode.OUTPUT or checks[0].outcome is not Outcome.PASSED:
            lines = [_check(check) for check in checks]
            found[number] = Content("\n").join([*lines, *_arrowed(checks[-1].output)])
    return found


def _printed(fence: Fence, verdict: CheckVerdict, seconds: float) -> Content:
    """Below an output fence: whether the program printed it, and what it printed if not just so."""
    if verdict.outcome is not Outcome.PASSED:
        return Content("\n").join([_check(verdict), *_arrowed(verdict.output)])
    same = clean(verdict.output).split() == clean(fence.code).split()
    said = f"ran in {took(seconds)} and printed " + ("just this" if same else "as good as this:")
    line = Content.assemble(("✓ ", "$success"), (said, "$dim"))
    return line if same else Content("\n").join([line, *_arrowed(verdict.output)])


def _arrowed(output: str) -> list[Content]:
    text = clean(output).rstrip()
    lines = text.split("\n") if text else []
    return [
        Content.assemble(("→ " if n == 0 else "  ", "$dim"), line) for n, line in enumerate(lines)
    ]


def _check(verdict: CheckVerdict) -> Content:
    name = f"{verdict.check.name} " if verdict.check.name else ""
    message = clean(verdict.message).strip()
    if verdict.outcome is Outcome.PASSED:
        said = "holds" if name else _GOOD.get(verdict.check.kind, "passed")
        line = f"{name}{said}, {took(verdict.seconds)}"
        return Content.assemble(("✓ ", "$success"), (line, "$dim"))
    said = _SAID[verdict.outcome]
    if verdict.outcome.bad:
        head = Content.assemble(("✗ ", "bold $error"), f"{name}{said}, line {verdict.at}")
        return head if not message else Content("\n").join([head, Content(message)])
    return Content.assemble(("– ", "$dim"), (f"{name}{said}: {one_line(message)}", "$dim"))
