"""Markdown of the bank as HTML, its code in colours that a stylesheet gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from html import escape

from markdown_it import MarkdownIt
from markdown_it.token import Token
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from pygments.styles import get_style_by_name

from verify.bank.info import Info, parse_info
from verify.bank.model import Mode

LIGHT, NIGHT = "xcode", "github-dark"
"""Styles of Pygments, for a light page and a dark one."""


def html_of(markdown: str) -> str:
    """A piece of Markdown."""
    return _rendered(_markdown().parse(markdown))


def sections_of(markdown: str) -> tuple[str, str]:
    """What stands first in an answer, without its heading, and all that follows.

    The first section is what one would say to an interviewer.
    """
    tokens = _markdown().parse(markdown)
    heads = [
        place
        for place, token in enumerate(tokens)
        if token.type == "heading_open" and token.tag in ("h1", "h2") and not token.level
    ]
    begin = heads[0] + 3 if heads and heads[0] == 0 else 0  # a heading is three tokens
    ends = [place for place in heads if place >= begin]
    end = ends[0] if ends else len(tokens)
    return _rendered(tokens[begin:end]), _rendered(tokens[end:])


def python_html(code: str) -> str:
    """Python code."""
    formatter: HtmlFormatter[str] = HtmlFormatter(nowrap=True)
    return f'<pre class="code">{highlight(code, PythonLexer(stripnl=False), formatter)}</pre>\n'


def printed_html(text: str) -> str:
    """What a program prints."""
    return f'<pre class="printed">{escape(text)}</pre>\n'


def code_style(*prefixes: str, style: str) -> str:
    """The stylesheet of code below elements that selectors name."""
    formatter: HtmlFormatter[str] = HtmlFormatter(style=get_style_by_name(style))
    lines: list[str] = formatter.get_token_style_defs(list(prefixes))  # type: ignore[no-untyped-call]
    return "\n".join(line for line in lines if "{ }" not in line)


@cache
def _markdown() -> MarkdownIt:
    # No HTML: what looks like a tag in a question, as in `Dataset<T>`, is meant to be read.
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.add_render_rule("fence", _fence)
    return parser


def _rendered(tokens: Sequence[Token]) -> str:
    parser = _markdown()
    return str(parser.renderer.render(tokens, parser.options, {}))


def _fence(self: object, tokens: Sequence[Token], place: int, *_: object) -> str:
    token = tokens[place]
    info = parse_info(token.info)
    if info.mode is Mode.OUTPUT or info.language != "python":
        return printed_html(token.content)
    notes = "".join(f'<p class="note">{escape(note)}</p>\n' for note in _notes(info))
    return python_html(token.content) + notes


def _notes(info: Info) -> Iterator[str]:
    """What the words of a fence say about its code."""
    if info.wrong is not None:
        yield f"✗ wrong: {info.wrong}"
    if info.raises is not None:
        yield f"raises {info.raises}"
    if info.warns is not None:
        yield f"warns: {info.warns}"
    if info.needs:
        yield f"needs {', '.join(info.needs)}"
    if info.not_run is not None:
        yield f"not run: {info.not_run}"
