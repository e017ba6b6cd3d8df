"""A watch that runs only while it is looked at."""

from __future__ import annotations

from datetime import datetime

LONGEST_GAP = 60.0
"""Seconds between two looks beyond which the person was away: the machine slept, or the program
was stopped."""


class Watch:
    """Measures the time a question is on the screen, from look to look."""

    def __init__(self) -> None:
        self._since: datetime | None = None

    @property
    def running(self) -> bool:
        """Whether time goes on now."""
        return self._since is not None

    def start(self, now: datetime) -> None:
        """Let time go on; a watch that runs already is not set back."""
        if self._since is None:
            self._since = now

    def look(self, now: datetime) -> float:
        """Seconds since the last look; none while it stands, after a long gap, or for a clock that
        was set back."""
        if self._since is None:
            return 0.0
        seconds = (now - self._since).total_seconds()
        self._since = now
        return seconds if 0.0 <= seconds <= LONGEST_GAP else 0.0

    def stop(self, now: datetime) -> float:
        """Let time stand; returns what a last look gives."""
        seconds = self.look(now)
        self._since = None
        return seconds
