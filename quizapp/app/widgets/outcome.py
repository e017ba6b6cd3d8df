"""What running a piece of code gives: how it stands in a line, and below it what it printed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from quizapp.app.kinds.bug import difference
from quizapp.app.text.ran import headline, live, report
from quizapp.app.widgets.line import Line

if TYPE_CHECKING:
    from verify.engine.free import Ran

NOTHING_YET = "f5 runs it; what it prints appears here."

_AT_FIRST = 1.0
"""Seconds that are not counted aloud."""


class Outcome(Vertical):
    """Shows a run while it goes on and when it has ended, or how two programs differ.

    Args:
        id: of the widget.
    """

    DEFAULT_CSS = """
    Outcome > #status { padding-right: 1; }
    Outcome > #output { scrollbar-size-vertical: 1; }
    Outcome > #output > #printed {
        height: auto; text-wrap: nowrap; text-overflow: fold; padding-right: 1;
    }
    """

    def __init__(self, *, id: str) -> None:
        self.status = Line(Content(NOTHING_YET).stylize("$dim"), id="status")
        self.printed = Static("", id="printed")
        self.output = VerticalScroll(self.printed, id="output")
        """What can be scrolled, and so takes keys."""
        super().__init__(self.status, self.output, id=id)
        self._came = {"out": "", "err": ""}
        self._news = False
        self._began = 0.0

    def say(self, words: str) -> None:
        """Say how it stands."""
        self.status.show(Content(words).stylize("$dim"), Content(""))

    def begin(self, words: str) -> None:
        """A run begins."""
        self._came = {"out": "", "err": ""}
        self._began = time.monotonic()
        self.printed.update("")
        self.say(words)

    def take(self, stream: str, text: str) -> None:
        """Something was printed; it is shown with the next :meth:`glance`."""
        self._came[stream] += text
        self._news = True

    def glance(self, *, counting: bool) -> None:
        """Show what has come since the last one, and for how long it runs."""
        seconds = time.monotonic() - self._began
        if counting and seconds >= _AT_FIRST:
            self.say(f"running … {seconds:.0f} s")
        if self._news:
            self._news = False
            self.printed.update(live(self._came["out"], self._came["err"]))
            self.output.scroll_end(animate=False)

    def show(self, ran: Ran | None, expected: str = "") -> None:
        """Show what came of it.

        Args:
            ran: the run; None if there was none.
            expected: what it should raise; empty if nothing.
        """
        if ran is None:
            self.say(NOTHING_YET)
            self.printed.update("")
            return
        self.status.show(*headline(ran, expected))
        self.printed.update(report(ran))
        self.output.scroll_end(animate=False)

    def show_difference(self, before: str, after: str) -> None:
        """Show how two programs differ."""
        self.status.show(Content("From the answer's to mine").stylize("bold"), Content(""))
        self.printed.update(difference(before, after))
        self.output.scroll_home(animate=False)
