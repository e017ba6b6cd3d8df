"""Reading a day as people type it."""

from __future__ import annotations

import re
from datetime import date, timedelta

_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)

FURTHEST = 3660
"""Days ahead beyond which a number is taken for a mistake."""


def parse_day(text: str, today: date) -> date | None:
    """The day that a text names; None if it names none.

    A day without a year is the next one of that name, today included.

    Args:
        text: ``2026-12-24``, ``24.12.2026``, ``24.12.``, ``24 Dec``, ``Dec 24``, ``in 12 days``,
            ``12``, ``today`` or ``tomorrow``.
        today: from which to count.
    """
    words = " ".join(text.lower().replace(",", " ").split())
    if words in ("today", "tomorrow"):
        return today + timedelta(days=words == "tomorrow")
    if found := re.fullmatch(r"(?:in )?(\d{1,4})(?: ?d(?:ays?)?)?", words):
        ahead = int(found[1])
        return today + timedelta(days=ahead) if ahead <= FURTHEST else None
    if found := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", words):
        return _day(int(found[1]), int(found[2]), int(found[3]))
    if found := re.fullmatch(r"(\d{1,2})\.\s?(\d{1,2})\.?\s?(\d{4})?", words):
        return _next(today, found[3], int(found[2]), int(found[1]))
    if found := re.fullmatch(r"(\d{1,2}) ([a-z]{3,9})\.?(?: (\d{4}))?", words):
        return _next(today, found[3], _month(found[2]), int(found[1]))
    if found := re.fullmatch(r"([a-z]{3,9})\.? (\d{1,2})(?: (\d{4}))?", words):
        return _next(today, found[3], _month(found[1]), int(found[2]))
    return None


def _month(name: str) -> int:
    """The number of a month by its name or the beginning of it; 0, which is none, for others."""
    found = (number for number, month in enumerate(_MONTHS, 1) if month.startswith(name))
    return next(found, 0)


def _next(today: date, year: str | None, month: int, number: int) -> date | None:
    if year is not None:
        return _day(int(year), month, number)
    for ahead in range(9):  # a 29th of February may be eight years away
        found = _day(today.year + ahead, month, number)
        if found is not None and found >= today:
            return found
    return None


def _day(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None
