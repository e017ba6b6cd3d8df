"""The solutions of the bank, how mine differs from the first, and what goes wrong."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from textual.content import Content
from textual.widget import Widget

from quizapp.app.kinds.bug import difference
from quizapp.app.screens.page import Page
from quizapp.app.text.prose import sections
from quizapp.app.widgets.blocks import Program, Text, drawn_section
from verify.bank.model import Item, Mode


class SolutionScreen(Page):
    """The answer of the bank, and before it what mine would have to become."""

    def __init__(self, item: Item, mine: str) -> None:
        super().__init__()
        self.item = item
        self.mine = mine

    def content(self) -> Iterable[Widget]:
        """The difference first, then the answer as it is written."""
        found = to_nearest(self.mine, self.item)
        if found is not None:
            title = Content("From mine to the nearest solution")
            yield Text(title, classes="title tight")
            yield Program(found)
        for section in sections(self.item.answer.body):
            yield from drawn_section(section, {})

    def on_mount(self) -> None:
        """Say what this is."""
        self.head.show(Content(f"{self.item.id.replace('/', ' · ')} · solutions"))


def to_nearest(mine: str, item: Item) -> Content | None:
    """What has to change for mine to become the solution that is most like it."""
    fences = [f for f in item.answer.fences if f.mode in (Mode.SOLUTION, Mode.FIX)]
    if not fences or not mine.strip():
        return None

    def likeness(code: str) -> float:
        return difflib.SequenceMatcher(None, mine, code, autojunk=False).ratio()

    return difference(mine, max((fence.code for fence in fences), key=likeness))
