"""What a pack carries of its proofs: written, merged, read, and told to the reader."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.engine.ledgers import BODY, DAY, HERE, make, verdict_of
from tests.packs import fence
from verify.bank.model import Item, Outcome
from verify.bank.record import read_record, record_file, record_text
from verify.engine.ledger import history as history_module
from verify.engine.ledger.claims import claim_of
from verify.engine.ledger.facts import Facts
from verify.engine.ledger.history import also_text, history, place, proved_text, stale_text
from verify.engine.ledger.recording import write_record
from verify.engine.ledger.stale import missing
from verify.engine.ledger.surroundings import conditions
from verify.engine.verdicts import Surroundings
from verify.errors import SurroundingsError

H200 = Surroundings("2.11.0+cu128", "3.11.7", "cuda", "NVIDIA H200")


class Machine:
    """A machine with a cache of its own, which records into a pack."""

    def __init__(self, folder: Path, where: Surroundings = HERE) -> None:
        self.file, self.where = folder / "facts.json", where

    @property
    def facts(self) -> Facts:
        return Facts(self.file)

    def prove(
        self, *items: Item, outcome: Outcome = Outcome.PASSED, examples: int = 100, days: int = 0
    ) -> None:
        facts = self.facts
        for item in items:
            verdict = verdict_of(item, outcome)
            facts.record(item, verdict, self.where, examples, DAY + timedelta(days))
        facts.save()

    def record(
        self,
        root: Path,
        *items: Item,
        outcome: Outcome = Outcome.PASSED,
        ids: set[str] | None = None,
    ) -> bytes:
        proved = [(claim_of(item), verdict_of(item, outcome)) for item in items]
        here = conditions(self.where)
        write_record(root, proved, ids or {item.id for item in items}, self.facts, here)
        return record_file(root).read_bytes() if record_file(root).exists() else b""

    def prove_and_record(self, root: Path, *items: Item, **options: Any) -> bytes:
        outcome = options.get("outcome", Outcome.PASSED)
        self.prove(*items, **options)
        return self.record(root, *items, outcome=outcome)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "pack"


@pytest.fixture
def here(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "here")


@pytest.fixture
def elsewhere(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "elsewhere", H200)


def test_a_line_says_what_was_proved_where(root: Path, here: Machine) -> None:
    item = make(root)
    line = json.loads(here.prove_and_record(root, item))
    assert len(line.pop("digest")) == len(line.pop("law_code")) == 16
    assert line == {
        "id": "topic/one", "torch": "2.13.0+cpu", "python": "3.11", "device": "cpu",
        "device_name": "CPU", "checks": 4, "laws": 1, "examples": 100, "date": "2026-11-20",
    }  # fmt: skip


def test_recording_again_changes_not_a_byte_unless_a_fact_changed(
    root: Path, here: Machine
) -> None:
    items = make(root), make(root, identity="topic/two")
    first = here.prove_and_record(root, *items)
    assert here.record(root, *items) == first
    assert here.prove_and_record(root, *items, days=3) == first
    changed = make(root, BODY.replace("x = 1\n", "x = 1  # one\n"))
    third = here.prove_and_record(root, changed, items[1], days=4)
    assert third.splitlines()[1] == first.splitlines()[1]
    assert json.loads(third.splitlines()[0])["date"] == "2026-11-24"


def test_fewer_examples_do_not_replace_more(root: Path, here: Machine) -> None:
    item = make(root)
    first = here.prove_and_record(root, item)
    assert here.prove_and_record(root, item, examples=10, days=1) == first
    assert b'"examples":200,"date":"2026-11-22"' in here.prove_and_record(
        root, item, examples=200, days=2
    )


def test_lines_are_in_order_and_those_of_others_stay(
    root: Path, here: Machine, elsewhere: Machine
) -> None:
    two, one = make(root, identity="topic/two"), make(root)
    elsewhere.prove_and_record(root, two, one)
    here.prove(two, one)
    lines = [json.loads(line) for line in here.record(root, two, one).splitlines()]
    assert [(line["id"], line["torch"]) for line in lines] == [
        ("topic/one", "2.11.0+cu128"),
        ("topic/one", "2.13.0+cpu"),
        ("topic/two", "2.11.0+cu128"),
        ("topic/two", "2.13.0+cpu"),
    ]


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.TIMEOUT, Outcome.SKIPPED])
def test_what_does_not_hold_any_more_goes_and_is_never_recorded(
    root: Path, here: Machine, elsewhere: Machine, outcome: Outcome
) -> None:
    item = make(root)
    elsewhere.prove_and_record(root, item)
    here.prove_and_record(root, item)
    left = here.prove_and_record(root, item, outcome=outcome).splitlines()
    assert [json.loads(line)["device"] for line in left] == ["cuda"]


def test_what_is_not_proved_again_stays_and_questions_that_are_gone_go(
    root: Path, here: Machine
) -> None:
    one, two = make(root), make(root, identity="topic/two")
    here.prove_and_record(root, one, two)
    here.prove(one)
    assert len(here.record(root, one, ids={"topic/one", "topic/two"}).splitlines()) == 2
    assert len(here.record(root, one, ids={"topic/one"}).splitlines()) == 1


def test_lines_in_any_order_and_twice_are_read_and_the_newest_counts(
    root: Path, here: Machine, elsewhere: Machine
) -> None:
    items = [make(root, identity=f"topic/{name}") for name in ("one", "two", "three")]
    mine = here.prove_and_record(root, *items).splitlines()
    elsewhere.prove_and_record(root, *items)
    older = [line.replace(b"2026-11-20", b"2026-11-01").replace(b":100", b":900") for line in mine]
    theirs = record_file(root).read_bytes().splitlines()
    merged = [*mine, *theirs, *older, b"", *mine]
    whole, _ = read_record(root)
    for seed in range(5):
        random.Random(seed).shuffle(merged)
        record_file(root).write_bytes(b"\n".join(merged))
        lines, defects = read_record(root)
        assert (lines, defects) == (whole, [])
    assert here.record(root, *items) == record_text(whole)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<<<<<<< HEAD", "cannot be read"),
        ('{"id": "topic/one"}', "cannot be read"),
        ("[]", "cannot be read"),
        ("\udcff", "cannot be read"),
        ('"checks":4', "cannot be read"),
        ('"digest":"xyz"', "digest 'xyz'"),
        ('"date":"20 November"', "date '20 November'"),
        ('"device_name":"\\u001b[31m"', "control characters"),
        ('"checks":-1', "a negative number"),
        ('"more":1', "cannot be read"),
    ],
)
def test_a_broken_line_is_a_defect_at_its_line_and_stops_nothing(
    root: Path, here: Machine, text: str, said: str
) -> None:
    item = make(root)
    good = here.prove_and_record(root, item)
    if text.startswith('"') and not text.startswith('"checks":4'):
        data = {**json.loads(good), **json.loads(f"{{{text}}}")}
        text = json.dumps(data)
    broken = text.encode("utf-8", "surrogateescape")
    record_file(root).write_bytes(good + broken + b"\n" + good)
    lines, (defect,) = read_record(root)
    assert [line.id for line in lines] == ["topic/one"]
    assert (defect.path, defect.line) == (record_file(root), 2)
    assert said in defect.found
    assert here.record(root, item) == good


def test_a_pack_that_cannot_be_written_says_so(root: Path, here: Machine) -> None:
    item = make(root)
    here.prove(item)
    record_file(root).mkdir()
    with pytest.raises(SurroundingsError, match="cannot be written"):
        here.record(root, item)


# -- what the reader is told --------------------------------------------------------------------


def test_the_reader_sees_this_machine_and_others(
    root: Path, here: Machine, elsewhere: Machine
) -> None:
    item = make(root)
    assert proved_text(history(item, here.facts)) == ""
    elsewhere.prove_and_record(root, item)
    known = history(item, here.facts)
    assert proved_text(known) == "torch 2.11.0 cuda (H200), 1 law × 100 examples"
    here.prove(item)
    known = history(item, here.facts)
    assert proved_text(known) == "torch 2.13.0 cpu; 2.11.0 cuda (H200), 1 law × 100 examples"
    assert also_text(known, place("2.13.0+cpu", "cpu", "CPU")) == "2.11.0 cuda (H200)"
    assert stale_text(known) == ""


def test_an_answer_that_changed_is_stale_where_it_is_not_proved_again(
    root: Path, here: Machine, elsewhere: Machine
) -> None:
    item = make(root)
    elsewhere.prove_and_record(root, item)
    here.prove(item)
    item = make(root, BODY.replace("x = 1\n", "x = 1  # one\n"))
    known = history(item, here.facts)
    assert proved_text(known) == ""
    assert stale_text(known) == "2.13.0; 2.11.0 cuda, the answer changed since"
    here.prove(item)
    known = history(item, here.facts)
    assert proved_text(known) == "torch 2.13.0 cpu, 1 law × 100 examples"
    assert stale_text(known) == "2.11.0 cuda, the answer changed since"


def test_a_place_with_two_pythons_is_stale_only_if_both_are(root: Path, here: Machine) -> None:
    item = make(root)
    here.prove(item)
    here.where = Surroundings("2.13.0+cpu", "3.12.0", "cpu", "CPU")
    item = make(root, BODY.replace("x = 1\n", "x = 1  # one\n"))
    assert stale_text(history(item, here.facts)) == "2.13.0, the answer changed since"
    here.prove(item)
    assert stale_text(history(item, here.facts)) == ""


def test_a_law_that_changed_makes_stale_what_uses_laws(
    root: Path, here: Machine, elsewhere: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = make(root, fence("x = 1"), identity="topic/plain")
    item = make(root)
    elsewhere.prove_and_record(root, item, plain)
    monkeypatch.setattr(history_module, "laws_digest", lambda: "0" * 16)
    assert stale_text(history(item, here.facts)) == "2.11.0 cuda, the laws changed since"
    assert proved_text(history(plain, here.facts)) == "torch 2.11.0 cuda (H200), 1 check"


def test_what_was_seen_to_fail_here_is_not_said_to_be_proved_here(
    root: Path, here: Machine
) -> None:
    item = make(root)
    here.prove_and_record(root, item)
    here.prove(item, outcome=Outcome.FAILED)
    assert proved_text(history(item, here.facts)) == ""


def test_many_places_are_counted(root: Path, tmp_path: Path, here: Machine) -> None:
    item = make(root)
    for minor in range(5):
        where = Surroundings(f"2.{minor}.0", "3.11.7", "cpu", "CPU")
        Machine(tmp_path / str(minor), where).prove_and_record(root, item)
    text = proved_text(history(item, here.facts))
    assert text == "torch 2.4.0 cpu; 2.3.0 cpu; 2.2.0 cpu and 2 more, 1 law × 100 examples"
    assert len(f"Proof: proved on {text}") < 90


# -- what is not proved here --------------------------------------------------------------------


def why(item: Item, machine: Machine, root: Path, **options: Any) -> str:
    lines = [line for line in read_record(root)[0] if line.id == item.id]
    where = conditions(options.pop("where", machine.where), options.pop("seed", 0))
    return missing(claim_of(item), machine.facts, lines, where, options.pop("examples", 100))


def test_each_reason_why_something_is_not_proved_here(
    root: Path, here: Machine, elsewhere: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = make(root)
    assert why(item, here, root) == "never proved here"
    elsewhere.prove_and_record(root, item)
    assert why(item, here, root) == "another torch (2.11.0+cu128)"
    here.prove(item)
    assert why(item, here, root) == ""
    assert why(item, here, root, seed=1) == "another seed (0)"
    assert why(item, here, root, examples=200) == "only 100 examples proved"
    same = ("2.13.0+cpu", "3.11.7")
    python = Surroundings("2.13.0+cpu", "3.12.0", "cpu", "CPU")
    assert why(item, here, root, where=python) == "another Python (3.11)"
    cuda = Surroundings(*same, "cuda", "NVIDIA H200")
    assert why(item, here, root, where=cuda) == "another device (CPU)"
    monkeypatch.setattr(
        "verify.engine.ledger.surroundings.verifier_digest", lambda: "of other code"
    )
    assert why(item, here, root) == "laws or verifier changed"
    changed = make(root, BODY.replace("x = 1\n", "x = 1  # one\n"))
    assert why(changed, here, root) == "answer changed"
    here.prove(changed, outcome=Outcome.FAILED)
    assert why(changed, here, root) == "did not hold when last proved"


def test_a_line_of_this_torch_python_and_device_counts_as_proved(
    root: Path, here: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = make(root)
    here.prove_and_record(root, item)
    fresh = Machine(tmp_path / "fresh", Surroundings("2.13.0+cpu", "3.11.9", "cpu", "CPU"))
    assert why(item, fresh, root) == ""
    assert why(item, fresh, root, examples=200) == "only 100 examples proved"
    fresh.prove(item, outcome=Outcome.FAILED)
    assert why(item, fresh, root) == "did not hold when last proved"
    fresh = Machine(tmp_path / "another", fresh.where)
    monkeypatch.setattr(history_module, "laws_digest", lambda: "0" * 16)
    assert why(item, fresh, root) == "laws changed"
