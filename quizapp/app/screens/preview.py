"""A question to look at: what it asks and what is known of it, but not its answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from quizapp.app import finding
from quizapp.app.commands import command
from quizapp.app.screens.browse_rows import MARKS, STAR
from quizapp.app.screens.page import Page
from quizapp.app.text.clean import clean, one_line
from quizapp.app.text.marks import MARK_STYLES
from quizapp.app.text.words import clock, day
from quizapp.app.widgets.blocks import drawn
from quizapp.study.bookmarks import toggle_bookmark
from quizapp.study.browsing import MOST, NEW, State, leading, standings
from quizapp.study.clock import study_day
from quizapp.study.scheduling import due_in
from quizapp.study.selection import asked_in_quiz
from verify.bank.model import Kind
from verify.errors import TorchdrillError

if TYPE_CHECKING:
    from quizapp.app.desk import Desk
    from quizapp.study.records import Review
    from verify.bank.model import Item

LATEST = 5
"""Answers that are listed."""

_SAID = {
    State.NEW: "not answered yet",
    State.DUE: "due",
    State.WEAK: "last answer not right",
    State.KNOWN: "known",
    State.BEGUN: "an answer is begun",
    State.BOOKMARKED: "bookmarked",
}


class PreviewScreen(Page):
    """A question as it is asked, with your history. Enter asks it now, and esc leads back to what
    was found. Reading the answer of a question you have not answered spoils it, so `a` asks twice.

    Args:
        desk: where the question is.
        ids: what was found.
        identity: the question among them.
    """

    CSS_PATH = "preview.tcss"

    BINDINGS: ClassVar[list[BindingType]] = [
        command("preview.answer", "enter,space", "answer", "Answer this question now."),
        command("preview.read", "a", "read answer", "Read the answer with its proof."),
        command("preview.bookmark", "b", "bookmark", "Mark this question to come back to it, or "
                "take the mark away."),
        command("preview.quiz", "q", "quiz", f"Take a quiz of all that was found, of {MOST} "
                "questions at most: what is due and new comes first."),
        command("preview.next", "right,n", "next", "The next question that was found.", show=False,
                action="go(1)"),
        command("preview.before", "left,p", "before", "The question before.", show=False,
                action="go(-1)"),
    ]  # fmt: skip

    def __init__(self, desk: Desk, ids: Sequence[str], identity: str) -> None:
        super().__init__()
        self.ids = ids
        self.identity = identity
        self.item: Item = desk.item(identity)
        self.asked = sum(asked_in_quiz(desk.entries[each]) for each in ids)
        """How many of those that were found a quiz can ask."""
        self.states: frozenset[State] = NEW
        self.last: Review | None = None
        self.standing = Static("", id="standing")
        self.history = Static("", id="history")
        self.note = Static("", id="note", classes="below")
        self._sure = False

    # -- what is shown ------------------------------------------------------------------------

    def content(self) -> Iterable[Widget]:
        """The widgets of the column."""
        question = self.item.question
        yield Static(Content(clean(question.head.title)), id="title")
        yield self.standing
        yield from drawn(question.prompt)
        for option in question.options:
            letter = Static(f"{option.letter})", classes="letter")
            text = Vertical(*drawn(option.text), classes="text")
            yield Horizontal(letter, text, classes="option")
        yield self.history

    def below(self) -> Iterable[Widget]:
        """What stays in sight below the column."""
        yield self.note

    def on_screen_resume(self) -> None:
        """It was answered meanwhile, perhaps."""
        super().on_screen_resume()
        self._show()

    def _show(self) -> None:
        """Say where we are and what is known of the question."""
        desk, head = self.torchdrill.desk, self.item.question.head
        left = Content(f"{self.item.question.topic} · {head.level} · {head.kind}")
        place = f"{self.ids.index(self.identity) + 1:,} of {len(self.ids):,}"
        self.head.show(left, Content(place).stylize("$dim"))
        try:
            reviews = desk.store.reviews(self.identity)
            known = standings({self.identity: desk.entries[self.identity]}, desk.store, desk.now())
            card = desk.store.card(self.identity)
        except TorchdrillError as error:
            self.torchdrill.tell_trouble(error)
            return
        self.states = known.get(self.identity, NEW)
        self.last = finding.last_answer(reviews)
        due = None if card is None else due_in(study_day(desk.now()), card.due)
        self.standing.update(self._standing(due))
        lines = [_line(each) for each in reversed(reviews[-LATEST:])]
        if lines:
            lines.insert(0, Content("Your answers").stylize("bold"))
        if len(reviews) > LATEST:
            lines.append(Content(f"  and {len(reviews) - LATEST} before").stylize("$dim"))
        tags = "".join(f" · {one_line(tag)}" for tag in head.tags)
        about = f"{one_line(self.identity)} · {head.minutes} min{tags}"
        self.history.update(Content("\n").join([*lines, Content(about).stylize("$dim")]))
        self.refresh_foot()

    def _standing(self, due: str | None) -> Content:
        first = leading(self.states)
        mark, style = MARKS[first]
        sign = (f"{mark} " if mark.strip() else "", f"bold {style}".strip())
        parts = [Content.assemble(sign, _SAID[first])]
        parts += [
            Content(_SAID[state])
            for state in (State.DUE, State.WEAK, State.KNOWN)
            if state in self.states and state is not first
        ]
        if due is not None and State.DUE not in self.states:
            parts.append(Content(f"next {due}"))
        if State.BOOKMARKED in self.states:
            parts.append(Content.assemble((STAR, "$warning"), " bookmarked"))
        return Content(" · ").join(parts)

    # -- commands -----------------------------------------------------------------------------

    def labels(self) -> Mapping[str, str]:
        """Labels that differ now."""
        coding = self.item.question.head.kind is Kind.CODE
        marked = State.BOOKMARKED in self.states
        return {
            "preview.answer": "practise" if coding else "answer",
            "preview.bookmark": "unmark" if marked else "bookmark",
            "preview.quiz": f"quiz of {min(MOST, self.asked)}",
        }

    def allows(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Say whether a command makes sense now."""
        return action != "quiz" or self.asked > 1

    def action_answer(self) -> None:
        """Ask it now."""
        finding.answer(self.torchdrill, self.item)

    def action_read(self) -> None:
        """Read the answer; of a question that was not answered only when asked twice."""
        if self.last is None and not self._sure:
            self._tell("You have not answered this yet, and reading spoils it: a again reads it.")
            return
        self._tell("")
        with self.torchdrill.telling_trouble():
            finding.read(self.torchdrill, self.item, self.last)

    def _tell(self, words: str) -> None:
        self._sure = bool(words)
        self.note.update(words)
        self.note.display = bool(words)

    def action_bookmark(self) -> None:
        """Mark it, or take the mark away."""
        desk = self.torchdrill.desk
        with self.torchdrill.telling_trouble():
            toggle_bookmark(desk.store, self.identity, desk.now())
            self._show()

    def action_quiz(self) -> None:
        """A quiz of all that was found."""
        finding.begin_quiz(self.torchdrill, self.ids)

    async def action_go(self, by: int) -> None:
        """Another question of those that were found."""
        place = self.ids.index(self.identity) + by
        if not 0 <= place < len(self.ids):
            return
        try:
            self.item = self.torchdrill.desk.item(self.ids[place])
        except TorchdrillError as error:
            self.torchdrill.tell_trouble(error)
            return
        self.identity = self.ids[place]
        self._tell("")
        self.standing, self.history = Static("", id="standing"), Static("", id="history")
        with self.app.batch_update():
            await self.column.remove_children()
            await self.column.mount_all(self.content())
            self._show()
            self.body.scroll_home(animate=False)


def _line(review: Review) -> Content:
    """An answer in a line: how it went, when, how long it took, how well it was known."""
    style = f"bold {MARK_STYLES[review.mark]}"
    rating = f"   {review.rating.name.lower()}" if review.rating is not None else ""
    told = f"   {day(review.day)} {review.day.year}   {clock(review.seconds):>5}{rating}"
    return Content.assemble("  ", (f"{review.mark.symbol} {review.mark:<7}", style), (told, "$dim"))
