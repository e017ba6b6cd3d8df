"""From what happened in a worker to a verdict on each check."""

from __future__ import annotations

import msgspec

from verify.bank.model import Check, CheckKind, Mode, Outcome
from verify.engine.compare import Difference, compare_output
from verify.engine.judging_code import JUDGED, judge_candidate
from verify.engine.plan import Plan
from verify.engine.running import Limits, Record
from verify.engine.silence import clean, silence
from verify.engine.verdicts import AnswerVerdict, CheckVerdict, worst


def judge(
    plan: Plan,
    proof: Record,
    bug: Record | None,
    judged: Record | None,
    seconds: float,
    limits: Limits,
) -> AnswerVerdict:
    """Give a verdict on every check of a plan."""
    checks = tuple(
        judge_candidate(plan, check, judged, limits)
        if judged is not None and check.kind in JUDGED
        else _judge_check(plan, check, proof, bug, limits)
        for check in plan.checks
    )
    if changed := proof.changed or (bug is not None and bug.changed):
        why = f"the code replaced {clean(str(changed))}, so this verdict proves nothing"
        checks = tuple(_disbelieved(check, f"{why}; put it back when done") for check in checks)
    elif not proof.done and proof.begun in proof.steps:  # it ended between two steps
        _, why = silence(plan, proof, proof.begun, limits)
        checks = tuple(_disbelieved(check, why) for check in checks)
    outcome = worst(check.outcome for check in checks)
    return AnswerVerdict(plan.id, plan.path, outcome, seconds, checks)


def _disbelieved(verdict: CheckVerdict, why: str) -> CheckVerdict:
    if verdict.outcome is not Outcome.PASSED:
        return verdict
    return msgspec.structs.replace(verdict, outcome=Outcome.FAILED, message=why)


def _judge_check(
    plan: Plan, check: Check, proof: Record, bug: Record | None, limits: Limits
) -> CheckVerdict:
    if check.beyond is not None:
        return CheckVerdict(check, check.beyond, 0.0, check.reason)
    if check.kind is CheckKind.BUG:
        return _judge_bug(plan, check, bug, limits)
    if check.kind is CheckKind.OUTPUT:
        return _judge_output(plan, check, proof, limits)
    ended = proof.steps.get(check.fence)
    output = clean(proof.output.get(check.fence, ""))
    if ended is None:
        outcome, why = silence(plan, proof, check.fence, limits)
        return CheckVerdict(check, outcome, 0.0, why, output)
    message = clean(ended.message)
    if check.kind is CheckKind.PROPERTY and ended.outcome == "passed":
        test = next((test for test in ended.tests if test.name == check.name), None)
        if test is None:
            return CheckVerdict(check, Outcome.FAILED, 0.0, f"{check.name} was not run")
        outcome = Outcome(test.outcome)
        return CheckVerdict(check, outcome, test.seconds, clean(test.message), output, test.line)
    outcome = Outcome(ended.outcome)
    return CheckVerdict(check, outcome, ended.seconds, message, output, ended.line)


def _judge_output(plan: Plan, check: Check, proof: Record, limits: Limits) -> CheckVerdict:
    above = check.fence - 1
    got = clean(proof.output.get(above, ""))
    ended = proof.steps.get(above)
    if ended is None:
        _, why = silence(plan, proof, above, limits)
        return CheckVerdict(check, Outcome.UNVERIFIED, 0.0, f"the fence above: {why}", got)
    if ended.outcome == Outcome.SKIPPED:
        return CheckVerdict(check, Outcome.SKIPPED, 0.0, ended.message)
    if ended.outcome != Outcome.PASSED and not got.strip():
        return CheckVerdict(check, Outcome.UNVERIFIED, 0.0, "the fence above did not finish")
    difference = compare_output(plan.fences[check.fence].code, got)
    if difference is None:
        return CheckVerdict(check, Outcome.PASSED, 0.0, "", got)
    line = check.line + difference.line
    return CheckVerdict(check, Outcome.FAILED, 0.0, _told(difference), got, line)


def _told(difference: Difference) -> str:
    expected = clean(difference.expected) or "(nothing)"
    got = clean(difference.got) or "(nothing)"
    return f"expected  {expected}\ngot       {got}\n{difference.why}"


def _judge_bug(plan: Plan, check: Check, bug: Record | None, limits: Limits) -> CheckVerdict:
    """The checks of the fix must refuse the bug, and by what they say of it."""
    if bug is None:
        return CheckVerdict(check, Outcome.UNVERIFIED, 0.0, "was not run")
    seconds = sum(step.seconds for step in bug.steps.values())
    skipped = ""
    for fence, ended in sorted(bug.steps.items()):
        if ended.outcome == "skipped":
            skipped = skipped or ended.message
            continue
        refused = ended.outcome != "passed" or any(t.outcome != "passed" for t in ended.tests)
        if refused and fence > plan.program and ended.error in ("NameError", "SyntaxError"):
            why = f"refused for a wrong reason: {clean(ended.message)}; define it before the bug"
            return CheckVerdict(check, Outcome.FAILED, seconds, why, "", ended.line)
        if refused:
            return CheckVerdict(check, Outcome.PASSED, seconds)
        below = fence + 1
        if (
            below < len(plan.fences)
            and plan.fences[below].mode is Mode.OUTPUT
            and (fence > plan.program)
        ):
            got = clean(bug.output.get(fence, ""))
            if compare_output(plan.fences[below].code, got) is not None:
                return CheckVerdict(check, Outcome.PASSED, seconds)
    if not bug.done:
        outcome, why = silence(plan, bug, bug.begun, limits)
        if outcome in (Outcome.TIMEOUT, Outcome.OUT_OF_MEMORY):
            return CheckVerdict(check, Outcome.PASSED, seconds, f"the bug: {why}")
        return CheckVerdict(check, outcome, seconds, why)
    if skipped:  # what cannot be run here might have refused it
        return CheckVerdict(check, Outcome.SKIPPED, seconds, skipped)
    why = "the checks after the fix accept the bug too, so they prove nothing"
    return CheckVerdict(check, Outcome.FAILED, seconds, why)
