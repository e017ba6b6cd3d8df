"""Small drawings made of text: bars, columns, and a square a day.

Each says by its shape what its colour says too, so nothing is lost without colour.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import Static

from quizapp.app.text.clean import one_line
from quizapp.app.text.words import day

if TYPE_CHECKING:
    from quizapp.study.statistics.told import Bar

NOTHING, SOME, MUCH = "▫", "▪", "■"
"""The squares of a heatmap: nothing done, something, more than on a usual day."""

_SQUARES = {NOTHING: "$rule", SOME: "$accent 60%", MUCH: "$accent"}
_WEEKDAYS = "MTWTFSS"

NAME, BAR = 16, 28
"""Cells that a name, and a bar, may take at most."""

LEAST = 6
"""Cells below which a bar is left out: the figures say the same."""

_EIGHTHS = " ▁▂▃▄▅▆▇█"


def bar(share: float, width: int, mark: float | None = None) -> Content:
    """A heavy line on a light one; a cross marks where it should end.

    Args:
        share: how much of it is heavy, from 0 to 1.
        width: in cells.
        mark: from 0 to 1; None for no mark.
    """
    if width <= 0:
        return Content("")
    full = round(share * width)
    signs = ["━"] * full + ["─"] * (width - full)
    if mark is None:
        parts = [("━" * full, "$accent"), ("─" * (width - full), "$rule")]
    else:
        at = min(width - 1, round(mark * width))
        signs[at] = "╋" if at < full else "┼"
        before, after = "".join(signs[:at]), "".join(signs[at + 1 :])
        heavy, light = before.rstrip("─"), after.lstrip("━")
        parts = [
            (heavy, "$accent"), (before[len(heavy) :], "$rule"), (signs[at], "bold"),
            (after[: len(after) - len(light)], "$accent"), (light, "$rule"),
        ]  # fmt: skip
    return Content.assemble(*parts)


class Bars(Widget):
    """Rows of a name, a bar and figures, which say the same.

    Args:
        rows: from top to bottom; one without a bar is a heading, or a gap.
        id: of the widget.
    """

    DEFAULT_CSS = "Bars { height: auto; width: 100%; text-wrap: nowrap; }"

    def __init__(self, rows: Sequence[Bar] = (), *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows = rows

    def show(self, rows: Sequence[Bar]) -> None:
        """Put other rows in their place."""
        self._rows = rows
        self.display = bool(rows)
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """A line for each row."""
        return len(self._rows)

    def render(self) -> Content:
        """Draw it."""
        width = self.content_size.width
        names = min(NAME, max((len(row.name) for row in self._rows), default=0))
        told = max((len(row.told) for row in self._rows), default=0)
        room = min(BAR, width - names - told - 4)
        room = room if room >= LEAST else 0
        return Content("\n").join(_row(row, names, room, width) for row in self._rows)


def _row(row: Bar, names: int, room: int, width: int) -> Content:
    name = Content(one_line(row.name)).truncate(names, ellipsis=True).pad_right(names)
    drawn = Content(" " * room) if row.share is None else bar(row.share, room, row.mark)
    gap = "  " if room else ""
    line = Content.assemble(name[:names], gap, drawn, "  ", (row.told, "" if row.name else "$dim"))
    return line.truncate(width, ellipsis=True)


class Columns(Widget):
    """A column for each number on a common ground, with its figure above and a label below.

    Where columns are too thin for all of their labels, every second one has one, or fewer.

    Args:
        values: none below 0.
        labels: one for each.
        top: what a column of full height stands for; 0 for the largest value.
        id: of the widget.
    """

    DEFAULT_CSS = "Columns { height: auto; width: 100%; text-wrap: nowrap; }"

    HEIGHT = 4
    THICKEST = 6
    """Cells, the gap beside it among them; more where labels need them and there is room."""

    def __init__(
        self,
        values: Sequence[float] = (),
        labels: Sequence[str] = (),
        *,
        top: float = 0.0,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._values, self._labels, self._top = values, labels, top

    def show(self, values: Sequence[float], labels: Sequence[str]) -> None:
        """Put other columns in their place."""
        self._values, self._labels = values, labels
        self.display = any(values)
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Figures, columns and labels."""
        return self.HEIGHT + 2

    def render(self) -> Content:
        """Draw it."""
        return columns(self._values, self._labels, self.content_size.width, self.HEIGHT, self._top)


