"""The kinds of questions: each asks in its own way and tells its own verdict, in its own file."""

from __future__ import annotations

from quizapp.app.kinds.base import Ask, Reply, ReplyChanged, ReplyGiven, Verdict
from quizapp.app.kinds.bug import AskBug, BugVerdict
from quizapp.app.kinds.choice import AskChoice, ChoiceVerdict
from quizapp.app.kinds.output import AskOutput, OutputVerdict
from quizapp.app.kinds.recall import AskRecall
from verify.bank.model import Kind

__all__ = [
    "ASK", "TICKED", "VERDICT", "Ask", "AskRecall", "Reply", "ReplyChanged", "ReplyGiven",
    "Verdict", "reply_of",
]  # fmt: skip

ASK: dict[Kind, type[Ask]] = {
    Kind.RECALL: AskRecall,
    Kind.CHOICE: AskChoice,
    Kind.OUTPUT: AskOutput,
    Kind.BUG: AskBug,
}

VERDICT: dict[Kind, type[Verdict]] = {
    Kind.RECALL: Verdict,
    Kind.CHOICE: ChoiceVerdict,
    Kind.OUTPUT: OutputVerdict,
    Kind.BUG: BugVerdict,
}

TICKED = (Kind.RECALL, Kind.BUG)
"""Kinds whose verdict the reader gives, by the rubric."""


def reply_of(kind: Kind, response: str) -> Reply:
    """The reply that was logged as ``response``."""
    if kind is Kind.CHOICE:
        return Reply(letters=tuple(part for part in response.split(",") if part))
    return Reply(text=response)
