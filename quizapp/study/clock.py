"""Time: when something happened (UTC) and on which study day (the person's own calendar)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

DAY_STARTS = timedelta(hours=4)
"""An answer at one in the morning still belongs to the evening before."""


def now() -> datetime:
    """The present moment in the local zone; the only place that reads the clock."""
    return datetime.now().astimezone()


def utc(moment: datetime) -> datetime:
    """The same moment in UTC.

    Raises:
        ValueError: the moment has no zone, so nobody can say when it was.
    """
    if moment.tzinfo is None:
        raise ValueError(f"a moment without a zone: {moment!r}")
    return moment.astimezone(UTC)


def study_day(moment: datetime) -> date:
    """The day a person would say it was, in the zone the moment is given in.

    Raises:
        ValueError: the moment has no zone.
    """
    if moment.tzinfo is None:
        raise ValueError(f"a moment without a zone: {moment!r}")
    return (moment - DAY_STARTS).date()


def stamp(moment: datetime) -> str:
    """The moment as text that sorts as time does: UTC, always with microseconds."""
    return utc(moment).isoformat(timespec="microseconds")
