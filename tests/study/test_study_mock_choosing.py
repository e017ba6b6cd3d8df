"""What an interviewer asks: a fair mix, within the time, and what the last answer calls for."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizapp.study.marks import Mark
from quizapp.study.mock.choosing import LONGEST_THREAD, Interviewer, outline, shortages
from quizapp.study.mock.plan import EXTRA, LENGTHS, PLANS, Group, places
from quizapp.study.mock.state import Asked, Why
from verify.bank import Entry

from .mocks import LEVELS, asked, bank, groups, held, possible, rich

RICH = rich()
lengths = st.sampled_from(LENGTHS)
levels = st.sampled_from([None, *LEVELS])
seeds = st.integers(0, 2**31 - 1)
marks = st.lists(st.sampled_from(Mark), max_size=20)


def chooser(
    entries: dict[str, Entry],
    *,
    minutes: int = 30,
    level: str | None = "mid",
    seed: int = 0,
    recent: Sequence[str] = (),
) -> Interviewer:
    return Interviewer(entries, minutes=minutes, level=level, seed=seed, recent=frozenset(recent))


@given(lengths, levels, seeds, marks)
@settings(max_examples=300, deadline=None)
def test_a_rich_bank_gives_a_fair_mix_whatever_is_answered(
    minutes: int, level: str | None, seed: int, answers: list[Mark]
) -> None:
    found = held(chooser(RICH, minutes=minutes, level=level, seed=seed), answers)
    mix, total = groups(found), sum(each.minutes for each in found)
    assert mix[Group.TALK] >= 2 and mix[Group.OUTPUT] >= 1 and mix[Group.BUG] >= 1
    assert mix[Group.CODE] == 1
    assert mix[Group.TALK] >= max(mix[Group.OUTPUT], mix[Group.BUG])
    code = next(each for each in found if each.group is Group.CODE)
    assert 0.25 * minutes <= code.minutes <= 0.4 * minutes
    assert minutes - 2 < total <= minutes, "nothing that fits is left out"
    assert len({each.id for each in found}) == len(found)
    fresh = [each.topic for each in found if not each.why.follows]
    assert len({*fresh}) >= min(len(fresh), 5), "what is not followed up is of another topic"
    if level is not None:
        for each in found:
            assert each.level == level or each.why.follows


entry_strategy = st.builds(
    asked,
    st.tuples(st.sampled_from("abc"), st.integers(0, 30)).map(lambda pair: f"{pair[0]}/{pair[1]}"),
    st.sampled_from(["recall", "choice", "output", "bug", "code"]),
    level=st.sampled_from(LEVELS),
    minutes=st.integers(1, 70),
    follow_ups=st.lists(
        st.tuples(st.sampled_from("abcd"), st.integers(0, 30)).map(lambda p: f"{p[0]}/{p[1]}"),
        max_size=3,
    ).map(tuple),
    needs=st.sampled_from([(), ("cuda",)]),
)


@given(st.lists(entry_strategy, max_size=25), lengths, levels, seeds, marks)
@settings(max_examples=300, deadline=None)
def test_any_bank_gives_an_interview_that_keeps_the_rules(
    entries: list[Entry], minutes: int, level: str | None, seed: int, answers: list[Mark]
) -> None:
    found_in = bank(*entries)
    found = held(chooser(found_in, minutes=minutes, level=level, seed=seed), answers)
    assert sum(each.minutes for each in found) <= minutes
    assert len({each.id for each in found}) == len(found)
    given_marks = [*answers, *[Mark.PARTLY] * len(found)]
    rank = None if level is None else LEVELS.index(level)
    for place, each in enumerate(found):
        entry = found_in[each.id]
        assert (each.kind, each.level, each.minutes) == (entry.kind, entry.level, entry.minutes)
        assert not (entry.kind == "code" and entry.needs), "it may not be judged here"
        if rank is not None and each.why is not Why.BASIC:
            assert abs(LEVELS.index(each.level) - rank) <= 1
        if not each.why.follows:
            assert each.depth == 0
            assert (each.why is Why.OPENING) == (place == 0)
            continue
        last, mark = found[place - 1], given_marks[place - 1]
        assert each.depth == last.depth + 1 <= LONGEST_THREAD
        assert each.kind != "code"
        named = each.id in found_in[last.id].follow_ups
        harder = LEVELS.index(each.level) - LEVELS.index(last.level)
        if mark is Mark.RIGHT:
            assert each.why is Why.DEEPER
            assert named or (each.topic == last.topic and harder > 0)
        elif mark is Mark.PARTLY:
            assert each.why is Why.ASIDE and named and harder <= 0
        else:
            assert each.why is Why.BASIC and each.topic == last.topic and harder < 0
    if not any(e.needs for e in entries):
        # At least one question is asked of what there is any, and each group comes up if the
        # shortest of all of them fit together.
        near = possible(found_in, minutes, level)
        assert bool(found) == bool(near)
        longest = sum(
            max(e.minutes for e in entries if e.minutes <= 0.6 * minutes and kind_in(e, g))
            for g in near
        )
        if longest <= minutes:
            assert near <= {each.group for each in found}


def kind_in(entry: Entry, group: Group) -> bool:
    talk = entry.kind in ("recall", "choice")
    return talk if group is Group.TALK else entry.kind == group.value


@given(lengths, levels, seeds, marks)
@settings(max_examples=50, deadline=None)
def test_the_same_seed_asks_the_same(
    minutes: int, level: str | None, seed: int, answers: list[Mark]
) -> None:
    first = held(chooser(RICH, minutes=minutes, level=level, seed=seed), answers)
    shuffled = list(RICH)
    random.Random(seed).shuffle(shuffled)
    other = {id: RICH[id] for id in shuffled}
    assert held(chooser(other, minutes=minutes, level=level, seed=seed), answers) == first


def test_another_seed_asks_something_else() -> None:
    openings = Counter(held(chooser(RICH, seed=seed), [])[0].id for seed in range(60))
    assert len(openings) >= 12
    assert max(openings.values()) <= 12, "chance is fair"


def last(id: str, level: str = "mid", depth: int = 0) -> Asked:
    return Asked(id, "recall", level, 3, Why.FRESH if depth else Why.OPENING, depth)


THREAD = bank(
    asked("a/now", follow_ups=("b/named", "a/code")),
    asked("a/code", "code", minutes=10),
    asked("a/hard", level="senior"),
    asked("a/easy", level="junior"),
    asked("b/named", "output"),
    asked("c/other"),
    asked("c/bug", "bug"),
    asked("c/output", "output"),
)
BEFORE_TALK = [last("a/now")]
"""After this the plan has an output; with that asked as well, talk comes next."""


@pytest.mark.parametrize(
    ("mark", "why", "id"),
    [
        (Mark.RIGHT, Why.DEEPER, "b/named"),
        (Mark.WRONG, Why.BASIC, "a/easy"),
        (Mark.SKIPPED, Why.BASIC, "a/easy"),
    ],
)
def test_the_last_answer_decides_what_talk_goes_on_with(mark: Mark, why: Why, id: str) -> None:
    before = [Asked("c/output", "output", "mid", 3, Why.OPENING), last("a/now")]
    following = chooser(THREAD).next(before, mark)
    assert following is not None
    assert (following.why, following.id, following.depth) == (why, id, 1)


def test_without_a_named_follow_up_a_right_answer_leads_to_a_harder_one_of_the_topic() -> None:
    entries = {**THREAD, "a/now": asked("a/now")}
    before = [Asked("c/output", "output", "mid", 3, Why.OPENING), last("a/now")]
    following = chooser(entries).next(before, Mark.RIGHT)
    assert following is not None and (following.id, following.why) == ("a/hard", Why.DEEPER)
    following = chooser(entries).next(before, Mark.PARTLY)
    assert following is not None and following.why is Why.FRESH


def test_a_thread_ends_after_two_follow_ups() -> None:
    before = [
        Asked("c/output", "output", "mid", 3, Why.OPENING),
        last("a/now", depth=LONGEST_THREAD),
    ]
    following = chooser(THREAD).next(before, Mark.RIGHT)
    assert following is not None
    assert (following.why, following.depth) == (Why.FRESH, 0)


def test_a_follow_up_of_another_kind_takes_the_place_that_kind_has_later() -> None:
    entries = rich()
    entries["x/now"] = asked("x/now", "output", follow_ups=("x/bug",))
    entries["x/bug"] = asked("x/bug", "bug", minutes=4)
    opening = next(e for e in entries.values() if e.kind == "choice" and e.level == "mid")
    before = [
        Asked(opening.id, "choice", "mid", opening.minutes, Why.OPENING),
        Asked("x/now", "output", "mid", 3, Why.FRESH),
    ]
    chosen = chooser(entries)
    following = chosen.next(before, Mark.RIGHT)
    assert following is not None and following.id == "x/bug"
    rest = chosen.rest([*before, following])
    assert [each.group for each in rest][:2] == [Group.TALK, Group.CODE], "the bug was asked"


def test_what_was_answered_lately_is_asked_only_where_there_is_nothing_else() -> None:
    lately = {id for id in RICH if id.endswith(("-2", "-3"))}
    for mark in Mark:
        found = held(chooser(RICH, recent=[*lately]), [mark] * 20)
        assert not lately & {each.id for each in found}
    assert held(chooser(RICH, recent=list(RICH)), []), "better that than nothing"


def test_neighbours_stand_in_for_a_level_and_that_is_said() -> None:
    entries = bank(
        asked("a/1"), asked("b/1", "output", level="senior"), asked("c/1", "bug", level="junior"),
        asked("d/1", "bug", level="senior"), asked("e/1", "code", minutes=50),
    )  # fmt: skip
    assert shortages(entries, 60, "senior") == (
        "Without code: this bank has nothing that fits.",
        "No senior questions for talk: neighbours stand in.",
    )
    assert shortages(RICH, 30, "mid") == ()
    assert outline(entries, 60, "senior") == {
        Group.TALK: 1, Group.OUTPUT: 1, Group.BUG: 1, Group.CODE: 0,
    }  # fmt: skip
    assert outline({}, 30, None) == dict.fromkeys(Group, 0)


def test_code_that_needs_what_may_be_missing_is_not_asked() -> None:
    entries = bank(asked("a/1", "code", minutes=10, needs=("cuda",)), asked("b/1"))
    assert [each.id for each in held(chooser(entries), [])] == ["b/1"]


def test_places_are_filled_in_any_order_and_then_in_turn() -> None:
    assert places(30, []).planned == PLANS[30]
    assert [slot.group for slot in places(30, [Group.BUG]).planned] == [
        slot.group for slot in PLANS[30] if slot.group is not Group.BUG
    ]
    through = [slot.group for slot in PLANS[30]]
    assert places(30, through) == ((), EXTRA)
    assert places(30, [*through, Group.OUTPUT]).beyond == EXTRA[1:] + EXTRA[:1]


def test_no_plan_begins_with_code_and_all_have_one() -> None:
    for minutes in LENGTHS:
        found = [slot.group for slot in PLANS[minutes]]
        assert found.count(Group.CODE) == 1
        assert 0 < found.index(Group.CODE) < len(found) - 1
        assert not PLANS[minutes][0].follows
