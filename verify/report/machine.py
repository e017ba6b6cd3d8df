"""Verdicts as JSON and as JUnit XML.

The XML is what Jenkins' ``junit-10.xsd`` asks for, with ``file`` and ``line`` on a case besides, as
pytest's own reports have had them and as GitLab and editors read them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any
from xml.etree import ElementTree as ET

from verify.bank.model import CheckKind, Outcome
from verify.engine.verdicts import AnswerVerdict, CheckVerdict, Surroundings
from verify.report.wording import printable, shown_path, tell


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
                "id": _encodable(verdict.id),
                "path": _encodable(str(verdict.path)),
                "verdict": verdict.outcome.value,
                "checks": [
                    {
                        "kind": check.check.kind.value,
                        "line": check.at,
                        "verdict": check.outcome.value,
                        "seconds": round(check.seconds, 4),
                        "message": _encodable(check.message),
                    }
                    for check in verdict.checks
                ],
                **({"aside": _encodable(verdict.aside)} if verdict.aside else {}),
            }
            for verdict in verdicts
        ],
        "totals": totals(verdicts),
    }


def _encodable(text: str) -> str:
    """Text that UTF-8 can hold: lone surrogates, as in odd file names, are written out."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def as_junit(
    verdicts: Sequence[AnswerVerdict],
    surroundings: Surroundings,
    seconds: float,
    now: datetime | None = None,
) -> str:
    """JUnit XML: a suite for each answer, a case for each check.

    Args:
        verdicts: of the whole run.
        surroundings: where; become properties of each suite.
        seconds: of wall time.
        now: the time stamp of the suites; the present by default.
    """
    stamp = (now or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    root = ET.Element("testsuites", name="torchdrill", time=f"{seconds:.3f}")
    for verdict in verdicts:
        suite = ET.SubElement(
            root,
            "testsuite",
            name=printable(verdict.id),
            time=f"{verdict.seconds:.3f}",
            timestamp=stamp,
            file=printable(shown_path(verdict.path)),
        )
        properties = ET.SubElement(suite, "properties")
        for name in ("torch", "python", "device"):
            value = printable(getattr(surroundings, name))
            ET.SubElement(properties, "property", name=name, value=value)
        _count(suite, [verdict])
        told: set[int] = set()
        for check in verdict.checks:
            _case(suite, verdict, check, told)
    _count(root, verdicts)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


_ERRORS = (Outcome.RAISED, Outcome.TIMEOUT, Outcome.CRASHED, Outcome.OUT_OF_MEMORY)


def _count(element: ET.Element, verdicts: Sequence[AnswerVerdict]) -> None:
    counts = Counter(check.outcome for verdict in verdicts for check in verdict.checks)
    element.set("tests", str(counts.total()))
    element.set("failures", str(counts[Outcome.FAILED]))
    element.set("errors", str(sum(counts[outcome] for outcome in _ERRORS)))
    if element.tag == "testsuite":  # the schema has no such attribute on the root
        element.set("skipped", str(counts[Outcome.SKIPPED] + counts[Outcome.UNVERIFIED]))


def class_name(verdict: AnswerVerdict) -> str:
    """``topic.slug``: those who read JUnit group by what stands before the last dot."""
    name = verdict.id
    if name == str(verdict.path):  # a document, whose id is its path
        name = str(PurePath(shown_path(verdict.path)).with_suffix(""))
    parts = [part.replace(".", "_") for part in PurePath(name).parts if part.strip("./\\")]
    return printable(".".join(parts))


def _case(suite: ET.Element, verdict: AnswerVerdict, check: CheckVerdict, told: set[int]) -> None:
    name = f"{check.check.kind.value} line {check.check.line}"
    if check.check.name:
        name = f"{name} {check.check.name}"
    case = ET.SubElement(
        suite,
        "testcase",
        classname=class_name(verdict),
        name=printable(name),
        file=printable(shown_path(verdict.path)),
        line=str(check.at),
        time=f"{check.seconds:.4f}",
    )
    if check.outcome in (Outcome.SKIPPED, Outcome.UNVERIFIED):
        reason = printable(f"{check.outcome.value}: {check.message}")
        ET.SubElement(case, "skipped", type=check.outcome.value, message=reason)
    elif check.outcome.bad:
        words = tell(verdict, check)
        tag = "failure" if check.outcome is Outcome.FAILED else "error"
        element = ET.SubElement(case, tag, type=check.outcome.value, message=words.head)
        element.text = f"{words.where}\n{printable(check.message)}"
    # What a fence printed is told once, and again beside each check that it made fail.
    fence = check.check.fence - (check.check.kind is CheckKind.OUTPUT)
    if check.output and (check.outcome.bad or fence not in told):
        ET.SubElement(case, "system-out").text = printable(check.output)
    told.add(fence)
