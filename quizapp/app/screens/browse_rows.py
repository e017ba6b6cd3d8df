"""How questions are drawn where they are browsed."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widget import Widget

from quizapp.app.text.clean import clean, one_line
from quizapp.app.widgets.line import spread
from quizapp.app.widgets.menu import Row
from quizapp.study.browsing import State, leading
from quizapp.study.search.snippet import Passage, cropped, spans
from quizapp.study.search.words import Term
from verify.bank.index import Entry

FOUND = "bold $accent underline"
"""What was searched for; underlined, for the row under the cursor is bold and coloured anyway."""

MARKS = {
    State.BEGUN: ("…", "$warning"),
    State.DUE: ("•", "$accent"),
    State.WEAK: ("✗", "$error"),
    State.KNOWN: ("✓", "$success"),
    State.NEW: (" ", ""),
}
STAR = "★"

TOPIC = 12
"""Columns for a topic."""

ROOMY = 84
"""Columns from which on there is room for minutes too."""


def row_of(entry: Entry, states: frozenset[State], terms: Sequence[Term], width: int) -> Row:
    """One question in a list.

    Args:
        entry: the question.
        states: what is known of it.
        terms: what was searched for, to mark it.
        width: of the list.
    """
    mark, style = MARKS[leading(states)]
    star = STAR if State.BOOKMARKED in states else " "
    title = marked(one_line(entry.title), terms)
    left = Content.assemble((mark, f"bold {style}".strip()), (star, "$warning"), " ") + title
    topic = Content(one_line(entry.topic)).truncate(TOPIC, ellipsis=True, pad=True).plain
    right = f"{topic} {entry.level:<6} {entry.kind:<6}"
    if width >= ROOMY:
        right += f" {entry.minutes:>2} min"
    return Row(left, Content(right).stylize("$dim"), entry.id)


def marked(line: str, terms: Sequence[Term]) -> Content:
    """A line with what was searched for standing out."""
    content = Content(line)
    for start, end in spans(line, terms) if terms else ():
        content = content.stylize(FOUND, start, end)
    return content


def told(found: Passage, width: int) -> Content:
    """The line that says why a question was found, cut so that what was found is in sight."""
    if not found.line:
        return Content("")
    where = Content("in the answer  " if found.where == "answer" else "asks  ").stylize("$dim")
    room = max(10, width - where.cell_length)
    seen = cropped(found, room)
    parts, at = [where], 0
    for start, end in seen.spans:
        parts += [Content(clean(seen.line[at:start])), Content(clean(seen.line[start:end]))]
        parts[-1] = parts[-1].stylize(FOUND)
        at = end
    return Content("").join([*parts, Content(clean(seen.line[at:]))]).truncate(width, ellipsis=True)


class Peek(Widget):
    """What a question is called, and the line for which it was found."""

    DEFAULT_CSS = "Peek { height: 3; padding: 1 1 0 1; }"

    def __init__(self) -> None:
        super().__init__(id="peek")
        self._told: tuple[Entry, Passage] | None = None
        self._terms: Sequence[Term] = ()

    def show(self, told: tuple[Entry, Passage] | None, terms: Sequence[Term]) -> None:
        """Show another question, or none."""
        self._told, self._terms = told, terms
        self.refresh()

    def render(self) -> Content:
        """Draw it."""
        if self._told is None:
            return Content("")
        entry, why = self._told
        width = self.content_size.width
        id = marked(one_line(entry.id), self._terms).stylize_before("$dim")
        tags = Content(one_line(" · ".join(entry.tags))).stylize("$dim")
        return Content("\n").join([spread(id, tags, width, keep_left=True), told(why, width)])
