"""The scorecard: its arithmetic, what it names, what counts, and how it reads as Markdown."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from quizapp.study.grading import Graded
from quizapp.study.marks import Mark, Point, Rating
from quizapp.study.mock import wording
from quizapp.study.mock.interview import Sitting
from quizapp.study.mock.markdown import as_markdown, write_markdown
from quizapp.study.mock.plan import Group
from quizapp.study.mock.scorecard import gains, mock_history, scorecard
from quizapp.study.mock.scoring import Readiness, readiness
from quizapp.study.mock.sitting import begin
from quizapp.study.mock.state import Asked, Ending, Why
from quizapp.study.mock.studying import STUDY_MINUTES, study_next
from quizapp.study.store import Store
from quizapp.study.withdrawal import reset
from verify.bank import Entry
from verify.bank.model import Kind
from verify.errors import SurroundingsError, UsageError

from .make import NOW
from .mocks import asked, bank, graded, rich, sat

SMALL = bank(
    asked("a/talk", level="junior", minutes=2),
    asked("b/output", "output", level="mid", minutes=4),
    asked("c/bug", "bug", level="senior", minutes=6),
    asked("d/code", "code", level="mid", minutes=12),
    asked("e/talk", "choice", level="mid", minutes=4),
)
MARKS = {
    "a/talk": (Mark.RIGHT, 1.0),
    "b/output": (Mark.WRONG, 0.0),
    "c/bug": (Mark.PARTLY, 0.5),
    "d/code": (Mark.PARTLY, 0.75),
    "e/talk": (Mark.SKIPPED, 0.0),
}
WEIGHTS = {"a/talk": 2.0, "b/output": 5.0, "c/bug": 9.0, "d/code": 15.0, "e/talk": 5.0}
POINTS = (Point("the `decisive` one", False), Point("another", True))


def sit_small(store: Store, *, entries: dict[str, Entry] = SMALL, days: int = 0) -> Sitting:
    sitting = begin(
        store, entries, minutes=30, level=None, now=NOW + timedelta(days=days), seed=days
    )
    while (current := sitting.current) is not None:
        sitting.spend(90.0)
        mark, share = MARKS[current.id]
        now = NOW + timedelta(days=days, minutes=sitting.position)
        if current.kind == "code":
            sitting.note_best("code", 9, 12, now)
            sitting.hand_in(now)
            continue
        points = POINTS if current.kind in ("bug", "recall") else ()
        rating = None if mark is Mark.SKIPPED else Rating.HARD
        sitting.answer("said", Graded(Kind(current.kind), mark, share, rating, points=points),
                       now=now)  # fmt: skip
    return sitting


def test_each_question_weighs_its_minutes_and_its_level(store: Store) -> None:
    sitting = sit_small(store)
    card = scorecard(store, SMALL, sitting.number)
    assert {line.asked.id for line in card.lines} == set(SMALL)
    assert card.ending is Ending.THROUGH and card.counts
    whole = sum(WEIGHTS.values())
    score = sum(WEIGHTS[id] * share for id, (_, share) in MARKS.items()) / whole
    assert card.result.score == pytest.approx(score) == pytest.approx(17.75 / 36)
    assert card.result.by_kind == pytest.approx(
        {"talk": 2 / 7, "output": 0.0, "bug": 0.5, "code": 0.75}
    )
    assert card.result.by_topic == pytest.approx({"a": 1, "b": 0, "c": 0.5, "d": 0.75, "e": 0})
    assert card.seconds == 5 * 90
    assert card.readiness is Readiness.NOT_YET
    (code,) = card.cell(Group.CODE)
    assert wording.code_in_words(code) == "9 of 12 laws, 2 of 12 min"
    assert card.cell(Group.TALK, "a")[0].mark is Mark.RIGHT
    assert card.cell(Group.TALK, "b") == ()


@pytest.mark.parametrize(
    ("score", "kinds", "word"),
    [
        (0.75, [0.5, 1.0], Readiness.READY),
        (0.95, [0.49, 1.0], Readiness.NEARLY),
        (0.749, [1.0], Readiness.NEARLY),
        (0.55, [0.0], Readiness.NEARLY),
        (0.549, [1.0], Readiness.NOT_YET),
    ],
)
def test_the_word_has_thresholds(score: float, kinds: list[float], word: Readiness) -> None:
    assert readiness(score, kinds) is word


def test_what_is_not_reached_counts_as_not_known(store: Store) -> None:
    sitting = begin(store, SMALL, minutes=30, level=None, now=NOW, seed=1)
    current = sitting.current
    assert current is not None
    sitting.answer("said", graded(Mark.RIGHT, current.kind), now=NOW)
    sitting.end(NOW)
    card = scorecard(store, SMALL, sitting.number)
    assert card.result.score == pytest.approx(WEIGHTS[current.id] / sum(WEIGHTS.values()))
    assert len(card.lines) + len(card.unreached) == len(SMALL)
    assert wording.ended(card) == "Ended early: 3 questions not reached."


def test_an_interview_under_way_has_no_scorecard(store: Store) -> None:
    sitting = begin(store, SMALL, minutes=30, level=None, now=NOW)
    with pytest.raises(UsageError, match="has not ended"):
        scorecard(store, SMALL, sitting.number)
    assert mock_history(store, SMALL) == ()


RICH = rich()


def test_a_score_is_held_against_the_last_earlier_one_of_the_level(store: Store) -> None:
    worst = sat(store, RICH, [Mark.WRONG], level="mid")
    sat(store, RICH, [Mark.RIGHT], level="senior", days=5)
    half = sat(store, RICH, [Mark.PARTLY], level="mid", days=9)
    card = scorecard(store, RICH, half.number)
    assert card.before is not None and card.before.number == worst.number
    assert card.gain == pytest.approx(0.5)
    assert scorecard(store, RICH, worst.number).gain is None, "later ones do not matter"
    history = mock_history(store, RICH)
    assert [round(result.score, 2) for result in history] == [0.0, 1.0, 0.5]
    assert [result.level for result in history] == ["mid", "senior", "mid"]
    assert [result.started for result in history] == [NOW + timedelta(days=n) for n in (0, 5, 9)]
    assert gains(history)[:2] == (None, None)
    assert gains(history)[2] == pytest.approx(0.5)
    assert {*history[1].by_kind.values()} == {1.0}


def test_an_interview_whose_answers_were_reset_counts_no_more(store: Store) -> None:
    first = sat(store, RICH, [Mark.RIGHT])
    second = sat(store, RICH, [Mark.RIGHT], days=9)
    reset(store, [first.state.asked[0].id], NOW + timedelta(days=10))
    assert [result.number for result in mock_history(store, RICH)] == [second.number]
    card = scorecard(store, RICH, first.number)
    assert not card.counts
    assert card.lines[0].mark is Mark.SKIPPED and card.lines[0].review is None
    assert "reset since" in as_markdown(card, RICH, None)
    reset(store, None, NOW + timedelta(days=11))
    assert mock_history(store, RICH) == ()


def test_an_interview_without_an_answer_counts_not(store: Store) -> None:
    sat(store, RICH, [Mark.SKIPPED])
    assert mock_history(store, RICH) == ()


def test_topics_that_left_the_bank_are_left_out_of_the_history(store: Store) -> None:
    sit_small(store)
    rest = {id: entry for id, entry in SMALL.items() if id != "a/talk"}
    (result,) = mock_history(store, rest)
    assert set(result.by_topic) == {"b", "c", "d", "e"}


def test_points_missed_before_come_first(store: Store) -> None:
    missed = Graded(Kind.BUG, Mark.WRONG, 0.0, Rating.AGAIN, points=POINTS)
    store.log("c/bug", missed, now=NOW - timedelta(days=3), rating=Rating.AGAIN)
    sitting = sit_small(store)
    store.log("c/bug", missed, now=NOW + timedelta(days=3), rating=Rating.AGAIN)
    card = scorecard(store, SMALL, sitting.number)
    assert [(each.id, each.times) for each in card.missed] == [("c/bug", 2), ("a/talk", 1)]
    assert wording.missed_title(card.missed) == "Missed twice"
    assert card.strong == ("the `decisive` one",), "a decisive point, of what was right"


def outcome(id: str, mark: Mark, share: float = 0.0, kind: str = "recall") -> tuple[
    Asked, Mark, float
]:  # fmt: skip
    return Asked(id, kind, "mid", 3, Why.FRESH), mark, share


def test_what_to_study_next_is_what_was_missed_then_what_follows_then_what_is_new() -> None:
    entries = bank(
        asked("a/wrong", minutes=9, follow_ups=("a/next", "b/right")),
        asked("a/next", minutes=3),
        asked("a/new", minutes=5),
        asked("a/new-junior", level="junior", minutes=5),
        asked("a/seen", minutes=1),
        asked("b/right", minutes=2),
        asked("b/partly", minutes=2),
        asked("b/long", minutes=30),
        asked("c/code", "code", minutes=20, follow_ups=("c/talk",)),
        asked("c/talk", minutes=4),
    )
    found = study_next(
        entries,
        [
            outcome("b/partly", Mark.PARTLY, 0.9), outcome("b/right", Mark.RIGHT, 1.0),
            outcome("c/code", Mark.PARTLY, 0.5, "code"), outcome("a/wrong", Mark.WRONG),
            outcome("x/gone", Mark.WRONG),
        ],
        {"a": 0.0, "b": 0.9, "c": 0.5},
        {"a/wrong", "a/seen", "b/partly", "b/right", "c/code"},
    )  # fmt: skip
    assert found.ids == ("a/wrong", "b/partly", "a/next", "c/talk", "a/new-junior", "a/new")
    assert found.minutes == 28 <= STUDY_MINUTES
    assert found.practise == ("c/code",)


def cells(text: str) -> list[list[str]]:
    """The rows of all tables, as a reader of Markdown sees them."""
    rows: list[list[str]] = []
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and rows and token.level >= 4:
            rows[-1].append("".join(child.content for child in token.children or []))
    return rows


def test_the_markdown_reads_back_as_what_it_says(store: Store) -> None:
    title = "a|b `x` *y* <b>_z_</b> [l](m) ~~s~~ & # \\ \x1b[31m"
    entries = {**SMALL, "a/talk": SMALL["a/talk"]._replace(title=title)}
    entries["e/talk"] = entries["e/talk"]._replace(title="1. What is first?")
    sitting = sit_small(store, entries=entries)
    card = scorecard(store, entries, sitting.number)
    text = as_markdown(card, entries, NOW.tzinfo)
    assert "\x1b" not in text
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    headings = [tokens[n + 1].content for n, t in enumerate(tokens) if t.type == "heading_open"]
    assert headings == [
        "Mock interview · any level · 30 min", "Answers", "Strong", "Missed", "Study next",
        "The score",
    ]  # fmt: skip
    assert "**Not yet ready: 49 %**" in text
    assert f"{NOW:%Y-%m-%d %H:%M}, 7:30 of 30:00 on the clock." in text
    rows = cells(text)
    by_first = {row[0]: row for row in rows if len(row) == 5}
    assert by_first["a"][1] == "✓" and by_first["b"][2] == "✗"
    assert by_first["d"][4] == "~ 9 of 12 laws, 2 of 12 min"
    assert by_first["score"] == ["score", "29 %", "0 %", "50 %", "75 %"]
    assert by_first["minutes"] == ["minutes", "3 of 6", "2 of 4", "2 of 6", "2 of 12"]
    answers = {row[2]: row for row in rows if len(row) == 8}
    assert answers["a/talk"][1] == title.removesuffix(" \x1b[31m")
    assert answers["d/code"][5:] == ["~ partly, 9 of 12 laws", "1:30", "12:00"]
    lists = [
        "".join(child.content for child in token.children or [])
        for token in tokens
        if token.type == "inline" and token.level == 3
    ]
    assert "1. What is first? (e/talk)" in lists
    assert "the decisive one (c/bug)" in lists


def test_a_scorecard_is_written_under_a_free_name(tmp_path: Path) -> None:
    (tmp_path / "not a folder").write_text("")
    folders = (tmp_path / "not a folder", tmp_path)
    first = write_markdown("one", folders, NOW)
    second = write_markdown("two", folders, NOW)
    assert (first.name, second.name) == ("mock-2026-12-02-1000.md", "mock-2026-12-02-1000-2.md")
    assert (first.read_text(), second.read_text()) == ("one", "two")
    with pytest.raises(SurroundingsError, match="cannot be written"):
        write_markdown("three", folders[:1], NOW)


def test_time_is_worded_so_that_a_clock_runs_down() -> None:
    assert wording.left_in_words(132.0) == "2:12 left"
    assert wording.left_in_words(0.2) == "0:01 left"
    assert wording.left_in_words(0.0) == "over by 0:00"
    assert wording.left_in_words(-35.9) == "over by 0:35"
    assert wording.gained(0.094) == " (+9)"
    assert wording.gained(-0.06) == " (-6)"
    assert wording.gained(None) == ""


def test_why_a_question_is_asked_is_said() -> None:
    def said(why: Why, level: str = "mid", wanted: str | None = "mid") -> str:
        return wording.why_asked(Asked("a/1", "recall", level, 3, why), wanted)

    assert said(Why.OPENING) == said(Why.FRESH) == ""
    assert said(Why.FRESH, "junior", None) == ""
    assert "junior question" in said(Why.FRESH, "junior")
    assert said(Why.DEEPER, "senior") == "A follow-up that goes deeper."
    assert said(Why.BASIC, "junior") == "Back to something more basic."
