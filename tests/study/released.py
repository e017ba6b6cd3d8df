"""Progress files as earlier versions of the program wrote them, row by row."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

from quizapp.study.schema import MIGRATIONS
from quizapp.study.store import Store

from .make import NOW

_REVIEW = (
    "INSERT INTO reviews (number, question, kind, mark, share, rating, response, points, seconds, "
    "confidence, hints, at, day, logged, session, amends) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def version_1(file: Path, answers: int = 40) -> None:
    """A file of the first version: answers, some of them amended, and all else that it knew.

    One answer in fifteen is amended, so that ``answers`` rows make 14/15 of them that count.
    """
    chance = random.Random(1)
    file.parent.mkdir(parents=True, exist_ok=True)
    sql = sqlite3.connect(file, isolation_level=None)
    sql.execute("PRAGMA journal_mode = WAL")
    sql.execute("BEGIN")
    for statement in MIGRATIONS[0]:
        sql.execute(statement)
    sql.execute("PRAGMA user_version = 1")
    sql.execute(
        'INSERT INTO sessions VALUES (1, \'quiz\', \'["a/0","a/1","a/2"]\', 3, 7, '
        '\'{"topics":["a"],"levels":[],"kinds":[],"count":10,"order":"mixed","seed":null}\', '
        "?, ?, ?)",
        [f"2026-11-0{n}T09:00:00.000000+00:00" for n in (1, 1, 1)],
    )
    sql.execute(
        "INSERT INTO sessions VALUES (2, 'quiz', '[\"a/3\",\"a/4\"]', 1, 8, NULL, ?, ?, NULL)",
        [f"2026-11-02T09:0{n}:00.000000+00:00" for n in (0, 5)],
    )
    for number in range(1, answers + 1):
        amends = number - 1 if number % 15 == 0 else None
        question = f"a/{(amends or number) % 14}"
        day = f"2026-11-{1 + number * 27 // (answers + 1):02}"
        at = f"{day}T10:{number % 60:02}:00.000000+00:00"
        mark, share, rating = chance.choice([("right", 1.0, 3), ("partly", 0.5, 2),
                                             ("wrong", 0.0, 1)])  # fmt: skip
        points = '[{"text":"first","made":true},{"text":"π","made":false}]'
        row = (number, question, "recall", mark, share, rating, f"answer {number} é\n", points,
               12.5, None, number % 3, at, day, at, 1 + number % 2, amends)  # fmt: skip
        sql.execute(_REVIEW, row)
    sql.execute("INSERT INTO drafts VALUES ('a/4', '{\"id\":\"a/4\",\"text\":\"half\"}', ?)",
                ["2026-11-02T09:06:00.000000+00:00"])  # fmt: skip
    sql.execute("INSERT INTO settings VALUES ('goal', '{\"minutes\":40}')")
    sql.execute("INSERT INTO settings VALUES ('theme', '\"dark\"')")
    sql.execute("COMMIT")
    sql.close()
    with Store.open(file, now=NOW, migrations=MIGRATIONS[:1]) as store:
        assert store.rebuild() == 14


RELEASED: dict[int, Callable[[Path], None]] = {1: version_1}
"""For each earlier version, what writes a file of it."""
