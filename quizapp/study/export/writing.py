"""Files that are written whole or not at all, and never over another one by mistake."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from verify.errors import SurroundingsError, UsageError


def expect_free(path: Path, *, force: bool) -> None:
    """See that a file may be written.

    Raises:
        UsageError: there is one, and it was not said that it may go; or it is a folder.
    """
    if path.is_dir():
        raise UsageError("this is a folder", where=str(path), todo="name a file in it")
    if path.exists() and not force:
        raise UsageError(
            "the file exists", where=str(path), todo="choose another name, or --force to replace it"
        )


def write_whole(path: Path, content: bytes, *, force: bool) -> None:
    """Write a file, and make its folder if need be.

    Raises:
        UsageError: there is one, and it was not said that it may go.
        SurroundingsError: it cannot be written; what was there is as it was.
    """
    with appearing(path, force=force) as part:
        part.write_bytes(content)


@contextmanager
def appearing(path: Path, *, force: bool) -> Iterator[Path]:
    """A file to write to, which gets its name when the block ends.

    Raises:
        UsageError: there is one of that name, and it was not said that it may go.
        SurroundingsError: it cannot be written; what was there is as it was.
    """
    expect_free(path, force=force)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
        part.replace(path)
    except OSError as error:
        raise SurroundingsError(
            "the file cannot be written", where=str(path), why=error.strerror or str(error)
        ) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
