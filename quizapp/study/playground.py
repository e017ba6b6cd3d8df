"""A snippet of an answer to be changed and run: what it starts from, and what was made of it."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from datetime import datetime

from quizapp.study.records import Draft
from quizapp.study.store import Store
from verify.bank.model import Fence, Item, Mode
from verify.engine.plan import before

CELL = "# %%"
"""How the line begins that stands above each cell of one program; many editors know it."""


class Playground:
    """One snippet at play; every text that was changed is kept until it is what it was.

    There are two texts: the snippet, which runs after those it builds on, and all of them as one
    program.  Each is a draft of its own.

    Args:
        item: the question.
        fence: number of the snippet among the fences of the answer.
        store: where drafts are kept.
    """

    def __init__(self, item: Item, fence: int, store: Store) -> None:
        self.item = item
        self.number = fence
        self.fence: Fence = item.answer.fences[fence]
        self.builds_on = before(item, fence)
        """Numbers of the fences that the snippet builds on."""
        self._store = store
        self._whole = False
        self._texts = {False: self._kept(self.fence.code)}
        self._starts = {False: self.fence.code}

    @property
    def whole(self) -> bool:
        """Whether all of it is at play, as one program."""
        return self._whole

    @property
    def above(self) -> tuple[int, ...]:
        """Numbers of the fences that run before the text."""
        return () if self._whole else self.builds_on

    @property
    def tests(self) -> bool:
        """Whether the tests that the text defines are to be run."""
        return self.fence.mode is Mode.PROPERTY

    @property
    def text(self) -> str:
        """What is at play now."""
        return self._texts[self._whole]

    @property
    def start(self) -> str:
        """What the text was before it was changed."""
        return self._starts[self._whole]

    @property
    def changed(self) -> bool:
        """Whether the text is not what it was."""
        return self.text != self.start

    def keep(self, text: str, now: datetime) -> None:
        """Keep what is written so far.

        Raises:
            StoreError: it could not be kept.
        """
        if text == self.text:
            return
        if text == self.start:
            self._store.drop_draft(self._place)
        else:
            self._store.save_draft(Draft(self._place, text=text), now=now)
        self._texts[self._whole] = text

    def turn(self) -> str:
        """Go from the snippet to all of it, or back; returns the text that is at play then.

        What was written of all of it is there again; else it is made of the snippet as it is now.
        """
        snippet = self._texts[False]
        self._whole = not self._whole
        if self._whole:
            self._starts[True] = one_program(self.item, self.builds_on, self.fence.code)
            made = one_program(self.item, self.builds_on, snippet)
            self._texts[True] = self._kept(made)
        return self.text

    @property
    def _place(self) -> str:
        """The id of the draft.  What lies before the sign is the question, which is not begun."""
        return f"{self.item.id}#{'whole' if self._whole else 'play'}{self.number}"

    def _kept(self, otherwise: str) -> str:
        draft = self._store.draft(self._place)
        return otherwise if draft is None else draft.text


def one_program(item: Item, fences: Sequence[int], code: str) -> str:
    """Snippets of an answer and code after them, as one program of several cells.

    A snippet that must raise would end it there, so its error is caught and printed.
    """
    cells = [_cell(item.answer.fences[number]) for number in fences]
    if not cells:
        return code
    return "\n".join(
        f"{CELL} {number} of {len(cells) + 1}\n{cell}"
        for number, cell in enumerate([*cells, code], 1)
    )


def _cell(fence: Fence) -> str:
    if fence.raises is None:
        return fence.code
    code = textwrap.indent(fence.code, "    ")
    caught = 'except Exception as error:\n    print(f"{type(error).__name__}: {error}")\n'
    return f"try:\n{code}{caught}"
