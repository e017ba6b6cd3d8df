"""Answers and verdicts for tests of the ledger, made without a worker."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from tests.packs import add, fence
from verify.bank import load_item
from verify.bank.checks import checks_of_document, checks_of_item
from verify.bank.model import Document, Item, Outcome
from verify.engine import AnswerVerdict, CheckVerdict, Surroundings

HERE = Surroundings("2.13.0+cpu", "3.11.7", "cpu", "CPU")
DAY = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

LAW = """\
from hypothesis import given, strategies as st
from verify import laws

@given(st.integers())
def test_more(n):
    assert n + 1 > n
"""

BODY = "\n".join(
    [
        "Spoken.\n",
        fence("x = 1\nprint(x)"),
        fence("1", "output"),
        fence("int('x')", 'python raises="ValueError"'),
        fence(LAW, "python property"),
    ]
)


def make(root: Path, body: str = BODY, identity: str = "topic/one", **more: str) -> Item:
    """Write an answer and load it."""
    add(root, identity, body, **more)
    return load_item(root, identity)


def verdict_of(
    subject: Item | Document, outcome: Outcome = Outcome.PASSED, message: str = ""
) -> AnswerVerdict:
    """A verdict in which every check came out the same, but for those that never run."""
    document = isinstance(subject, Document)
    checks = (
        checks_of_document(subject.fences, subject.defects)
        if isinstance(subject, Document)
        else checks_of_item(subject)
    )
    path = subject.path if isinstance(subject, Document) else subject.answer.path
    found = tuple(
        CheckVerdict(check, check.beyond or outcome, 0.25, check.reason or message)
        for check in checks
    )
    name = str(path) if document else subject.id  # type: ignore[union-attr]
    return AnswerVerdict(name, path, outcome, 0.5, found)
