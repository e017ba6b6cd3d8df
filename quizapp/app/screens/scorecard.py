"""The end of a mock interview: what an interviewer would write down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from quizapp.app.commands import command
from quizapp.app.screens.page import Page
from quizapp.app.text.clean import one_line
from quizapp.app.text.marks import MARK_STYLES
from quizapp.app.text.prose import inline
from quizapp.app.widgets.blocks import Item
from quizapp.app.widgets.line import Line
from quizapp.study.mock import wording
from quizapp.study.mock.plan import Group
from quizapp.study.mock.scorecard import Line as Asking
from quizapp.study.mock.scorecard import Scorecard
from quizapp.study.mock.scoring import HOW_IT_IS_SCORED, Readiness
from quizapp.study.mock.studying import STUDY_MINUTES

if TYPE_CHECKING:
    from quizapp.study.mock.studying import StudyNext

STYLES = {
    Readiness.READY: "$success",
    Readiness.NEARLY: "$warning",
    Readiness.NOT_YET: "$error",
}
MARKS = {Readiness.READY: "✓", Readiness.NEARLY: "~", Readiness.NOT_YET: "✗"}

TOPIC, COLUMN = 14, 10
"""Cells of the first column and of the next ones; the last takes what is left."""

MISSED = 4
"""So many missed points are named."""


class ScorecardScreen(Page):
    """How the interview went, by topic and by kind. In brackets stands the difference to the last
    interview of the same level."""

    CSS_PATH = "scorecard.tcss"

    BINDINGS: ClassVar[list[BindingType]] = [
        command("scorecard.study", "enter,space", "study these", "A quiz of what is listed below."),
        command("scorecard.practise", "p", "write again", "Work on the exercise once more."),
        command("scorecard.answers", "a", "answers", "Read every answer again."),
        command("scorecard.export", "e", "export", "Write the scorecard to a file, as Markdown."),
        command("page.back", "escape,q", "home", "To the home screen."),
    ]

    def __init__(self, card: Scorecard, *, ended: bool = False) -> None:
        super().__init__()
        self.card = card
        self.ended = ended
        """Whether the interview has just ended, so that the way back leads home."""

    @property
    def study(self) -> StudyNext:
        """What to study next."""
        return self.card.next

    def content(self) -> Iterable[Widget]:
        """The widgets of the column."""
        card = self.card
        yield Static(Content("\n").join(_grid(card)), id="grid")
        said = [wording.ended(card)]
        if not card.counts:
            said.append("Answers were reset since, or none was given: it counts no more.")
        if any(said):
            yield Static(Content(" ".join(filter(None, said))).stylize("$dim"), classes="said")
        if card.strong:
            yield _points("Strong", card.strong)
        if card.missed:
            told = [each.point for each in card.missed[:MISSED]]
            more = len(card.missed) - MISSED
            told += [f"and {more} more, under *answers*"] if more > 0 else []
            yield _points(wording.missed_title(card.missed), told)
        yield from self._next()

    def _next(self) -> Iterable[Widget]:
        entries, study = self.torchdrill.desk.entries, self.study
        if study.ids:
            minutes = Content(f"{study.minutes} of {STUDY_MINUTES} min").stylize("$dim")
            yield Line(Content("Study next").stylize("bold"), minutes)
        for id in study.ids:
            yield _studied(entries[id].title, id)
        for id in study.practise:
            key = Content.assemble(("p", "bold $accent"), (f"  {entries[id].minutes} min", "$dim"))
            yield Line(Content("Write once more").stylize("bold"), key, classes="gap")
            yield _studied(entries[id].title, id)

    def on_mount(self) -> None:
        """Say how it went."""
        result, word = self.card.result, self.card.readiness
        style = f"bold {STYLES[word]}"
        name = wording.named(result.minutes, result.level)
        right = Content.assemble(
            (f"{MARKS[word]} {word}: {wording.percent(result.score)}", style),
            (wording.gained(self.card.gain), "$dim"),
        )
        self.head.show(Content(f"Mock interview · {name}").stylize("bold"), right)

    # -- commands ---------------------------------------------------------------------------

    def labels(self) -> Mapping[str, str]:
        """Labels that differ now."""
        return {"page.back": "home" if self.ended else "back"}

    def about(self) -> list[str]:
        """What the help says first."""
        return [*super().about(), HOW_IT_IS_SCORED]

    def allows(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Say whether a command makes sense now."""
        if action == "study":
            return bool(self.study.ids)
        if action == "practise":
            return bool(self.study.practise)
        return True

    def action_study(self) -> None:
        """A quiz of what to study next."""
        from quizapp.app import quiz

        with self.torchdrill.telling_trouble():
            quiz.begin(self.torchdrill, self.study.ids)

    def action_practise(self) -> None:
        """Write the exercise once more."""
        self.torchdrill.practise(self.study.practise[0])

    def action_answers(self) -> None:
        """Read every answer again."""
        from quizapp.app.screens.mock_answers import MockAnswersScreen

        self.app.push_screen(MockAnswersScreen(self.card))

    def action_export(self) -> None:
        """Write it to a file in this folder, or else in the home folder."""
        from quizapp.study.mock.markdown import as_markdown, write_markdown

        desk = self.torchdrill.desk
        zone = desk.now().tzinfo
        with self.torchdrill.telling_trouble():
            text = as_markdown(self.card, desk.entries, zone)
            started = self.card.result.started.astimezone(zone)
            path = write_markdown(text, (Path.cwd(), Path.home()), started)
            self.notify(f"Written to {path}", timeout=8, markup=False)

    def action_back(self) -> None:
        """Home, if the interview has just ended; else back to the list it was opened from."""
        self.app.pop_screen()
        if self.ended:
            from quizapp.app.screens.mock import MockScreen

            if isinstance(self.app.screen, MockScreen):
                self.app.pop_screen()


