"""What the answer screen shows, apart from what it does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from quizapp.app.text.clean import clean, one_line
from quizapp.app.text.marks import marked
from quizapp.app.text.prose import sections
from quizapp.app.widgets.blocks import drawn_section
from quizapp.study.marks import Rating

if TYPE_CHECKING:
    from quizapp.study.grading import Graded
    from quizapp.study.session import Answered
    from verify.bank.index import Entry
    from verify.bank.model import Item

FOLLOW_UPS = 4


class AnswerText:
    """The text of an answer as widgets: the first section apart, to be painted at once."""

    def __init__(self, item: Item, entries: Mapping[str, Entry]) -> None:
        answer = item.answer
        self.head = answer.head
        self.entries = entries
        self.follow_ups = [i for i in answer.head.follow_ups if i in entries][:FOLLOW_UPS]
        self._sections = sections(answer.body)
        self._fences = {
            fence.line - answer.body_line: number for number, fence in enumerate(answer.fences)
        }

    def first(self) -> Iterable[Widget]:
        """The first section."""
        for section in self._sections[:1]:
            yield from drawn_section(section, self._fences)

    def rest(self) -> Iterable[Widget]:
        """The other sections, follow-ups and references."""
        for section in self._sections[1:]:
            yield from drawn_section(section, self._fences)
        if self.follow_ups:
            yield Static("They would ask next", classes="title")
        for number, identity in enumerate(self.follow_ups, 1):
            title = one_line(self.entries[identity].title)
            line = Content.assemble((f"f{number}", "bold $accent"), f"  {title}")
            yield Static(line, classes="more")
        if self.head.references:
            sources = Content.assemble("References  ", ("o", "bold $accent"))
            yield Static(sources, classes="title references")
        for each in self.head.references:
            line = Content.assemble(clean(each.title), (f"  read {clean(each.date)}", "$dim"))
            yield Static(line, classes="more")


def head_of_ticking(proposed: Graded) -> tuple[Content, Content]:
    """Left and right of the head line while points are ticked."""
    rating = proposed.rating or Rating.AGAIN
    proposes = f" · proposes {rating.value} {rating.name.lower()}"
    left = Content("Tick the points you made").stylize("bold")
    return left, Content.assemble(marked(proposed.mark), (proposes, "$dim"))


def head_of_verdict(
    graded: Graded, answered: Answered | None, identity: str, now: datetime
) -> tuple[Content, Content]:
    """Left and right of the head line once the verdict is there.

    Args:
        graded: the verdict.
        answered: what is on disk; None where an old answer is read again.
        identity: of the question.
        now: to say when it comes back.
    """
    left = marked(graded.mark)
    if answered is None:
        return left, Content(identity).stylize("$dim")
    from quizapp.study.clock import study_day
    from quizapp.study.scheduling import due_in

    rating = answered.review.rating
    name = f"{rating.name.lower()} · " if rating is not None else ""
    due = "unchanged" if answered.due is None else due_in(study_day(now), answered.due)
    right = Content.assemble(
        f"{name}next {due}", ("   1 2 3 4", "bold $accent"), (" to change", "$dim")
    )
    return left, right
