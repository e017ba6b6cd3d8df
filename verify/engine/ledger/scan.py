"""The claims of a pack as they were read last: nothing is parsed while its files are the same.

A copy that is damaged, of another version of the program, or not to be written costs time only.
"""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import msgspec

from verify.bank.model import Defect, Pack
from verify.engine.ledger.claims import Claim, claim_of, real
from verify.engine.ledger.sources import reader_digest

_RACE = 20_000_000
"""Nanoseconds before reading within which a file may change again and keep its time stamp."""


class Scan(msgspec.Struct, frozen=True):
    """What a pack claims, and what is wrong with it."""

    claims: tuple[Claim, ...]
    """In order of id."""
    defects: tuple[Defect, ...]


class _Stamps(msgspec.Struct, frozen=True):
    digest: str
    newest: int
    """Time of the last change, in ns."""


class _File(msgspec.Struct, frozen=True):
    stamps: str
    claims: tuple[Claim, ...]
    defects: tuple[tuple[str, int, str, str, str], ...]
    """Path below the pack, line, found, expected, nearest."""


def scanned(root: Path, cache: Path) -> Scan | None:
    """The scan of a pack whose files are as they were when it was kept; None if there is none."""
    try:
        file = msgspec.json.decode(_kept(root, cache).read_bytes(), type=_File)
        if file.stamps != _stamps(root).digest:
            return None
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    defects = (Defect(root / defect[0], *defect[1:]) for defect in file.defects)
    return Scan(file.claims, tuple(defects))


class Reading:
    """Takes the stamps of a pack before it is read, and keeps the scan afterwards.

    Args:
        root: the pack.
        cache: the folder to keep it in.
    """

    def __init__(self, root: Path, cache: Path) -> None:
        self._root, self._cache = root, cache
        self._began = time.time_ns()
        try:
            self._stamps: _Stamps | None = _stamps(root)
        except OSError:
            self._stamps = None

    def keep(self, pack: Pack) -> Scan:
        """Make the scan of the pack that was read, and keep it if nothing can have changed."""
        claims = tuple(claim_of(item) for item in pack.items.values())
        if self._stamps is not None and self._stamps.newest < self._began - _RACE:
            root = self._root
            defects = tuple(
                (os.path.relpath(d.path, root), d.line, d.found, d.expected, d.nearest)
                for d in pack.defects
            )
            self._write(_File(self._stamps.digest, claims, defects))
        return Scan(claims, pack.defects)

    def _write(self, file: _File) -> None:
        kept = _kept(self._root, self._cache)
        part = kept.with_suffix(f".{os.getpid()}.part")
        try:
            kept.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(msgspec.json.encode(file))
            part.replace(kept)
        except OSError:
            return  # read anew next time


def _kept(root: Path, cache: Path) -> Path:
    name = hashlib.sha256(os.fsencode(real(root))).hexdigest()[:16]
    return cache / f"claims-{name}.json"


def _stamps(root: Path) -> _Stamps:
    """What changes when a Markdown file does, or the code that reads them.

    Raises:
        OSError: a folder cannot be listed.
    """
    parts, newest, above = [], 0, len(str(root))
    folders = [str(root / name) for name in ("questions", "answers") if (root / name).is_dir()]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif entry.name.endswith(".md"):
                    stat = entry.stat()
                    newest = max(newest, stat.st_mtime_ns)
                    stamp = (stat.st_size, stat.st_mtime_ns, stat.st_ino, stat.st_mode)
                    parts.append(f"{entry.path[above:]}\0{stamp}")
    text = "\n".join([reader_digest(), *sorted(parts)])
    return _Stamps(hashlib.sha256(os.fsencode(text)).hexdigest(), newest)
