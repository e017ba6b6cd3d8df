"""Python in colours, few and quiet: green, red and amber are kept for verdicts."""

from __future__ import annotations

from pygments.token import (
    Comment,
    Keyword,
    Name,
    Number,
    Operator,
    String,
    Token,
)
from textual.content import Content
from textual.highlight import HighlightTheme, highlight

from quizapp.app.text.clean import clean


class _Quiet(HighlightTheme):
    STYLES = {  # noqa: RUF012  (the base class declares it so)
        Token: "",
        Comment: "$dim italic",
        Keyword: "$accent",
        Keyword.Constant: "$code-number",
        Operator.Word: "$accent",
        Number: "$code-number",
        String: "$code-string",
        Name.Class: "bold",
        Name.Function: "bold",
        Name.Decorator: "$accent",
    }


def coloured(code: str, language: str) -> Content:
    """Return a program as content; a language without colours comes back plain."""
    text = clean(code).rstrip("\n")
    if language not in ("python", "bash", "sh", "yaml", "toml", "json", "cpp", "cuda", "ini"):
        return Content(text)
    return highlight(text, language=language, theme=_Quiet)
