"""Questions that a person has marked to come back to."""

from __future__ import annotations

from datetime import datetime

from quizapp.study.clock import stamp
from quizapp.study.store import Store


def bookmarks(store: Store) -> frozenset[str]:
    """The marked questions, by present id."""
    with store.reading() as sql:
        rows = sql.execute("SELECT question FROM bookmarks").fetchall()
        return frozenset(store.present(id) for (id,) in rows)


def toggle_bookmark(store: Store, id: str, now: datetime) -> bool:
    """Mark a question, or take its mark away; returns whether it is marked now."""
    with store.writing() as sql:  # it is looked up there too: another window may toggle it
        marked = store.present(id) in bookmarks(store)
        if marked:
            names = [(name,) for name in store.names(id)]
            sql.executemany("DELETE FROM bookmarks WHERE question = ?", names)
        else:
            sql.execute(
                "INSERT INTO bookmarks (question, since) VALUES (?, ?)",
                (store.present(id), stamp(now)),
            )
    return not marked
