"""New output in old files: only the fences change, byte for byte, and only of sound answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.packs import add, fence
from tests.report.verdicts import answer, check
from verify.bank import load_document, load_item
from verify.bank.model import CheckKind, Item, Outcome
from verify.engine.verdicts import AnswerVerdict, CheckVerdict
from verify.report import updating
from verify.report.updating import Refused, Update

PRINTS = fence("print(1)") + fence("2", "output")


def rewritten(text: str, outputs: dict[int, str]) -> str:
    return updating.rewritten(text.encode(), Path("x.md"), outputs).decode()


@pytest.mark.parametrize(
    ("before", "line", "output", "after"),
    [
        ("```output\n1\n```\n", 1, "2\n3\n", "```output\n2\n3\n```\n"),
        ("```output\n1\n2\n```", 1, "3\n", "```output\n3\n```"),
        ("```output\n```\n", 1, "3\n", "```output\n3\n```\n"),
        ("~~~output\n1\n~~~\n", 1, "~~~\n", "~~~~output\n~~~\n~~~~\n"),
        ("```output\n1\n```\n", 1, "a ```` b\n", "`````output\na ```` b\n`````\n"),
        ("~~~output\n1\n~~~\n", 1, "```\n", "~~~output\n```\n~~~\n"),
        ("a\r\n```output\r\n1\r\n```\r\nb", 2, "2\n3\n", "a\r\n```output\r\n2\r\n3\r\n```\r\nb"),
        ("> ```output\n> 1\n> ```\n", 1, "2\n\n3\n", "> ```output\n> 2\n>\n> 3\n> ```\n"),
        (
            "- a\n\n  ```output\n  1\n  ```\n",
            3,
            "2\n\n3\n",
            "- a\n\n  ```output\n  2\n\n  3\n  ```\n",
        ),
        ("- ```output\n  1\n  ```\n", 1, "2\n", "- ```output\n  2\n  ```\n"),
        ("\ufeff```output\n1\n```\n", 1, "2\n", "\ufeff```output\n2\n```\n"),
        ("```output\n1\n```\ntail  \n\n\n", 1, "2\n", "```output\n2\n```\ntail  \n\n\n"),
        ("```output\n1\n````  \n", 1, "```\n", "````output\n```\n````  \n"),
    ],
)
def test_only_the_fence_changes(before: str, line: int, output: str, after: str) -> None:
    assert rewritten(before, {line: output}) == after


def test_several_fences_of_a_file_change_at_once() -> None:
    text = "```output\n1\n```\n\n```output\n2\n```\n\n```output\n3\n```\n"
    after = rewritten(text, {1: "a\nb\n", 9: "c\n"})
    assert after == "```output\na\nb\n```\n\n```output\n2\n```\n\n```output\nc\n```\n"


def test_what_does_not_read_back_as_asked_for_is_refused() -> None:
    with pytest.raises(ValueError, match="no fence at line 2"):
        rewritten("```output\n1\n```\n", {2: "x\n"})
    with pytest.raises(ValueError, match="edit it by hand"):
        rewritten("```output\n1\n```\n", {1: "no newline at the end"})
    with pytest.raises(ValueError, match="larger than 256 KiB"):
        rewritten("```output\n1\n```\n", {1: "x" * 300_000 + "\n"})


def item(root: Path, body: str = PRINTS) -> Item:
    add(root, "topic/one", body)
    return load_item(root, "topic/one")


def verdict(subject: Item, *checks: CheckVerdict) -> AnswerVerdict:
    return answer(*checks, path=subject.answer.path)


def differs(output: str, outcome: Outcome = Outcome.FAILED) -> CheckVerdict:
    return check(outcome, "expected  2\ngot       1", kind=CheckKind.OUTPUT, fence=1, line=7,
                 output=output)  # fmt: skip


def test_a_stale_output_is_proposed_and_shown(tmp_path: Path) -> None:
    subject = item(tmp_path)
    update = updating.propose(subject, verdict(subject, check(), differs("1  \n\n\n")))
    assert isinstance(update, Update)
    assert update.after == update.before.replace(b"\n2\n", b"\n1\n")
    lines = list(updating.difference(update))
    assert lines[0].endswith("answers/topic/one.md")
    assert [line for line in lines[2:] if line[0] in "+-"] == ["-2", "+1"]
    replaced = updating.updated(update)
    assert isinstance(replaced, Item)
    assert [fence.code for fence in replaced.answer.fences] == ["print(1)\n", "1\n"]


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome.bad])
def test_an_answer_that_fails_otherwise_is_never_touched(tmp_path: Path, outcome: Outcome) -> None:
    subject = item(tmp_path)
    bad = check(outcome, "boom", line=12, fence=2)
    refusal = updating.propose(subject, verdict(subject, check(), differs("1\n"), bad))
    assert isinstance(refusal, Refused)
    (line,) = refusal.lines
    assert "one.md:12" in line
    assert "boom (and so not updated)" in line


@pytest.mark.parametrize("outcome", [Outcome.SKIPPED, Outcome.UNVERIFIED, Outcome.PASSED])
def test_an_output_that_was_not_compared_or_holds_is_left(tmp_path: Path, outcome: Outcome) -> None:
    subject = item(tmp_path)
    assert updating.propose(subject, verdict(subject, check(), differs("1\n", outcome))) is None


def test_a_program_that_prints_nothing_is_said_and_its_fence_stays(tmp_path: Path) -> None:
    subject = item(tmp_path)
    refusal = updating.propose(subject, verdict(subject, check(), differs("\n \n")))
    assert isinstance(refusal, Refused)
    assert "prints nothing" in refusal.lines[0]


def proposed(root: Path) -> Update:
    subject = item(root)
    update = updating.propose(subject, verdict(subject, check(), differs("1\n")))
    assert isinstance(update, Update)
    return update


def test_another_seed_must_print_the_same_and_all_else_must_hold(tmp_path: Path) -> None:
    update = proposed(tmp_path)
    assert isinstance(update.subject, Item)
    again = verdict(update.subject, check(), differs("1\n", Outcome.PASSED))
    assert updating.confirm(update, again) is None
    refusal = updating.confirm(update, verdict(update.subject, check(), differs("5\n")))
    assert refusal is not None
    assert "another seed prints something else" in refusal.lines[0]
    bug = check(Outcome.FAILED, "accept the bug too", kind=CheckKind.BUG)
    refusal = updating.confirm(update, verdict(update.subject, check(), bug))
    assert refusal is not None
    assert "accept the bug too (with the new output" in refusal.lines[0]


def test_writing_keeps_the_mode_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    update = proposed(tmp_path)
    path = updating.path_of(update.subject)
    path.chmod(0o640)
    updating.write(update)
    assert path.read_bytes() == update.after != update.before
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(path.parent.iterdir()) == [path]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    update = proposed(tmp_path)
    path = updating.path_of(update.subject)
    real = tmp_path / "real.md"
    path.rename(real)
    path.symlink_to(real)
    updating.write(update)
    assert path.is_symlink()
    assert real.read_bytes() == update.after


def test_a_file_that_has_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    update = proposed(tmp_path)
    path = updating.path_of(update.subject)
    path.write_text("mine")
    with pytest.raises(ValueError, match="changed since it was proved"):
        updating.write(update)
    assert path.read_text() == "mine"
    assert list(path.parent.iterdir()) == [path]


def test_a_document_is_updated_below_its_front_matter(tmp_path: Path) -> None:
    path = tmp_path / "notes.md"
    path.write_text(f"---\ntitle: x\n---\n\n{PRINTS}")
    document = load_document(path)
    wrong = check(Outcome.FAILED, kind=CheckKind.OUTPUT, fence=1, line=8, output="1\n")
    update = updating.propose(document, answer(check(), wrong, identity=str(path), path=path))
    assert isinstance(update, Update)
    assert update.after.decode() == path.read_text().replace("\n2\n", "\n1\n")
    assert [one.code for one in updating.fences_of(updating.updated(update))][1] == "1\n"
