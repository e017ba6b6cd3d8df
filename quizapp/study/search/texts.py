"""The searched texts of a question, read from its files without their parsers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

_HEAD = re.compile(r"\ufeff?---[ \t]*\n(.*?)^---[ \t]*$\n?", re.DOTALL | re.MULTILINE)
_NOT_TEXT = re.compile(
    r"^(?:[ ]*(?:- )?(?:url|date):.*$|(?:follow_ups|correct|devices|forbid|needs):.*$"
    r"|[a-z_]+:[ ]*$|[ ]*(?:- )?title:)",
    re.MULTILINE,
)
"""What nobody would search for in an answer's front matter: keys, addresses, ids."""


class Texts(NamedTuple):
    """What is searched in a question, beside its title and its tags."""

    prompt: str
    answer: str
    """With its key points, hints and reasons."""


def read_texts(root: Path, identity: str) -> Texts:
    """Read the texts of a question; empty ones if a file cannot be read."""
    return Texts(
        without_head(_read(root / "questions" / f"{identity}.md")),
        with_plain_head(_read(root / "answers" / f"{identity}.md")),
    )


def _read(path: Path) -> str:
    try:
        text = path.read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def without_head(text: str) -> str:
    """A file without its front matter."""
    head = _HEAD.match(text)
    return text if head is None else text[head.end() :]


def with_plain_head(text: str) -> str:
    """A file whose front matter has only what is read as prose."""
    head = _HEAD.match(text)
    return text if head is None else _NOT_TEXT.sub("", head[1]) + text[head.end() :]
