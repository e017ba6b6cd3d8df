"""The built-in bank: sound, proved, and nothing of the source documents lost."""

from __future__ import annotations

import ast
from collections import Counter
from functools import cache
from importlib.util import find_spec
from typing import Any

import pytest

from tests.bank.seeds import OPTIONAL, PROPERTIES, ROWS, SNIPPETS
from verify import locations
from verify.bank.model import Fence, Kind, Mode, Pack


def by_id(proved: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {answer["id"]: answer for answer in proved["answers"]}


def runs(fence: Fence) -> bool:
    modes = (Mode.RUN, Mode.FIX, Mode.PROPERTY)
    return fence.language == "python" and fence.mode in modes and fence.not_run is None


def test_the_bank_has_no_defect(bank: Pack) -> None:
    assert [str(defect) for defect in bank.defects] == []


def test_every_answer_is_proved(bank: Pack, proved: dict[str, Any]) -> None:
    answers = by_id(proved)
    assert set(answers) == set(bank.items)
    wrong = {
        (identity, check["line"]): check["message"]
        for identity, answer in answers.items()
        for check in answer["checks"]
        if check["verdict"] not in ("passed", "skipped", "unverified")
    }
    assert wrong == {}
    assert {answer["verdict"] for answer in answers.values()} == {"passed"}


def test_what_is_skipped_or_not_run_says_why_and_is_little(proved: dict[str, Any]) -> None:
    checks = [check for answer in proved["answers"] for check in answer["checks"]]
    beyond = [check for check in checks if check["verdict"] in ("skipped", "unverified")]
    assert all(check["message"] for check in beyond)
    aside = [check for check in beyond if "CUDA" in check["message"]]
    assert len(beyond) - len(aside) < 0.03 * len(checks)


def test_all_46_rows_are_listed() -> None:
    assert [*ROWS] == [f"Q{number:02}" for number in range(1, 47)]


@pytest.mark.parametrize("row", ROWS)
def test_a_row_is_asked_and_proved(row: str, bank: Pack, proved: dict[str, Any]) -> None:
    answers = by_id(proved)
    for identity in ROWS[row]:
        assert identity in bank.items
        assert answers[identity]["verdict"] == "passed"


def test_all_25_snippets_are_listed() -> None:
    counts = Counter(name.partition("_")[0] for name in SNIPPETS)
    assert counts == {"000": 1, "001": 11, "002": 3, "003": 5, "004": 5}


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_snippet_lives_on_and_is_run(name: str, bank: Pack, proved: dict[str, Any]) -> None:
    identity, marks = SNIPPETS[name]
    fences = [fence for fence in bank.items[identity].answer.fences if runs(fence)]
    holding = [fence for fence in fences if marks[0] in fence.code]
    assert holding, f"no fence that runs holds {marks[0]!r}"
    code = "\n".join(fence.code for fence in fences)
    assert [mark for mark in marks if mark not in code] == []
    lines = {fence.line for fence in holding}
    verdicts = {
        check["verdict"]
        for check in by_id(proved)[identity]["checks"]
        if check["line"] in lines and check["kind"] != "output"
    }
    need = OPTIONAL.get(name)
    skipped = need is not None and find_spec(need) is None
    assert verdicts == ({"skipped"} if skipped else {"passed"})


@cache
def laws_by_property() -> dict[str, str]:
    """The name of the law that states each property, read and not imported: laws import torch."""
    found: dict[str, str] = {}
    for path in (locations.built_in_pack() / "verify/laws").glob("*.py"):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                words = [
                    w for d in node.decorator_list if isinstance(d, ast.Call) for w in d.keywords
                ]
                seeds = [ast.literal_eval(word.value) for word in words if word.arg == "seeds"]
                found |= {number: node.name for numbers in seeds for number in numbers}
    return found


@pytest.mark.parametrize("row", PROPERTIES)
def test_the_properties_of_a_row_are_laws_its_answers_use(row: str, bank: Pack) -> None:
    code = "\n".join(
        fence.code
        for identity in ROWS[row]
        for fence in bank.items[identity].answer.fences
        if fence.mode is Mode.PROPERTY
    )
    laws = {number: laws_by_property()[number] for number in PROPERTIES[row].split()}
    unused = {number: law for number, law in laws.items() if f"laws.{law}(" not in code}
    assert unused == {}


def test_every_property_belongs_to_a_row() -> None:
    named = {number for numbers in PROPERTIES.values() for number in numbers.split()}
    assert named == {f"P{number:02}" for number in range(1, 33)}


def test_the_kinds_are_mixed_as_promised(bank: Pack) -> None:
    kinds = Counter(item.question.head.kind for item in bank.items.values())
    assert kinds[Kind.OUTPUT] >= 14
    assert kinds[Kind.BUG] >= 10
    assert kinds[Kind.CHOICE] >= 14


def test_right_options_are_not_told_by_their_length(bank: Pack) -> None:
    """A reader who always picks the longest option should do little better than chance."""
    longest = []
    for item in bank.items.values():
        if item.question.head.kind is Kind.CHOICE:
            letter = max(item.question.options, key=lambda option: len(option.text)).letter
            longest.append(letter in item.answer.head.correct)
    assert sum(longest) <= 0.5 * len(longest)


def test_references_are_dated_and_every_answer_says_its_points(bank: Pack) -> None:
    for item in bank.items.values():
        if item.question.head.kind is not Kind.CODE:  # where the judge says what was missed
            assert 3 <= len(item.answer.head.key_points) <= 6, item.id
        assert "## Say it in a minute" in item.answer.body, item.id
