"""Options to choose from, shuffled; then every option with its mark and its reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from quizapp.app.commands import command
from quizapp.app.kinds.base import Ask, Reply, ReplyChanged, Verdict
from quizapp.app.text.prose import inline
from quizapp.app.widgets.blocks import drawn

if TYPE_CHECKING:
    from quizapp.study.grading import Graded
    from verify.bank.model import Item, Option

LETTERS = "abcdefgh"


class _Row(Widget):
    DEFAULT_CSS = """
    _Row { layout: horizontal; height: auto; }
    _Row > .box { width: auto; padding: 0 1; }
    _Row > .words { width: 1fr; height: auto; }
    _Row > .words Text, _Row > .words Program, _Row > .words Item { margin-bottom: 0; }
    """

    def __init__(self, box: Content, words: Iterable[Widget]) -> None:
        self.box = Static(box, classes="box")
        super().__init__(self.box, Vertical(*words, classes="words"))


class AskChoice(Ask, can_focus=True):
    """Options under letters: a letter, or arrows and space, choose; enter answers."""

    DEFAULT_CSS = """
    AskChoice > _Row { margin-bottom: 1; }
    AskChoice:focus > _Row.-here { background: $cursor; }
    AskChoice > .hint { color: $dim; margin-bottom: 1; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        command("choice.pick", "space", "choose", "Choose the option under the cursor."),
        command("choice.up", "up,k", "up", "To the option above.", show=False, action="move(-1)"),
        command(
            "choice.down", "down,j", "down", "To the option below.", show=False, action="move(1)"
        ),
        *(
            command(
                f"choice.{letter}",
                letter,
                f"choose {letter}",
                f"Choose option {letter}.",
                show=False,
                action=f"letter({index})",
            )
            for index, letter in enumerate(LETTERS)
        ),
    ]

    explains = (
        "Press the letter of an option, or move with the arrows and choose with space; enter "
        "answers. Where several options are right, the question says so: choose all of them."
    )

    def __init__(self, item: Item, options: Sequence[Option], reply: Reply) -> None:
        super().__init__(item, options, reply)
        self.several = len(item.answer.head.correct) > 1
        self.chosen = set(reply.letters)
        self.cursor: int | None = None

    def compose(self) -> ComposeResult:
        """The widgets, from top to bottom."""
        if self.several:
            yield Static("Choose all that are right.", classes="hint")
        for index, option in enumerate(self.options):
            yield _Row(self._box(index), drawn(option.text))

    @property
    def reply(self) -> Reply:
        """What is answered so far."""
        return Reply(letters=tuple(sorted(self.chosen)))

    def grade(self) -> Graded:
        """The verdict."""
        from quizapp.study.grading import grade_choice

        return grade_choice(self.item, self.reply.letters)

    def missing(self) -> str:
        """What to do before a verdict can be given."""
        if not self.chosen and self.cursor is not None and not self.several:
            self._choose(self.cursor)
        last = LETTERS[len(self.options) - 1]
        return "" if self.chosen else f"Choose with a to {last}, or skip it."

    def begin(self) -> Widget:
        """What takes the first key."""
        return self

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Letters past the last option are no commands."""
        if action == "letter" and isinstance(parameters[0], int):
            return parameters[0] < len(self.options)
        return True

    def action_letter(self, index: int) -> None:
        """Choose an option by its letter."""
        self.cursor = index
        self._choose(index)

    def action_pick(self) -> None:
        """Choose the option under the cursor."""
        self._choose(self.cursor or 0)

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        last = len(self.options) - 1
        start = (-1 if by > 0 else last + 1) if self.cursor is None else self.cursor
        self.cursor = min(last, max(0, start + by))
        self._show()
        self.query(_Row)[self.cursor].scroll_visible(animate=False)

    def on_click(self, event: events.Click) -> None:
        """Choose with the mouse."""
        for index, row in enumerate(self.query(_Row)):
            if event.widget is row or (event.widget and row in event.widget.ancestors):
                self.action_letter(index)

    def _choose(self, index: int) -> None:
        letter = self.options[index].letter
        self.cursor = index
        if self.several:
            self.chosen ^= {letter}
        else:
            self.chosen = {letter}
        self._show()
        self.post_message(ReplyChanged())

    def _show(self) -> None:
        for index, row in enumerate(self.query(_Row)):
            row.set_class(index == self.cursor, "-here")
            row.box.update(self._box(index))

    def _box(self, index: int) -> Content:
        chosen = self.options[index].letter in self.chosen
        shut, opened = ("[✓]", "[ ]") if self.several else ("(•)", "( )")
        mark = (shut, "bold $accent") if chosen else (opened, "$dim")
        return Content.assemble((LETTERS[index], "bold $accent"), " ", mark)


class ChoiceVerdict(Verdict):
    """Every option with its mark and its reason, the chosen one first."""

    DEFAULT_CSS = """
    ChoiceVerdict > _Row { margin-bottom: 1; }
    ChoiceVerdict .why { color: $dim; }
    """

    def parts(self) -> Iterable[Widget]:
        """The widgets, from top to bottom."""
        assert self.graded is not None
        letters = {option.letter: LETTERS[i] for i, option in enumerate(self.options)}
        for told in self.graded.options:
            # only what was chosen and wrong is red: the rest is no fault of the reader
            wrong = ("✗", "bold $error" if told.chosen else "$dim")
            mark = ("✓", "bold $success") if told.correct else wrong
            words = Content.assemble(
                "right" if told.correct else "wrong", ", your choice" if told.chosen else ""
            )
            box = Content.assemble(mark, " ", (letters[told.option.letter], "bold"))
            why = Static(Content.assemble(words, ": ", inline(told.why)), classes="why")
            yield _Row(box, [*drawn(told.option.text), why])
