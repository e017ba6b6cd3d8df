"""Code in a mock interview: the editor and the judge of practice, without its help."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from quizapp.app.commands import command
from quizapp.app.screens.mock_page import SURE, MockPage
from quizapp.app.screens.practice import PracticeScreen
from quizapp.study.mock.attempt import Attempt
from quizapp.study.mock.wording import why_asked
from verify.bank.model import Kind

if TYPE_CHECKING:
    from quizapp.app.mock import Mock
    from verify.bank.model import Item
    from verify.engine.checking import CodeVerdict


class MockCodeScreen(PracticeScreen, MockPage):  # the look is that of the first
    """Write code, have it judged as often as you like, and hand it in.

    The attempt that kept most laws counts. There are no hints and no solutions before the end of
    the interview. The clock runs while you write; esc stops it, and nothing is lost.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        command("practice.judge", "f5,ctrl+j", "judge", "Have it judged.", priority=True),
        command(
            "mockcode.hand_in", "f7", "hand in", "Hand it in and go on; the best attempt counts.",
            priority=True,
        ),
        command(
            "mockcode.skip", "f4", "skip", "Pass it over; it counts as not known.", priority=True,
        ),
        command(
            "mockcode.end", "f12", "end", "End the interview now, and see the scorecard.",
            show=False, priority=True,
        ),
    ]  # fmt: skip

    def __init__(self, mock: Mock, item: Item) -> None:
        self.mock = mock
        self.attempt = Attempt(item, mock.sitting)
        super().__init__(item, self.attempt)
        self._sent = ""
        """The code that was judged last."""
        self._handing = False
        self._skipping = False

    def content(self) -> Iterable[Widget]:
        """Why it is asked, and the task."""
        asked = self.mock.sitting.current
        why = "" if asked is None else why_asked(asked, self.mock.sitting.level)
        if why and not self.mending:
            yield Static(Content(why).stylize("$dim"), id="why")
        yield from super().content()

    @property
    def mending(self) -> bool:
        """Whether a bug is mended here, instead of being talked about."""
        return self.item.question.head.kind is Kind.BUG

    def on_mount(self) -> None:
        """Say how far one was; where both do not fit beside each other, the task comes first."""
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        if not self.wide and self.editor.text == self.attempt.start:
            self.action_pane()
        if self._open_with_laws:
            best = f"The best attempt so far keeps {self.attempt.kept} of {self.attempt.laws} laws."
            self._tell(Content(best).stylize("$dim"))

    def _tick(self) -> None:
        self.tick()

    def keep(self) -> None:
        """Put what is written on disk, with the clock."""
        if self.under_way:
            with self.torchdrill.telling_trouble():
                self.mock.tick()
                self.attempt.keep(self.editor.text, 0.0, self.torchdrill.desk.now())

    # -- commands ---------------------------------------------------------------------------

    def labels(self) -> Mapping[str, str]:
        """Labels that differ now."""
        best = f" ({self.attempt.kept} of {self.attempt.laws})" if self._open_with_laws else ""
        return {
            **super().labels(),
            "practice.editor": "editor" if self.wide else "",
            "mockcode.hand_in": f"hand in{best}",
            "page.back": "back" if self.mending else "pause",
        }

    @property
    def _open_with_laws(self) -> bool:
        return self.under_way and bool(self.attempt.laws)

    def allows(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Say whether a command makes sense now."""
        return action not in ("hint", "solution")

    def action_judge(self) -> None:
        """Have it judged."""
        if not self._judging and self.under_way:
            self._sent = self.editor.text
            super().action_judge()

    async def _judge(self, code: str) -> None:
        await super()._judge(code)
        self._handing = False

    def _settle(self, verdict: CodeVerdict) -> None:
        if not self.under_way:
            return
        kept = sum(not law.outcome.bad for law in verdict.laws)
        now = self.torchdrill.desk.now()
        self.attempt.judged(self._sent, kept, max(1, len(verdict.laws)), now)
        self._show()
        if self._handing:
            self._hand_in()

    def _rated(self) -> str:
        return "   f7 hands it in"

    def action_hand_in(self) -> None:
        """Hand the best attempt in; what was not judged yet is judged first."""
        text = self.editor.text
        if self._judging:
            self._handing = True
        elif self.attempt.laws and text in (self._sent, self.mock.sitting.state.best):
            self._hand_in()
        elif not self.attempt.laws and text == self.attempt.start:
            self._tell(Content("Nothing is written yet; f4 skips it."))
        else:
            self._handing = True
            self.action_judge()

    def _hand_in(self) -> None:
        with self.going_on():
            self.mock.hand_in(self.item)

    def action_skip(self) -> None:
        """Pass it over; what was begun only when asked twice."""
        if self.editor.text != self.attempt.start and not self._skipping:
            self._skipping = True
            lost = "f7 hands in the best attempt. " if self.attempt.laws else ""
            self._tell(
                Content.assemble(
                    ("Skip it? ", "bold $warning"),
                    f"{lost}f4 again skips it: it counts as not known.",
                )
            )
            return
        with self.going_on():
            self.mock.skip(self.item)

    def action_end(self) -> None:
        """End the interview, if asked twice."""
        self.keep()
        if self.end_if_sure():
            self._tell(SURE)

    def action_editor(self) -> None:
        """Hand the draft to the person's own editor, while the clock runs on."""
        with self.mock.elsewhere():
            super().action_editor()

    def action_back(self) -> None:
        """Pause; or back to talking about a bug."""
        self.keep()
        with self.going_on():
            if self.mending:
                self.mock.go_on()
            else:
                self.mock.leave()
