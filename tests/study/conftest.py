from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from quizapp.study.store import Store

from .make import NOW


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a progress file may be made; its folder is not there yet."""
    return tmp_path / "data" / "progress.sqlite3"


@pytest.fixture
def store(file: Path) -> Iterator[Store]:
    """A store in a file of its own."""
    with Store.open(file, now=NOW) as opened:
        yield opened
