"""The days until the interview, and what each brings."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from quizapp.app.commands import command
from quizapp.app.screens.page import Page
from quizapp.app.text.clean import one_line
from quizapp.app.text.words import ahead, count, day, listed
from quizapp.app.widgets.line import spread
from verify.errors import TorchdrillError

if TYPE_CHECKING:
    from datetime import date

    from quizapp.study.plan import DayPlan, Plan

BAR = 16


class Days(Widget):
    """A line for each day."""

    DEFAULT_CSS = "Days { height: auto; }"

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[tuple[Content, Content]] = []

    def show(self, lines: list[tuple[Content, Content]]) -> None:
        """Change what is shown."""
        self._lines = lines
        self.refresh(layout=True)

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """A line for each day."""
        return len(self._lines)

    def render(self) -> Content:
        """Draw them."""
        width = self.content_size.width
        return Content("\n").join(spread(*line, width, keep_left=True) for line in self._lines)


class PlanScreen(Page):
    """The days until the interview: what comes back on each, what is new, and whether it all fits.

    The plan is made anew from your answers every day. Reviews come first, then new questions while
    there are minutes left; every topic is met early. The last two days ask again what was seen,
    the least known first.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        command("plan.study", "enter,space", "study today", "A quiz of what today brings."),
        command("plan.goal", "g", "change", "Change the day, the level, or the minutes."),
        command("page.back", "escape,d", "back", "Back."),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.verdict = Static(id="verdict")
        self.days = Days()

    def content(self) -> Iterable[Widget]:
        """The widgets of the column."""
        yield self.verdict
        yield Static(" ")
        yield self.days

    def on_mount(self) -> None:
        """Say what this is."""
        self.head.show(Content("Plan").stylize("bold"))

    def on_screen_resume(self) -> None:
        """Plan anew: the goal may be another one now."""
        from quizapp.study.plan import plan

        super().on_screen_resume()
        desk = self.torchdrill.desk
        try:
            found = plan(desk.entries, desk.store, desk.now())
        except TorchdrillError as error:
            self.torchdrill.tell_trouble(error)
            return
        self._show(found, None)
        if not found.fits and found.goal.interview is not None:
            self.run_worker(self._find_minutes(found), exclusive=True, group="plan")

    async def _find_minutes(self, found: Plan) -> None:
        from quizapp.study.plan import minutes_needed

        desk = self.torchdrill.desk
        needed = await asyncio.to_thread(minutes_needed, desk.entries, desk.store, desk.now())
        if self.is_attached:
            self._show(found, needed)

    def _show(self, found: Plan, needed: int | None) -> None:
        goal, today = found.goal, found.days[0].day
        left = "" if goal.interview is None else f"interview {ahead(goal.interview, today)}"
        level = f"{goal.level} · " if goal.level else ""
        self.head.show(right=Content(level + left).stylize("$dim"))
        self.verdict.update(verdict(found, needed))
        most = max(1, *(each.minutes for each in found.days))
        self.days.show([_line(each, today, most) for each in found.days])
        self.refresh_foot()

    def allows(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Say whether a command makes sense now."""
        return action != "study" or bool(self.torchdrill.desk.entries)

    def action_study(self) -> None:
        """A quiz of what today brings."""
        self.torchdrill.start_quiz()

    def action_goal(self) -> None:
        """Change what one studies for."""
        self.torchdrill.enter("goal")


def verdict(found: Plan, needed: int | None) -> Content:
    """Whether all fits, in words.

    Args:
        found: the plan.
        needed: minutes a day that would fit all, once they are known.
    """
    questions, exercises = found.questions, found.exercises
    if found.goal.interview is None:
        return Content.assemble(
            "No day is set, so this is what comes if nothing hurries you. ",
            ("g", "bold $accent"), " sets the day of the interview.",
        )  # fmt: skip
    if found.fits:
        words = f"{_of(questions, 'question')} and {_of(exercises, 'exercise')}"
        return Content.assemble(
            ("✓ It fits. ", "bold $success"),
            f"Not met yet: {words}; all are met and come back once before the day.",
        )
    parts = [
        f"In time you meet {_share(questions)} questions and {_share(exercises)} exercises that "
        "are new to you."
    ]
    if found.overdue:
        parts.append(f"{count(found.overdue, 'review')} find no room.")
    if found.unmet:
        topics = listed([one_line(topic) for topic in found.unmet], most=6)
        parts.append(f"Nothing of {topics}.")
    if needed is not None:
        parts.append(f"{needed} minutes a day would fit all.")
    return Content.assemble(("✗ Not all of it fits. ", "bold $warning"), " ".join(parts))


def _of(pair: tuple[int, int], noun: str) -> str:
    return count(pair[1], noun)


def _share(pair: tuple[int, int]) -> str:
    return f"{pair[0]} of {pair[1]}" if pair[0] < pair[1] else f"all {pair[1]}"


def _line(each: DayPlan, today: date, most: int) -> tuple[Content, Content]:
    full = round(each.minutes / most * BAR)
    parts = [f"{each.due} due"] if each.due else []
    parts += [f"{len(each.new)} new"] if each.new else []
    parts += [f"{each.again} again"] if each.again else []
    parts += [f"{each.late} too many"] if each.late else []
    name = "today" if each.day == today else day(each.day)
    left = Content.assemble(
        (f"{name:<12}", "bold" if each.day == today else ""),
        ("━" * full, "$accent"), ("─" * (BAR - full), "$rule"), f" {each.minutes:>3} min   ",
        (" · ".join(parts) or "nothing", "$dim"),
    )  # fmt: skip
    return left, Content("last days" if each.cram else "").stylize("$dim")