def _points(title: str, points: Iterable[str]) -> Widget:
    items = (Item("•", inline(" ".join(point.split()))) for point in points)
    return Vertical(Static(Content(title).stylize("bold")), *items, classes="points")


def _studied(title: str, id: str) -> Widget:
    left = Content.assemble("  ", one_line(title))
    return Line(left, Content(one_line(id.partition("/")[0])).stylize("$dim"))


def _grid(card: Scorecard) -> Iterable[Content]:
    """Topics from top to bottom, groups from left to right; below, what they come to."""
    yield _row("", [group.value for group in Group]).stylize("$dim")
    for topic in card.topics:
        yield _row(one_line(topic), [_cell(card.cell(g, topic), g) for g in Group])
    yield Content("")
    by_kind = card.result.by_kind
    shares = [wording.percent(by_kind[g]) if g in by_kind else "–" for g in Group]
    yield _row("score", [Content(share).stylize("bold") for share in shares])
    yield _row("minutes", [wording.minutes_spent(card.cell(g)) for g in Group]).stylize("$dim")


def _row(name: str, cells: Iterable[Content | str]) -> Content:
    *columns, last = [Content(cell) if isinstance(cell, str) else cell for cell in cells]
    first = Content(name).truncate(TOPIC - 1, ellipsis=True)
    parts = [first.pad_right(TOPIC - first.cell_length)]
    parts += [cell.pad_right(max(1, COLUMN - cell.cell_length)) for cell in columns]
    return Content("").join([*parts, last])


def _cell(lines: tuple[Asking, ...], group: Group) -> Content:
    if not lines:
        return Content("·").stylize("$rule")  # a dash is what was passed over
    marks = [Content(line.mark.symbol).stylize(f"bold {MARK_STYLES[line.mark]}") for line in lines]
    if group is Group.CODE:
        told = [Content(f" {wording.code_in_words(line)}").stylize("$dim") for line in lines]
        marks = [mark + words for mark, words in zip(marks, told, strict=True)]
    return Content(" ").join(marks)
