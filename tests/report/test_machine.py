"""JSON of the promised shape; JUnit that the published schema accepts, whatever was printed."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.report.verdicts import HERE, answer, check
from verify.bank.model import CheckKind, Outcome
from verify.engine.verdicts import AnswerVerdict
from verify.report.machine import as_json, as_junit

NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
EVIL = "".join(map(chr, [*range(0x20), 0x7F, 0x85, 0xD800, 0xDFFF, 0xFFFE, 0xFFFF])) + "]]><&\"'😀"

# Jenkins' junit-10.xsd: (children, required attributes, further attributes), and what pytest's
# own reports and GitLab add to a case.
SCHEMA: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": ({"testsuite"}, set(), {"name", "time", "tests", "failures", "errors"}),
    "testsuite": (
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
        {"name", "tests", "failures", "errors"},
        {
            "group",
            "time",
            "skipped",
            "timestamp",
            "hostname",
            "id",
            "package",
            "file",
            "log",
            "url",
        },
    ),
    "properties": ({"property"}, set(), set()),
    "property": (set(), {"name", "value"}, set()),
    "testcase": (
        {"skipped", "error", "failure", "system-out", "system-err"},
        {"name"},
        {"time", "classname", "group", "file", "line"},
    ),
    "skipped": (set(), set(), {"type", "message"}),
    "error": (set(), set(), {"type", "message"}),
    "failure": (set(), set(), {"type", "message"}),
    "system-out": (set(), set(), set()),
}
TIME = re.compile(r"(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?")


def validate(element: ET.Element) -> None:
    """Hold an element, and all below it, against the schema."""
    children, required, further = SCHEMA[element.tag]
    assert {child.tag for child in element} <= children, element.tag
    assert required <= set(element.attrib) <= required | further, element.tag
    if element.tag in ("testsuites", "testsuite", "properties", "testcase"):
        assert not (element.text or "").strip(), element.tag
    if "time" in element.attrib:
        assert TIME.fullmatch(element.attrib["time"])
    for child in element:
        validate(child)


def junit(*verdicts: AnswerVerdict) -> ET.Element:
    """The report as a reader of its bytes gets it."""
    text = as_junit(verdicts, HERE, 12.5, NOW)
    root = ET.fromstring(text.encode("utf-8"))
    validate(root)
    return root


def everything() -> list[AnswerVerdict]:
    return [
        answer(
            *(check(outcome, f"said {outcome}", line=n) for n, outcome in enumerate(Outcome, 3)),
            identity="autograd/all",
        ),
        answer(check(), identity="notes/one.two.md", path=Path("notes/one.two.md")),
    ]


def test_each_outcome_is_what_the_schema_has_for_it() -> None:
    suite = junit(*everything())[0]
    found = {}
    for case in suite.findall("testcase"):
        tags = [(child.tag, child.get("type")) for child in case]
        found[case.get("line")] = tags[0] if tags else ("passed", None)
    assert found == {
        "3": ("passed", None),
        "4": ("failure", "failed"),
        "5": ("error", "raised"),
        "6": ("error", "timeout"),
        "7": ("error", "crashed"),
        "8": ("error", "out-of-memory"),
        "9": ("skipped", "skipped"),
        "10": ("skipped", "unverified"),
    }


def test_counts_are_those_of_the_cases_in_each_suite_and_in_all() -> None:
    root = junit(*everything())
    for element in (root, *root):
        cases = list(element.iter("testcase"))
        tags = Counter(child.tag for case in cases for child in case)
        assert int(element.attrib["tests"]) == len(cases)
        assert int(element.attrib["failures"]) == tags["failure"]
        assert int(element.attrib["errors"]) == tags["error"]
        if element.tag == "testsuite":
            assert int(element.attrib["skipped"]) == tags["skipped"]


def test_a_case_says_where_it_is_and_how_long_it_took() -> None:
    one = check(kind=CheckKind.PROPERTY, name="test_x", line=20, at=22, seconds=0.125)
    (case,) = junit(answer(one, identity="autograd/leaf")).iter("testcase")
    assert case.attrib == {
        "classname": "autograd.leaf",
        "name": "property line 20 test_x",
        "file": "/pack/answers/autograd/leaf.md",
        "line": "22",
        "time": "0.1250",
    }


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("README.md", "README"),
        ("docs/a.b/notes.v2.md", "docs.a_b.notes_v2"),
        ("../up/notes.md", "up.notes"),
        ("/abs/notes.md", "abs.notes"),
    ],
)
def test_a_document_is_grouped_by_its_folder(path: str, expected: str) -> None:
    (case,) = junit(answer(check(), identity=path, path=Path(path))).iter("testcase")
    assert case.get("classname") == expected


def test_a_suite_has_the_surroundings_as_properties() -> None:
    (suite,) = junit(answer(check()))
    found = {p.get("name"): p.get("value") for p in suite.iter("property")}
    assert found == {"torch": "2.13.0+cpu", "python": "3.11.7", "device": "cpu"}
    assert suite.get("timestamp") == "2026-11-20T12:30:00"


def test_a_failure_begins_with_file_and_line_and_its_message_is_one_line() -> None:
    message = "Failing test case: test_x(\n    n=1,\n)\nAssertionError: no"
    one = check(Outcome.FAILED, message, kind=CheckKind.PROPERTY, name="test_x", at=7)
    (failure,) = junit(answer(one)).iter("failure")
    assert failure.get("message") == "for n=1: AssertionError: no"
    assert (failure.text or "").startswith("/pack/answers/topic/one.md:7\nFailing test case")


def test_what_a_fence_printed_is_told_once_and_beside_what_it_made_fail() -> None:
    root = junit(
        answer(
            check(fence=0, output="hello\n"),
            check(Outcome.PASSED, kind=CheckKind.OUTPUT, fence=1, output="hello\n"),
            check(fence=2, output="again\n"),
            check(Outcome.FAILED, "no", kind=CheckKind.OUTPUT, fence=3, output="again\n"),
        )
    )
    said = [case.findtext("system-out") for case in root.iter("testcase")]
    assert said == ["hello\n", None, "again\n", "again\n"]


def test_the_xml_holds_whatever_was_printed_said_or_named() -> None:
    path = Path(f"/pack/{EVIL.replace('/', '').replace(chr(0), '')}.md")
    verdict = answer(
        check(Outcome.FAILED, EVIL, output=EVIL, name=EVIL),
        check(Outcome.SKIPPED, EVIL),
        identity=EVIL,
        path=path,
    )
    case = next(junit(verdict).iter("testcase"))
    said = case.findtext("system-out") or ""
    for code in (*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20)):
        if code != 0x1B:  # begins an escape sequence, which goes as a whole
            assert f"\\x{code:02x}" in said
    assert "\\ud800\\udfff\\ufffe\\uffff]]><&\"'😀" in said


def test_json_has_the_promised_shape_and_encodes_whatever_was_said() -> None:
    verdicts = [answer(check(Outcome.FAILED, EVIL, at=9), path=Path("/pack/\udcff.md"))]
    data = json.loads(json.dumps(as_json(verdicts, HERE, 12.5), ensure_ascii=False).encode())
    assert set(data) == {"torch", "python", "device", "seconds", "answers", "totals"}
    (one,) = data["answers"]
    assert set(one) == {"id", "path", "verdict", "checks"}
    assert one["path"] == "/pack/\\udcff.md"
    (checked,) = one["checks"]
    assert set(checked) == {"kind", "line", "verdict", "seconds", "message"}
    assert (checked["kind"], checked["line"], checked["verdict"]) == ("python", 9, "failed")
    assert "😀" in checked["message"]
    assert data["totals"] == {"failed": 1}
