"""A snippet at play: what it starts from, what it builds on, and that nothing written is lost."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from quizapp.study.playground import CELL, Playground, one_program
from quizapp.study.practice import Status, statuses
from quizapp.study.store import Store
from quizapp.study.withdrawal import reset
from tests.judge.test_judging import exercise
from tests.packs import add, fence
from tests.study.make import NOW
from verify.bank import load_index, load_item
from verify.bank.model import Item, Kind, Pack
from verify.engine.plan import before


@pytest.fixture
def item(tmp_path: Path) -> Item:
    body = [
        fence("x = 1"),
        fence("def f():\n    raise KeyError\nf()", 'python raises="KeyError"'),
        fence("never = 1", 'python not-run="for show"'),
        fence("y = x"),
    ]
    add(tmp_path, "topic/one", "\n".join(body))
    return load_item(tmp_path, "topic/one")


def test_what_is_written_is_kept_until_it_is_what_it_was(item: Item, store: Store) -> None:
    playground = Playground(item, 3, store)
    assert (playground.text, playground.above, playground.changed) == ("y = x\n", (0, 1), False)
    playground.keep("y = 2", NOW)
    again = Playground(item, 3, store)
    assert (again.text, again.start, again.changed) == ("y = 2", "y = x\n", True)
    again.keep("y = x\n", NOW)
    assert store.drafts() == {}


def test_the_snippet_and_all_of_it_each_keep_their_text(item: Item, store: Store) -> None:
    playground = Playground(item, 3, store)
    playground.keep("y = 2\n", NOW)
    whole = playground.turn()
    assert playground.whole and playground.above == ()
    assert whole.endswith(f"{CELL} 3 of 3\ny = 2\n"), "it is made of the snippet as it is now"
    assert playground.start.endswith("y = x\n")
    playground.keep(whole + "z = 3\n", NOW)
    assert playground.turn() == "y = 2\n"
    assert Playground(item, 3, store).turn() == whole + "z = 3\n"


def test_as_one_program_an_error_that_has_to_come_ends_nothing(item: Item) -> None:
    program = one_program(item, before(item, 3), "print(x, f)\n")
    namespace: dict[str, object] = {}
    exec(compile(program, "one", "exec"), namespace)
    assert namespace["x"] == 1


def test_a_draft_of_it_begins_no_question_and_goes_with_its_history(
    tmp_path: Path, store: Store
) -> None:
    exercise(tmp_path)
    item = load_item(tmp_path, "topic/half")
    fences = enumerate(item.answer.fences)
    Playground(item, next(n for n, f in fences if f.language == "python"), store).keep("1", NOW)
    entries = load_index(tmp_path, tmp_path / "cache").entries
    ((_, status),) = statuses(entries, store, NOW)
    assert status is Status.NEW
    assert store.draft("topic/half") is None
    reset(store, ["topic/half"], NOW)
    assert store.drafts() == {}


def test_every_snippet_of_the_bank_is_a_program_with_what_it_builds_on(bank: Pack) -> None:
    count = 0
    for item in bank.items.values():
        for number, each in enumerate(item.answer.fences):
            if each.language != "python":
                continue
            above = before(item, number)
            assert all(n < number for n in above)
            if item.question.head.kind is not Kind.CODE and each.not_run is None:
                assert set(before(item, number)) == {
                    n
                    for n, f in enumerate(item.answer.fences[:number])
                    if f.language == "python" and f.not_run is None
                }
            ast.parse(one_program(item, above, each.code))
            count += 1
    assert count > 500
