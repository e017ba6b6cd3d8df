"""What is a new fact, what is not, and what a damaged cache costs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from tests.engine.ledgers import BODY, DAY, HERE, make, verdict_of
from tests.packs import fence, write
from verify.bank import load_document
from verify.bank.model import Item, Outcome
from verify.engine.ledger import facts as facts_module
from verify.engine.ledger import surroundings
from verify.engine.ledger.claims import claim_of
from verify.engine.ledger.facts import Facts
from verify.engine.ledger.surroundings import conditions
from verify.engine.verdicts import AnswerVerdict, Surroundings, worst


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "facts.json"


def record(file: Path, item: Item, verdict: AnswerVerdict | None = None, seed: int = 0) -> None:
    facts = Facts(file)
    facts.record(item, verdict or verdict_of(item), HERE, 100, DAY, seed=seed)
    assert facts.save()


def reuse(
    file: Path,
    item: Item,
    where: Surroundings = HERE,
    *,
    examples: int = 100,
    seed: int = 0,
    how: str = "",
) -> AnswerVerdict | None:
    claim = claim_of(item)
    here = conditions(where, seed, how)
    return Facts(file).reuse(claim, item.answer.path, here, examples)


def test_what_was_proved_is_known_with_its_lines_and_numbers(tmp_path: Path, file: Path) -> None:
    item = make(tmp_path / "pack")
    verdict = verdict_of(item)
    record(file, item, verdict)
    assert reuse(file, item) == msgspec.structs.replace(verdict, unchanged=True)
    assert reuse(file, item, examples=7) is not None


Change = Callable[[pytest.MonkeyPatch], AnswerVerdict | None]


@pytest.mark.parametrize(
    "where",
    [
        Surroundings("2.13.1+cpu", "3.11.7", "cpu", "CPU"),
        Surroundings("2.13.0+cpu", "3.12.1", "cpu", "CPU"),
        Surroundings("2.13.0+cpu", "3.11.7", "cuda", "NVIDIA H200"),
        Surroundings("2.13.0+cpu", "3.11.7", "cpu", "another CPU"),
    ],
    ids=["torch", "python", "device", "device name"],
)
def test_other_surroundings_are_a_new_fact(tmp_path: Path, file: Path, where: Surroundings) -> None:
    item = make(tmp_path / "pack")
    record(file, item)
    assert reuse(file, item) is not None
    assert reuse(file, item, where) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("verifier_digest", lambda: "of other code"),
        ("package_version", lambda name: f"{name}==0"),
        ("accelerator", lambda: "nvidia0"),
    ],
)
def test_another_verifier_hypothesis_or_gpu_in_sight_is_a_new_fact(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: object
) -> None:
    item = make(tmp_path / "pack")
    record(file, item)
    monkeypatch.setattr(surroundings, name, value)
    assert reuse(file, item) is None


def test_seed_options_and_more_examples_are_a_new_fact(tmp_path: Path, file: Path) -> None:
    item = make(tmp_path / "pack")
    record(file, item)
    assert reuse(file, item, seed=1) is None
    assert reuse(file, item, how="--launcher spawn") is None
    assert reuse(file, item, examples=101) is None


@pytest.mark.parametrize("package", ["hypothesis", "numpy"])
def test_each_of_the_packages_that_matter_counts(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    item = make(tmp_path / "pack")
    record(file, item)
    version = surroundings.package_version
    monkeypatch.setattr(
        surroundings, "package_version", lambda n: "other" if n == package else version(n)
    )
    assert reuse(file, item) is None


def test_a_package_it_needs_that_came_or_went_is_a_new_fact(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = make(tmp_path / "pack", BODY + fence("import nowhere_x", "python needs=nowhere_x"))
    record(file, item)
    assert reuse(file, item) is not None
    monkeypatch.setattr(facts_module, "packages", lambda needs: "nowhere_x==1.0")
    assert reuse(file, item) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x = 1\n", "x = 1  # one\n"),
        ("1\n```\n", "1.\n```\n"),
        ('raises="ValueError"', 'raises="ValueError: invalid"'),
        ("python raises", "python needs=cuda raises"),
        ("def test_more", "def test_most"),
        (' raises="ValueError"', ' not-run="for show"'),
        ("```python property", "```python"),
        ("```output\n1\n```\n", ""),
        ("```output", "```text"),
    ],
)
def test_what_is_run_or_compared_makes_a_new_fact(
    tmp_path: Path, file: Path, old: str, new: str
) -> None:
    record(file, make(tmp_path / "pack"))
    assert old in BODY
    assert reuse(file, make(tmp_path / "pack", BODY.replace(old, new, 1))) is None


def test_front_matter_that_changes_the_proof_is_a_new_fact(tmp_path: Path, file: Path) -> None:
    record(file, make(tmp_path / "pack"))
    assert (
        reuse(file, make(tmp_path / "pack", head="devices: [cpu]\ndevices_why: it counts bytes\n"))
        is None
    )
    item = make(tmp_path / "pack")
    head = msgspec.structs.replace(item.question.head, needs=("cuda",))
    question = msgspec.structs.replace(item.question, head=head)
    assert reuse(file, msgspec.structs.replace(item, question=question)) is None


def test_prose_is_no_new_fact_and_lines_follow_it(tmp_path: Path, file: Path) -> None:
    before = make(tmp_path / "pack")
    record(file, before)
    prose = "A line.\n\n```text\nprint(2)\n```\n\n" + BODY.replace("Spoken", "Said otherwise")
    head = 'hints: ["a", "b", "c"]\nfollow_ups: []\n'
    after = make(tmp_path / "pack", prose, head=head, prompt="What else?")
    known = reuse(file, after)
    assert known is not None
    assert [c.check for c in known.checks] == [c.check for c in verdict_of(after).checks]
    moved = {
        new.at - old.at for old, new in zip(verdict_of(before).checks, known.checks, strict=True)
    }
    assert moved == {8}


def test_a_text_fence_that_parts_a_program_from_its_output_is_a_new_fact(tmp_path: Path) -> None:
    whole = fence("print(1)") + fence("1", "output")
    parted = fence("print(1)") + fence("1", "text") + fence("1", "output")
    one = load_document(write(tmp_path, "one.md", whole))
    other = load_document(write(tmp_path, "one.md", parted))
    assert claim_of(one).digest != claim_of(other).digest


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome.bad])
def test_what_did_not_hold_is_never_taken_for_known(
    tmp_path: Path, file: Path, outcome: Outcome
) -> None:
    item = make(tmp_path / "pack")
    record(file, item)
    good = verdict_of(item)
    bad = msgspec.structs.replace(good.checks[1], outcome=outcome, message="no")
    checks = (good.checks[0], bad, *good.checks[2:])
    verdict = msgspec.structs.replace(
        good, checks=checks, outcome=worst(check.outcome for check in checks)
    )
    record(file, item, verdict)
    assert reuse(file, item) is None
    stamp = Facts(file).stamp(item)
    assert stamp is not None
    assert stamp.outcome is outcome


def test_a_step_that_was_not_reached_is_not_taken_for_known(tmp_path: Path, file: Path) -> None:
    item = make(tmp_path / "pack")
    good = verdict_of(item)
    lost = msgspec.structs.replace(good.checks[1], outcome=Outcome.UNVERIFIED)
    record(file, item, msgspec.structs.replace(good, checks=(lost, *good.checks[1:])))
    assert reuse(file, item) is None


def test_skipped_and_never_run_are_known_with_their_reasons(tmp_path: Path, file: Path) -> None:
    body = fence("1 / 0", 'python not-run="for show"') + fence("x = 1", "python needs=nowhere_x")
    item = make(tmp_path / "pack", body)
    record(file, item, verdict_of(item, Outcome.SKIPPED, "needs the package nowhere_x"))
    known = reuse(file, item)
    assert known is not None
    assert [(c.outcome.value, c.message) for c in known.checks] == [
        ("unverified", "for show"),
        ("skipped", "needs the package nowhere_x"),
    ]


def test_two_packs_with_one_id_and_two_documents_are_apart(tmp_path: Path, file: Path) -> None:
    record(file, make(tmp_path / "pack"))
    assert reuse(file, make(tmp_path / "other")) is None
    document = load_document(write(tmp_path, "a.md", fence("x = 1")))
    twin = load_document(write(tmp_path, "b.md", fence("x = 1")))
    facts = Facts(file)
    facts.record(document, verdict_of(document), HERE, 100)
    facts.save()
    here = conditions(HERE)
    assert Facts(file).reuse(claim_of(document), document.path, here, 100) is not None
    assert Facts(file).reuse(claim_of(twin), twin.path, here, 100) is None


def test_several_environments_keep_their_facts(tmp_path: Path, file: Path) -> None:
    item = make(tmp_path / "pack")
    record(file, item)
    facts = Facts(file)
    other = Surroundings("2.11.0", "3.11.7", "cpu", "CPU")
    facts.record(item, verdict_of(item), other, 100)
    facts.save()
    assert reuse(file, item) is not None
    assert reuse(file, item, other) is not None


def test_two_processes_that_write_do_not_lose_each_others_facts(tmp_path: Path, file: Path) -> None:
    one, two = make(tmp_path / "pack"), make(tmp_path / "pack", identity="topic/two")
    first, second = Facts(file), Facts(file)
    first.record(one, verdict_of(one), HERE, 100)
    second.record(two, verdict_of(two), HERE, 100)
    first.save()
    second.save()
    assert reuse(file, one) is not None
    assert reuse(file, two) is not None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"{",
        b'{"version": 1, "facts": {}}',
        b'{"version": 99}',
        b'{"version": 2, "facts": {"pack": {"one": 3}}}',
        b"[" * 100_000,
    ],
)
def test_a_damaged_file_or_one_of_before_counts_as_empty(
    tmp_path: Path, file: Path, content: bytes
) -> None:
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    item = make(tmp_path / "pack")
    assert reuse(file, item) is None
    record(file, item)
    assert reuse(file, item) is not None


def test_a_file_of_another_version_counts_as_empty(tmp_path: Path, file: Path) -> None:
    item = make(tmp_path / "pack")
    record(file, item)
    file.write_bytes(file.read_bytes().replace(b'"version":2', b'"version":3'))
    assert reuse(file, item) is None


def test_a_file_that_cannot_be_written_costs_time_only(tmp_path: Path) -> None:
    write(tmp_path, "cache", "a file where the folder should be")
    item = make(tmp_path / "pack")
    facts = Facts(tmp_path / "cache" / "facts.json")
    facts.record(item, verdict_of(item), HERE, 100)
    assert not facts.save()


def test_packs_that_are_gone_are_forgotten(tmp_path: Path, file: Path) -> None:
    import shutil

    record(file, make(tmp_path / "gone"))
    shutil.rmtree(tmp_path / "gone")
    record(file, make(tmp_path / "pack"))
    assert str(tmp_path / "gone") not in file.read_text()
    assert str(tmp_path / "pack") in file.read_text()
