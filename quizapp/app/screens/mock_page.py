"""What the screens of a mock interview share: the clock, and going on for good."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from textual.content import Content

from quizapp.app.screens.page import Page
from verify.errors import TorchdrillError

if TYPE_CHECKING:
    from quizapp.app.mock import Mock
    from verify.bank.model import Item

SURE = Content.assemble(
    ("End the interview? ", "bold $warning"),
    "Once more ends it; what was not reached counts as not known.",
)


class MockPage(Page):
    """A screen of an interview; the clock runs while it can be seen."""

    mock: Mock
    item: Item

    timed = True
    """Whether the clock runs here."""

    _done = False
    """Whether the interview has gone on from here."""

    _sure = False

    @property
    def under_way(self) -> bool:
        """Whether what is done here is about the current question."""
        return not self._done and self.mock.asks(self.item)

    def on_mount(self) -> None:
        """Let the clock go on from second to second, and show it as often as the person likes."""
        self.head.show(*self.mock.head())
        self.set_interval(1.0, self.count)
        self.set_interval(self.torchdrill.tick, self.tick)

    def on_screen_resume(self) -> None:
        """It can be seen."""
        if self.timed:
            self.mock.start(self)
        self.tick()

    def on_screen_suspend(self) -> None:
        """It cannot be seen any more."""
        self.mock.stop(self)

    def count(self) -> None:
        """Let the clock go on."""
        if self.is_current and not self._done:
            self.mock.tick()

    def tick(self) -> None:
        """Let the clock go on, and show it."""
        self.count()
        if self.is_current and not self._done:
            self.head.show(*self.mock.head())

    def refresh_foot(self) -> None:
        """Show the keys that make sense now, unless this screen is on its way out."""
        if not self._done:
            super().refresh_foot()

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Leave this screen for good, unless that cannot be put on disk."""
        if self._done:
            return
        self._done = True
        try:
            yield
        except TorchdrillError as error:
            self._done = False
            self.torchdrill.tell_trouble(error)

    def end_if_sure(self) -> bool:
        """End the interview if asked twice; returns whether the question is to be asked first."""
        if not self._sure:
            self._sure = True
            return True
        with self.going_on():
            self.mock.end(self.item)
        return False
