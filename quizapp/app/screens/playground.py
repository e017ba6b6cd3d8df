"""A snippet of an answer in an editor, and what running it gives beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import TextArea

from quizapp.app.clipboard import copy_and_say
from quizapp.app.commands import command
from quizapp.app.running import CPU, CUDA
from quizapp.app.screens.page import Page
from quizapp.app.text.clean import clean
from quizapp.app.text.ran import context
from quizapp.app.widgets.editor import CodeEditor
from quizapp.app.widgets.frame import Cover, Foot, Head
from quizapp.app.widgets.line import Line
from quizapp.app.widgets.outcome import Outcome
from quizapp.study.playground import CELL
from verify.errors import TorchdrillError

if TYPE_CHECKING:
    from quizapp.study.playground import Playground
    from verify.engine.free import Program, Ran

PAUSE = 0.4
"""Seconds without a key after which what is written is put on disk."""

GLANCE = 0.1
"""Seconds between two looks at what a running program has printed."""


class PlaygroundScreen(Page):
    """Change a snippet, run it, and see what it does; nothing here is graded.

    It runs after the snippets that it builds on, with 60 seconds, one thread and the same random
    state each time. The value of a last line is shown, as in a notebook. What you write is kept.
    """

    CSS_PATH = "playground.tcss"
    AUTO_FOCUS = "#editor"

    BINDINGS: ClassVar[list[BindingType]] = [
        command("playground.run", "f5,ctrl+j", "run", "Run it now.", priority=True),
        command(
            "playground.stop", "ctrl+x", "stop", "End what runs, at once; esc does the same.",
            show=False, priority=True,
        ),
        command(
            "playground.whole", "f6", "whole program",
            "Between this snippet and one program of all that it builds on.", priority=True,
        ),
        command(
            "playground.device", "f7", "on cuda", "Run on the other device.", priority=True,
        ),
        command(
            "playground.difference", "f2", "what differs",
            "Show what differs from the answer's, or what the run gave.", priority=True,
        ),
        command("playground.pane", "f4", "output", "Between code and output.", priority=True),
        command(
            "playground.editor", "f3", "editor", "Write in $VISUAL or $EDITOR, and come back.",
            show=False, priority=True,
        ),
        command(
            "playground.reset", "f9", "original", "Begin anew; ctrl+z takes it back.",
            show=False, priority=True,
        ),
        command("playground.copy", "f8,y", "copy", "Copy the code.", show=False),
        command("page.back", "escape", "back", "Leave; what you wrote is kept."),
        command("page.help", "f1,question_mark", "help", "Explain this screen and its keys."),
    ]  # fmt: skip

    def __init__(self, playground: Playground) -> None:
        super().__init__()
        self.playground = playground
        self.editor = CodeEditor(playground.text, id="editor")
        self.about_it = Line(id="about")
        self.outcome = Outcome(id="results")
        self.came: Ran | None = None
        self._expected = ""
        self._at_work = False
        self._differing = False
        self._saving: Timer | None = None

    def compose(self) -> ComposeResult:
        """The code and its output side by side, or one above the other."""
        yield Head()
        yield self.about_it
        with Container(id="panes"):
            yield self.editor
            yield self.outcome
        yield Foot()
        yield Cover()

    def on_mount(self) -> None:
        """Start the worker while the snippet is read."""
        self.set_interval(GLANCE, self._glance)
        self._show_head()
        self.run_worker(self._warm(), group="runner")

    async def _warm(self) -> None:
        try:
            await self.torchdrill.runner.warm(self._program())
        except TorchdrillError as error:
            self.torchdrill.runner.device = CPU
            self.torchdrill.tell_trouble(error)
        self._show_head()

    def on_unmount(self) -> None:
        """What runs ends with the screen."""
        if self._at_work:
            self.torchdrill.runner.stop()

    # -- what is said -------------------------------------------------------------------------

    def _show_head(self) -> None:
        if not self.is_attached:
            return
        question = self.playground.item.id.replace("/", " · ")
        self.head.show(
            Content.assemble(question, (" · playground", "$dim")),
            Content(self.torchdrill.runner.device).stylize("$dim"),
        )
        right = "changed" if self.editor.text != self.playground.start else "as in the answer"
        about = Content(context(self.playground)).stylize("$dim")
        self.about_it.show(about, Content(right).stylize("$dim"))
        self.refresh_foot()

    def _show(self) -> None:
        """Show what the last run gave, or what differs from the answer's."""
        if self._differing:
            self.outcome.show_difference(self.playground.start, self.editor.text)
        else:
            self.outcome.show(self.came, self._expected)
        self.refresh_foot()

    # -- running ------------------------------------------------------------------------------

    def action_run(self) -> None:
        """Run it."""
        if self._at_work or self.torchdrill.runner.busy:
            return
        self.keep()
        self._at_work, self._differing, self.came = True, False, None
        unchanged = self.editor.text == self.playground.start
        self._expected = (self.playground.fence.raises or "") if unchanged else ""
        self.outcome.begin("running …" if self.torchdrill.runner.ready else "starting torch …")
        self.refresh_foot()
        self.run_worker(self._run(self._program()), group="runner")

    def _program(self) -> Program:
        from verify.engine.free import Program

        playground = self.playground
        return Program(playground.item, self.editor.text, playground.above, playground.tests)

    async def _run(self, program: Program) -> None:
        try:
            self.came = await self.torchdrill.runner.run(program, self.outcome.take)
        except TorchdrillError as error:
            self.torchdrill.tell_trouble(error)
        except Exception as error:  # a broken worker must not take the reader's session along
            why = clean(f"The worker broke: {type(error).__name__}: {error}")
            self.torchdrill.say(why, "error")
        finally:
            self._at_work = False
        if self.is_attached:
            self._show()
            self._show_head()

    def _glance(self) -> None:
        if self._at_work:
            self.outcome.glance(counting=self.torchdrill.runner.ready)

    def action_stop(self) -> None:
        """End what runs."""
        self.torchdrill.runner.stop()

    # -- commands -----------------------------------------------------------------------------

    def labels(self) -> Mapping[str, str]:
        """Labels that differ now."""
        other = CUDA if self.torchdrill.runner.device == CPU else CPU
        return {
            "playground.whole": "snippet" if self.playground.whole else "whole program",
            "playground.device": f"on {other}",
            "playground.difference": "the run" if self._differing else "what differs",
            "playground.pane": "code" if self.focused is self.outcome.output else "output",
            "page.back": "stop" if self._at_work else "back",
        }

    def allows(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Say whether a command makes sense now."""
        match action:
            case "stop":
                return self._at_work
            case "run" | "reset":
                return not self._at_work
            case "whole":
                return bool(self.playground.builds_on) and not self._at_work
            case "device":
                return bool(self.torchdrill.runner.cuda) and not self._at_work
            case "difference":
                changed = self.editor.text != self.playground.start
                return not self._at_work and (changed or self._differing)
        return True

    def action_whole(self) -> None:
        """Go between the snippet and all of it; each keeps its text."""
        self.keep()
        self.editor.text = self.playground.turn()
        self.editor.move_cursor((self._first_line(), 0))
        self._differing = False
        self._turn_to(self.editor)
        self._show()
        self._show_head()

    def _first_line(self) -> int:
        """The line at which the snippet begins."""
        lines = self.editor.text.split("\n")
        cells = [number for number, line in enumerate(lines) if line.startswith(CELL)]
        return cells[-1] + 1 if self.playground.whole and cells else 0

    def _turn_to(self, pane: Widget) -> None:
        self.set_focus(pane)
        self.set_class(pane is self.outcome.output, "-reading")
        self.refresh_foot()

    def action_device(self) -> None:
        """Run on the other device from now on."""
        runner = self.torchdrill.runner
        runner.device = CUDA if runner.device == CPU else CPU
        self._show_head()
        self.run_worker(self._warm(), group="runner")

    def action_difference(self) -> None:
        """Show what differs, or what the run gave."""
        self._differing = not self._differing
        self._show()

    def action_pane(self) -> None:
        """Put the cursor into the other pane; where there is little room, it gets more."""
        self._turn_to(self.editor if self.focused is self.outcome.output else self.outcome.output)

    def action_reset(self) -> None:
        """Begin anew."""
        self.editor.replace(self.playground.start, (0, 0), self.editor.document.end)
        self.editor.move_cursor((0, 0))

    def action_editor(self) -> None:
        """Hand the text to the person's own editor, and take it back."""
        from quizapp.study.editing import edited

        self.keep()
        try:
            with self.app.suspend():
                text = edited(self.editor.text, self.playground.item.id)
        except TorchdrillError as error:
            self.torchdrill.tell_trouble(error)
            return
        if text != self.editor.text:
            self.editor.replace(text, (0, 0), self.editor.document.end)

    def action_copy(self) -> None:
        """Copy the code."""
        copy_and_say(self.app, self.editor.text, "the code")

    def action_back(self) -> None:
        """End what runs, or leave; what is written is kept."""
        if self._at_work:
            self.action_stop()
            return
        self.keep()
        self.app.pop_screen()

    # -- what is written ----------------------------------------------------------------------

    def keep(self) -> None:
        """Put what is written on disk."""
        try:
            self.playground.keep(self.editor.text, self.torchdrill.desk.now())
        except TorchdrillError as error:
            self.torchdrill.tell_trouble(error)

    def on_text_area_changed(self, message: TextArea.Changed) -> None:
        """Keep it once there is a pause."""
        if self._saving is not None:
            self._saving.stop()
        self._saving = self.set_timer(PAUSE, self._paused)

    def _paused(self) -> None:
        self.keep()
        self._show_head()
