"""What the words on the command line name: an id, a topic, a pack, a Markdown file."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import click
import msgspec

from verify import bank as texts
from verify import locations
from verify.bank.model import Defect, Document, Item, Pack
from verify.errors import UsageError

bank_option = click.option(
    "--bank",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="Folder of the pack that ids and topics name (the built-in bank).",
)


def root_of(bank: Path | None) -> Path:
    """The pack's folder: the one given, or that of the built-in bank."""
    return bank if bank is not None else locations.built_in_pack()


class Targets(msgspec.Struct):
    """What was named, each once, in order."""

    subjects: list[Item | Document]
    defects: list[Defect]
    """Of the packs, topics and files among them."""


ReadPack = Callable[[Path], Pack]


def read_pack(root: Path) -> Pack:
    """Read a pack.

    Raises:
        UsageError: the folder is none.
    """
    return texts.load_pack(root)  # the parsers come with it: not all commands need them


def resolve(words: Sequence[str], bank: Path | None, read: ReadPack = read_pack) -> Targets:
    """Find what each word names; no word is the whole bank.

    Args:
        words: ids, topics, folders of packs, files.
        bank: the pack that ids and topics are of; None for the built-in one.
        read: reads a pack.

    Raises:
        UsageError: a word names nothing.
        ContentError: a single question or file that cannot be read.
    """
    found = Targets(subjects=[], defects=[])
    if not words:
        found.subjects += _all_of(read(root_of(bank)), "", found.defects)
        return found
    seen: set[Path] = set()
    for word in words:
        for subject in _named(word, bank, found.defects, read):
            path = subject.answer.path if isinstance(subject, Item) else subject.path
            if path.resolve() not in seen:
                seen.add(path.resolve())
                found.subjects.append(subject)
    return found


def _named(
    word: str, bank: Path | None, defects: list[Defect], read: ReadPack
) -> list[Item | Document]:
    path, root = Path(word), root_of(bank)
    if path.is_file():
        return _file(path, defects)
    if is_pack(path):
        return _all_of(read(path), "", defects)
    if names_part(word):
        if (root / "questions" / f"{word}.md").is_file():
            return [texts.load_item(root, word)]
        if (root / "questions" / word).is_dir():
            return _all_of(read(root), word.rstrip("/") + "/", defects)
    if path.is_dir():
        return _all_of(read(path), "", defects)  # says what a pack is
    raise UsageError(
        f"{word!r} names nothing",
        why=_nearest(word, root) or "it is no file, no pack, no topic and no id",
        todo="`torchdrill list` shows ids; `torchdrill verify --help` shows what can be named",
    )


def is_pack(folder: Path) -> bool:
    """Whether a folder holds a pack."""
    return (folder / "questions").is_dir() or (folder / "answers").is_dir()


def names_part(word: str) -> bool:
    """Whether a word can be an id or a topic."""
    return re.fullmatch(r"[\w-]+(/[\w-]+)?/?", word) is not None


def _file(path: Path, defects: list[Defect]) -> list[Item | Document]:
    """A file of a pack as its question; any other as a document, if it can be read."""
    place = place_of(path)
    if place is not None:
        return [texts.load_item(*place)]
    document = texts.read_document(path, defects)
    return [] if document is None else [document]


def place_of(path: Path) -> tuple[Path, str] | None:
    """The pack and the id that a file belongs to; None for a file that is no part of one."""
    if len(path.resolve().parts) > 3:
        root = path.resolve().parents[2]
        identity = "/".join(path.resolve().with_suffix("").parts[-2:])
        folder = path.resolve().parts[-3]
        if folder in ("questions", "answers") and (root / f"questions/{identity}.md").is_file():
            return root, identity
    return None


def _all_of(pack: Pack, prefix: str, defects: list[Defect]) -> list[Item | Document]:
    defects += below(pack.defects, prefix)
    return [item for identity, item in pack.items.items() if identity.startswith(prefix)]


def below(defects: Sequence[Defect], prefix: str) -> list[Defect]:
    """The defects of a topic; of all if the prefix is empty."""
    return [d for d in defects if not prefix or f"/{prefix}" in d.path.as_posix()]


def _nearest(word: str, root: Path) -> str:
    from verify.bank.words import nearest

    ids = [p.relative_to(root / "questions").with_suffix("").as_posix()
           for p in (root / "questions").rglob("*.md")]  # fmt: skip
    topics = {identity.partition("/")[0] for identity in ids}
    slugs = {identity.partition("/")[2]: identity for identity in ids}
    close = nearest(word, [*ids, *topics]) or slugs.get(nearest(word, slugs), "")
    return f"the nearest is {close!r}" if close else ""
