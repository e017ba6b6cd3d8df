"""The three things that a plan needs: the day of the interview, the level, the minutes a day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from quizapp.app.commands import command
from quizapp.app.screens.page import Page
from quizapp.app.text.words import ahead, count, day
from quizapp.app.widgets.blocks import Text
from quizapp.study.clock import study_day
from quizapp.study.goal import Goal, goal_of, read_date, read_level, read_minutes, set_goal
from quizapp.study.plan import MINUTES
from verify.errors import TorchdrillError, UsageError

_ASKED = {
    "interview": ("Day of the interview", "14 Dec, 2026-12-14, or a number of days"),
    "level": ("Level", "junior, mid, senior, or all"),
    "minutes": ("Minutes a day", str(MINUTES)),
}


class Field(Input, inherit_bindings=False):
    """One line to type into."""

    DEFAULT_CSS = """
    Field { width: 42; border: none; height: 1; padding: 0; background: $cursor; }
    Field:focus { border: none; background: $cursor; }
    Field > .input--placeholder { color: $dim; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *(each for each in Input.BINDINGS if isinstance(each, Binding) and each.key != "enter"),
        command("goal.next", "enter,down", "next", "To the next line; from the last, save.",
                action="screen.next"),
        command("goal.before", "up", "back up", "To the line above.", show=False,
                action="screen.before"),
    ]  # fmt: skip

    def __init__(self, name: str, value: str, placeholder: str) -> None:
        super().__init__(value, placeholder=placeholder, id=name, classes="types", compact=True)


class GoalScreen(Page):
    """What you study for. From it follow what is new on each day and when it comes back. All of
    it may be left empty, and changed at any time."""

    CSS_PATH = "goal.tcss"
    AUTO_FOCUS = "#interview"

    BINDINGS: ClassVar[list[BindingType]] = [
        command("goal.save", "ctrl+s,f5", "save", "Save, and go on.", show=False),
        command("page.back", "escape", "skip", "Leave all as it is."),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.first = False
        """Whether the person is asked for the first time."""
        self.goal = Goal()
        self.told = {name: Static(id=f"told-{name}", classes="told") for name in _ASKED}

    def content(self) -> Iterable[Widget]:
        """The widgets of the column."""
        self._read()
        if self.first:
            yield Text(Content("Welcome. Three things first, all of which may be left empty:"))
        values = {
            "interview": f"{self.goal.interview:%Y-%m-%d}" if self.goal.interview else "",
            "level": self.goal.level or "",
            "minutes": str(self.goal.minutes or ""),
        }
        for name, (label, example) in _ASKED.items():
            yield Horizontal(
                Static(label, classes="label"), Field(name, values[name], example), classes="line"
            )
            yield self.told[name]
        yield Text(
            Content(
                "With a day, new questions are spread so that every topic is met in time, and "
                "what was met comes back before the day. Change it at home with g; d shows the "
                "plan."
            ).stylize("$dim")
        )

    def _read(self) -> None:
        try:
            found = goal_of(self.torchdrill.desk.store)
        except TorchdrillError as error:
            self.torchdrill.tell_trouble(error)
            return
        self.first, self.goal = found is None, found or Goal()

    def on_mount(self) -> None:
        """Say what this is."""
        self.head.show(Content("What you study for").stylize("bold"))

    def labels(self) -> Mapping[str, str]:
        """Labels that differ now."""
        last = self.focused is not None and self.focused.id == "minutes"
        back = "skip" if self.first else "back"
        return {"goal.next": "save" if last else "next", "page.back": back}

    # -- what is typed ----------------------------------------------------------------------

    def _value(self, name: str) -> str:
        return self.query_one(f"#{name}", Field).value

    def _typed(self) -> Goal:
        """What is typed.

        Raises:
            UsageError: something of it makes no sense.
        """
        today = study_day(self.torchdrill.desk.now())
        return Goal(
            interview=read_date(self._value("interview"), today),
            level=read_level(self._value("level")),
            minutes=read_minutes(self._value("minutes")),
        )

    def on_input_changed(self, event: Input.Changed) -> None:
        """Say how it is understood."""
        name = event.input.id or ""
        try:
            self.told[name].update(Content(self._understood(name)).stylize("$dim"))
        except UsageError:  # half typed: it is said on enter
            self.told[name].update("")

    def _understood(self, name: str) -> str:
        text, today = self._value(name), study_day(self.torchdrill.desk.now())
        if name == "interview":
            found = read_date(text, today)
            return "" if found is None else f"{day(found)} {found.year}, {ahead(found, today)}"
        if name == "level":
            return f"up to {read_level(text)}" if read_level(text) else "all levels"
        return f"about {count(read_minutes(text) or MINUTES, 'minute')} a day"

    def _wrong(self, name: str) -> bool:
        """Say what is wrong with a line, if anything is."""
        today = study_day(self.torchdrill.desk.now())
        read: dict[str, Callable[[str], object]] = {
            "interview": lambda text: read_date(text, today),
            "level": read_level,
            "minutes": read_minutes,
        }
        try:
            read[name](self._value(name))
        except UsageError as error:
            said = f"✗ {error.what}: {error.todo}"
            self.told[name].update(Content(said).stylize("$error"))
            return True
        return False

    # -- commands ---------------------------------------------------------------------------

    def action_next(self) -> None:
        """To the next line, or save."""
        names = [*_ASKED]
        here = self.focused.id if self.focused is not None else None
        name = here if here in names else names[0]
        if self._wrong(str(name)):
            return
        if name == names[-1]:
            self.action_save()
        else:
            self.query_one(f"#{names[names.index(str(name)) + 1]}").focus()

    def action_before(self) -> None:
        """To the line above."""
        names = [*_ASKED]
        here = self.focused.id if self.focused is not None else None
        if here in names[1:]:
            self.query_one(f"#{names[names.index(here) - 1]}").focus()

    def action_save(self) -> None:
        """Save, and go on."""
        for name in _ASKED:
            if self._wrong(name):
                self.query_one(f"#{name}").focus()
                return
        self._keep(self._typed())

    def action_back(self) -> None:
        """Leave all as it is; who skips it at first is not asked again."""
        if self.first:
            self._keep(Goal())
        else:
            self.app.pop_screen()

    def _keep(self, goal: Goal) -> None:
        with self.torchdrill.telling_trouble():
            set_goal(self.torchdrill.desk.store, goal)
        self.app.pop_screen()
