"""A Markdown body as fences and options, through the tokens of markdown-it-py."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from markdown_it import MarkdownIt
from markdown_it.token import Token

from verify.bank.info import Info, parse_foreign_info, parse_info
from verify.bank.model import Defect, Fence, Mode, Option

CODE_COLUMNS = 76
"""Longer lines would be clipped on an 80-column screen."""

_DEEPEST = 100
"""Levels of lists and quotations in a document; fences further down are not seen."""
_OPTION = re.compile(r"(?P<letter>[a-h])\)\s+")
_FORMULA = re.compile(r"\$\$|\\\(|\\\[|\$[^$\n]*\\[a-zA-Z]+[^$\n]*\$")
_TASK = re.compile(r"\[[ xX]\]\s")


class Body(msgspec.Struct):
    """The parts of a body that mean something to the program."""

    fences: list[Fence]
    options: list[Option]
    options_span: tuple[int, int] | None
    """Lines of the body, from 0, end excluded, that hold the options."""
    defects: list[Defect]


def _parser(deepest: int = 20) -> MarkdownIt:
    return MarkdownIt("commonmark", {"maxNesting": deepest}).enable("table")


def read_body(text: str, *, path: Path, first_line: int) -> Body:
    """Read the body of a question or answer; every oddity is a defect.

    Args:
        text: the Markdown after the front matter.
        path: for the defects.
        first_line: line of the file at which ``text`` starts, from 1.
    """
    tokens = _parser().parse(text)
    lines = text.split("\n")
    body = Body(fences=[], options=[], options_span=None, defects=[])
    for token in tokens:
        if token.type == "fence":
            fence, defects = _fence(token, lines, path, first_line)
            body.fences.append(fence)
            body.defects += defects
        else:
            body.defects += _unshowable(token, path, first_line)
    _read_options(tokens, lines, body)
    return body


def read_fences(text: str, *, path: Path) -> tuple[list[Fence], list[Defect]]:
    """Read the python and output fences of any Markdown document.

    Languages and words that the format does not know are no defect here: the document never
    heard of it.  What could not be run for certain is: an unclosed fence.
    """
    fences: list[Fence] = []
    defects: list[Defect] = []
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    for token in _parser(_DEEPEST).parse(text):
        if token.type != "fence":
            continue
        if not _closed(token, lines):
            defects.append(_unclosed(token, path, 1))
            continue
        info = parse_foreign_info(token.info)
        line = _start(token) + 1
        fences.append(_to_fence(info, token.content, line))
    return fences, defects


def _to_fence(info: Info, code: str, line: int) -> Fence:
    return Fence(
        language=info.language,
        mode=info.mode,
        code=code,
        line=line,
        raises=info.raises,
        warns=info.warns,
        needs=info.needs,
        not_run=info.not_run,
        wrong=info.wrong,
    )


def _start(token: Token) -> int:
    return token.map[0] if token.map else 0


def _closed(token: Token, lines: Sequence[str]) -> bool:
    first, end = token.map or (0, 0)
    if end - first < 2:
        return False
    last = lines[end - 1].lstrip(" >\t").rstrip()
    return set(last) == {token.markup[0]} and len(last) >= len(token.markup)


def _unclosed(token: Token, path: Path, first_line: int) -> Defect:
    return Defect(
        path=path,
        line=first_line + _start(token),
        found="a fence that is never closed",
        expected=f"a line {token.markup} after its code",
    )


def _fence(
    token: Token, lines: Sequence[str], path: Path, first_line: int
) -> tuple[Fence, list[Defect]]:
    line = first_line + _start(token)
    info = parse_info(token.info)
    defects = [
        Defect(path=path, line=line, found=found, expected=expected, nearest=near)
        for found, expected, near in info.problems
    ]
    fence = _to_fence(info, token.content, line)
    if not _closed(token, lines):
        return fence, [*defects, _unclosed(token, path, first_line)]
    if fence.language == "python":
        defects += _python_defects(fence, path)
    for number, code in enumerate(token.content.splitlines()):
        if len(code) > CODE_COLUMNS and fence.mode is not Mode.OUTPUT:
            found = f"a line of code of {len(code)} columns"
            expected = f"at most {CODE_COLUMNS}"
            defects.append(Defect(path, fence.code_line + number, found, expected))
    return fence, defects


def _python_defects(fence: Fence, path: Path) -> Iterator[Defect]:
    try:
        tree = parsed(fence.code)
    except (SyntaxError, ValueError) as error:
        line = fence.line + (getattr(error, "lineno", None) or 1)
        reason = getattr(error, "msg", None) or str(error)
        yield Defect(path, line, f"python that does not compile ({reason})", "valid Python")
        return
    if fence.mode is Mode.PROPERTY and not test_names(tree) and not _bound(tree, EXERCISE):
        found = "a property fence without a test"
        yield Defect(path, fence.line, found, f"a function or name test_*, or {EXERCISE} = ...")


EXERCISE = "exercise"
"""The name under which a property fence of a coding answer defines what solutions are judged by."""


def _bound(tree: ast.Module, name: str) -> bool:
    targets = [t for node in tree.body if isinstance(node, ast.Assign) for t in node.targets]
    return any(isinstance(target, ast.Name) and target.id == name for target in targets)


def parsed(code: str) -> ast.Module:
    """The syntax tree of Python code.

    Raises:
        SyntaxError: it is none, or nested deeper than Python can read.
        ValueError: it holds a null character.
    """
    try:
        with warnings.catch_warnings():  # of what is no escape; who runs it is told
            warnings.simplefilter("ignore")
            return ast.parse(code)
    except (RecursionError, MemoryError):
        raise SyntaxError("nested too deeply") from None


def test_names(tree: ast.Module) -> list[tuple[str, int]]:
    """Names ``test_*`` bound at the top level, with their line in the code, from 1."""
    found: dict[str, int] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if node.name.startswith("test_"):
                found[node.name] = node.lineno
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id.startswith("test_"):
                    found[target.id] = node.lineno
    return list(found.items())


def _unshowable(token: Token, path: Path, first_line: int) -> Iterator[Defect]:
    """What the app's Markdown view would drop or garble."""
    line = first_line + _start(token)
    if token.type == "html_block":
        yield Defect(path, line, "raw HTML", "Markdown (the app shows no HTML)")
    if token.type == "code_block":
        yield Defect(path, line, "a code block by indentation", "a fence with its language")
    if token.type != "inline":
        return
    for child in token.children or ():
        if child.type == "html_inline":
            yield Defect(path, line, f"raw HTML {child.content!r}", "Markdown")
        elif child.type == "image":
            yield Defect(path, line, "an image", "words (the app draws none)")
        elif child.type == "text" and _FORMULA.search(child.content):
            yield Defect(path, line, "a TeX formula", "the formula in Unicode or as code")
    if _TASK.match(token.content):
        yield Defect(path, line, "a task list", "a plain list")


