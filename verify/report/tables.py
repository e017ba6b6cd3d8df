"""What a run over several topics came to: a table by topic, and the slowest answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from verify.bank.model import Outcome
from verify.engine.verdicts import AnswerVerdict
from verify.report.terminal import columns, cut
from verify.report.wording import printable, shown_path

_SLOWEST = 5
"""So many answers are named."""

_HEADS = ("answers", "checks", "passed", "failed", "skipped", "unverified", "seconds")


class Row(msgspec.Struct):
    """The sums of one topic, or of all."""

    answers: int = 0
    checks: int = 0
    passed: int = 0
    failed: int = 0
    """All that went wrong: failed, raised, timeout, crashed, out of memory."""
    skipped: int = 0
    unverified: int = 0
    seconds: float = 0.0
    """Of proving, summed over answers: more than the wall time where workers run side by side."""

    def add(self, verdict: AnswerVerdict) -> None:
        """Count an answer and its checks."""
        self.answers += 1
        self.seconds += verdict.seconds
        for check in verdict.checks:
            self.checks += 1
            self.passed += check.outcome is Outcome.PASSED
            self.failed += check.outcome.bad
            self.skipped += check.outcome is Outcome.SKIPPED
            self.unverified += check.outcome is Outcome.UNVERIFIED


def topic_of(verdict: AnswerVerdict) -> str:
    """The topic of an answer; of a document, the folder it lies in."""
    if verdict.id == str(verdict.path):
        return shown_path(verdict.path.parent)
    return verdict.id.partition("/")[0]


def by_topic(verdicts: Sequence[AnswerVerdict]) -> dict[str, Row]:
    """Sums by topic, in order of name."""
    rows: dict[str, Row] = {}
    for verdict in verdicts:
        rows.setdefault(printable(topic_of(verdict)), Row()).add(verdict)
    return dict(sorted(rows.items()))


def summary_lines(verdicts: Sequence[AnswerVerdict], width: int) -> Iterator[str]:
    """The table and the slowest answers; nothing for a single topic, which has said it all.

    Args:
        verdicts: of the whole run.
        width: columns of the terminal; 80 are enough for the table.
    """
    rows = by_topic(verdicts)
    if len(rows) < 2:
        return
    everything = Row()
    for verdict in verdicts:
        everything.add(verdict)
    yield ""
    yield from _table({**rows, "all": everything}, width)
    yield ""
    yield "slowest answers"
    for verdict in sorted(verdicts, key=lambda one: -one.seconds)[:_SLOWEST]:
        yield cut(f"{verdict.seconds:9.2f} s  {printable(verdict.id)}", width)
    yield ""


def _table(rows: dict[str, Row], width: int) -> Iterator[str]:
    cells: list[tuple[str, ...]] = [("topic", *_HEADS)]
    for name, row in rows.items():
        counts = (getattr(row, head) for head in _HEADS[:-1])
        cells.append((name, *map(str, counts), f"{row.seconds:.1f}"))
    widths = [max(columns(line[n]) for line in cells) for n in range(len(cells[0]))]
    room = width - sum(widths[1:]) - 2 * len(_HEADS)
    widths[0] = max(5, min(widths[0], room))
    rule = "─" * (sum(widths) + 2 * len(_HEADS))
    for number, line in enumerate(cells):
        if number in (1, len(cells) - 1):
            yield rule
        name = cut(line[0], widths[0])
        numbers = (f"  {text:>{size}}" for text, size in zip(line[1:], widths[1:], strict=True))
        yield name + " " * (widths[0] - columns(name)) + "".join(numbers)
