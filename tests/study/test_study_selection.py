from __future__ import annotations

from itertools import pairwise

import pytest

from quizapp.study.interleaving import apart
from quizapp.study.selection import Filters, Order, select
from quizapp.study.store import Store
from verify.errors import UsageError

from .make import DAY, NOW, PARTLY, RIGHT, WRONG, entries, entry


@pytest.fixture
def store() -> Store:
    return Store.in_memory()


def answer(store: Store, id: str, *, days: int, graded: object = RIGHT) -> None:
    assert graded in (RIGHT, PARTLY, WRONG)
    chosen = next(g for g in (RIGHT, PARTLY, WRONG) if g == graded)
    store.log(id, chosen, now=NOW - days * DAY, rating=chosen.rating)


BANK = entries(
    entry("autograd/a", level="junior", kind="choice"),
    entry("autograd/b", level="senior"),
    entry("memory/a", level="mid", kind="output"),
    entry("memory/b", level="junior"),
    entry("nn/a", level="mid", kind="bug"),
    entry("nn/code", level="mid", kind="code"),
)


def test_filters_narrow(store: Store) -> None:
    def ids(**filters: object) -> set[str]:
        made = Filters(count=None, order=Order.RANDOM, **filters)  # type: ignore[arg-type]
        return set(select(BANK, store, made, NOW))

    assert ids() == set(BANK) - {"nn/code"}
    assert ids(topics=("memory",)) == {"memory/a", "memory/b"}
    assert ids(levels=("junior",)) == {"autograd/a", "memory/b"}
    assert ids(kinds=("bug", "code")) == {"nn/a", "nn/code"}
    assert ids(topics=("nn", "memory"), levels=("mid",), kinds=("output",)) == {"memory/a"}
    assert ids(topics=("memory",), kinds=("bug",)) == set()


def test_unknown_words_name_the_nearest(store: Store) -> None:
    for filters, near in [
        (Filters(topics=("autgrad",)), "autograd"),
        (Filters(levels=("snior",)), "senior"),
        (Filters(kinds=("chioce",)), "choice"),
    ]:
        with pytest.raises(UsageError) as caught:
            select(BANK, store, filters, NOW)
        assert near in caught.value.todo
    with pytest.raises(UsageError):
        select(BANK, store, Filters(count=0), NOW)


def test_an_empty_bank_gives_nothing(store: Store) -> None:
    for order in Order:
        assert select({}, store, Filters(order=order), NOW) == ()
    with pytest.raises(UsageError, match="topic"):
        select({}, store, Filters(topics=("memory",)), NOW)


def test_due_is_what_is_due_most_forgotten_first(store: Store) -> None:
    answer(store, "autograd/b", days=3)
    answer(store, "memory/a", days=30)
    answer(store, "nn/a", days=0)
    assert select(BANK, store, Filters(order=Order.DUE), NOW) == ("memory/a", "autograd/b")
    assert select(BANK, store, Filters(order=Order.DUE, count=1), NOW) == ("memory/a",)


def test_new_is_what_was_never_answered_juniors_first(store: Store) -> None:
    answer(store, "nn/a", days=3)
    found = select(BANK, store, Filters(order=Order.NEW), NOW)
    assert set(found[:2]) == {"autograd/a", "memory/b"}
    assert found[2:] == ("memory/a", "autograd/b")


def test_mixed_asks_due_with_some_new_and_nothing_of_today(store: Store) -> None:
    bank = entries(*(f"old/{i:02}" for i in range(20)), *(f"fresh/{i:02}" for i in range(20)))
    for i in range(20):
        answer(store, f"old/{i:02}", days=0 if i < 5 else 10)
    found = select(bank, store, Filters(count=9), NOW)
    assert len(found) == 9
    assert sum(id.startswith("fresh") for id in found) == 3
    assert not {f"old/{i:02}" for i in range(5)} & set(found)
    everything = select(bank, store, Filters(count=None), NOW)
    assert len(everything) == 35
    assert len(set(everything)) == 35


def test_mixed_with_nothing_left_is_empty(store: Store) -> None:
    for id in BANK:
        answer(store, id, days=0)
    assert select(BANK, store, Filters(), NOW) == ()
    assert select(BANK, store, Filters(order=Order.CRAM), NOW) != ()


def test_mixed_fills_with_new_when_little_is_due(store: Store) -> None:
    bank = entries(*(f"t{i}/q" for i in range(12)))
    answer(store, "t0/q", days=9)
    found = select(bank, store, Filters(count=10), NOW)
    assert len(found) == 10
    assert "t0/q" in found


def test_cram_asks_what_is_least_known_first(store: Store) -> None:
    bank = entries("a/known", "b/missed", "c/unseen")
    answer(store, "a/known", days=0)
    answer(store, "b/missed", days=2, graded=WRONG)
    assert select(bank, store, Filters(order=Order.CRAM), NOW) == (
        "b/missed",
        "c/unseen",
        "a/known",
    )


def test_random_follows_its_seed(store: Store) -> None:
    bank = entries(*(f"t{i}/q" for i in range(30)))

    def draw(seed: int | None, days: int = 0) -> tuple[str, ...]:
        return select(bank, store, Filters(order=Order.RANDOM, seed=seed), NOW + days * DAY)

    assert draw(1) == draw(1)
    assert draw(1) == draw(1, days=5)
    assert draw(1) != draw(2)
    assert draw(None) == draw(None)
    assert draw(None) != draw(None, days=1)


def topic(id: str) -> str:
    return id.partition("/")[0]


@pytest.mark.parametrize(
    "ids",
    [
        ["a/1", "a/2", "b/1", "b/2"],
        ["a/1", "a/2", "a/3", "b/1", "c/1"],
        ["b/1", "c/1", "a/1", "a/2", "a/3"],
        ["a/1", "b/1", "c/1", "a/2", "b/2", "c/2"],
        [f"{'abc'[i % 3]}/{i}" for i in range(31)],
    ],
)
def test_neighbours_are_of_different_topics(ids: list[str]) -> None:
    found = apart(ids, topic)
    assert sorted(found) == sorted(ids)
    assert all(topic(x) != topic(y) for x, y in pairwise(found))


def test_one_topic_keeps_its_order() -> None:
    assert apart(["a/3", "a/1", "a/2"], topic) == ("a/3", "a/1", "a/2")
    assert apart([], topic) == ()


def test_order_is_kept_where_nothing_is_in_the_way() -> None:
    ids = ["a/1", "b/1", "a/2", "c/1", "b/2"]
    assert apart(ids, topic) == tuple(ids)
