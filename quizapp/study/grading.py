"""From what a person answered to a mark and a proposed rating.  Pure: no clock, no store.

A rating is only proposed; the person has the last word.  Proposals are strict where an answer is
exact (a choice, what a program prints: right or again) and graded where a rubric is ticked.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import msgspec

from quizapp.study.marks import Mark, Point, Rating
from verify.bank.model import Fence, Item, Kind, Mode, Option
from verify.errors import ContentError

if TYPE_CHECKING:
    from verify.engine.compare import Difference

__all__ = [
    "Graded",
    "Mark",
    "OptionVerdict",
    "Point",
    "Rating",
    "grade_choice",
    "grade_output",
    "grade_points",
    "proved_text",
    "raised_name",
    "rubric",
    "skipped",
    "with_hints",
]

GOOD_SHARE = 2 / 3
"""The share of key points from which a rubric proposes GOOD."""

WHOLE_ANSWER = "What I said agrees with the answer below."
"""Ticked where an answer names no key points."""


class OptionVerdict(msgspec.Struct, frozen=True):
    """One option of a choice question after the answer."""

    option: Option
    chosen: bool
    correct: bool
    why: str
    """Why the option is right or wrong; Markdown."""

    @property
    def right(self) -> bool:
        """True if the person treated this option as they should have."""
        return self.chosen == self.correct


class Graded(msgspec.Struct, frozen=True):
    """What an answer was worth."""

    kind: Kind
    mark: Mark
    share: float
    """How much of it was right, from 0 to 1."""
    rating: Rating | None = None
    """The proposal; None for a question that was skipped."""
    difference: Difference | None = None
    """(output) The first place where the typed text departs from the proved one."""
    points: tuple[Point, ...] = ()
    """(recall, bug) The rubric with its ticks."""
    options: tuple[OptionVerdict, ...] = ()
    """(choice) The chosen options first, then the others in the bank's order."""
    expected: str = ""
    """(output) What the program prints."""


def grade_choice(item: Item, letters: Collection[str]) -> Graded:
    """Grade the options chosen, by the bank's letters.

    The mark is right only if exactly the correct options were chosen.  Where several are correct,
    each right one counts for and each wrong one against.

    Raises:
        ValueError: a letter that the question does not have.
    """
    chosen = set(letters)
    known = {option.letter for option in item.question.options}
    if not chosen <= known:
        raise ValueError(f"{item.id} has no option {sorted(chosen - known)}")
    correct = set(item.answer.head.correct)
    why = item.answer.head.why
    verdicts = tuple(
        OptionVerdict(
            option, option.letter in chosen, option.letter in correct, why.get(option.letter, "")
        )
        for option in item.question.options
    )
    balance = len(chosen & correct) - len(chosen - correct)
    share = max(0.0, balance / len(correct)) if correct else 0.0
    return Graded(
        kind=Kind.CHOICE,
        mark=_mark(share, right=chosen == correct),
        share=share,
        rating=Rating.GOOD if chosen == correct else Rating.AGAIN,
        options=tuple(sorted(verdicts, key=lambda verdict: not verdict.chosen)),
    )


def grade_output(item: Item, typed: str) -> Graded:
    """Grade what a person says the program prints, by the tolerant comparison of the engine.

    Raises:
        ContentError: the answer does not say what the program prints.
    """
    from verify.engine.compare import compare_output  # the engine is not needed to grade a choice

    expected = proved_text(item)
    got = _plain_exception(typed, raised_name(item))
    difference = compare_output(expected, got, typed=True)
    share = 1.0
    if difference is not None:
        wanted, given = expected.splitlines(), got.rstrip().splitlines()
        count = max(len(wanted), len(given), 1)
        same = sum(
            compare_output(left, right, typed=True) is None
            for left, right in zip(wanted, given, strict=False)
        )
        share = min(same, count - 1) / count
    return Graded(
        kind=Kind.OUTPUT,
        mark=_mark(share, right=difference is None, partly=0.5),
        share=share,
        rating=Rating.GOOD if difference is None else Rating.AGAIN,
        difference=difference,
        expected=expected,
    )


def grade_points(item: Item, ticked: Collection[int]) -> Graded:
    """Grade the points of the rubric that were made, by their index.

    The first point is the decisive one: whoever misses it is asked again, whatever else was said.

    Raises:
        ValueError: an index that the rubric does not have.
    """
    texts = rubric(item)
    made = set(ticked)
    if not made <= set(range(len(texts))):
        raise ValueError(f"the rubric of {item.id} has {len(texts)} points, ticked: {sorted(made)}")
    share = len(made) / len(texts)
    rating = Rating.GOOD if share >= GOOD_SHARE else Rating.HARD
    if 0 not in made:
        rating = Rating.AGAIN
    return Graded(
        kind=item.question.head.kind,
        mark=_mark(share, right=share == 1.0),
        share=share,
        rating=rating,
        points=tuple(Point(text, index in made) for index, text in enumerate(texts)),
    )


def rubric(item: Item) -> tuple[str, ...]:
    """The points to tick, most important first; never empty."""
    return item.answer.head.key_points or (WHOLE_ANSWER,)


def skipped(kind: Kind) -> Graded:
    """The grade of a question that was passed over: no rating, so its schedule stays as it is."""
    return Graded(kind=kind, mark=Mark.SKIPPED, share=0.0)


def with_hints(graded: Graded, hints: int) -> Graded:
    """Propose at most HARD where hints were taken: knowing with help is not yet knowing."""
    if hints <= 0 or graded.rating is None or graded.rating <= Rating.HARD:
        return graded
    return msgspec.structs.replace(graded, rating=Rating.HARD)


def proved_text(item: Item) -> str:
    """What the program of an output question prints, proved by the answer.

    A program that raises ends with a line that holds the name of the exception's class.

    Raises:
        ContentError: the answer does not repeat the program of its question.
    """
    fence = _program(item)
    fences = item.answer.fences
    after = next(i for i, other in enumerate(fences) if other is fence) + 1
    printed = ""
    if after < len(fences) and fences[after].mode is Mode.OUTPUT:
        printed = fences[after].code
    name = raised_name(item)
    if not name:
        return printed
    if printed and not printed.endswith("\n"):
        printed += "\n"
    return f"{printed}{name}\n"


def raised_name(item: Item) -> str:
    """The class of the exception that the program of an output question ends with; or nothing.

    Raises:
        ContentError: the answer does not repeat the program of its question.
    """
    raises = _program(item).raises or ""
    return raises.partition(":")[0].strip()


def _program(item: Item) -> Fence:
    program = item.program
    if program is None:
        raise ContentError(
            "the answer does not repeat the program of its question",
            where=f"{item.answer.path}:{item.answer.body_line}",
            todo="copy the question's python fence into the answer, unchanged",
        )
    return program


def _plain_exception(typed: str, name: str) -> str:
    """Reduce a last line such as ``RuntimeError: a message`` to the class name that is expected.

    Only the class is asked for, so a person who knows the message too is not marked down for it.
    """
    lines = typed.rstrip().splitlines()
    if not name or not lines:
        return typed
    last = lines[-1].strip()
    for verb in ("raises ", "raise "):
        last = last.removeprefix(verb)
    given = last.partition(":")[0].partition("(")[0].strip()
    if given.rpartition(".")[2].casefold() == name.rpartition(".")[2].casefold():
        lines[-1] = name
    return "\n".join(lines) + "\n"


def _mark(share: float, *, right: bool, partly: float = 0.0) -> Mark:
    if right:
        return Mark.RIGHT
    return Mark.PARTLY if share > 0 and share >= partly else Mark.WRONG
