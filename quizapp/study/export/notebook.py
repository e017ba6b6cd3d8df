"""An answer as a Jupyter notebook that runs from top to bottom.

Prose is Markdown, fences are cells in their order.  What a fence was proved to print stands under
its cell until it is run.  Mistakes of an exercise, and what is not run, are shown as Markdown.

The format is nbformat 4.5, https://nbformat.readthedocs.io, which is JSON: nothing else is needed.
"""

from __future__ import annotations

import io
import json
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from quizapp.study.export.cells import code_of, setup, unused
from verify.bank.model import Fence, Item, Kind, Mode

_RUN = (Mode.RUN, Mode.PROPERTY, Mode.SOLUTION, Mode.FIX)

Cell = dict[str, Any]


def notebook_text(item: Item) -> str:
    """The notebook of a question with its answer, as it goes into a file."""
    cells = [*_cells(item)]
    for number, cell in enumerate(cells, 1):
        cell["id"] = f"cell-{number}"
    document = {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            "torchdrill": {"id": item.id},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _cells(item: Item) -> Iterator[Cell]:
    head = item.question.head
    yield _markdown(
        f"# {head.title}\n\n{item.id} · {head.kind} · {head.level} · {head.minutes} min\n\n"
        f"{item.question.prompt}\n\n{_options(item)}"
    )
    yield _code(setup(item.answer.fences))
    yield from _body(item)
    yield from map(_markdown, _after(item))


def _options(item: Item) -> str:
    return "\n".join(
        f"- {option.letter}) {textwrap.indent(option.text, '  ').strip()}"
        for option in item.question.options
    )


def _body(item: Item) -> Iterator[Cell]:
    """The answer in order: prose, and each fence as what it is."""
    answer = item.answer
    lines = answer.body.split("\n")
    name, needs = unused(answer.fences), item.question.head.needs
    above: Cell | None = None
    at = 0
    for fence in answer.fences:
        first = fence.line - answer.body_line
        if fence.mode is Mode.TEXT:  # part of the prose
            continue
        yield from _prose(lines[at:first])
        at = first + fence.code.count("\n") + 2  # with both marks
        if fence.mode is Mode.OUTPUT:
            assert above is not None  # as the format demands
            above["outputs"] = [_printed(fence.code)]
            continue
        if fence.not_run is not None or fence.mode not in _RUN:
            yield _markdown(_shown(fence))
        else:
            above = _code(code_of(fence, needs, name))
            yield above
    yield from _prose(lines[at:])


def _prose(lines: Sequence[str]) -> Iterator[Cell]:
    text = textwrap.dedent("\n".join(lines)).strip()
    if text:
        yield _markdown(text)


def _shown(fence: Fence) -> str:
    """A fence that is not run, with the reason."""
    why = "what a learner starts from"
    if fence.not_run is not None:
        why = f"not run: {fence.not_run}"
    elif fence.wrong is not None:
        why = f"✗ wrong: {fence.wrong}"
    mark = "````" if "```" in fence.code else "```"
    return f"*{why}*\n\n{mark}python\n{fence.code}{mark}"


def _after(item: Item) -> Iterator[str]:
    """What the answer says besides its text."""
    head = item.answer.head
    if item.question.head.kind is Kind.CHOICE:
        marks = {letter: "✓" if letter in head.correct else "✗" for letter in head.why}
        reasons = [f"- {marks[letter]} {letter}) {why}" for letter, why in head.why.items()]
        yield "\n".join(["## The options", "", *reasons])
    if item.question.head.kind is Kind.CODE:
        yield (
            "## Your own\n\nWrite a solution into a file, and have it judged by the laws above:\n\n"
            f"```console\n$ torchdrill check {item.id} solution.py\n```"
        )
    for title, lines in (
        ("Points an interviewer ticks", head.key_points),
        ("They would ask next", head.follow_ups),
        ("References", [f"[{r.title}]({r.url}) (read {r.date})" for r in head.references]),
    ):
        if lines:
            yield "\n".join([f"## {title}", "", *(f"- {line}" for line in lines)])


def _markdown(text: str) -> Cell:
    return {"cell_type": "markdown", "id": "", "metadata": {}, "source": _lines(text.strip())}


def _code(text: str) -> Cell:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": "",
        "metadata": {},
        "outputs": [],
        "source": _lines(text.strip("\n")),
    }


def _printed(text: str) -> dict[str, Any]:
    return {"name": "stdout", "output_type": "stream", "text": _lines(text)}


def _lines(text: str) -> list[str]:
    return [*io.StringIO(text)]  # unlike splitlines it knows no other end of a line than \\n
