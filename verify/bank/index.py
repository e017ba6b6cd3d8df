"""A list of a pack's questions that is fast to get: parsed once, kept by file stamps.

Of a pack that has changed only the questions whose files have changed are parsed again.  The cached
copy is plain JSON read by the standard library: importing the parsers would take longer than all
the rest of `torchdrill list`.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from verify.bank.model import Item

_VERSION = 2


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
    stamps = file_stamps(root)
    kept = None if cache is None else cache / f"index-{pack_name(root)}.json"
    before = None if kept is None else _read(kept)
    if before is None or not stamps:
        index = _parse(root)
    elif before[0] == stamps:
        return before[1]
    else:
        index = _follow(root, stamps, *before)
    if kept is not None:
        _write(kept, stamps, index)
    return index


def _parse(root: Path) -> Index:
    from verify.bank.loader import load_pack

    pack = load_pack(root)
    return Index({item.id: _entry_of(item) for item in pack.items.values()}, pack.broken)


def _follow(root: Path, stamps: dict[str, str], old: dict[str, str], before: Index) -> Index:
    """The index after some files have changed: what is unchanged is taken over."""
    from verify.bank.loader import read_sound

    entries, broken = {}, []
    known_broken = {*before.broken}
    for identity in sorted(stamps):
        same = stamps[identity] == old.get(identity)
        if same and identity in before.entries:
            entries[identity] = before.entries[identity]
        elif same and identity in known_broken:
            broken.append(identity)
        else:
            item = read_sound(root, identity)
            if item is None:
                broken.append(identity)
            else:
                entries[identity] = _entry_of(item)
    return Index(entries, tuple(broken))


def _entry_of(item: Item) -> Entry:
    head = item.question.head
    return Entry(
        item.id, head.title, head.kind.value, head.level.value, head.minutes, head.tags,
        head.seeds, head.needs, head.aliases, item.answer.head.follow_ups,
    )  # fmt: skip


def file_stamps(root: Path) -> dict[str, str]:
    """The sizes and times of the files of each question of a pack, by id."""
    found: dict[str, str] = {}
    for name in ("questions", "answers"):
        top = str(root / name)
        folders = [top]
        while folders:
            folder = folders.pop()
            try:
                with os.scandir(folder) as entries:
                    for entry in entries:
                        if entry.is_dir():
                            folders.append(entry.path)
                        elif entry.name.endswith(".md"):
                            identity = entry.path[len(top) + 1 : -3].replace(os.sep, "/")
                            stat = entry.stat()
                            stamp = f"{name[0]}{stat.st_size}-{stat.st_mtime_ns}"
                            found[identity] = found.get(identity, "") + stamp
            except FileNotFoundError:
                continue
    return found


def pack_name(root: Path) -> str:
    """What tells the cached files of a pack from those of others."""
    import zlib

    return f"{zlib.crc32(str(root.resolve()).encode('utf-8', 'surrogateescape')):08x}"


def _read(kept: Path) -> tuple[dict[str, str], Index] | None:
    """The cached stamps and index; None if there are none, or damaged ones."""
    try:
        data = json.loads(kept.read_text("utf-8"))
        if data["version"] != _VERSION:
            return None
        rows = [_entry(row) for row in data["rows"]]
        index = Index({row.id: row for row in rows}, tuple(data["broken"]))
        return dict(data["stamps"]), index
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _entry(row: list[Any]) -> Entry:
    return Entry._make(tuple(value) if isinstance(value, list) else value for value in row)


def _write(kept: Path, stamps: dict[str, str], index: Index) -> None:
    """Keep a copy; a cache that cannot be written costs time and nothing else."""
    rows = [*index.entries.values()]
    data = {"version": _VERSION, "stamps": stamps, "rows": rows, "broken": index.broken}
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        part = kept.with_suffix(f".{os.getpid()}.part")
        part.write_text(json.dumps(data), "utf-8")
        part.replace(kept)
    except OSError:
        return
