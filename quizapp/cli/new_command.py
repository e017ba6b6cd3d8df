"""``torchdrill new``: the files of a question that is yet to be written."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import click

from quizapp.cli.targets import bank_option
from verify import locations
from verify.bank.model import Kind
from verify.errors import SurroundingsError, UsageError

KINDS = [kind.value for kind in Kind if kind is not Kind.CODE]


@click.group(
    epilog="\b\nExamples:\n"
    "  torchdrill new question memory/strides --bank ~/my-pack\n"
    "  torchdrill new question memory/strides --kind output\n"
    "  torchdrill new exercise numerics/log-softmax --bank ~/my-pack\n"
    "\nWhat is written is a small question that is sound and proved as it stands: change it into "
    "yours, and `torchdrill lint` and `torchdrill verify` say what does not hold any more.",
)
def command() -> None:
    """Begin a question or an exercise from a template."""


@command.command(
    epilog="\b\nExamples:\n"
    "  torchdrill new question memory/strides --bank ~/my-pack\n"
    "  torchdrill new question autograd/hooks --kind bug",
)
@click.argument("identity", metavar="ID")
@click.option(
    "--kind",
    "-k",
    type=click.Choice(KINDS),
    default=Kind.RECALL.value,
    show_default=True,
    help="How it is asked.",
)
@bank_option
def question(identity: str, kind: str, bank: Path | None) -> None:
    """Write the two files of a question.

    They are questions/ID.md and answers/ID.md, and ID is topic/slug.
    """
    _begin(identity, Kind(kind), bank)


@command.command(
    epilog="\b\nExamples:\n  torchdrill new exercise numerics/log-softmax --bank ~/my-pack",
)
@click.argument("identity", metavar="ID")
@bank_option
def exercise(identity: str, bank: Path | None) -> None:
    """Write the two files of a coding question.

    They hold the task, the starter, two solutions, six mistakes, three hints and the judge.
    """
    _begin(identity, Kind.CODE, bank)


def _begin(identity: str, kind: Kind, bank: Path | None) -> None:
    from quizapp.cli.templates import template
    from quizapp.study.clock import now

    root = _root(bank)
    _expect_free(identity, root)
    title = identity.partition("/")[2].replace("-", " ").capitalize()
    written = template(kind, title, now().date())
    question, answer = (root / folder / f"{identity}.md" for folder in ("questions", "answers"))
    _write(question, written.question)
    try:
        _write(answer, written.answer)
    except BaseException:
        question.unlink()
        raise
    click.echo(f"{question}\n{answer}")
    where = "" if bank is None else f" --bank {shlex.quote(str(bank))}"
    click.echo(
        f"Change both into your question, then: torchdrill verify {identity}{where}", err=True
    )


def _root(bank: Path | None) -> Path:
    """The pack to write to.

    Raises:
        SurroundingsError: the built-in bank is not one to write to.
        UsageError: what was named is a file.
    """
    if bank is not None:
        if bank.exists() and not bank.is_dir():
            raise UsageError("this is no folder", where=str(bank), todo="name a folder")
        return bank
    root = locations.built_in_pack()
    # Beside an installed bank stand other packages, and the next upgrade would remove the file.
    if not (root / "pyproject.toml").is_file() or not os.access(root / "questions", os.W_OK):
        raise SurroundingsError(
            "the built-in bank is installed, and no place for questions of yours",
            where=str(root),
            todo="name a folder of yours with --bank; it becomes a pack",
        )
    return root


def _expect_free(identity: str, root: Path) -> None:
    """See that an id is sound and not taken.

    Raises:
        UsageError: it is not.
    """
    from verify.bank import files
    from verify.bank.index import load_index

    defect = next(files.id_defects(identity, Path(identity)), None)
    if defect is not None:
        near = _mended(identity)
        raise UsageError(
            f"{identity!r} is no id: {defect.found}",
            why=f"an id is topic/slug; expected {defect.expected}",
            todo=f"did you mean {near!r}?" if near else "such as memory/strides",
        )
    for folder in ("questions", "answers"):
        path = root / folder / f"{identity}.md"
        if path.exists():
            raise UsageError("the file exists", where=str(path), todo="choose another id")
    if (root / "questions").is_dir() or (root / "answers").is_dir():
        for entry in load_index(root, locations.cache_folder()).entries.values():
            if identity in entry.aliases:
                raise UsageError(
                    f"{identity!r} is a former id of {entry.id}",
                    where=str(root),
                    why="answers given under it count for that question",
                    todo="choose another id",
                )


def _mended(identity: str) -> str:
    """The sound id that is meant, most likely; empty if none can be made of it."""
    from verify.bank import files

    parts = identity.lower().removesuffix(".md").strip("/").split("/")
    parts = [re.sub(r"[^a-z0-9]+", "-", part).strip("-") for part in parts]
    found = "/".join(part for part in parts if part)
    return "" if next(files.id_defects(found, Path(found)), None) is not None else found


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise SurroundingsError(
            "the file cannot be written",
            where=str(path),
            why=error.strerror or str(error),
            todo="name another folder with --bank",
        ) from error
