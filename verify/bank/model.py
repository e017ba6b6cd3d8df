"""What a bank is made of: questions, answers, fences, checks, and the words for outcomes."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import msgspec


class Kind(StrEnum):
    """How a question is asked and graded."""

    RECALL = "recall"
    CHOICE = "choice"
    OUTPUT = "output"
    BUG = "bug"
    CODE = "code"


class Level(StrEnum):
    """Whom an interviewer would ask."""

    JUNIOR = "junior"
    MID = "mid"
    SENIOR = "senior"


class Mode(StrEnum):
    """What a fence is for."""

    RUN = "run"
    """```python```: runs and must finish as its attributes say."""
    OUTPUT = "output"
    """```output```: what the fence above prints."""
    PROPERTY = "property"
    SOLUTION = "solution"
    WRONG = "wrong"
    STARTER = "starter"
    FIX = "fix"
    TEXT = "text"
    """Another language: shown, never run."""


class CheckKind(StrEnum):
    """What one check proves; the ``kind`` of ``verify --json``."""

    PYTHON = "python"
    """A fence finishes without error."""
    RAISES = "raises"
    WARNS = "warns"
    OUTPUT = "output"
    PROPERTY = "property"
    FIX = "fix"
    BUG = "bug"
    """The checks that follow the fix reject the program of the prompt."""
    SOLUTION = "solution"
    WRONG = "wrong"
    STARTER = "starter"
    FENCE = "fence"
    """A fence of a document that cannot be read as one (unclosed, unknown words)."""


class Outcome(StrEnum):
    """How a check, or the answer it belongs to, came out."""

    PASSED = "passed"
    FAILED = "failed"
    RAISED = "raised"
    TIMEOUT = "timeout"
    CRASHED = "crashed"
    OUT_OF_MEMORY = "out-of-memory"
    SKIPPED = "skipped"
    UNVERIFIED = "unverified"

    @property
    def bad(self) -> bool:
        """True if the claim was run and did not hold."""
        return self not in (Outcome.PASSED, Outcome.SKIPPED, Outcome.UNVERIFIED)


class Fence(msgspec.Struct, frozen=True):
    """One code block of a Markdown file."""

    language: str
    """``python``, ``output`` or another language's name; empty for none."""
    mode: Mode
    code: str
    """The text between the marks, ending in a newline unless empty."""
    line: int
    """Line of the opening mark in the file, from 1; the code starts one line below."""
    raises: str | None = None
    """``Class`` or ``Class: part of the message``."""
    warns: str | None = None
    needs: tuple[str, ...] = ()
    """``cuda`` or packages; without them the fence is skipped."""
    not_run: str | None = None
    """Why it is shown and not run."""
    wrong: str | None = None
    """The mistake this wrong solution makes."""

    @property
    def code_line(self) -> int:
        """The first line of the code, from 1."""
        return self.line + 1


class Option(msgspec.Struct, frozen=True):
    """One option of a choice question."""

    letter: str
    text: str
    """Markdown."""


class Reference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A source for what cannot be run."""

    title: str
    url: str
    date: str
    """The day it was read, ``YYYY-MM-DD``."""


class QuestionHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The front matter of a question."""

    title: str
    kind: Kind
    level: Level
    minutes: int
    """What an interviewer would give it."""
    tags: tuple[str, ...] = ()
    seeds: tuple[str, ...] = ()
    """The source documents that ask it."""
    needs: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    """Former ids: history kept under them follows the question."""


class AnswerHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The front matter of an answer."""

    key_points: tuple[str, ...] = ()
    """The rubric, most important first."""
    correct: tuple[str, ...] = ()
    """Letters of the right options."""
    why: dict[str, str] = {}
    """Letter to the reason why the option is right or wrong."""
    hints: tuple[str, ...] = ()
    follow_ups: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    forbid: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    """Devices it can be proved on; empty for any."""
    devices_why: str = ""
    """Why not on the others."""


class Question(msgspec.Struct, frozen=True):
    """What is asked."""

    id: str
    """``topic/slug``, the path below ``questions/`` without its ending."""
    path: Path
    head: QuestionHead
    prompt: str
    """Markdown without front matter, and without the options of a choice question."""
    options: tuple[Option, ...]
    fences: tuple[Fence, ...]

    @property
    def topic(self) -> str:
        """The folder, which is the topic."""
        return self.id.partition("/")[0]

    @property
    def program(self) -> Fence | None:
        """The python fence of an output, bug or code question."""
        return next((fence for fence in self.fences if fence.language == "python"), None)


class Answer(msgspec.Struct, frozen=True):
    """What is true."""

    id: str
    path: Path
    head: AnswerHead
    body: str
    """Markdown without front matter."""
    body_line: int
    """Line of the file at which the body starts, from 1."""
    fences: tuple[Fence, ...]


class Item(msgspec.Struct, frozen=True):
    """A question with its answer."""

    question: Question
    answer: Answer

    @property
    def id(self) -> str:
        """The id both share."""
        return self.question.id

    @property
    def starter(self) -> Fence | None:
        """The fence of the prompt that a learner starts from."""
        return next((f for f in self.question.fences if f.mode is Mode.STARTER), None)

    @property
    def program(self) -> Fence | None:
        """The fence of the answer that repeats the prompt's program."""
        asked = self.question.program
        if asked is None:
            return None
        return next(
            (f for f in self.answer.fences if f.language == "python" and f.code == asked.code),
            None,
        )


class Defect(msgspec.Struct, frozen=True, order=True):
    """One thing wrong with one file."""

    path: Path
    line: int
    found: str
    """What is there."""
    expected: str
    """What should be."""
    nearest: str = ""
    """The valid word closest to the one found; empty if none is close."""

    def __str__(self) -> str:
        hint = f"; did you mean {self.nearest!r}?" if self.nearest else ""
        return f"{self.path}:{self.line}: {self.found}; expected {self.expected}{hint}"


class Document(msgspec.Struct, frozen=True):
    """A Markdown file that is no part of a pack."""

    path: Path
    fences: tuple[Fence, ...]
    defects: tuple[Defect, ...]


class Pack(msgspec.Struct, frozen=True):
    """A folder with ``questions/`` and ``answers/``, loaded."""

    root: Path
    items: dict[str, Item]
    """The sound ones, by id, in order of id."""
    defects: tuple[Defect, ...]
    """Everything wrong, in order of path and line."""
    broken: tuple[str, ...] = ()
    """Ids that have a file but no sound pair of question and answer."""


class Check(msgspec.Struct, frozen=True):
    """One claim of an answer that can be proved."""

    kind: CheckKind
    line: int
    """The Markdown line a failure points at."""
    fence: int
    """Index of the fence in its document."""
    name: str = ""
    """The test function of a property fence."""
    beyond: Outcome | None = None
    """SKIPPED or UNVERIFIED where it is settled without running."""
    reason: str = ""
    """Why, for ``beyond``."""