def columns(
    values: Sequence[float], labels: Sequence[str], width: int, height: int, top: float = 0.0
) -> Content:
    """Columns as text: a line of figures, ``height`` lines of columns, a line of labels.

    Args:
        values: none below 0; the last ones are drawn if not all fit.
        labels: one for each.
        width: in cells.
        height: of the highest column, in lines.
        top: what full height stands for; 0 for the largest value.
    """
    most = top or max(values, default=0)
    if not values or not most or width < 2:
        return Content("")
    values, labels = values[-(width // 2) :], labels[-(width // 2) :]
    widest = max(Columns.THICKEST, 1 + max(map(len, labels)))
    cell = min(widest, width // len(values))
    levels = [min(8 * height, max(value > 0, round(8 * height * value / most))) for value in values]
    lines = [_figures(values, levels, cell, height, line) for line in range(height + 1)]
    return Content("\n").join([*lines, Content(_spaced(labels, cell)).stylize("$dim")])


def _figures(
    values: Sequence[float], levels: Sequence[int], cell: int, height: int, line: int
) -> Content:
    """One line of columns, from the top; the figure of a column stands on it."""
    figures = [f"{value:.0f}" for value in values]
    fits = max(map(len, figures)) < cell
    ground = 8 * (height - line)  # eighths below this line
    parts: list[tuple[str, str]] = []
    for figure, level in zip(figures, levels, strict=True):
        if level > ground:
            parts.append((_EIGHTHS[min(8, level - ground)] * (cell - 1) + " ", "$accent"))
        else:
            on_top = fits and ground - 8 < level if level else fits and line == height
            parts.append((f"{figure if on_top else '':^{cell - 1}} ", "$dim" if not level else ""))
    return Content.assemble(*parts)


def _spaced(labels: Sequence[str], cell: int) -> str:
    """Labels below their columns, as many as find room; the first one always."""
    line = ""
    for number, label in enumerate(labels):
        at = number * cell
        if len(line) <= at:
            line = f"{line:<{at}}{label:^{cell - 1}} "
    return line.rstrip()


class Heatmap(Static):
    """A square for each day of the last weeks, today's week last.

    Args:
        days: how much was done on each day; a day that is missing is a day of nothing.
        today: the last day that has a square.
        weeks: how many of them, this one included.
        flat: a week is a row under the letters of its days; else a column beside them.
        id: of the widget.
    """

    DEFAULT_CSS = "Heatmap { width: auto; height: auto; text-wrap: nowrap; }"

    def __init__(
        self,
        days: Mapping[date, int],
        today: date,
        weeks: int,
        *,
        flat: bool = False,
        id: str | None = None,
    ) -> None:
        self.weeks = weeks
        self.flat = flat
        super().__init__(heatmap(days, today, weeks, flat=flat), id=id)

    def show(self, days: Mapping[date, int], today: date) -> None:
        """Draw other days in their place."""
        self.update(heatmap(days, today, self.weeks, flat=self.flat))


def heatmap(days: Mapping[date, int], today: date, weeks: int, *, flat: bool = False) -> Content:
    """A square for each day of the last weeks, with the months where they begin.

    Upright it is 2 * ``weeks`` + 1 cells wide and 8 lines high; flat 19 wide and ``weeks`` + 1
    high.

    Args:
        days: how much was done on each day.
        today: the last day that has a square.
        weeks: how many of them, this one included.
        flat: a week is a row; else a column.
    """
    monday = today - timedelta(days=today.weekday())
    mondays = [monday - timedelta(weeks=back) for back in reversed(range(weeks))]
    shown = [days[each] for each in days if mondays[0] <= each <= today and days[each] > 0]
    usual = sum(shown) / len(shown) if shown else 0

    def square(first: date, weekday: int) -> Content:
        each = first + timedelta(days=weekday)
        if each > today:
            return Content(" ")
        done = days.get(each, 0)
        sign = NOTHING if done <= 0 else MUCH if done > usual else SOME
        return Content(sign).stylize(_SQUARES[sign])

    space = Content(" ")
    if flat:
        head = Content(" ".join(_WEEKDAYS)).stylize("$dim")
        rows = [space.join([square(first, weekday) for weekday in range(7)]) for first in mondays]
        months = [Content(f"  {_month(first)}").stylize("$dim") for first in mondays]
        return Content("\n").join(
            [head, *(row + month for row, month in zip(rows, months, strict=True))]
        )
    head = Content(_months(mondays)).stylize("$dim")
    rows = [
        space.join([Content(letter).stylize("$dim"), *(square(each, n) for each in mondays)])
        for n, letter in enumerate(_WEEKDAYS)
    ]
    return Content("\n").join([head, *rows])


def _month(monday: date) -> str:
    """The month that begins in a week; empty if none does."""
    sunday = monday + timedelta(days=6)
    return day(sunday).split()[-1] if sunday.day <= 7 else ""


def _months(mondays: list[date]) -> str:
    """The line above the columns of weeks: each month over the week in which it begins."""
    line = "  "
    for number, monday in enumerate(mondays):
        at = 2 + 2 * number
        if (name := _month(monday)) and len(line) <= at and number < len(mondays) - 1:
            line = f"{line:<{at}}{name} "
    return line.rstrip()
