"""The grammar of a fence's info string: ``python raises="RuntimeError: same dtype" needs=cuda``."""

from __future__ import annotations

import re

import msgspec

from verify.bank.model import Mode
from verify.bank.words import ATTRIBUTES, LANGUAGES, MODES, listed, nearest

_WORD = re.compile(r'\s*(?P<name>[^\s="]+)(?:=(?:"(?P<quoted>[^"]*)"|(?P<bare>[^\s"]+)))?(?=\s|$)')

_LANGUAGE = re.compile(
    r"(?:\{code(?:-cell|-block)?\}\s*|\{\s*)?\.?(?P<name>[\w+-]+)(?P<rest>.*)", re.DOTALL
)
_PYTHON = ("python", "py", "python3", "py3", "ipython", "ipython3", "testcode")
_CONSOLE = ("pycon", "pycon3", "python-console", "python-repl", "doctest")
_PUNCTUATION = re.compile(r"[{},:]+")
_ANY_WORD = re.compile(r"(?P<name>[^\s=\"']+)(?:=(?:\"[^\"]*\"|'[^']*'|\S*))?")
_SHOWN = ("notest", "no-test", "no_run", "no-run", "norun", "skip", "ignore")
"""Words by which other tools are told to leave a fence alone."""


class Info(msgspec.Struct):
    """What an info string says; ``problems`` holds (found, expected, nearest)."""

    language: str = ""
    mode: Mode = Mode.TEXT
    raises: str | None = None
    warns: str | None = None
    needs: tuple[str, ...] = ()
    not_run: str | None = None
    wrong: str | None = None
    problems: list[tuple[str, str, str]] = msgspec.field(default_factory=list)


def parse_info(text: str) -> Info:
    """Read an info string; what it does not know goes into ``problems``."""
    info = Info()
    language, _, rest = text.strip().partition(" ")
    info.language = language
    if language not in LANGUAGES:
        found = f"fence language {language!r}" if language else "a fence without a language"
        info.problems.append((found, listed(LANGUAGES), nearest(language, LANGUAGES)))
    if language == "output":
        info.mode = Mode.OUTPUT
    elif language == "python":
        info.mode = Mode.RUN
    if rest.strip():
        if language == "python":
            _parse_words(rest, info)
        elif language in LANGUAGES:
            info.problems.append(
                (f"words after {language!r}: {rest.strip()!r}", "nothing after the language", "")
            )
    return info


def parse_foreign_info(text: str) -> Info:
    """Read an info string: words of this format are kept, those of other tools let go.

    ``py``, ``Python``, ``{.python .numberLines}``, ``python,no_run`` and ``{code-cell} ipython3``
    all say python; a console has the language ``console``.
    """
    match = _LANGUAGE.match(text.strip())
    name, rest = (match["name"].lower(), match["rest"]) if match else ("", "")
    if name in _CONSOLE:
        return parse_info("console")
    if name not in _PYTHON:
        return parse_info("output" if text.strip() == "output" else "text")
    if rest[:1] in tuple("{},:="):
        rest = _PUNCTUATION.sub(" ", rest)
    words = [*_ANY_WORD.finditer(rest)]
    for word in words:
        if word[0].lower() in _SHOWN:
            return msgspec.structs.replace(parse_info("python"), not_run=f"marked {word[0]!r}")
    ours = [word[0] for word in words if word["name"] in (*MODES, *ATTRIBUTES)]
    info = parse_info(" ".join(["python", *ours]))
    return info if not info.problems else parse_info("python")


def _parse_words(rest: str, info: Info) -> None:
    position = 0
    seen: set[str] = set()
    while rest[position:].strip():
        match = _WORD.match(rest, position)
        if match is None:
            found = f"fence words {rest[position:].strip()!r}"
            info.problems.append((found, 'word, word=value or word="value"', ""))
            return
        position = match.end()
        name = match["name"]
        value = match["quoted"] if match["quoted"] is not None else match["bare"]
        if name in seen:
            info.problems.append((f"fence word {name!r} twice", "each word once", ""))
        seen.add(name)
        _take(name, value, info)
    _combine(info)


def _take(name: str, value: str | None, info: Info) -> None:
    if name in MODES:
        if info.mode is not Mode.RUN:
            info.problems.append((f"{name!r} beside {info.mode.value!r}", "one of them", ""))
        info.mode = Mode(name)
        if name == "wrong":
            if not value:
                info.problems.append(("'wrong' without a reason", 'wrong="the mistake"', ""))
            info.wrong = value or ""
        elif value is not None:
            info.problems.append((f"{name}={value!r}", f"{name} without a value", ""))
        return
    if name not in ATTRIBUTES:
        valid = (*MODES, *ATTRIBUTES)
        info.problems.append((f"fence word {name!r}", listed(valid), nearest(name, valid)))
        return
    if not value:
        info.problems.append((f"{name!r} without a value", f'{name}="..."', ""))
    elif name == "raises":
        info.raises = value
    elif name == "warns":
        info.warns = value
    elif name == "needs":
        info.needs = tuple(part for part in value.split(",") if part)
    else:
        info.not_run = value


def _combine(info: Info) -> None:
    if info.not_run is not None and (info.raises or info.warns or info.mode is not Mode.RUN):
        info.problems.append(("'not-run' beside words about running", "'not-run' alone", ""))
    if info.mode is not Mode.RUN and (info.raises or info.warns):
        found = f"'raises' or 'warns' in a {info.mode.value} fence"
        info.problems.append((found, "them in a plain python fence", ""))
    for word in (info.raises, info.warns):
        if word is not None and not word.partition(":")[0].strip().replace(".", "").isidentifier():
            info.problems.append((f"{word!r}", "a class name, or 'Class: part of the message'", ""))
