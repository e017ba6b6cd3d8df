"""Finding and reading the files of a pack."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from verify.bank.model import Defect

MOST_BYTES = 256 * 1024
"""A question or answer is read at one sitting; a larger file is a mistake."""
MOST_OF_DOCUMENT = 4 * 1024 * 1024
"""A history of changes may be long; what is longer was not written by a person."""

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*$")


def find(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield (id, path) of every Markdown file below a folder, in order of id."""
    for path in sorted(folder.rglob("*.md")):
        yield path.relative_to(folder).with_suffix("").as_posix(), path


def id_defects(identity: str, path: Path) -> Iterator[Defect]:
    """Say what is wrong with an id, which is the path of its file."""
    parts = identity.split("/")
    if len(parts) != 2:
        yield Defect(path, 1, f"a file at depth {len(parts)}", "<topic>/<slug>.md")
    for part in parts:
        if not _SLUG.match(part):
            yield Defect(path, 1, f"{part!r} in the path", "lower-case words joined by hyphens")


def read(path: Path, defects: list[Defect], most: int = MOST_BYTES) -> str | None:
    """Return a file's text; None, and a defect, if it cannot be had or has more bytes than most."""
    try:
        size = path.stat().st_size
        if size > most:
            found = f"a file of {size / 1e6:.1f} MB"
            defects.append(Defect(path, 1, found, f"at most {most // 1024} KiB"))
            return None
        raw = path.read_bytes()
    except OSError as error:
        defects.append(Defect(path, 1, f"unreadable ({error.strerror})", "a readable file"))
        return None
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        found = f"byte 0x{raw[error.start]:02x}, which is not UTF-8"
        defects.append(Defect(path, line, found, "UTF-8 (Latin-1? save it anew)"))
        return None
    if text.startswith("\ufeff"):
        text = text[1:]
    return text.replace("\r\n", "\n").replace("\r", "\n")  # both end a line in Markdown
