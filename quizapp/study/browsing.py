"""How far one is with each question, and a quiz of any that were found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from quizapp.study.bookmarks import bookmarks
from quizapp.study.clock import study_day
from quizapp.study.marks import Mark
from quizapp.study.records import Draft, Listed
from quizapp.study.scheduling import is_due
from quizapp.study.selection import Filters, Order, select
from quizapp.study.store import Store

MOST = 50
"""Questions of one quiz."""


class State(StrEnum):
    """What can be said of a question; several may hold at once."""

    NEW = "new"
    """Never answered, or only passed over."""
    DUE = "due"
    WEAK = "weak"
    """The last answer was not right."""
    KNOWN = "known"
    """The last answer was right, and it is not due."""
    BEGUN = "begun"
    """An answer is begun and not given."""
    BOOKMARKED = "bookmarked"


NEW = frozenset({State.NEW})


def standings(
    entries: Mapping[str, Listed], store: Store, now: datetime
) -> dict[str, frozenset[State]]:
    """The states of the questions, by id; one that is not in it is new and nothing else."""
    day = study_day(now)
    found: dict[str, set[State]] = {}
    for id, card in store.cards().items():
        states = found.setdefault(id, set())
        if card.last_mark is not Mark.RIGHT:
            states.add(State.WEAK)
        if is_due(card, day):
            states.add(State.DUE)
        elif card.last_mark is Mark.RIGHT:
            states.add(State.KNOWN)
    rated = {*found}
    for id, draft in store.drafts().items():
        if _begun(draft):
            found.setdefault(id.removesuffix("#fix"), set()).add(State.BEGUN)
    for id in bookmarks(store):
        found.setdefault(id, set()).add(State.BOOKMARKED)
    for id, states in found.items():
        if id not in rated:
            states.add(State.NEW)
    return {id: frozenset(states) for id, states in found.items() if id in entries}


def _begun(draft: Draft) -> bool:
    """A question that was only looked at has a draft too, with nothing but the time in it."""
    return bool(
        draft.text.strip() or draft.letters or draft.ticked or draft.revealed or draft.hints
    )


def leading(states: frozenset[State]) -> State:
    """The state to show where there is room for one, bookmarks apart."""
    return next(state for state in _LEADING if state in states)


_LEADING = (State.BEGUN, State.DUE, State.WEAK, State.KNOWN, State.NEW)


def quiz_of(
    ids: Sequence[str], entries: Mapping[str, Listed], store: Store, now: datetime
) -> tuple[str, ...]:
    """The questions among some that a quiz should ask: what is due and new first, then the rest.

    Args:
        ids: those that were found.
        entries: the index of the pack.
        store: what was answered so far.
        now: decides what is due.

    Returns:
        At most `MOST` ids; none if all of them are coding questions.
    """
    found = {id: entries[id] for id in ids if id in entries}
    first = select(found, store, Filters(count=MOST), now)
    rest = {id: entry for id, entry in found.items() if id not in first}
    if not rest or len(first) == MOST:
        return first
    more = select(rest, store, Filters(count=MOST - len(first), order=Order.CRAM), now)
    return (*first, *more)
