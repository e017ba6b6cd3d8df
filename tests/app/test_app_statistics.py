"""The statistics on the screen: empty, small, and of a year."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Digits

from quizapp.app.screens.answer import AnswerScreen
from quizapp.app.screens.question import QuestionScreen
from quizapp.app.screens.statistics import StatisticsScreen
from quizapp.app.widgets.charts import Heatmap, bar, columns, heatmap
from quizapp.study.goal import Goal, set_goal
from quizapp.study.grading import Graded
from quizapp.study.marks import Mark, Point, Rating
from quizapp.study.mock.scorecard import MockResult
from quizapp.study.statistics.told import WELCOME
from tests.app.conftest import Bench, screen_text, settle
from tests.study.history import study
from tests.study.make import DAY, entries, entry
from verify.bank.index import Index
from verify.bank.model import Kind

Size = tuple[int, int]
KINDS = [kind.value for kind in Kind]
LEVELS = ("junior", "mid", "senior")
TODAY = date(2026, 12, 2)  # of the clock of the bench, a Wednesday


async def opened(pilot: Pilot[None]) -> StatisticsScreen:
    """The screen, once everything is counted."""
    await settle(pilot)
    screen = StatisticsScreen()
    await pilot.app.push_screen(screen)
    await counted(pilot)
    return screen


async def counted(pilot: Pilot[None]) -> None:
    await settle(pilot)
    workers = [worker for worker in pilot.app.workers if worker.group == "statistics"]
    await pilot.app.workers.wait_for_complete(workers)
    await settle(pilot)


def all_text(screen: StatisticsScreen) -> str:
    """What stands on the whole page, also below the edge; spaces collapsed."""
    strips = [
        strip.text
        for widget in screen.column.walk_children(Widget)
        if widget.display and not widget.children
        for strip in widget.render_lines(widget.outer_size.region)
    ]
    return " ".join(" ".join(strips).split())


def on_screen(pilot: Pilot[None]) -> str:
    """What stands on the screen; spaces collapsed."""
    return " ".join(screen_text(pilot).split())


def log_points(bench: Bench, *made: tuple[bool, bool]) -> None:
    """Tick the rubric of a recall question, one day after another."""
    for back, (first, second) in zip(range(len(made), 0, -1), made, strict=True):
        points = (Point("backward() **adds** to .grad", first), Point("the second", second))
        graded = Graded(Kind.RECALL, Mark.PARTLY, 0.5, Rating.HARD, points=points)
        bench.store.log(
            "autograd/accumulates", graded, now=bench.clock() - back * DAY,
            rating=Rating.AGAIN, seconds=90, response="they sum",
        )  # fmt: skip


async def test_with_nothing_answered_it_says_what_will_be_here(bench: Bench, size: Size) -> None:
    async with bench.app().run_test(size=size) as pilot:
        screen = await opened(pilot)
        text = " ".join(screen_text(pilot).split())
        assert WELCOME in text
        assert "Retention" not in text
        assert text.endswith("enter take a quiz esc back ? help")
        await pilot.press("4", "w", "tab")
        assert pilot.app.screen is screen
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, QuestionScreen)


async def test_a_few_answers_are_too_few_to_say(bench: Bench, size: Size) -> None:
    log_points(bench, (True, True), (True, True))
    async with bench.app().run_test(size=size) as pilot:
        screen = await opened(pilot)
        text = all_text(screen)
        assert "Only 1 answer to what came back: too few to say." in text
        assert "too few to say" in text
        assert "2 answers on 2 days" in screen_text(pilot)
        assert "3 min in all, on 2 days" in text
        assert "No point of a rubric was missed twice" in text
        assert "You were not asked yet how sure you are" in text
        assert "No mock interview yet." in text
        assert screen.figures.mock.display is False
        shown = [figure.value for figure in screen.query(Digits)]
        assert shown[:3] == ["-", "1", "3"]


async def test_a_year_of_study_is_drawn_and_said(bench: Bench, size: Size) -> None:
    bank = entries(
        *(
            entry(f"topic-{n % 26:02}/{n}", kind=KINDS[n % len(KINDS)], level=LEVELS[n % 3])
            for n in range(200)
        )
    )
    bench.desk.index = Index(bank, ())
    study(bench.store, bank, bench.clock(), days=365, a_day=8)
    set_goal(bench.store, Goal(interview=TODAY + timedelta(days=9)))
    async with bench.app().run_test(size=size) as pilot:
        screen = await opened(pilot)
        text = all_text(screen)
        for title in ("Retention", "Forecast", "Time spent", "Missed most", "Calibration"):
            assert title in text
        for name in ("all", "junior", "mid", "senior", "topic-00", "topic-25", "output", "certain"):
            assert name in text
        assert "The interview is on Fri 11 Dec, the last column." in text
        assert "% kept, 30 days" in text and "hours, " in text
        for sign in "━─┼█▪▫■":
            assert sign in text
        for number in "1234":
            await pilot.press(number)
            await settle(pilot)
            for line in screen_text(pilot).split("\n"):
                assert len(line.strip()) <= 88 and len(line) <= size[0]


async def test_numbers_and_tab_jump_between_sections(bench: Bench, size: Size) -> None:
    study(bench.store, bench.desk.entries, bench.clock(), days=90, a_day=4)
    log_points(bench, (False, True), (False, True))
    async with bench.app().run_test(size=size) as pilot:
        screen = await opened(pilot)
        await pilot.press("2")
        await settle(pilot)
        assert screen_text(pilot).split("\n")[2].strip().startswith("▶ 2 Forecast")
        await pilot.press("tab")
        await settle(pilot)
        assert "▶ 3 Time spent" in screen_text(pilot)
        await pilot.press("shift+tab", "shift+tab")
        await settle(pilot)
        assert "▶ 1 Retention" in screen_text(pilot)
        await pilot.press("space", "enter", "space")
        await settle(pilot)
        assert screen.at == 3 and screen.focused is screen.points.menu
        assert "enter read" in screen_text(pilot).split("\n")[-1]
        await pilot.press("tab", "tab", "tab")
        await settle(pilot)
        assert screen.at == 0
        await pilot.press("6")
        await settle(pilot)
        assert "▶ 6 Mock interviews" in screen_text(pilot)
        await pilot.press("home", "tab")  # scrolled by hand since: the first from the top
        await settle(pilot)
        assert screen.at == 0
        await pilot.press("escape")
        await settle(pilot)
        assert pilot.app.screen is not screen


async def test_a_point_leads_to_its_answer_and_to_a_quiz(bench: Bench, size: Size) -> None:
    log_points(bench, (False, False), (True, True), (False, False))
    async with bench.app().run_test(size=size) as pilot:
        screen = await opened(pilot)
        await pilot.press("4")
        await settle(pilot)
        text = on_screen(pilot)
        assert "▶ 2 of 3 backward() adds to .grad" in text
        assert "2 of 3 the second" in text
        assert "Why do gradients accumulate? · autograd/accumulates" in text
        await pilot.press("down")
        await settle(pilot)
        assert "▶ 2 of 3 the second" in on_screen(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, AnswerScreen)
        assert "0 of 2 made" in screen_text(pilot) and "they sum" in screen_text(pilot)
        await pilot.press("escape")
        await counted(pilot)
        assert screen.is_current
        await pilot.press("w")
        await settle(pilot)
        assert isinstance(pilot.app.screen, QuestionScreen)
        assert "1 of 1" in screen_text(pilot)


async def test_what_was_answered_meanwhile_is_counted(bench: Bench) -> None:
    log_points(bench, (False, False), (False, False))
    async with bench.app().run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await pilot.press("w")
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        await pilot.press("1", "2", "3", "enter", "enter")
        await settle(pilot)
        await pilot.press("escape")
        await counted(pilot)
        assert pilot.app.screen is screen
        assert "3 answers on 3 days" in screen_text(pilot)
        assert screen.points.ids == ()


async def test_a_click_on_a_point_opens_it(bench: Bench) -> None:
    log_points(bench, (False, True), (False, True))
    async with bench.app().run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("4")
        await settle(pilot)
        await pilot.click("#points", offset=(12, 0))
        await settle(pilot)
        assert isinstance(pilot.app.screen, AnswerScreen)


async def test_mocks_are_drawn_with_the_last_in_figures(
    bench: Bench, size: Size, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_points(bench, (True, True))
    mocks = tuple(
        MockResult(n, bench.clock() - back * DAY, 45, "mid", score, {}, {})
        for n, (back, score) in enumerate(((20, 0.3), (9, 0.59), (1, 0.68)))
    )
    monkeypatch.setattr(
        "quizapp.app.screens.statistics_sections.mock_history", lambda store, entries: mocks
    )
    async with bench.app().run_test(size=size) as pilot:
        screen = await opened(pilot)
        text = all_text(screen)
        assert "3 interviews; the last one, on Tue 1 Dec, mid, 45 min: 68 % (+9 on the one" in text
        assert "12 Nov 23 Nov 1 Dec" in text
        assert screen.figures.mock.display
        assert screen.figures.mock.digits.value == "68"


async def test_the_frame_is_there_before_anything_is_counted(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StatisticsScreen, "count", lambda self: None)
    async with bench.app().run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.app.push_screen(StatisticsScreen())
        await settle(pilot)
        text = screen_text(pilot)
        assert "Statistics" in text and "1 Retention" in text and "2 Forecast" in text


async def test_nothing_is_lost_without_colour(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    study(bench.store, bench.desk.entries, bench.clock(), days=60, a_day=4)

    async def page() -> str:
        async with bench.app().run_test(size=(80, 24)) as pilot:
            return all_text(await opened(pilot))

    coloured = await page()
    bench.desk = bench.another_desk()
    monkeypatch.setenv("NO_COLOR", "1")
    assert await page() == coloured


# The drawings


def test_a_heatmap_has_a_column_a_week() -> None:
    days = {TODAY: 9, TODAY - timedelta(days=1): 1, TODAY - timedelta(weeks=1): 2}
    head, *rows = heatmap(days, TODAY, 2).plain.split("\n")
    assert [row.rstrip() for row in rows] == [
        "M ▫ ▫", "T ▫ ▪", "W ▪ ■", "T ▫", "F ▫", "S ▫", "S ▫",
    ]  # fmt: skip
    assert head == ""
    flat = heatmap(days, TODAY, 2, flat=True).plain.split("\n")
    assert [line.rstrip() for line in flat] == [
        "M T W T F S S", "▫ ▫ ▪ ▫ ▫ ▫ ▫", "▫ ▪ ■          Dec",
    ]  # fmt: skip


def test_months_stand_over_the_week_in_which_they_begin() -> None:
    head = heatmap({}, TODAY, 15).plain.split("\n")[0]
    assert head == "    Sep     Oct     Nov"  # September began in the second of these weeks
    assert Heatmap({}, TODAY, 15).weeks == 15


@pytest.mark.parametrize(
    ("share", "mark", "drawn"),
    [
        (0.0, None, "──────────"),
        (0.5, None, "━━━━━─────"),
        (1.0, None, "━━━━━━━━━━"),
        (0.5, 0.8, "━━━━━───┼─"),
        (0.8, 0.5, "━━━━━╋━━──"),
        (1.0, 1.0, "━━━━━━━━━╋"),
        (0.0, 0.0, "┼─────────"),
    ],
)
def test_a_bar_with_its_mark(share: float, mark: float | None, drawn: str) -> None:
    assert bar(share, 10, mark).plain == drawn


def test_columns_stand_on_a_common_ground() -> None:
    drawn = columns([4, 0, 2], ["now", "Thu", "Fri"], 80, 2).plain
    assert [line.rstrip() for line in drawn.split("\n")] == [
        "  4",
        "█████         2",
        "█████   0   █████",
        " now   Thu   Fri",
    ]


def test_thin_columns_keep_the_labels_that_have_room() -> None:
    drawn = columns([1] * 30, [str(n) for n in range(1, 31)], 60, 1).plain.split("\n")
    assert drawn[1].count("█") == 30
    assert drawn[2].startswith("1 2 3") and "10  12  14" in drawn[2]
    assert max(map(len, drawn)) <= 60
    assert columns([1] * 50, [""] * 50, 20, 1).plain.split("\n")[1].count("█") == 10
    assert columns([], [], 80, 3).plain == columns([0], ["x"], 80, 3).plain == ""
