"""The programs of an answer on the screen: which one is meant, and what running them gave."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from quizapp.app.clipboard import copy_and_say
from quizapp.app.proofs import Proof, State
from quizapp.app.screens.page import Page
from quizapp.app.text.clean import one_line
from quizapp.app.text.proof import reports
from quizapp.app.widgets.blocks import Fence
from verify.bank.model import Mode

if TYPE_CHECKING:
    from verify.bank.model import Item

RUNNING = Content("running …").stylize("$dim")


class Snippets:
    """A cursor over the programs of an answer, which may be on none of them.

    Args:
        page: the screen they are on.
        item: the question.
    """

    def __init__(self, page: Page, item: Item) -> None:
        self._page = page
        self._fences = item.answer.fences
        self.marked: Fence | None = None

    @property
    def programs(self) -> Sequence[Fence]:
        """Those that are on the screen so far, from top to bottom."""
        return [fence for fence in self._page.query(Fence) if fence.is_program]

    @property
    def meant(self) -> Fence | None:
        """The marked one; else the first that is in sight, or that will be further down."""
        programs = self.programs
        top = self._page.body.scroll_y
        in_sight = (f for f in programs if f.virtual_region.bottom > top)
        return self.marked or next(in_sight, programs[0] if programs else None)

    def step(self, by: int) -> None:
        """Mark the next one, or the one before; past the last, none."""
        programs = self.programs
        if self.marked is not None:
            at = programs.index(self.marked) + by
            self.mark(programs[at] if 0 <= at < len(programs) else None)
        elif programs:
            self.mark(self.meant if by > 0 else programs[-1])

    def mark(self, fence: Fence | None) -> None:
        """Mark one, or none."""
        if self.marked is not None:
            self.marked.mark(False)
        self.marked = fence
        if fence is not None:
            fence.mark(True)
            fence.scroll_visible(animate=False)

    # -- what running them gave ---------------------------------------------------------------

    def tell(self, proof: Proof) -> None:
        """Show what a run of all of them gave, each at its place."""
        for number, fence in enumerate(self._fences):
            if fence.language == "python":
                self.tell_one(number, proof)

    def tell_one(self, number: int, proof: Proof) -> None:
        """Show what a run up to one of them gave."""
        place = self._place(number)
        if proof.state is State.DONE and proof.verdict is not None:
            told = reports(self._fences, proof.verdict)
            self._report(number, told.get(number))
            if place != number:
                self._report(place, told.get(place))
        elif proof.state is State.RUNNING:
            self._report(place, RUNNING)
        elif proof.state is State.IMPOSSIBLE:
            why = Content(f"not run: {one_line(proof.trouble)}").stylize("$warning")
            self._report(place, why)
        else:
            self._report(place, None)
        if self.marked is not None and self.marked.number == number:
            self._page.call_after_refresh(self._to_report, {number, place})

    def _to_report(self, numbers: Collection[int]) -> None:
        for fence in self._page.query(Fence):
            if fence.number in numbers and fence.has_class("-told"):
                fence.to_report()

    def _place(self, number: int) -> int:
        """The fence under which the report of a program stands: below what it is to print."""
        below = number + 1
        printed = below < len(self._fences) and self._fences[below].mode is Mode.OUTPUT
        return below if printed else number

    def _report(self, number: int, told: Content | None) -> None:
        for fence in self._page.query(Fence):
            if fence.number == number:
                fence.report(told)


class SnippetsPage(Page):
    """A page that shows an answer whose programs can be marked, changed and copied."""

    item: Item
    snippets: Snippets

    def action_mark(self, by: int = 1) -> None:
        """Mark another program."""
        self.snippets.step(by)
        self.refresh_foot()

    def on_fence_clicked(self, message: Fence.Clicked) -> None:
        """Mark it, or take the mark away."""
        again = message.fence is self.snippets.marked
        self.snippets.mark(None if again else message.fence)
        self.refresh_foot()

    def action_play(self) -> None:
        """Open a program in the playground."""
        from quizapp.app.screens.playground import PlaygroundScreen
        from quizapp.study.playground import Playground

        fence = self.snippets.meant
        if fence is not None and fence.number is not None:
            with self.torchdrill.telling_trouble():
                playground = Playground(self.item, fence.number, self.torchdrill.desk.store)
                self.app.push_screen(PlaygroundScreen(playground))

    def action_copy(self) -> None:
        """Copy the marked program."""
        if self.snippets.marked is not None:
            copy_and_say(self.app, self.snippets.marked.code, "the program")
