"""Verdicts as JSON and as JUnit XML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree as ET

from verify.bank.model import Outcome
from verify.engine.verdicts import AnswerVerdict, CheckVerdict, Surroundings


def totals(verdicts: Sequence[AnswerVerdict]) -> dict[str, int]:
    """How many checks came out how."""
    counted = Counter(check.outcome for verdict in verdicts for check in verdict.checks)
    return {outcome.value: counted[outcome] for outcome in Outcome if counted[outcome]}


def as_json(
    verdicts: Sequence[AnswerVerdict], surroundings: Surroundings, seconds: float
) -> dict[str, Any]:
    """The object that ``verify --json`` writes; seconds are of wall time."""
    return {
        "torch": surroundings.torch,
        "python": surroundings.python,
        "device": surroundings.device,
        "seconds": round(seconds, 3),
        "answers": [
            {
                "id": verdict.id,
                "path": str(verdict.path),
                "verdict": verdict.outcome.value,
                "checks": [
                    {
                        "kind": check.check.kind.value,
                        "line": check.at,
                        "verdict": check.outcome.value,
                        "seconds": round(check.seconds, 4),
                        "message": check.message,
                    }
                    for check in verdict.checks
                ],
            }
            for verdict in verdicts
        ],
        "totals": totals(verdicts),
    }


def as_junit(verdicts: Sequence[AnswerVerdict], surroundings: Surroundings, seconds: float) -> str:
    """JUnit XML: a suite for each answer, a case for each check."""
    root = ET.Element("testsuites", name="torchdrill", time=f"{seconds:.3f}")
    for verdict in verdicts:
        suite = ET.SubElement(root, "testsuite", name=verdict.id, time=f"{verdict.seconds:.3f}")
        properties = ET.SubElement(suite, "properties")
        for name in ("torch", "python", "device"):
            ET.SubElement(properties, "property", name=name, value=getattr(surroundings, name))
        counts = Counter(check.outcome for check in verdict.checks)
        beyond = counts[Outcome.SKIPPED] + counts[Outcome.UNVERIFIED]
        errors = sum(counts[outcome] for outcome in _ERRORS)
        suite.set("tests", str(len(verdict.checks)))
        suite.set("failures", str(counts[Outcome.FAILED]))
        suite.set("errors", str(errors))
        suite.set("skipped", str(beyond))
        for check in verdict.checks:
            _case(suite, verdict, check)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


_ERRORS = (Outcome.RAISED, Outcome.TIMEOUT, Outcome.CRASHED, Outcome.OUT_OF_MEMORY)


def _case(suite: ET.Element, verdict: AnswerVerdict, check: CheckVerdict) -> None:
    name = f"{check.check.kind.value} line {check.check.line}"
    if check.check.name:
        name = f"{name} {check.check.name}"
    case = ET.SubElement(
        suite,
        "testcase",
        classname=verdict.id,
        name=name,
        file=str(verdict.path),
        line=str(check.at),
        time=f"{check.seconds:.4f}",
    )
    if check.outcome is Outcome.PASSED:
        return
    if check.outcome in (Outcome.SKIPPED, Outcome.UNVERIFIED):
        reason = f"{check.outcome.value}: {check.message}"
        ET.SubElement(case, "skipped", message=reason)
        return
    tag = "failure" if check.outcome is Outcome.FAILED else "error"
    element = ET.SubElement(case, tag, type=check.outcome.value, message=_first(check.message))
    element.text = f"{verdict.path}:{check.at}\n{check.message}"


def _first(text: str) -> str:
    return text.split("\n", 1)[0]
