"""What the progress file holds, one step per version.

A released step is never edited: a change is a further step.  ``opening`` runs the steps a file
lacks, after a backup, in one transaction, and sets ``user_version`` to their number.

`reviews` is the truth and is only ever added to; `cards` can be made again from it.  What was
taken back or reset stays in the log and is named in `withdrawn`; the view `counted` leaves it out.
"""

from __future__ import annotations

APPLICATION_ID = 0x54444C31
"""Marks a SQLite file as ours in its header ("TDL1")."""

_OLDEST = frozenset({"reviews", "cards", "sessions", "drafts", "settings"})

TABLES = (_OLDEST, _OLDEST | {"bookmarks", "withdrawn"})
"""For each version, from 1 on, the tables without which a file of it is damaged."""

_FIRST = (
    f"PRAGMA application_id = {APPLICATION_ID}",
    # One row per answer.  Texts of points are kept as they read at the time, so that editing a
    # rubric does not change what was ticked.  `day` is the person's study day: the zone they
    # were in is gone otherwise.  A row with `amends` takes the place of the row it names.
    """
    CREATE TABLE reviews (
        number      INTEGER PRIMARY KEY,
        question    TEXT NOT NULL,
        kind        TEXT NOT NULL,
        mark        TEXT NOT NULL CHECK (mark IN ('right', 'partly', 'wrong', 'skipped')),
        share       REAL NOT NULL CHECK (share BETWEEN 0 AND 1),
        rating      INTEGER CHECK (rating BETWEEN 1 AND 4),
        response    TEXT NOT NULL,
        points      TEXT NOT NULL,
        seconds     REAL NOT NULL,
        confidence  REAL CHECK (confidence BETWEEN 0 AND 1),
        hints       INTEGER NOT NULL,
        at          TEXT NOT NULL,
        day         TEXT NOT NULL,
        logged      TEXT NOT NULL,
        session     INTEGER REFERENCES sessions (number),
        amends      INTEGER REFERENCES reviews (number)
    )
    """,
    "CREATE INDEX reviews_question ON reviews (question)",
    "CREATE INDEX reviews_session ON reviews (session)",
    "CREATE INDEX reviews_day ON reviews (day)",
    "CREATE UNIQUE INDEX reviews_amends ON reviews (amends) WHERE amends IS NOT NULL",
    """
    CREATE TRIGGER reviews_keep BEFORE UPDATE ON reviews
    BEGIN SELECT RAISE(ABORT, 'the log of reviews is only added to'); END
    """,
    """
    CREATE TRIGGER reviews_stay BEFORE DELETE ON reviews
    BEGIN SELECT RAISE(ABORT, 'the log of reviews is only added to'); END
    """,
    """
    CREATE VIEW counted AS SELECT * FROM reviews AS r
    WHERE NOT EXISTS (SELECT 1 FROM reviews AS later WHERE later.amends = r.number)
    """,
    """
    CREATE TABLE cards (
        question    TEXT PRIMARY KEY,
        stability   REAL NOT NULL,
        difficulty  REAL NOT NULL,
        due         TEXT NOT NULL,
        last_day    TEXT NOT NULL,
        reviews     INTEGER NOT NULL,
        lapses      INTEGER NOT NULL,
        last_mark   TEXT NOT NULL
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE sessions (
        number      INTEGER PRIMARY KEY,
        activity    TEXT NOT NULL,
        questions   TEXT NOT NULL,
        position    INTEGER NOT NULL,
        seed        INTEGER NOT NULL,
        filters     TEXT,
        started     TEXT NOT NULL,
        touched     TEXT NOT NULL,
        finished    TEXT
    )
    """,
    "CREATE INDEX sessions_open ON sessions (touched) WHERE finished IS NULL",
    """
    CREATE TABLE drafts (
        question    TEXT PRIMARY KEY,
        draft       TEXT NOT NULL,
        touched     TEXT NOT NULL
    ) WITHOUT ROWID
    """,
    "CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
)

_SECOND = (
    # What an activity keeps beside its row of questions, as JSON; the clock of a mock interview.
    "ALTER TABLE sessions ADD COLUMN state TEXT",
    "CREATE TABLE bookmarks (question TEXT PRIMARY KEY, since TEXT NOT NULL) WITHOUT ROWID",
    """
    CREATE TABLE withdrawn (
        review      INTEGER PRIMARY KEY REFERENCES reviews (number),
        why         TEXT NOT NULL CHECK (why IN ('undone', 'reset')),
        at          TEXT NOT NULL
    )
    """,
    "DROP VIEW counted",
    """
    CREATE VIEW counted AS SELECT * FROM reviews AS r
    WHERE NOT EXISTS (SELECT 1 FROM withdrawn AS w WHERE w.review = r.number)
      AND NOT EXISTS (SELECT 1 FROM reviews AS later WHERE later.amends = r.number)
    """,
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_FIRST, _SECOND)
"""The statements of each step; the version of a file is how many of them it has had."""
