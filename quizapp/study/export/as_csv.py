"""Progress as CSV, for spreadsheets: a row for each answer that counts."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping

from quizapp.study.export.records import Answer, Progress
from quizapp.study.marks import Rating
from quizapp.study.records import Listed

COLUMNS = (
    "day",
    "at",
    "question",
    "topic",
    "title",
    "kind",
    "level",
    "mark",
    "share",
    "rating",
    "seconds",
    "confidence",
    "hints",
    "points_made",
    "points",
    "missed",
    "session",
    "response",
)
"""The header.  Times are ISO 8601 in UTC; ``missed`` has the points not made, a line each."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE | re.ASCII)


def csv_text(progress: Progress, entries: Mapping[str, Listed]) -> str:
    """The table as RFC 4180 has it: a header, commas, quotes where needed, CRLF.

    Args:
        progress: read before.
        entries: the index of the pack, for titles and levels; both are empty for questions that
            it does not have.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for answer in progress.answers:
        if answer.counts:
            writer.writerow(map(cell, _row(answer, entries.get(answer.question))))
    return out.getvalue()


def cell(value: object) -> object:
    """A value as a cell that no spreadsheet takes for a formula.

    A cell is calculated if it begins with = + - or @, also behind a tab or a return, and with
    quotes or without.  What was typed comes from anywhere: pasted code such as ``@torch.no_grad()``
    would be an error in the sheet, and ``=HYPERLINK(...)`` worse.  An apostrophe in front makes
    it text; that is one character more than was typed, which a reader of a table can bear and
    another program has `export json` for.  Plain numbers such as ``-0.5`` cannot do harm, and stay.
    """
    if not isinstance(value, str):
        return "" if value is None else value
    begins = value.lstrip("\t\r\n ")[:1]
    if begins and begins in "=+-@＝＋－＠" and not _NUMBER.fullmatch(value.strip()):
        return f"'{value}"
    return value


def _row(answer: Answer, entry: Listed | None) -> Iterable[object]:
    made = sum(point.made for point in answer.points)
    yield answer.day
    yield answer.at
    yield answer.question
    yield answer.question.partition("/")[0]
    yield "" if entry is None else entry.title
    yield answer.kind
    yield "" if entry is None else entry.level
    yield answer.mark
    yield round(answer.share, 4)
    yield "" if answer.rating is None else Rating(answer.rating).name.lower()
    yield round(answer.seconds, 1)
    yield answer.confidence
    yield answer.hints
    yield made if answer.points else None
    yield len(answer.points) or None
    yield "\n".join(point.text for point in answer.points if not point.made)
    yield answer.session
    yield answer.response
