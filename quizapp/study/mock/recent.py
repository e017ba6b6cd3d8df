"""What was asked so lately that asking it again would prove nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from quizapp.study.clock import study_day
from quizapp.study.session import MOCK
from quizapp.study.store import Store

RECENT_DAYS = 3
"""What was answered on that many study days up to the interview is asked only where nothing
else is there."""

RECENT_MOCKS = 2
"""So is what was asked in that many interviews before."""

_IDS = msgspec.json.Decoder(tuple[str, ...])


def recently_asked(store: Store, now: datetime, number: int = 0) -> frozenset[str]:
    """Ids that an interview leaves aside.

    Args:
        store: what was answered so far.
        now: when the interview starts.
        number: of its session, whose own answers do not matter; 0 before there is one.
    """
    since = study_day(now) - timedelta(days=RECENT_DAYS - 1)
    with store.reading() as sql:
        answered = sql.execute(
            "SELECT DISTINCT question FROM counted "
            "WHERE day >= ? AND mark <> 'skipped' AND session IS NOT ?",
            (since.isoformat(), number),
        ).fetchall()
        mocks = sql.execute(
            "SELECT questions, position FROM sessions WHERE activity = ? AND number IS NOT ? "
            "ORDER BY number DESC LIMIT ?",
            (MOCK, number, RECENT_MOCKS),
        ).fetchall()
        asked = [id for ids, position in mocks for id in _IDS.decode(ids)[:position]]
    return frozenset(store.present(id) for id in [*(id for (id,) in answered), *asked])
