"""What a person sees: lines that fit, a table by topic, the slowest answers, no bare colour."""

from __future__ import annotations

import io
import re

import pytest

from tests.report.verdicts import HERE, answer, check
from verify.bank.model import CheckKind, Outcome
from verify.engine.verdicts import AnswerVerdict
from verify.report import tables, terminal

LONG = "ValueError: " + "a word and another " * 12


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_pipe_gets_each_failure_on_one_line_and_a_terminal_gets_it_wrapped() -> None:
    verdict = answer(check(), check(Outcome.RAISED, LONG, line=12))
    _, line = terminal.answer_lines(verdict, colour=False)
    assert line.strip() == f"/pack/answers/topic/one.md:12: raised (python): {LONG}".strip()
    _, *lines = terminal.answer_lines(verdict, colour=False, width=80)
    assert len(lines) > 2
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith("    /pack/answers/topic/one.md:12: raised (python): ValueError")
    assert " ".join(" ".join(lines).split()) == line.strip()


def test_the_outcome_is_a_word_and_a_mark_whatever_the_colour() -> None:
    for outcome, mark in ((Outcome.PASSED, "✓"), (Outcome.TIMEOUT, "✗"), (Outcome.SKIPPED, "~")):
        verdict = answer(check(outcome))
        (plain, *_), (bright, *_) = (
            list(terminal.answer_lines(verdict, colour=colour)) for colour in (False, True)
        )
        assert plain.startswith(f"{mark} {outcome.value}")
        assert re.sub(r"\x1b\[\d*m", "", bright) == plain != bright


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, True),
        ({"NO_COLOR": ""}, True),
        ({"NO_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
    ],
)
def test_colour_is_for_terminals_of_those_who_want_it(
    environment: dict[str, str], expected: bool
) -> None:
    assert terminal.coloured(Tty(), environment) is expected
    assert terminal.coloured(io.StringIO(), environment) is False


def bank() -> list[AnswerVerdict]:
    bad = [outcome for outcome in Outcome if outcome.bad]
    return [
        answer(check(), check(), identity="views/one", seconds=0.5),
        answer(*map(check, bad), check(Outcome.SKIPPED), identity="autograd/two", seconds=2.0),
        answer(check(Outcome.UNVERIFIED), identity="autograd/three", seconds=0.125),
    ]


def test_the_table_adds_up_by_topic() -> None:
    lines = list(tables.summary_lines(bank(), 80))
    rows = {line.split()[0]: line.split()[1:] for line in lines if line and line[0].isalpha()}
    heads = ["answers", "checks", "passed", "failed", "skipped", "unverified", "seconds"]
    assert rows["topic"] == heads
    assert rows["autograd"] == ["2", "7", "0", "5", "1", "1", "2.1"]
    assert rows["views"] == ["1", "2", "2", "0", "0", "0", "0.5"]
    assert rows["all"] == ["3", "9", "2", "5", "1", "1", "2.6"]
    assert list(rows)[:4] == ["topic", "autograd", "views", "all"]


def test_the_five_slowest_answers_are_named_the_slowest_first() -> None:
    many = [answer(check(), identity=f"t{n % 2}/a{n}", seconds=n) for n in range(9)]
    lines = list(tables.summary_lines(many, 80))
    start = lines.index("slowest answers")
    named = [line.split()[-1] for line in lines[start + 1 :] if line]
    assert named == ["t0/a8", "t1/a7", "t0/a6", "t1/a5", "t0/a4"]


def test_one_topic_needs_no_table() -> None:
    assert list(tables.summary_lines([answer(check()), answer(check())], 80)) == []


def test_everything_fits_eighty_columns_however_long_a_name_and_large_a_number() -> None:
    long = "a-topic-with-a-name-that-goes-on-and-on-and-on-and-on/slug" + "-and-on" * 12
    many = [answer(*[check()] * 99, identity=f"t{n % 9}/a{n}", seconds=999) for n in range(999)]
    lines = list(tables.summary_lines([answer(check(), identity=long, seconds=1e4), *many], 80))
    assert max(map(terminal.columns, lines)) <= 80
    assert any("…" in line for line in lines)
    summary = terminal.summary_line(bank(), HERE, 3.0, 80)
    assert max(map(len, summary.split("\n"))) <= 80
    assert "\n" not in terminal.summary_line(bank(), HERE, 3.0)


def test_wide_letters_count_twice() -> None:
    assert terminal.columns("張量") == 4
    assert terminal.cut("張量張量", 5) == "張量…"
    assert terminal.cut("abc", 3) == "abc"


def test_progress_is_drawn_over_on_a_terminal_only() -> None:
    for stream, live in ((Tty(), True), (io.StringIO(), False)):
        progress = terminal.Progress(stream)
        progress.begin(2)
        progress.step(answer(check(Outcome.FAILED), identity="a/\x1b[2Jb"))
        progress.clear()
        assert bool(stream.getvalue()) is live
        assert "\x1b[2J" not in stream.getvalue()
        assert ("1/2 · 1 wrong · a/b" in stream.getvalue()) is live


def test_skipped_and_unverified_checks_are_told_with_their_reason() -> None:
    verdict = answer(
        check(Outcome.SKIPPED, "needs a CUDA device", line=9),
        check(Outcome.UNVERIFIED, "for show", kind=CheckKind.RAISES, line=12),
    )
    _, *lines = terminal.answer_lines(verdict, colour=False)
    assert [line.partition(".md:")[2] for line in lines] == [
        "9: skipped (python): needs a CUDA device",
        "12: unverified (raises): for show",
    ]
