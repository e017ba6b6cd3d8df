"""The sections of the statistics: each knows how it is counted and how it is drawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.geometry import Region
from textual.widget import Widget
from textual.widgets import Digits, Static

from quizapp.app.text.clean import one_line
from quizapp.app.text.prose import inline
from quizapp.app.text.words import count, day
from quizapp.app.widgets.charts import MUCH, NOTHING, SOME, Bars, Columns, Heatmap
from quizapp.app.widgets.line import Line
from quizapp.app.widgets.menu import Menu, Row
from quizapp.study.goal import goal_of
from quizapp.study.mock.scorecard import mock_history
from quizapp.study.statistics import told
from quizapp.study.statistics.calibration import calibration
from quizapp.study.statistics.forecast import forecast
from quizapp.study.statistics.points import weak_points
from quizapp.study.statistics.retention import RECENT, retention
from quizapp.study.statistics.spent import time_spent

if TYPE_CHECKING:
    from quizapp.study.statistics.history import History
    from quizapp.study.statistics.points import WeakPoint
    from quizapp.study.store import Store
    from verify.bank.index import Entry

POINTS = 10
"""Points that are listed, the worst of all."""


class Counted:
    """What all sections are counted from.

    Args:
        given: the log.
        entries: the index of the pack, by id.
        store: for what the log does not say.
        today: the study day.
    """

    def __init__(
        self, given: History, entries: Mapping[str, Entry], store: Store, today: date
    ) -> None:
        self.given, self.entries, self.store, self.today = given, entries, store, today


class Figure(Vertical):
    """One large number, and below it what it is."""

    def __init__(self) -> None:
        self.digits, self.words = Digits("-"), Static("")
        super().__init__(self.digits, self.words)

    def show(self, value: str, words: str) -> None:
        """Change it."""
        self.digits.update(value)
        self.words.update(Content(words).stylize("$dim"))


class Figures(Horizontal):
    """The first thing to see: four numbers, filled in by the sections."""

    def __init__(self) -> None:
        self.kept, self.due, self.hours, self.mock = (Figure() for _ in range(4))
        super().__init__(self.kept, self.due, self.hours, self.mock, id="figures")


class Section(Vertical):
    """A title, words that say it all, and a drawing."""

    title: ClassVar[str]
    legend: ClassVar[str] = ""

    def __init__(self, number: int, figures: Figures) -> None:
        self.number, self.figures = number, figures
        self.head = Line(classes="title")
        self.words = Static("", classes="words")
        super().__init__(self.head, self.words, *self.drawn())
        self.here(False)

    def drawn(self) -> Iterable[Widget]:
        """The widgets of the drawing."""
        return ()

    def count(self, counted: Counted) -> None:
        """Count and show."""
        raise NotImplementedError

    def here(self, is_here: bool) -> None:
        """Say whether the reader has jumped to it."""
        sign = ("▶ ", "bold $accent") if is_here else ("  ", "")
        number = (f"{self.number} ", "bold $accent")
        self.head.show(Content.assemble(sign, number, (self.title, "bold")))

    def say(self, words: str, legend: bool = True) -> None:
        """Show the words; the legend only where something is drawn."""
        self.words.update(Content(words))
        self.head.show(right=Content(self.legend if legend else "").stylize("$dim"))


class RetentionSection(Section):
    """How much is kept, by level and topic."""

    title = "Retention"
    legend = "┼ what was expected"

    def drawn(self) -> Iterable[Widget]:
        """Bars."""
        self.bars = Bars()
        yield self.bars

    def count(self, counted: Counted) -> None:
        """Count and show."""
        found = retention(counted.given, counted.entries, counted.today)
        rows = told.retention_bars(found)
        self.say(told.retention_words(found), bool(rows))
        self.bars.show(rows)
        recent, ever = found.overall.recent.share, found.overall.ever.share
        share = recent if recent is not None else ever
        when = f"{RECENT} days" if recent is not None else "ever"
        words = "too few to say" if share is None else f"% kept, {when}"
        self.figures.kept.show("-" if share is None else f"{share * 100:.0f}", words)


class ForecastSection(Section):
    """What comes back on the next days."""

    title = "Forecast"
    legend = "questions and exercises a day"

    def drawn(self) -> Iterable[Widget]:
        """Columns."""
        self.columns = Columns()
        yield self.columns

    def count(self, counted: Counted) -> None:
        """Count and show."""
        store = counted.store
        found = forecast(counted.entries, store.cards(), goal_of(store), counted.today)
        due = [each.due for each in found.days]
        self.say(told.forecast_words(found), any(due))
        # Weekdays while there are two of each; days of the month where columns are thin.
        short = len(due) <= 14
        labels = [day(each.day)[:3] if short else str(each.day.day) for each in found.days]
        self.columns.show(due, ["now", *labels[1:]])
        self.figures.due.show(str(due[0]), "due today")


class TimeSection(Section):
    """Time spent on days and on kinds of question."""

    title = "Time spent"
    legend = "┼ what a question is given"

    def drawn(self) -> Iterable[Widget]:
        """A square a day, and bars."""
        self.days = Heatmap({}, date(2000, 1, 1), told.WEEKS)  # until it is counted
        self.bars = Bars()
        signs = Content(f"{NOTHING} nothing   {SOME} some   {MUCH} more than usual")
        self.side = Horizontal(
            self.days, Vertical(self.bars, Static(signs.stylize("$dim"))), classes="side"
        )
        yield self.side

    def count(self, counted: Counted) -> None:
        """Count and show."""
        found = time_spent(counted.given, counted.entries)
        self.say(told.time_words(found, counted.today), bool(found.answers))
        self.side.display = bool(found.answers)
        minutes = {each.day: max(1, round(each.seconds / 60)) for each in found.days}
        self.days.show(minutes, counted.today)
        self.bars.show(told.time_bars(found))
        hours = found.seconds / 3600
        whole = hours >= 2
        self.figures.hours.show(
            f"{hours if whole else hours * 60:.0f}",
            f"{'hours' if whole else 'minutes'}, {count(len(found.days), 'day')}",
        )


class PointsMenu(Menu):
    """A menu below other things: it scrolls only as far as its own row."""

    def _keep_in_sight(self, *, first: bool) -> None:
        for ancestor in self.ancestors:
            if isinstance(ancestor, VerticalScroll):
                top = self.region.y - ancestor.region.y + ancestor.scroll_offset.y
                row = Region(0, top + self.cursor - 2, 1, 6)
                ancestor.scroll_to_region(row, animate=False, force=True)
                return


class PointsSection(Section):
    """The key points missed most; a row can be opened."""

    title = "Missed most"
    legend = "how often, of times asked"

    def drawn(self) -> Iterable[Widget]:
        """Rows, and below them all of the one under the cursor."""
        self.menu = PointsMenu(id="points")
        self.note = Static("", classes="note")
        self.points: dict[str, WeakPoint] = {}
        self.titles: Mapping[str, Entry] = {}
        yield self.menu
        yield self.note

    def count(self, counted: Counted) -> None:
        """Count and show."""
        found = weak_points(counted.given, counted.entries)
        shown = found[:POINTS]
        self.titles = counted.entries
        self.points = {f"{number}": each for number, each in enumerate(shown)}
        rest = f", and {len(found) - POINTS} more" if len(found) > POINTS else ""
        words = f"Missed twice or more, and the last time too{rest}:"
        self.say(words if found else told.HINT["points"], bool(found))
        self.menu.set_rows([_point_row(key, each) for key, each in self.points.items()])
        self.menu.display = self.note.display = bool(found)
        self.show_note()

    @property
    def chosen(self) -> WeakPoint | None:
        """The point under the cursor."""
        return self.points.get(self.menu.key or "")

    @property
    def ids(self) -> tuple[str, ...]:
        """The questions of the points, the worst first."""
        return tuple(dict.fromkeys(each.id for each in self.points.values()))

    def show_note(self) -> None:
        """Say all of the point under the cursor."""
        each = self.chosen
        if each is not None:
            title = one_line(self.titles[each.id].title)
            words = f"\n{title} · {each.id} · last missed {day(each.last)}"
            self.note.update(Content.assemble(inline(each.text), (words, "$dim")))


def _point_row(key: str, each: WeakPoint) -> Row:
    figures = f"{each.missed:>2} of {each.asked:<3} "
    text = one_line(inline(each.text).plain)
    return Row(Content.assemble((figures, "$dim"), text), key=key)


class CalibrationSection(Section):
    """How sure the reader said to be, against how often that was right."""

    title = "Calibration"
    legend = "┼ what you said"

    def drawn(self) -> Iterable[Widget]:
        """Bars."""
        self.bars = Bars()
        yield self.bars

    def count(self, counted: Counted) -> None:
        """Count and show."""
        found = calibration(counted.given)
        rows = told.calibration_bars(found)
        self.say("\n".join(told.calibration_words(found)), bool(rows))
        self.bars.show(rows)


class MocksSection(Section):
    """The scores of mock interviews."""

    title = "Mock interviews"
    legend = "% in each"

    def drawn(self) -> Iterable[Widget]:
        """Columns."""
        self.columns = Columns(top=100.0)
        yield self.columns

    def count(self, counted: Counted) -> None:
        """Count and show."""
        found = mock_history(counted.store, counted.entries)
        self.say(told.mocks_words(found), bool(found))
        days = [day(each.started.astimezone()).partition(" ")[2] for each in found]
        self.columns.show([100 * each.score for each in found], days)
        self.figures.mock.display = bool(found)
        if found:
            self.figures.mock.show(f"{100 * found[-1].score:.0f}", "% in last mock")


SECTIONS: tuple[type[Section], ...] = (
    RetentionSection, ForecastSection, TimeSection, PointsSection, CalibrationSection, MocksSection,
)  # fmt: skip
"""From top to bottom."""
