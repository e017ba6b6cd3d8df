"""A list of a pack's questions that is fast to get: parsed once, kept by file stamps.

The cached copy is plain JSON read by the standard library: importing the parsers would take
longer than all the rest of `torchdrill list`.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

_VERSION = 1


class Entry(NamedTuple):
    """What a list shows of one question; times in minutes."""

    id: str
    title: str
    kind: str
    level: str
    minutes: int
    tags: tuple[str, ...]
    seeds: tuple[str, ...]
    needs: tuple[str, ...]
    aliases: tuple[str, ...]
    follow_ups: tuple[str, ...]

    @property
    def topic(self) -> str:
        """The first part of the id."""
        return self.id.partition("/")[0]


class Index(NamedTuple):
    """All questions of a pack by id, and the ids that cannot be read."""

    entries: dict[str, Entry]
    broken: tuple[str, ...]


def load_index(root: Path, cache: Path | None) -> Index:
    """Return the index of a pack, reading only the files if any changed since last time.

    Args:
        root: the pack's folder.
        cache: a folder for the cached copy; None reads the files anew.

    Raises:
        UsageError: ``root`` is no pack.
    """
    stamps = _stamps(root)
    kept = None if cache is None else cache / f"index-{_name(root)}.json"
    if kept is not None:
        found = _read(kept, stamps)
        if found is not None:
            return found
    index = _parse(root)
    if kept is not None:
        _write(kept, stamps, index)
    return index


def _parse(root: Path) -> Index:
    from verify.bank.loader import load_pack

    pack = load_pack(root)
    entries = {}
    for identity, item in pack.items.items():
        head = item.question.head
        entries[identity] = Entry(
            identity, head.title, head.kind.value, head.level.value, head.minutes, head.tags,
            head.seeds, head.needs, head.aliases, item.answer.head.follow_ups,
        )  # fmt: skip
    return Index(entries, pack.broken)


def _stamps(root: Path) -> str:
    """A digest of names, sizes and times of all Markdown files of a pack."""
    import zlib

    parts: list[str] = []
    folders = [str(root / "questions"), str(root / "answers")]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_dir():
                        folders.append(entry.path)
                    elif entry.name.endswith(".md"):
                        stat = entry.stat()
                        parts.append(f"{entry.path}\0{stat.st_size}\0{stat.st_mtime_ns}")
        except FileNotFoundError:
            continue
    text = "\n".join(sorted(parts)).encode("utf-8", "surrogateescape")
    return f"{_VERSION}-{len(parts)}-{zlib.crc32(text):08x}-{zlib.adler32(text):08x}"


def _name(root: Path) -> str:
    import zlib

    return f"{zlib.crc32(str(root.resolve()).encode('utf-8', 'surrogateescape')):08x}"


def _read(kept: Path, stamps: str) -> Index | None:
    """The cached index; None if there is none, or it is of other files, or damaged."""
    try:
        data = json.loads(kept.read_text("utf-8"))
        if data["stamps"] != stamps:
            return None
        rows = [_entry(row) for row in data["rows"]]
        return Index({row.id: row for row in rows}, tuple(data["broken"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _entry(row: list[Any]) -> Entry:
    return Entry._make(tuple(value) if isinstance(value, list) else value for value in row)


def _write(kept: Path, stamps: str, index: Index) -> None:
    """Keep a copy; a cache that cannot be written costs time and nothing else."""
    data = {"stamps": stamps, "rows": [*index.entries.values()], "broken": index.broken}
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        part = kept.with_suffix(f".{os.getpid()}.part")
        part.write_text(json.dumps(data), "utf-8")
        part.replace(kept)
    except OSError:
        return
