"""Text made safe and drawn: no screen needed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.app.commands import foot, usable
from quizapp.app.kinds.bug import difference
from quizapp.app.kinds.output import beside, first_difference
from quizapp.app.screens.answer import AnswerScreen
from quizapp.app.text.clean import clean, one_line
from quizapp.app.text.code import coloured
from quizapp.app.text.prose import Code, Heading, Paragraph, Table, blocks, inline, sections
from quizapp.app.text.words import clock, count, day, listed, since, took


@given(st.text())
def test_clean_text_holds_no_control_character(text: str) -> None:
    found = clean(text)
    assert not any(ord(c) < 32 and c != "\n" for c in found)
    assert not any(0x7F <= ord(c) < 0xA0 for c in found)
    assert clean(found) == found
    assert "\n" not in one_line(text)


def test_clean_keeps_what_is_harmless() -> None:
    assert clean("a\tb\r\nñ → 日本") == "a   b\nñ → 日本"
    assert clean("\x1b[31mred") == "␛[31mred"


def test_prose_becomes_blocks() -> None:
    text = (
        "# T\n\nA *b* **c** `d` [e](https://x.y)\n\n- one\n- two\n  - deep\n\n3. third\n\n"
        "> quoted\n\n```python\nx = 1\n```\n\n| a | b |\n|---|---|\n| `1` | 2 |\n"
    )
    found = [*blocks(text)]
    assert isinstance(found[0], Heading)
    first = found[1]
    assert isinstance(first, Paragraph) and first.content.plain == "A b c d e"
    items = [b for b in found if isinstance(b, Paragraph) and b.depth]
    assert [(b.mark, b.depth, b.content.plain) for b in items] == [
        ("•", 1, "one"), ("•", 1, "two"), ("◦", 2, "deep"), ("3.", 1, "third"),
    ]  # fmt: skip
    assert any(isinstance(b, Paragraph) and b.quoted for b in found)
    (code,) = (b for b in found if isinstance(b, Code))
    assert code.code == "x = 1\n" and text.split("\n")[code.line] == "```python"
    (table,) = (b for b in found if isinstance(b, Table))
    assert [[cell.plain for cell in row] for row in table.rows] == [["a", "b"], ["1", "2"]]


def test_sections_split_at_headings_of_the_second_level() -> None:
    found = sections("before\n\n## One\n\ntext\n\n### inner\n\n## Two\n")
    assert [None if s.title is None else s.title.plain for s in found] == [None, "One", "Two"]
    assert len(found[1].blocks) == 2


@given(st.text(max_size=200))
def test_any_text_can_be_drawn(text: str) -> None:
    [*blocks(clean(text))]
    inline(text)
    coloured(text, "python")


def test_a_diff_says_by_its_signs_what_changed() -> None:
    assert difference("a\nb\nc\n", "a\nB\nc\n").plain.split("\n") == ["  a", "- b", "+ B", "  c"]


@pytest.mark.parametrize(
    ("mine", "proved", "line"),
    [("1\n2", "1\n3", 1), ("1", "1\n2", 1), ("1\n2\n3", "1\n2", 2), ("tensor([1.])", "2", 0)],
)
def test_the_first_line_that_differs(mine: str, proved: str, line: int) -> None:
    assert first_difference(mine, proved) == line
    left, right = beside(mine, proved, line)
    assert left.plain.split("\n")[line].startswith("✗")
    assert right.plain.split("\n")[line].startswith("✓")


def test_words() -> None:
    assert [clock(s) for s in (0, 72, 3723)] == ["0:00", "1:12", "1:02:03"]
    assert [took(s) for s in (0.0001, 0.012, 0.42, 12, 120)] == [
        "1 ms", "12 ms", "0.4 s", "12 s", "2 min",
    ]  # fmt: skip
    assert count(1, "law") == "1 law" and count(2, "law") == "2 laws"
    assert day(date(2026, 12, 2)) == "Wed 2 Dec"
    assert listed(["a", "b", "c", "d"], most=2) == "a and 3 more"
    now = datetime(2026, 12, 2, 12, tzinfo=UTC)
    assert since(now - timedelta(minutes=1), now) == "just now"
    assert since(now - timedelta(hours=3), now) == "today at 09:00"
    assert since(now - timedelta(days=400), now) == "on Tue 28 Oct 2025"


def test_the_foot_shows_six_at_most_and_help_last() -> None:
    bindings = [b for b in AnswerScreen.BINDINGS if not isinstance(b, tuple)]
    commands = usable(bindings, {}, typing=False)
    shown = foot(commands)
    assert len(shown) <= 6
    assert shown[-1].identity == "page.help"
    keyed = usable(bindings, {}, typing=True)
    assert all(len(each.key) > 1 for each in keyed)
