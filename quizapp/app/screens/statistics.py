"""How study goes, drawn."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from quizapp.app.commands import command
from quizapp.app.screens.page import Page
from quizapp.app.screens.statistics_sections import SECTIONS, Counted, Figures, PointsSection
from quizapp.app.text.words import count
from quizapp.app.widgets.menu import Menu
from quizapp.study.clock import study_day
from quizapp.study.statistics.history import history
from quizapp.study.statistics.told import WELCOME
from verify.errors import TorchdrillError, UsageError


class StatisticsScreen(Page):
    """How study goes. Each drawing stands below words that say the same.

    Retention counts only answers to questions that had come back: the share that you still knew,
    beside what the schedule had expected. The forecast is the schedule as it stands now. Time is
    that of answers alone, and an hour away from the keyboard is none of it. Calibration needs to be
    told how sure you are: press c on a question.
    """

    CSS_PATH = "statistics.tcss"

    BINDINGS: ClassVar[list[BindingType]] = [
        command("statistics.begin", "enter,space", "take a quiz", "Answer the first questions."),
        command("statistics.read", "enter", "read",
                "Read the answer that the point belongs to."),
        command("statistics.quiz", "w", "quiz on misses",
                "Ask the questions whose points are missed most."),
        command("statistics.next", "space,enter", "next section", "Go on to the next section."),
        command("statistics.forward", "tab", "next section", "The same.", show=False,
                action="next"),
        command("statistics.previous", "shift+tab", "section before",
                "Go back to the section before.", show=False, action="next(-1)"),
        *(
            command("statistics.jump", str(number), "section", "Go to a section by its number.",
                    show=False, action=f"jump({number})")
            for number in range(1, len(SECTIONS) + 1)
        ),
        command("page.back", "escape,s", "back", "Go back."),
    ]  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self.welcome = Static("", id="welcome")
        self.figures = Figures()
        self.sections = [kind(number, self.figures) for number, kind in enumerate(SECTIONS, 1)]
        self.points = next(each for each in self.sections if isinstance(each, PointsSection))
        self.at: int | None = None
        """The section that was jumped to, from 0."""
        self._top = 0.0
        """How far that scrolled."""
        self._counted = False

    def content(self) -> Iterable[Widget]:
        """The widgets of the column."""
        yield self.welcome
        yield self.figures
        yield from self.sections

    def on_mount(self) -> None:
        """Paint the frame, then count."""
        self.head.show(Content("Statistics").stylize("bold"))
        self.call_after_refresh(self.set_timer, 0.001, self.count)

    def on_screen_resume(self) -> None:
        """Count again: something was answered, perhaps."""
        if self._counted:
            self.count()

    # -- what is shown ----------------------------------------------------------------------

    def count(self) -> None:
        """Count all sections, one after another, without holding up a key."""
        self.run_worker(self._count(), exclusive=True, group="statistics")

    async def _count(self) -> None:
        desk = self.torchdrill.desk
        try:
            given = history(desk.store)
            counted = Counted(given, desk.entries, desk.store, study_day(desk.now()))
            days = len({each.day for each in given})
            for section in self.sections:
                await asyncio.sleep(0)
                section.count(counted)
        except TorchdrillError as error:
            self.torchdrill.tell_trouble(error)
            return
        self._counted = True
        empty = not given
        self.set_class(empty, "-empty")
        self.welcome.update(WELCOME)
        told = f"{count(len(given), 'answer')} on {count(days, 'day')}" if given else ""
        self.head.show(right=Content(told).stylize("$dim"))
        self.refresh_foot()

    @property
    def empty(self) -> bool:
        """True if nothing was answered yet."""
        return self.has_class("-empty")

    # -- commands ---------------------------------------------------------------------------

    def labels(self) -> Mapping[str, str]:
        """Labels that differ now."""
        return {"statistics.begin": "take a quiz" if self.torchdrill.desk.entries else ""}

    def allows(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Say whether a command makes sense now."""
        match action:
            case "begin":
                return self.empty
            case "read":
                return isinstance(self.focused, Menu) and self.points.chosen is not None
            case "quiz":
                return bool(self.points.ids)
            case "next" | "jump":
                return not self.empty
        return True

    def action_begin(self) -> None:
        """The first quiz."""
        self.torchdrill.start_quiz()

    def action_next(self, by: int = 1) -> None:
        """Jump to the section after, or before, the one that is read now."""
        self.action_jump((self._place + by) % len(self.sections) + 1)

    @property
    def _place(self) -> int:
        """The section that is read now, from 0; -1 above the first."""
        if self.at is not None and self.body.scroll_offset.y == self._top:
            return self.at
        tops = [each.virtual_region.y for each in self.sections]
        return sum(top <= self.body.scroll_offset.y for top in tops) - 1

    def action_jump(self, number: int) -> None:
        """Show a section from its top."""
        self.at = number - 1
        section = self.sections[self.at]
        for each in self.sections:
            each.here(each is section)
        menu = section is self.points and self.points.chosen is not None
        self.set_focus(self.points.menu if menu else self.body, scroll_visible=False)
        self.body.scroll_to(y=section.virtual_region.y, animate=False, force=True, immediate=True)
        self._top = self.body.scroll_offset.y
        self.refresh_foot()

    def action_quiz(self) -> None:
        """Ask the questions of the points."""
        from quizapp.app import quiz

        with self.torchdrill.telling_trouble():
            quiz.begin(self.torchdrill, self.points.ids)

    def action_read(self) -> None:
        """Read the answer with the point, as it was ticked last."""
        from quizapp.app.kinds import reply_of
        from quizapp.app.screens.answer import AnswerScreen
        from quizapp.app.screens.summary import graded_again

        point = self.points.chosen
        if point is None:
            return
        desk = self.torchdrill.desk
        with self.torchdrill.telling_trouble():
            item = desk.item(point.id)
            ticked = [review for review in desk.store.reviews(point.id) if review.points]
            if not ticked:
                raise UsageError("this answer was taken back", where=point.id)
            reply = reply_of(item.question.head.kind, ticked[-1].response)
            graded = graded_again(item, ticked[-1])
            self.app.push_screen(AnswerScreen(None, item, reply, graded=graded))

    def on_menu_moved(self, message: Menu.Moved) -> None:
        """Another point is under the cursor."""
        self.points.show_note()

    def on_menu_chosen(self, message: Menu.Chosen) -> None:
        """A click on a point."""
        self.points.show_note()
        self.set_focus(self.points.menu, scroll_visible=False)
        self.action_read()