def _read_options(tokens: Sequence[Token], lines: Sequence[str], body: Body) -> None:
    """Take the last top-level bullet list whose items all start with ``a) ``, ``b) ``, ..."""
    start: int | None = None
    items: list[tuple[int, int]] = []
    for token in tokens:
        if token.type == "bullet_list_open" and token.level == 0:
            start, items = _start(token), []
        elif token.type == "list_item_open" and token.level == 1 and token.map:
            items.append((token.map[0], token.map[1]))
        elif token.type == "bullet_list_close" and token.level == 0 and start is not None:
            options = [_option(lines[first:end]) for first, end in items]
            found = [option for option in options if option is not None]
            if found and len(found) == len(options):
                body.options = found
                body.options_span = (start, items[-1][1])
            start = None


def _option(lines: Sequence[str]) -> Option | None:
    indent = len(lines[0]) - len(lines[0].lstrip(" "))
    content = lines[0][indent + 1 :]
    width = indent + 1 + len(content) - len(content.lstrip(" "))
    match = _OPTION.match(content.lstrip(" "))
    if match is None:
        return None
    first = content.lstrip(" ")[match.end() :]
    rest = [line[width:] if line[:width].strip() == "" else line for line in lines[1:]]
    return Option(letter=match["letter"], text="\n".join([first, *rest]).strip())
