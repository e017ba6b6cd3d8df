"""Taking answers back: the last one, or all of some questions.

Nothing is deleted: the log keeps every row, and `withdrawn` names those that count no longer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

import msgspec

from quizapp.study.clock import stamp
from quizapp.study.marks import Mark, Rating
from quizapp.study.records import Draft, Review
from quizapp.study.store import Store
from verify.bank.model import Kind


def undo_last(store: Store, now: datetime, number: int | None = None) -> Review | None:
    """Take the answer that was graded last back, with every change of its grade.

    Its question is as it was before the grade: what was typed, chosen or ticked becomes a draft
    again, and a session that it was given in asks the question once more.

    Args:
        store: where answers are kept.
        now: when it was taken back.
        number: of the answer that is meant; None for whichever was given last.

    Returns:
        The answer; None if there is none, or another one than is meant.
    """
    with store.writing() as sql:
        # The log is only added to, so its numbers are in the order of time, whatever clocks say.
        found = sql.execute(
            "SELECT number, question FROM counted ORDER BY number DESC LIMIT 1"
        ).fetchone()
        if found is None or number not in (None, found[0]):
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
    Bookmarks and settings stay.

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
                if question_of(store, draft.id) in wanted:
                    store.drop_draft(draft.id)
            _finish_emptied(store, {r.session for r in reviews if r.session is not None}, now)
        for id in {review.id for review in reviews}:
            store.remake(id)
    return len(reviews)


def question_of(store: Store, place: str) -> str:
    """The present id of the question that a draft is of: a bug may have two, ``#fix`` the other."""
    return store.present(place.partition("#")[0])


def _withdraw(store: Store, numbers: Iterable[int], why: str, now: datetime) -> None:
    """Withdraw answers that count, each with all that it took the place of."""
    with store.writing() as sql:
        for last in numbers:
            number: int | None = last
            while number is not None:
                sql.execute(
                    "INSERT OR IGNORE INTO withdrawn (review, why, at) VALUES (?, ?, ?)",
                    (number, why, stamp(now)),
                )
                (number,) = sql.execute(
                    "SELECT amends FROM reviews WHERE number = ?", (number,)
                ).fetchone()


def _give_back(store: Store, review: Review, now: datetime) -> None:
    """Make a draft of what was answered, unless there is one already."""
    place = review.id
    if review.kind is Kind.BUG and not review.points:
        place = f"{review.id}#fix"  # it was mended before the judge, not explained
    if review.mark is Mark.SKIPPED or store.draft(place) is not None:
        return
    store.save_draft(_draft_of(review, place), now=now)


def _draft_of(review: Review, place: str) -> Draft:
    """The draft as it must have been right before the grade."""
    draft = Draft(place, seconds=review.seconds, hints=review.hints, confidence=review.confidence)
    if review.kind is Kind.CHOICE:
        letters = tuple(each for each in review.response if each.isalpha())
        return msgspec.structs.replace(draft, letters=letters)
    draft = msgspec.structs.replace(draft, text=review.response)
    if review.points:  # the answer was on the screen, and its points were being ticked
        ticked = tuple(place for place, point in enumerate(review.points) if point.made)
        return msgspec.structs.replace(draft, ticked=ticked, revealed=True)
    # How often the judge had said no is not in the log; that it had, the rating tells.
    failed = review.kind in (Kind.CODE, Kind.BUG) and review.rating is Rating.GOOD
    return msgspec.structs.replace(draft, failures=int(failed))


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


def _finish_emptied(store: Store, sessions: Collection[int], now: datetime) -> None:
    """End sessions none of whose answers count any more."""
    with store.writing() as sql:
        for number in sessions:
            if not store.reviews(session=number):
                sql.execute(
                    "UPDATE sessions SET finished = ? WHERE number = ? AND finished IS NULL",
                    (stamp(now), number),
                )
