"""Progress files as tests find or damage them."""

from __future__ import annotations

from pathlib import Path

from quizapp.study.marks import Rating
from quizapp.study.schema import MIGRATIONS
from quizapp.study.store import Store

from .make import NOW, RIGHT

STEP = ("ALTER TABLE cards ADD COLUMN note TEXT NOT NULL DEFAULT ''",)
LATER = (*MIGRATIONS, STEP, ("CREATE TABLE later (question TEXT PRIMARY KEY)",))


def fill(file: Path, count: int = 1) -> None:
    with Store.open(file, now=NOW) as store:
        for i in range(count):
            store.log(f"a/{i}", RIGHT, now=NOW, rating=Rating.GOOD)


def names(file: Path) -> list[str]:
    return sorted(path.name for path in file.parent.iterdir())


def works(store: Store) -> None:
    before = len(store.reviews())
    store.log("a/later", RIGHT, now=NOW, rating=Rating.GOOD)
    assert len(store.reviews()) == before + 1


def junk(file: Path) -> None:
    file.write_bytes(b"this is no database at all\n" * 100)
