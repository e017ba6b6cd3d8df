"""Which question comes after which."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.study.interleaving import GAP, apart, near
from verify.bank.index import Entry


def entry(id: str, title: str = "", tags: tuple[str, ...] = ()) -> Entry:
    return Entry(id, title or id, "recall", "mid", 3, tags, (), (), (), ())


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (entry("a/1", tags=("hooks", "autograd")), entry("b/1", tags=("hooks", "autograd")), True),
        (entry("a/1", tags=("hooks",)), entry("b/1", tags=("hooks",)), False),
        (entry("a/1", tags=("x", "y", "z", "u", "v")), entry("b/1", tags=("x", "y")), False),
        (entry("a/1", "Why does backward accumulate?"),
         entry("b/1", "When does backward accumulate?"), True),
        (entry("a/1", "What is a leaf?"), entry("b/1", "What is a view?"), False),
    ],
)  # fmt: skip
def test_near_is_what_shares_tags_or_words(one: Entry, other: Entry, expected: bool) -> None:
    assert near(one, other) is near(other, one) is expected


def topic(id: str) -> str:
    return id.partition("/")[0]


def test_near_duplicates_lie_apart_within_a_topic_and_across() -> None:
    ids = ["a/x1", "b/x2", "c/1", "a/x3", "d/1", "b/1", "c/2", "a/1", "d/2", "b/2", "c/3", "d/3"]

    def close(one: str, other: str) -> bool:
        return "x" in one and "x" in other

    found = apart(ids, topic, close)
    assert sorted(found) == sorted(ids)
    places = [place for place, id in enumerate(found) if "x" in id]
    assert all(later - earlier > GAP for earlier, later in pairwise(places))


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.booleans()), max_size=40))
def test_nothing_is_lost_and_topics_alternate_where_they_can(rows: list[tuple[str, bool]]) -> None:
    ids = [f"{name}/{number}{'x' if odd else ''}" for number, (name, odd) in enumerate(rows)]
    found = apart(ids, topic, lambda one, other: one[-1] == other[-1] == "x")
    assert sorted(found) == sorted(ids)
    most = max(Counter(map(topic, ids)).values(), default=0)
    if most <= (len(ids) + 1) // 2:  # else one topic must stand beside itself
        assert all(topic(one) != topic(other) for one, other in pairwise(found))
