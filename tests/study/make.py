"""Questions, entries and moments for the tests of this room."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from quizapp.study.grading import Graded
from quizapp.study.marks import Mark, Point, Rating
from verify.bank import Entry
from verify.bank.model import (
    Answer,
    AnswerHead,
    Fence,
    Item,
    Kind,
    Level,
    Mode,
    Option,
    Question,
    QuestionHead,
)

NOW = datetime(2026, 12, 2, 10, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def item(
    kind: Kind,
    *,
    head: AnswerHead | None = None,
    options: Sequence[str] = (),
    asked: Sequence[Fence] = (),
    answered: Sequence[Fence] = (),
    id: str = "tensors/one",
) -> Item:
    question = Question(
        id=id,
        path=Path("questions") / f"{id}.md",
        head=QuestionHead(title="One", kind=kind, level=Level.MID, minutes=3),
        prompt="?",
        options=tuple(
            Option(letter, text) for letter, text in zip("abcdefgh", options, strict=False)
        ),
        fences=tuple(asked),
    )
    answer = Answer(
        id=id,
        path=Path("answers") / f"{id}.md",
        head=head or AnswerHead(),
        body="So.",
        body_line=7,
        fences=tuple(answered),
    )
    return Item(question, answer)


def choice(*correct: str) -> Item:
    why = {letter: f"because {letter}" for letter in "abcd"}
    head = AnswerHead(correct=correct, why=why)
    return item(Kind.CHOICE, head=head, options=("one", "two", "three", "four"))


def recall(*points: str, kind: Kind = Kind.RECALL) -> Item:
    return item(kind, head=AnswerHead(key_points=points))


def output(printed: str | None, *, raises: str | None = None) -> Item:
    code = "print('whatever')\n"
    fences = [
        Fence("python", Mode.RUN, "import torch\n", 9),
        Fence("python", Mode.RUN, code, 13, raises=raises),
    ]
    if printed is not None:
        fences.append(Fence("output", Mode.OUTPUT, printed, 17))
    return item(Kind.OUTPUT, asked=[Fence("python", Mode.RUN, code, 5)], answered=fences)


def entry(
    id: str,
    *,
    kind: str = "recall",
    level: str = "mid",
    minutes: int = 3,
    aliases: tuple[str, ...] = (),
) -> Entry:
    return Entry(id, id, kind, level, minutes, (), (), (), aliases, ())


def entries(*made: Entry | str) -> dict[str, Entry]:
    """An index of these; a plain id makes a recall question."""
    found = [each if isinstance(each, Entry) else entry(each) for each in made]
    return {each.id: each for each in found}


RIGHT = Graded(Kind.RECALL, Mark.RIGHT, 1.0, Rating.GOOD)
PARTLY = Graded(
    Kind.RECALL, Mark.PARTLY, 0.5, Rating.HARD, points=(Point("first", True), Point("next", False))
)
WRONG = Graded(Kind.RECALL, Mark.WRONG, 0.0, Rating.AGAIN)
