"""Markdown as blocks to draw, through the tokens of markdown-it-py.

Textual's own Markdown widget takes 0.4 s for a long answer; a block here is one line of text to
lay out, so an answer's first section is on screen within a few milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token
from textual.content import Content

from quizapp.app.text.clean import clean


@dataclass(frozen=True)
class Paragraph:
    """Running text; ``mark`` is the bullet or number in front of it, ``depth`` how far in."""

    content: Content
    depth: int = 0
    mark: str = ""
    quoted: bool = False
    tight: bool = False
    """No blank line below: an item of a list whose items stand close."""


@dataclass(frozen=True)
class Heading:
    """A title inside a section."""

    content: Content
    level: int


@dataclass(frozen=True)
class Code:
    """A fence; ``line`` is that of its opening mark, counted from 0 in the text given."""

    code: str
    language: str
    info: str
    line: int
    depth: int = 0


@dataclass(frozen=True)
class Table:
    """A table: the first row is its head."""

    rows: tuple[tuple[Content, ...], ...]


@dataclass(frozen=True)
class Break:
    """A rule."""


Block = Paragraph | Heading | Code | Table | Break


@dataclass
class Section:
    """What stands under one heading of the second level, or before the first."""

    title: Content | None
    blocks: list[Block] = field(default_factory=list)


def sections(markdown: str) -> list[Section]:
    """Return the sections of a document, empty ones left out."""
    found = [Section(None)]
    for block in blocks(markdown):
        if isinstance(block, Heading) and block.level <= 2:
            found.append(Section(block.content))
        else:
            found[-1].blocks.append(block)
    return [section for section in found if section.title is not None or section.blocks]


def blocks(markdown: str) -> Iterator[Block]:
    """Yield the blocks of a text in order."""
    yield from _Reader(MarkdownIt("commonmark").enable("table").parse(markdown)).read()


def inline(markdown: str) -> Content:
    """Return one line or paragraph of Markdown as content."""
    tokens = MarkdownIt("commonmark").parseInline(clean(markdown))
    return _inline(tokens[0].children or []) if tokens else Content("")


@dataclass
class _List:
    ordered: bool
    number: int


class _Reader:
    """Walks the tokens once; keeps only how deep in lists and quotes it is."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.lists: list[_List] = []
        self.quotes = 0
        self.mark = ""
        self.level = 0
        self.rows: list[list[Content]] = []

    def read(self) -> Iterator[Block]:
        for token in self.tokens:
            block = self._step(token)
            if block is not None:
                yield block

    def _step(self, token: Token) -> Block | None:
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                start = int(token.attrGet("start") or 1)
                self.lists.append(_List(token.type.startswith("ordered"), start))
            case "bullet_list_close" | "ordered_list_close":
                self.lists.pop()
            case "list_item_open":
                self.mark = self._bullet()
            case "blockquote_open":
                self.quotes += 1
            case "blockquote_close":
                self.quotes -= 1
            case "heading_open":
                self.level = int(token.tag[1:])
            case "heading_close":
                self.level = 0
            case "table_open":
                self.rows = []
            case "tr_open":
                self.rows.append([])
            case "table_close":
                rows, self.rows = self.rows, []
                return Table(tuple(tuple(row) for row in rows))
            case "inline":
                return self._text(token)
            case "fence" | "code_block":
                words = token.info.split(None, 1)
                language = words[0] if words else ""
                line = token.map[0] if token.map else 0
                return Code(token.content, language, token.info.strip(), line, len(self.lists))
            case "html_block":
                return Paragraph(Content(clean(token.content).strip()), len(self.lists))
            case "hr":
                return Break()
        return None

    def _bullet(self) -> str:
        current = self.lists[-1]
        if not current.ordered:
            return "•" if len(self.lists) == 1 else "◦"
        current.number += 1
        return f"{current.number - 1}."

    def _text(self, token: Token) -> Block | None:
        content = _inline(token.children or [])
        if self.rows:
            self.rows[-1].append(content)
            return None
        if self.level:
            return Heading(content, self.level)
        mark, self.mark = self.mark, ""
        return Paragraph(content, len(self.lists), mark, self.quotes > 0, bool(self.lists))


def _inline(tokens: Sequence[Token]) -> Content:
    parts: list[tuple[str, str]] = []
    styles: list[str] = []
    for token in tokens:
        match token.type:
            case "strong_open":
                styles.append("bold")
            case "em_open":
                styles.append("italic")
            case "link_open":
                styles.append("underline")
            case "strong_close" | "em_close" | "link_close":
                styles.pop()
            case "code_inline":
                parts.append((clean(token.content), " ".join([*styles, "$code"])))
            case "softbreak":
                parts.append((" ", ""))
            case "hardbreak":
                parts.append(("\n", ""))
            case "image":
                parts.append((f"[{clean(token.content)}]", "$dim"))
            case _:
                parts.append((clean(token.content), " ".join(styles)))
    return Content.assemble(*parts)
