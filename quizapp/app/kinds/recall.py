"""A question to answer aloud or in writing; the reader ticks the points that were made."""

from __future__ import annotations

from quizapp.app.kinds.prose import Notes


class AskRecall(Notes):
    """Notes, if wanted."""

    explains = (
        "Say the answer aloud, as you would to an interviewer, or press n and write it. Then show "
        "the answer and tick the points you made."
    )
