"""Progress as one JSON document, for other programs.

    {
      "format": "torchdrill-progress",
      "version": 1,
      "torchdrill": "0.1.0",              the program that wrote it
      "exported": "2026-12-02T10:00:00.000000+00:00",
      "answers": [...],                   every row of the log, the withdrawn and amended ones
                                          marked; what counts has "counts": true
      "cards": [...], "bookmarks": [...], "sessions": [...], "drafts": [...],
      "settings": {"goal": {...}, ...}
    }

The keys of the rows are the fields of ``records``.  To put progress back there are backups.
"""

from __future__ import annotations

from datetime import datetime
from importlib.metadata import version

import msgspec

from quizapp.study.clock import stamp
from quizapp.study.export.records import VERSION, Progress

FORMAT = "torchdrill-progress"
"""By which a program knows what it reads."""


def json_text(progress: Progress, *, now: datetime) -> str:
    """The document, indented, ending in a newline.

    Args:
        progress: read before.
        now: when it is exported.
    """
    head = {
        "format": FORMAT,
        "version": VERSION,
        "torchdrill": version("torchdrill"),
        "exported": stamp(now),
    }
    document = {**head, **msgspec.to_builtins(progress)}
    return msgspec.json.format(msgspec.json.encode(document), indent=1).decode() + "\n"
