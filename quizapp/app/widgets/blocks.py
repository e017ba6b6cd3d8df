"""Blocks of prose as widgets, and fences under which a program's real output can appear."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from quizapp.app.text.clean import clean
from quizapp.app.text.code import coloured
from quizapp.app.text.prose import Block, Break, Code, Heading, Paragraph, Section, Table, blocks

INDENT = 2


class Text(Static):
    """Running text."""

    DEFAULT_CSS = """
    Text { height: auto; margin-bottom: 1; }
    Text.tight { margin-bottom: 0; }
    Text.title { text-style: bold; }
    Text.quoted { border-left: outer $rule; padding-left: 1; }
    Text.item { layout: horizontal; }
    """


class Program(Static):
    """Code, indented; a line that does not fit is folded, never cut."""

    DEFAULT_CSS = """
    Program {
        height: auto; margin-bottom: 1; padding-left: 2;
        text-wrap: nowrap; text-overflow: fold;
    }
    Program.printed { color: $dim; }
    Program.joined { margin-bottom: 0; }
    """


class Item(Widget):
    """A line of a list: its mark, and its text beside it."""

    DEFAULT_CSS = """
    Item { layout: horizontal; height: auto; }
    Item > .mark { width: auto; padding-right: 1; color: $dim; }
    Item > .words { width: 1fr; height: auto; }
    """

    def __init__(self, mark: str | Content, words: Content, depth: int = 1) -> None:
        super().__init__(Static(mark, classes="mark"), Static(words, classes="words"))
        self.styles.padding = (0, 0, 0, INDENT * depth - 1)


class Fence(Widget):
    """A fence of an answer; `report` puts what it really printed below it.

    One that is a program can be marked, by a click too: a bar stands beside it then.
    """

    DEFAULT_CSS = """
    Fence { height: auto; }
    Fence.-marked > Program { border-left: outer $accent; padding-left: 1; }
    Fence > .report { height: auto; margin: 0 0 1 2; display: none; }
    Fence > .report.-told { display: block; }
    Fence.-told > Program { margin-bottom: 0; }
    """

    @dataclass
    class Clicked(Message):
        """The reader means this program."""

        fence: Fence

    def __init__(self, code: Code, number: int | None, *, joined: bool) -> None:
        printed = code.language == "output"
        content = arrowed(code.code) if printed else coloured(code.code, code.language)
        program = Program(content, classes="printed" if printed else "")
        program.set_class(joined, "joined")
        self._note = Static(classes="report")
        super().__init__(program, self._note)
        self.number = number
        """Its place among the fences of the answer."""
        self.code = code.code
        self.language = code.language

    @property
    def is_program(self) -> bool:
        """Whether it is one of the answer's programs, which can be run and changed."""
        return self.number is not None and self.language == "python"

    def mark(self, on: bool) -> None:
        """Mark it, or take the mark away."""
        self.set_class(on, "-marked")

    def on_click(self) -> None:
        """It is meant; a drag that selects text means no more than that."""
        if self.is_program and not self.screen.get_selected_text():
            self.post_message(self.Clicked(self))

    def report(self, told: Content | None) -> None:
        """Show what running it gave; None takes it away."""
        self._note.update(told or "")
        self._note.set_class(told is not None, "-told")
        self.set_class(told is not None, "-told")

    def to_report(self) -> None:
        """Scroll to what running it gave."""
        self._note.scroll_visible(animate=False)


class Grid(Static):
    """A table."""

    DEFAULT_CSS = "Grid { height: auto; margin-bottom: 1; }"

    def __init__(self, table: Table) -> None:
        from rich.table import Table as RichTable
        from rich.text import Text as RichText

        head, *rest = table.rows
        drawn = RichTable(box=None, padding=(0, 2, 0, 0), show_edge=False)
        for cell in head:
            drawn.add_column(RichText(cell.plain, style="bold"), overflow="fold")
        for row in rest:
            drawn.add_row(*(RichText(cell.plain) for cell in row))
        super().__init__(drawn)


def arrowed(printed: str) -> Content:
    """What a program prints, with an arrow in front."""
    lines = clean(printed).rstrip("\n").split("\n")
    return Content("\n").join(
        Content(("→ " if number == 0 else "  ") + line) for number, line in enumerate(lines)
    )


def drawn(markdown: str, *, without: str = "") -> list[Widget]:
    """The widgets for a piece of Markdown.

    Args:
        markdown: what to draw.
        without: a word in the info of fences that are left out.
    """
    found = [
        block
        for block in blocks(markdown)
        if not (without and isinstance(block, Code) and without in block.info.split())
    ]
    return [*_widgets(found, {})]


def drawn_section(section: Section, fences: dict[int, int]) -> list[Widget]:
    """The widgets for a section of an answer.

    Args:
        section: what to draw.
        fences: line of a fence in the text, from 0, to its place among the answer's fences.
    """
    title = [] if section.title is None else [Text(section.title, classes="title tight")]
    return [*title, *_widgets(section.blocks, fences)]


def _widgets(found: list[Block], fences: dict[int, int]) -> Iterator[Widget]:
    for block, after in zip(found, [*found[1:], None], strict=True):
        yield from _widget(block, after, fences)


def _widget(block: Block, after: Block | None, fences: dict[int, int]) -> Iterable[Widget]:
    match block:
        case Paragraph():
            last = not (isinstance(after, Paragraph) and after.depth)
            if not block.depth:
                yield Text(block.content, classes="quoted" if block.quoted else "")
            else:
                item = Item(block.mark or " ", block.content, block.depth)
                item.styles.margin = (0, 0, 1 if last else 0, 0)
                yield item
        case Heading():
            yield Text(block.content, classes="title tight")
        case Code():
            joined = isinstance(after, Code) and after.language == "output"
            yield Fence(block, fences.get(block.line), joined=joined)
        case Table():
            yield Grid(block)
        case Break():
            yield Text(Content("· · ·").stylize("$dim"))
