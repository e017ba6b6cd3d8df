"""Where an answer was proved: a line beside its title, and one below if there is more to say."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from quizapp.app.text.clean import one_line
from quizapp.app.text.proof import elsewhere_line, stamp_line
from quizapp.app.widgets.line import Line

if TYPE_CHECKING:
    from quizapp.app.desk import Desk
    from quizapp.app.proofs import Proof
    from verify.bank.model import Item


class Stamp(Widget):
    """What is known of the proof of an answer.

    Args:
        item: the question.
        desk: has the record of proofs, and the time.
    """

    DEFAULT_CSS = """
    Stamp { height: auto; margin-bottom: 1; }
    Stamp > #elsewhere { color: $dim; height: auto; text-align: right; display: none; }
    Stamp > #trouble { color: $warning; height: auto; margin-top: 1; display: none; }
    """

    def __init__(self, item: Item, desk: Desk) -> None:
        super().__init__()
        self._item, self._desk = item, desk
        self._line = Line(Content("Answer").stylize("bold $accent"), id="stamp")
        self._elsewhere = Static("", id="elsewhere")
        self._trouble = Static("", id="trouble")

    def compose(self) -> ComposeResult:
        """The widgets, from top to bottom."""
        yield self._line
        yield self._elsewhere
        yield self._trouble

    def show(self, proof: Proof) -> None:
        """Say what is known, here and now."""
        desk = self._desk
        self._line.show(right=stamp_line(proof, desk.facts.stamp(self._item), desk.now()))
        self._trouble.display = bool(proof.trouble)
        if proof.trouble:
            why = f"{one_line(proof.trouble)}. `torchdrill doctor` says more."
            self._trouble.update(Content(why))

    async def show_elsewhere(self, proof: Proof) -> None:
        """Say where else; found out in a thread, for it reads the code of the laws."""
        from verify.engine.ledger.history import history

        facts = self._desk.facts
        known = await asyncio.to_thread(history, self._item, facts)
        if self.is_attached:  # else the reader has gone on meanwhile
            line = elsewhere_line(known, proof, facts.stamp(self._item))
            self._elsewhere.update(line)
            self._elsewhere.display = bool(line)
