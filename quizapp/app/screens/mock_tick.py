"""After an answer that was spoken or written: the points an interviewer ticks, and no more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from quizapp.app.commands import command
from quizapp.app.kinds import Reply
from quizapp.app.kinds.prose import Said
from quizapp.app.screens.mock_page import MockPage
from quizapp.app.text.clean import clean
from quizapp.app.widgets.line import Line
from quizapp.app.widgets.rubric import Rubric
from quizapp.study.grading import grade_points, rubric

if TYPE_CHECKING:
    from quizapp.app.mock import Mock
    from verify.bank.model import Item


class MockTickScreen(MockPage):
    """Tick the points that you made, as an honest interviewer would. The clock stands meanwhile.

    The answer itself is shown at the end of the interview.
    """

    CSS_PATH = "mock_tick.tcss"
    AUTO_FOCUS = "Rubric"
    timed = False

    BINDINGS: ClassVar[list[BindingType]] = [
        command("mocktick.take", "enter", "go on", "Take these points, and go on."),
        *(
            command(
                "mocktick.digit", str(n), "tick", "Tick a point, or untick it.",
                show=False, action=f"digit({n})",
            )
            for n in range(1, 10)
        ),
        command("page.back", "escape", "pause", "Leave; the interview goes on from here later."),
    ]  # fmt: skip

    def __init__(self, mock: Mock, item: Item) -> None:
        super().__init__()
        self.mock = mock
        self.item = item
        draft = mock.sitting.draft
        self.reply = Reply(draft.text)
        self.rubric = Rubric(rubric(item), frozenset(draft.ticked), opened=True)
        self.points = Line(Content("Which of these did you say?").stylize("bold"), id="points")

    def content(self) -> Iterable[Widget]:
        """The widgets of the column."""
        yield Static(Content(clean(self.item.question.head.title)), id="title")
        if not self.reply.empty:
            yield Said(self.reply)
        yield self.points
        yield self.rubric

    def on_mount(self) -> None:
        """Say how many are ticked."""
        self._count()

    def _count(self) -> None:
        told = f"{len(self.rubric.made)} of {len(self.rubric.points)} · the clock stands"
        self.points.show(right=Content(told).stylize("$dim"))

    def allows(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Say whether a command makes sense now."""
        if action == "digit" and isinstance(parameters[0], int):
            return parameters[0] <= len(self.rubric.points)
        return True

    def action_digit(self, number: int) -> None:
        """Tick a point."""
        self.rubric.toggle(number - 1)

    def action_take(self) -> None:
        """Put the answer on disk, and go on."""
        with self.going_on():
            self.mock.answer(self.item, self.reply, grade_points(self.item, self.rubric.made))

    def action_back(self) -> None:
        """Pause."""
        self.keep()
        with self.going_on():
            self.mock.leave()

    def keep(self) -> None:
        """Put the ticks on disk."""
        if self.under_way and self.is_mounted:
            with self.torchdrill.telling_trouble():
                self.mock.keep(self.reply, self.rubric.made)

    def on_rubric_ticked(self, message: Rubric.Ticked) -> None:
        """Keep the ticks."""
        self._count()
        self.keep()
