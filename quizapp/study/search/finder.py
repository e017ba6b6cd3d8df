"""Finding questions: by words through the index, by filters over what is known of each."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from quizapp.study.browsing import NEW, State
from quizapp.study.search.index import StoppedError, TextIndex, names_of, open_index
from quizapp.study.search.query import Asked, Query
from quizapp.study.search.words import Term, key
from verify.bank.index import Entry
from verify.bank.model import Kind, Level

RANKED = 2000
"""Questions up to which it is worked out how well each fits; of more, only whether its title does.
That takes longer than a key may, and nobody reads thousands to the end."""

_ANY = (Term(("a",), True),)

Standings = Mapping[str, frozenset[State]]
"""The states of questions by id; one that is not in it was never answered."""


class Found(msgspec.Struct, frozen=True):
    """The outcome of a search."""

    ids: Sequence[str]
    """What fits best first; without words by topic, level and title."""
    unknown: tuple[tuple[str, str], ...] = ()
    """Filters and their values that there are not."""
    complete: bool = True
    """False if only titles and names could be searched."""


class Finder:
    """Searches one pack.  `prepare` may run in a thread; all else belongs to the caller's.

    Args:
        root: the pack.
        entries: its questions by id.
        folder: where the index is kept; None for memory.
    """

    def __init__(self, root: Path, entries: Mapping[str, Entry], folder: Path | None) -> None:
        self._root = root
        self.entries = entries
        self._folder = folder
        # A question is known by its place in this order; ten thousand numbers are sorted and
        # looked up in a fraction of the time that as many ids take.
        self._order = sorted(entries.values(), key=_browsed)
        self._ids = [entry.id for entry in self._order]
        self._places = {id: place for place, id in enumerate(self._ids)}
        self._all = range(len(self._order))
        self.values = {
            "topic": tuple(sorted({entry.topic for entry in self._order})),
            "level": tuple(level.value for level in Level),
            "kind": tuple(kind.value for kind in Kind),
            "state": tuple(state.value for state in State),
            "tag": tuple(sorted({tag for entry in self._order for tag in entry.tags})),
        }
        """What filters may say."""
        self.left = 0
        """How many questions are still to be indexed, as far as that is known."""
        self.asked = ""
        """What was typed last, for the next time."""
        self._index: TextIndex | None = None
        self._titles: list[str] = []
        self._names: list[str] = []
        self._passed: tuple[tuple[Asked, ...], Standings, list[int]] | None = None
        self._failed = False
        self._given_up = False
        self._stopped = threading.Event()
        self._preparing = threading.Lock()

    # -- the index ----------------------------------------------------------------------------

    @property
    def ready(self) -> bool:
        """True if the texts are searched too, or never will be."""
        return self._index is not None or self._given_up

    @property
    def searches_texts(self) -> bool:
        """True if prompts and answers are searched, and not titles and names alone."""
        return self._index is not None

    def prepare(self) -> None:
        """Open the index and bring it up to date; takes seconds for a large pack that is new."""
        with self._preparing:
            if self.ready or self._stopped.is_set():
                return
            self._read_titles()
            while not self.ready:
                try:
                    index = open_index(
                        self._root, self.entries, self._places, self._folder,
                        stopped=self._stopped.is_set, told=self._tell,
                    )  # fmt: skip
                except StoppedError:
                    return
                except sqlite3.Error:  # not even in memory
                    self._given_up = True
                    return
                try:
                    index.find(_ANY)  # the first key need not wait for what is read but once
                except sqlite3.Error:
                    self._given_up = self._folder is None
                    self._drop(index)
                else:
                    self._index = index
            self.left = 0

    def _drop(self, index: TextIndex) -> None:
        """Take a damaged index away, to be made anew; the second time it is made in memory."""
        self._index = None
        index.discard()
        self._folder = None if self._failed else self._folder
        self._failed = True

    def _tell(self, left: int) -> None:
        self.left = left

    def close(self) -> None:
        """Stop preparing, and close the index."""
        self._stopped.set()
        with self._preparing:
            index, self._index = self._index, None
        if index is not None:
            index.close()

    # -- searching ----------------------------------------------------------------------------

    def find(self, query: Query, standings: Standings) -> Found:
        """The questions that fit, best first."""
        wanted, unknown = self._wanted(query.filters)
        if unknown:
            return Found((), unknown)
        ids = self._ids
        passing = self._passing(query.filters, wanted, standings)
        if not query.terms:
            return Found([ids[place] for place in passing])
        found, ranks, complete = self._matched(query.terms)
        if query.filters:
            found = {*found}.intersection(passing)
        places = self._sorted(sorted(found), ranks, query.terms)
        return Found([ids[place] for place in places], (), complete)

    def _matched(
        self, terms: tuple[Term, ...]
    ) -> tuple[Collection[int], Mapping[int, float], bool]:
        """What holds the terms, how well it fits, and whether the texts were searched."""
        index = self._index
        if index is not None:
            try:
                found = index.find(terms)
                return found, index.ranks(terms) if len(found) <= RANKED else {}, True
            except sqlite3.Error:  # the file was damaged meanwhile
                self._drop(index)
        self._read_titles()
        return _holding(self._all, self._names, terms), {}, False

    def _read_titles(self) -> None:
        if not self._names:
            titles = [key(entry.title) for entry in self._order]
            names = [key(names_of(entry)) for entry in self._order]
            self._titles = titles  # first: another thread looks at what comes last
            self._names = ["\n".join(both) for both in zip(titles, names, strict=True)]

    def _sorted(
        self, found: Sequence[int], ranks: Mapping[int, float], terms: tuple[Term, ...]
    ) -> list[int]:
        """Titles that hold all terms first, those with whole words before others; then names."""
        titles = _holding(found, self._titles, terms)
        rest = sorted({*found}.difference(titles)) if titles else [*found]
        whole = [term._replace(open=False) for term in terms]
        if len(found) > RANKED:
            exact = _holding(titles, self._titles, whole)
            return exact + sorted({*titles}.difference(exact)) + rest
        names = _holding(rest, self._names, terms)
        rest = sorted({*rest}.difference(names))
        needles = [each.needle for each in whole]

        def fitness(place: int) -> tuple[int, float, int]:
            title = self._titles[place]
            missed = sum(needle not in title for needle in needles)
            return missed, ranks.get(place, 0.0), len(title)

        titles.sort(key=fitness)
        for part in (names, rest):
            part.sort(key=lambda place: ranks.get(place, 0.0))
        return titles + names + rest

    # -- filters ------------------------------------------------------------------------------

    def _wanted(
        self, filters: tuple[Asked, ...]
    ) -> tuple[list[tuple[str, frozenset[str]]], tuple[tuple[str, str], ...]]:
        """What must hold: for each name the values of which one is enough; and unknown ones.

        A question has one topic, one level and one kind, so several of these widen the search;
        several states or tags narrow it.
        """
        wanted: list[tuple[str, frozenset[str]]] = []
        unknown: list[tuple[str, str]] = []
        single: dict[str, frozenset[str]] = {}
        for name, values in filters:
            found = frozenset(each for value in values for each in self.meant(name, value))
            unknown += [(name, value) for value in values if not self.meant(name, value)]
            if name in ("state", "tag"):
                wanted.append((name, found))
            else:
                single[name] = single.get(name, frozenset()) | found
        return [*single.items(), *wanted], tuple(unknown)

    def meant(self, name: str, value: str) -> tuple[str, ...]:
        """The values that a filter may mean: itself, or those that begin so."""
        valid = self.values[name]
        if value in valid:
            return (value,)
        return tuple(each for each in valid if each.lower().startswith(value))

    def _passing(
        self,
        filters: tuple[Asked, ...],
        wanted: Sequence[tuple[str, frozenset[str]]],
        standings: Standings,
    ) -> Sequence[int]:
        """What passes the filters, in order; the same ones are asked at every key."""
        if not filters:
            return self._all
        before = self._passed
        if before is not None and before[0] == filters and before[1] is standings:
            return before[2]
        order = self._order
        passing = [*self._all]
        for name, values in wanted:
            match name:
                case "topic":
                    passing = [place for place in passing if order[place].topic in values]
                case "level":
                    passing = [place for place in passing if order[place].level in values]
                case "kind":
                    passing = [place for place in passing if order[place].kind in values]
                case "tag":
                    passing = [p for p in passing if not values.isdisjoint(order[p].tags)]
                case _:
                    passing = [
                        place for place in passing
                        if not values.isdisjoint(standings.get(order[place].id, NEW))
                    ]  # fmt: skip
        self._passed = (filters, standings, passing)
        return passing


_LEVELS = {level.value: rank for rank, level in enumerate(Level)}


def _browsed(entry: Entry) -> tuple[str, int, str, str]:
    return entry.topic, _LEVELS.get(entry.level, 9), entry.title.casefold(), entry.id


def _holding(places: Iterable[int], keys: Sequence[str], terms: Sequence[Term]) -> list[int]:
    """The places whose keys hold all the terms."""
    found = [*places]
    for each in terms:
        needle = each.needle
        found = [place for place in found if needle in keys[place]]
    return found
