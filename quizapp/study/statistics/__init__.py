"""How study goes, counted from the log: one file a section.

Everything here is counted from answers that count: what was taken back, reset or replaced by a
changed grade is not among them.  Nothing is kept, so nothing can be out of date.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

import msgspec

from quizapp.study.clock import study_day
from quizapp.study.goal import goal_of
from quizapp.study.mock.scorecard import MockResult, mock_history
from quizapp.study.records import Listed
from quizapp.study.statistics.calibration import Calibration, calibration
from quizapp.study.statistics.forecast import Forecast, forecast
from quizapp.study.statistics.history import history
from quizapp.study.statistics.points import WeakPoint, weak_points
from quizapp.study.statistics.retention import Retention, retention
from quizapp.study.statistics.spent import TimeSpent, time_spent
from quizapp.study.store import Store

__all__ = ["Statistics", "statistics"]


class Statistics(msgspec.Struct, frozen=True):
    """All sections; ``stats --json`` writes just this."""

    day: date
    """The study day it was counted on."""
    retention: Retention
    forecast: Forecast
    time: TimeSpent
    points: tuple[WeakPoint, ...]
    """Key points missed most, the worst first."""
    calibration: Calibration
    mocks: tuple[MockResult, ...]
    """Mock interviews, oldest first."""

    @property
    def empty(self) -> bool:
        """True if nothing was answered yet."""
        return not (self.time.answers or self.mocks)


def statistics(entries: Mapping[str, Listed], store: Store, now: datetime) -> Statistics:
    """Count everything.

    Args:
        entries: the index of the pack, by id.
        store: what was answered so far.
        now: the present moment.

    Raises:
        StoreError: the progress cannot be read.
    """
    day, given = study_day(now), history(store)
    return Statistics(
        day=day,
        retention=retention(given, entries, day),
        forecast=forecast(entries, store.cards(), goal_of(store), day),
        time=time_spent(given, entries),
        points=weak_points(given, entries),
        calibration=calibration(given),
        mocks=mock_history(store, entries),
    )
