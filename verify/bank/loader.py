"""From the files of a pack to questions and answers; every defect of all files in one go."""

from __future__ import annotations

from pathlib import Path

from verify.bank import files, rules
from verify.bank.foreign import understood
from verify.bank.frontmatter import Front, Head, read_head, split
from verify.bank.markdown import Body, read_body, read_fences
from verify.bank.model import (
    Answer,
    AnswerHead,
    Defect,
    Document,
    Item,
    Kind,
    Pack,
    Question,
    QuestionHead,
)
from verify.bank.words import nearest
from verify.errors import ContentError, UsageError


def load_pack(root: Path) -> Pack:
    """Load every question and answer below ``root``.

    Nothing is raised for content: what is wrong is in ``Pack.defects``, and a file with a
    defect leaves the rest as they are.

    Raises:
        UsageError: ``root`` holds neither ``questions/`` nor ``answers/``.
    """
    asked, told = root / "questions", root / "answers"
    if not asked.is_dir() and not told.is_dir():
        raise UsageError(
            "not a pack",
            where=str(root),
            why="a pack is a folder with questions/ and answers/ in it",
            todo="name such a folder, or one Markdown file, or an id of the built-in bank",
        )
    defects: list[Defect] = []
    questions: dict[str, Question | None] = {}
    answers: dict[str, Answer | None] = {}
    for identity, path in files.find(asked):
        defects += files.id_defects(identity, path)
        questions[identity] = read_question(identity, path, defects)
    for identity, path in files.find(told):
        defects += files.id_defects(identity, path)
        answers[identity] = read_answer(identity, path, defects)
    _orphans(root, questions, answers, defects)
    items: dict[str, Item] = {}
    for identity in sorted(questions):
        question, answer = questions[identity], answers.get(identity)
        if question is not None and answer is not None:
            item = Item(question=question, answer=answer)
            found = list(rules.item_defects(item))
            defects += found
            if not found:
                items[identity] = item
    defects += rules.pack_defects(items, set(questions))
    broken = sorted(({*questions} | {*answers}) - {*items})
    return Pack(root=root, items=items, defects=tuple(sorted(set(defects))), broken=tuple(broken))


def read_sound(root: Path, identity: str) -> Item | None:
    """Load one question with its answer; None where `load_pack` would leave it out."""
    defects: list[Defect] = []
    asked, told = (root / folder / f"{identity}.md" for folder in ("questions", "answers"))
    question = read_question(identity, asked, defects) if asked.is_file() else None
    answer = read_answer(identity, told, defects) if told.is_file() else None
    if question is None or answer is None:
        return None
    item = Item(question=question, answer=answer)
    return None if any(rules.item_defects(item)) else item


def load_item(root: Path, identity: str) -> Item:
    """Load one question with its answer.

    Raises:
        UsageError: there is no such question.
        ContentError: a file of it has a defect.
    """
    path = root / "questions" / f"{identity}.md"
    if not path.is_file():
        known = [name for name, _ in files.find(root / "questions")]
        close = nearest(identity, known)
        raise UsageError(
            f"no question {identity!r}",
            where=str(root),
            why=f"the nearest id is {close!r}" if close else "",
            todo="`torchdrill list` shows every id",
        )
    defects: list[Defect] = []
    question = read_question(identity, path, defects)
    answer_path = root / "answers" / f"{identity}.md"
    answer = None
    if answer_path.is_file():
        answer = read_answer(identity, answer_path, defects)
    else:
        defects.append(Defect(path, 1, "a question without an answer", str(answer_path)))
    if question is not None and answer is not None:
        item = Item(question=question, answer=answer)
        defects += rules.item_defects(item)
        if not defects:
            return item
    first = min(defects)
    raise ContentError(
        f"{first.found}; expected {first.expected}",
        where=f"{first.path}:{first.line}",
        todo="`torchdrill lint` lists every defect of the pack",
    )


def load_document(path: Path) -> Document:
    """Read the fences of any Markdown file.

    Raises:
        ContentError: it cannot be read, is not UTF-8 or too large.
    """
    defects: list[Defect] = []
    document = read_document(path, defects)
    if document is None:
        raise ContentError(
            defects[0].found,
            where=f"{path}:{defects[0].line}",
            todo=f"expected {defects[0].expected}",
        )
    return document


def read_document(path: Path, defects: list[Defect]) -> Document | None:
    """Read the fences of any Markdown file; None, and a defect, if it cannot be read."""
    text = files.read(path, defects, files.MOST_OF_DOCUMENT)
    if text is None:
        return None
    if text.startswith("---\n"):
        front = split(text, path)
        if not front.defects:  # blank lines in its place keep the line numbers
            text = "\n" * (front.body_line - 1) + front.body
    fences, found = read_fences(text, path=path)
    return Document(path=path, fences=understood(fences), defects=tuple(found))


def read_question(identity: str, path: Path, defects: list[Defect]) -> Question | None:
    """Read one question file; None, and defects, if it is not sound."""
    parts = _read(path, QuestionHead, defects)
    if parts is None:
        return None
    front, head, body = parts
    lines = front.body.split("\n")
    if body.options_span is not None and head.kind is Kind.CHOICE:
        first, end = body.options_span
        lines[first:end] = []
    return Question(
        id=identity,
        path=path,
        head=head,
        prompt="\n".join(lines).strip(),
        options=tuple(body.options),
        fences=tuple(body.fences),
    )


def read_answer(identity: str, path: Path, defects: list[Defect]) -> Answer | None:
    """Read one answer file; None, and defects, if it is not sound."""
    parts = _read(path, AnswerHead, defects)
    if parts is None:
        return None
    front, head, body = parts
    return Answer(
        id=identity,
        path=path,
        head=head,
        body=front.body,
        body_line=front.body_line,
        fences=tuple(body.fences),
    )


def _read(path: Path, kind: type[Head], defects: list[Defect]) -> tuple[Front, Head, Body] | None:
    """The parts of a file; None, and defects, if any of them is not sound."""
    text = files.read(path, defects)
    if text is None:
        return None
    front = split(text, path)
    head = read_head(front, kind, path)
    body = read_body(front.body, path=path, first_line=front.body_line)
    defects += front.defects + body.defects
    return None if head is None or body.defects else (front, head, body)


def _orphans(
    root: Path,
    questions: dict[str, Question | None],
    answers: dict[str, Answer | None],
    defects: list[Defect],
) -> None:
    for mine, theirs, folder, other in (
        (questions, answers, "questions", "answers"),
        (answers, questions, "answers", "questions"),
    ):
        for identity in mine.keys() - theirs.keys():
            defects.append(
                Defect(
                    root / folder / f"{identity}.md",
                    1,
                    f"no file {other}/{identity}.md beside it",
                    "a question and an answer under one id",
                    nearest(identity, theirs),
                )
            )
