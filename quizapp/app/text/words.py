"""Small things said the same way everywhere: counts, times, days."""

from __future__ import annotations

from datetime import date, datetime

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def count(number: int, one: str, many: str = "") -> str:
    """``1 question``, ``3 questions``."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def clock(seconds: float) -> str:
    """``1:12``, and ``1:02:03`` from an hour on."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def took(seconds: float) -> str:
    """``12 ms``, ``0.4 s``, ``12 s``, ``2 min``."""
    if seconds < 0.0995:
        return f"{max(1, round(seconds * 1000))} ms"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def day(moment: date) -> str:
    """``Wed 2 Dec``, whatever the locale: the app speaks English throughout."""
    return f"{_DAYS[moment.weekday()]} {moment.day} {_MONTHS[moment.month - 1]}"


def ahead(when: date, today: date) -> str:
    """``in 12 days``, ``tomorrow``, ``3 days ago``."""
    days = (when - today).days
    if days < 0:
        return f"{count(-days, 'day')} ago"
    return "today" if not days else "tomorrow" if days == 1 else f"in {days} days"


def since(moment: datetime, now: datetime) -> str:
    """When something was, seen from now: ``just now``, ``at 14:05``, ``on Wed 2 Dec``."""
    moment = moment.astimezone(now.tzinfo)
    if 0 <= (now - moment).total_seconds() < 300:
        return "just now"
    if moment.date() == now.date():
        return f"today at {moment:%H:%M}"
    return f"on {day(moment)}" + ("" if moment.year == now.year else f" {moment.year}")


def listed(words: list[str], most: int = 3) -> str:
    """``autograd, memory and 2 more``."""
    if len(words) <= most:
        return ", ".join(words)
    return f"{', '.join(words[: most - 1])} and {len(words) - most + 1} more"
