"""The exercises, what to do next first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget

from quizapp.app.commands import command
from quizapp.app.screens.page import Page
from quizapp.app.text.clean import one_line
from quizapp.app.text.words import count
from quizapp.app.widgets.menu import Menu, Row
from quizapp.study.practice import Status, statuses
from verify.errors import TorchdrillError

if TYPE_CHECKING:
    from quizapp.study.records import Listed

_MARKS = {
    Status.BEGUN: ("…", "$warning"),
    Status.DUE: ("•", "$accent"),
    Status.NEW: (" ", ""),
    Status.MISSED: ("✗", "$error"),
    Status.SOLVED: ("✓", "$success"),
}


class ExercisesScreen(Page):
    """Coding questions: begun first, then due, then new ones; enter opens one."""

    AUTO_FOCUS = "Menu"

    BINDINGS: ClassVar[list[BindingType]] = [
        command("exercises.open", "enter,space", "open", "Work on this one."),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.menu = Menu(id="exercises")

    def content(self) -> Iterable[Widget]:
        """One row for each."""
        yield self.menu

    def on_mount(self) -> None:
        """Say what this is."""
        self.head.show(Content("Practice").stylize("bold"))

    def on_screen_resume(self) -> None:
        """Show how far one is now."""
        super().on_screen_resume()
        desk = self.torchdrill.desk
        try:
            rows = statuses(desk.entries, desk.store, desk.now())
        except TorchdrillError as error:
            self.torchdrill.tell_trouble(error)
            return
        titles = {entry.id: entry.title for entry in desk.entries.values()}
        self.menu.set_rows([_row(entry, status, titles[entry.id]) for entry, status in rows])
        solved = sum(status is Status.SOLVED for _, status in rows)
        self.head.show(right=Content(f"{solved} of {count(len(rows), 'exercise')} solved"))

    def action_open(self) -> None:
        """Work on the one under the cursor."""
        if self.menu.key is not None:
            self.torchdrill.practise(self.menu.key)

    def on_menu_chosen(self, message: Menu.Chosen) -> None:
        """A click on a row."""
        self.torchdrill.practise(message.key)


def _row(entry: Listed, status: Status, title: str) -> Row:
    mark, style = _MARKS[status]
    left = Content.assemble((f"{mark} ", style), one_line(title))
    told = f"{one_line(entry.topic):<10} {entry.level:<6} {entry.minutes:>3} min  {status:<6}"
    right = Content(told)
    return Row(left, right.stylize("$dim"), entry.id)
