"""A coding question: the task beside the editor, the judge's report below."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static, TextArea

from quizapp.app.commands import command
from quizapp.app.screens.page import Body, Column, Page
from quizapp.app.text.verdict import broken, counted, headline, listed_laws
from quizapp.app.text.words import clock
from quizapp.app.widgets.blocks import drawn
from quizapp.app.widgets.editor import CodeEditor
from quizapp.app.widgets.frame import Cover, Foot, Head
from quizapp.study.practice import Practice
from quizapp.study.scheduling import due_in
from verify.errors import TorchdrillError

if TYPE_CHECKING:
    from verify.bank.model import Item
    from verify.engine.checking import CodeVerdict, LawVerdict

PAUSE = 0.4
"""Seconds without a key after which the draft is put on disk."""


class PracticeScreen(Page):
    """Write code, and have it judged: not by an example, but by every law that the task states.

    What you write is kept at every pause. Hints and failures count: what was solved without them
    comes back later. f4 shows the solutions; before the judge has accepted yours, that gives up.
    """

    CSS_PATH = "practice.tcss"
    AUTO_FOCUS = "#editor"

    BINDINGS: ClassVar[list[BindingType]] = [
        command("practice.judge", "f5,ctrl+j", "judge", "Have it judged.", priority=True),
        command("practice.hint", "f2", "hint", "Take a hint; each gives more.", priority=True),
        command(
            "practice.editor", "f3", "editor", "Write in $VISUAL or $EDITOR, and come back.",
            priority=True,
        ),
        command(
            "practice.solution", "f4", "solution", "See the solutions, and how mine differs.",
            priority=True,
        ),
        command(
            "practice.pane", "f6", "task", "Between the task and the code.", priority=True,
        ),
        command(
            "practice.laws", "f8", "laws", "Name every law.", show=False, priority=True,
        ),
        command(
            "practice.reset", "f9", "reset", "Begin anew from the starter; ctrl+z takes it back.",
            show=False, priority=True,
        ),
        command("page.back", "escape", "back", "Leave; the draft is kept."),
        command("page.help", "f1,question_mark", "help", "Explain this screen and its keys."),
    ]  # fmt: skip

    def __init__(self, item: Item, practice: Practice) -> None:
        super().__init__()
        self.item = item
        self.practice = practice
        self.editor = CodeEditor(practice.draft.text, id="editor")
        self.told = Static("", id="told")
        self.verdict: CodeVerdict | None = None
        self._since = time.monotonic()
        self._saving: Timer | None = None
        self._judging = False
        self._sure = False
        self._all_laws = False

    def compose(self) -> ComposeResult:
        """The task and the code side by side, and the report below them."""
        yield Head()
        with Horizontal(id="panes"):
            yield Body(Column(*self.content()), id="body")
            yield self.editor
        yield VerticalScroll(self.told, id="report", can_focus=False)
        yield Foot()
        yield Cover()

    def content(self) -> Iterable[Widget]:
        """The task."""
        return drawn(self.item.question.prompt, without="starter")  # which is in the editor

    # -- time and draft -----------------------------------------------------------------------

    @property
    def seconds(self) -> float:
        """Time spent on it so far."""
        return self.practice.draft.seconds + time.monotonic() - self._since

    def on_mount(self) -> None:
        """Start the clock and the judge's worker, and put the cursor where code is missing."""
        self.editor.begin()
        self._tick()
        self.set_interval(self.torchdrill.tick, self._tick)
        self._tell(Content("f5 has it judged.").stylize("$dim"))
        self.run_worker(self._warm(), group="judge")

    async def _warm(self) -> None:
        try:
            await self.torchdrill.judge.warm()
        except TorchdrillError as error:
            self.torchdrill.tell_trouble(error)

    def _tick(self) -> None:
        head = self.item.question.head
        left = Content.assemble(
            (self.item.id.replace("/", " · "), ""), (f" · {head.level}", "$dim")
        )
        over = "$warning" if self.seconds > head.minutes * 60 else ""
        budget = f"{head.minutes} min budget   "
        self.head.show(left, Content.assemble((budget, "$dim"), (clock(self.seconds), over)))

    def keep(self) -> None:
        """Put what is written on disk."""
        moment = time.monotonic()
        try:
            self.practice.keep(self.editor.text, moment - self._since, self.torchdrill.desk.now())
            self._since = moment
        except TorchdrillError as error:
            self.torchdrill.tell_trouble(error)

    def on_text_area_changed(self, message: TextArea.Changed) -> None:
        """Keep it once there is a pause."""
        self._sure = False
        if self._saving is not None:
            self._saving.stop()
        self._saving = self.set_timer(PAUSE, self.keep)

    # -- commands ---------------------------------------------------------------------------

    @property
    def wide(self) -> bool:
        """Whether both panes are in sight."""
        return self.app.size.width >= _BOTH

    def labels(self) -> Mapping[str, str]:
        """Labels that differ now."""
        left = len(self.item.answer.head.hints) - self.practice.draft.hints
        return {
            "practice.hint": f"hint ({left})" if left else "",
            "practice.pane": "" if self.wide else "code" if self.has_class("-task") else "task",
            "practice.solution": "solution" if self.practice.review else "give up",
        }

    def _tell(self, words: Content) -> None:
        self.told.update(words)
        self.call_after_refresh(self.refresh_foot)

    def action_judge(self) -> None:
        """Have it judged."""
        if not self._judging:
            self._judging = True
            self.keep()
            ready = self.torchdrill.judge.ready
            self._tell(Content("judging …" if ready else "starting torch …").stylize("$dim"))
            self.run_worker(self._judge(self.editor.text), group="judge")

    async def _judge(self, code: str) -> None:
        laws: list[LawVerdict] = []
        first: list[LawVerdict] = []

        def on_law(law: LawVerdict) -> None:
            laws.append(law)
            if law.outcome.bad and not first:
                first.append(law)
            going = Content(f"  {len(laws)} laws tried …").stylize("$dim")
            self.told.update(headline(first[0]) + going if first else going)

        try:
            self.verdict = await self.torchdrill.judge.judge(self.item, code, on_law)
        except TorchdrillError as error:
            self._tell(Content(""))
            self.torchdrill.tell_trouble(error)
            return
        finally:
            self._judging = False
        try:
            self._settle(self.verdict)
        except TorchdrillError as error:
            self.torchdrill.tell_trouble(error)

    def _settle(self, verdict: CodeVerdict) -> None:
        """Keep what the verdict means, and show it."""
        desk = self.torchdrill.desk
        if not verdict.accepted:
            self.practice.rejected(desk.now())
        elif self.practice.review is None:
            self.practice.accepted(desk.now())
        self._show()

    def _show(self) -> None:
        verdict = self.verdict
        if verdict is None:
            return
        parts = []
        if verdict.refused is not None:
            parts.append(broken(verdict.refused))
        else:
            parts.append(Content.assemble(("✓ accepted", "bold $success"), self._rated()))
        parts.append(counted(verdict.laws, verdict.seconds))
        if self._all_laws:
            parts.append(listed_laws(verdict))
        self._tell(Content("\n").join(parts))

    def _rated(self) -> str:
        review = self.practice.review
        card = self.torchdrill.desk.store.card(self.item.id)
        if review is None or review.rating is None or card is None:
            return ""
        return f"   {review.rating.name.lower()}: it comes back {due_in(review.day, card.due)}"

    def action_laws(self) -> None:
        """Name every law, or the first that was broken."""
        self._all_laws = not self._all_laws
        self._show()

    def action_hint(self) -> None:
        """Take a hint."""
        try:
            self.practice.hint(self.torchdrill.desk.now())
        except TorchdrillError as error:
            self.torchdrill.tell_trouble(error)
            return
        lines = [
            Content.assemble((f"Hint {number}  ", "bold $accent"), hint)
            for number, hint in enumerate(self.practice.hints, 1)
        ]
        self._tell(Content("\n").join(lines) if lines else Content("There are no hints."))

    def action_reset(self) -> None:
        """Begin anew."""
        self.editor.replace(self.practice.start, (0, 0), self.editor.document.end)
        self.editor.move_cursor(self.editor.document.end)

    def action_solution(self) -> None:
        """Show the solutions; before a pass, only when asked twice."""
        if self.practice.review is None and not self._sure:
            self._sure = True
            self._tell(
                Content.assemble(
                    ("Give up? ", "bold $warning"),
                    "f4 again shows the solutions, and the question comes back soon.",
                )
            )
            return
        from quizapp.app.screens.solution import SolutionScreen

        self.keep()
        try:
            self.practice.surrender(self.torchdrill.desk.now())
        except TorchdrillError as error:
            self.torchdrill.tell_trouble(error)
            return
        self.app.push_screen(SolutionScreen(self.item, self.editor.text))

    def action_pane(self) -> None:
        """Show the other pane, where there is room for one only."""
        self.toggle_class("-task")
        self.set_focus(self.body if self.has_class("-task") else self.editor)
        self.refresh_foot()

    def action_editor(self) -> None:
        """Hand the draft to the person's own editor, and take it back."""
        from quizapp.study.editing import edited

        self.keep()
        try:
            with self.app.suspend():
                text = edited(self.editor.text, self.item.id)
        except TorchdrillError as error:
            self.torchdrill.tell_trouble(error)
            return
        if text != self.editor.text:
            self.editor.replace(text, (0, 0), self.editor.document.end)
            self.keep()

    def action_back(self) -> None:
        """Leave; the draft is kept."""
        self.keep()
        self.app.pop_screen()


_BOTH = 96
"""Columns from which on task and code stand side by side."""
