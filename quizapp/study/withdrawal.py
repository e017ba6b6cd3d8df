"""Taking answers back: the last one, or all of some questions.

Nothing is deleted: the log keeps every row, and `withdrawn` names those that count no longer.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import msgspec

from quizapp.study.clock import stamp
from quizapp.study.marks import Mark
from quizapp.study.records import Draft, Review
from quizapp.study.store import Store


def undo_last(store: Store, now: datetime) -> Review | None:
    """Take the answer given last back, with every change of its grade.

    Its question is as it was before, what was typed or chosen becomes a draft again, and a session
    that it was given in asks the question once more.

    Args:
        store: where answers are kept.
        now: when it was taken back.

    Returns:
        The answer; None if there is none.
    """
    with store.writing() as sql:
        found = sql.execute(
            "SELECT number, question FROM counted ORDER BY logged DESC, number DESC LIMIT 1"
        ).fetchone()
        if found is None:
            return None
        (review,) = (each for each in store.reviews(found[1]) if each.number == found[0])
        _withdraw(store, [review.number], "undone", now)
        store.remake(review.id)
        _give_back(store, review, now)
        if review.session is not None:
            _step_back(store, review, now)
    return review


def reset(store: Store, ids: Collection[str] | None, now: datetime) -> int:
    """Let questions be as if they had never been asked.

    Drafts go too, and a session that is left without an answer is no longer gone on with.

    Args:
        store: where answers are kept.
        ids: the questions; None for all, also those that the bank no longer has.
        now: when it was done.

    Returns:
        How many answers counted before.
    """
    wanted = None if ids is None else {store.present(id) for id in ids}
    with store.writing() as sql:
        reviews = [r for r in store.reviews() if wanted is None or r.id in wanted]
        _withdraw(store, [review.number for review in reviews], "reset", now)
        if wanted is None:
            sql.execute("DELETE FROM drafts")
            sql.execute("UPDATE sessions SET finished = ? WHERE finished IS NULL", (stamp(now),))
        else:
            for draft in store.drafts().values():
                if store.present(draft.id.partition("#")[0]) in wanted:
                    store.drop_draft(draft.id)
        for id in {review.id for review in reviews}:
            store.remake(id)
    return len(reviews)


def _withdraw(store: Store, numbers: list[int], why: str, now: datetime) -> None:
    """Withdraw answers that count, each with all that it took the place of."""
    with store.writing() as sql:
        for last in numbers:
            number: int | None = last
            while number is not None:
                sql.execute(
                    "INSERT INTO withdrawn (review, why, at) VALUES (?, ?, ?)",
                    (number, why, stamp(now)),
                )
                (number,) = sql.execute(
                    "SELECT amends FROM reviews WHERE number = ?", (number,)
                ).fetchone()


def _give_back(store: Store, review: Review, now: datetime) -> None:
    """Make a draft of what was answered, unless there is one already."""
    if review.mark is Mark.SKIPPED or not review.response or store.draft(review.id) is not None:
        return
    draft = Draft(review.id, seconds=review.seconds, hints=review.hints)
    if review.kind == "choice":
        letters = tuple(review.response.replace(" ", "").split(","))
        draft = msgspec.structs.replace(draft, letters=letters)
    else:
        draft = msgspec.structs.replace(draft, text=review.response)
    store.save_draft(draft, now=now)


def _step_back(store: Store, review: Review, now: datetime) -> None:
    """Let the session ask the question again, if it was the last that it asked."""
    with store.writing() as sql:
        questions, position = sql.execute(
            "SELECT questions, position FROM sessions WHERE number = ?", (review.session,)
        ).fetchone()
        ids = [store.present(id) for id in msgspec.json.decode(questions)]
        if position and ids[position - 1] == review.id:
            sql.execute(
                "UPDATE sessions SET position = ?, finished = NULL, touched = ? WHERE number = ?",
                (position - 1, stamp(now), review.session),
            )
