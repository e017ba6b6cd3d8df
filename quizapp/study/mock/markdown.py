"""A scorecard as Markdown, to keep or to hand on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from pathlib import Path

from quizapp.study.mock.choosing import Askable
from quizapp.study.mock.escaping import escaped
from quizapp.study.mock.plan import Group
from quizapp.study.mock.scorecard import Line, Scorecard
from quizapp.study.mock.scoring import HOW_IT_IS_SCORED
from quizapp.study.mock.wording import (
    clock,
    code_in_words,
    ended,
    gained,
    laws_in_words,
    minutes_spent,
    named,
    percent,
    titles,
)
from verify.errors import SurroundingsError
from verify.report.wording import printable


def as_markdown(card: Scorecard, entries: Mapping[str, Askable], zone: tzinfo | None) -> str:
    """The scorecard with every answer, as Markdown with tables.

    Args:
        card: what it says.
        entries: the index of the pack, for titles.
        zone: in which to say when it was.
    """
    result = card.result
    started = result.started.astimezone(zone)
    before = f", against {card.before.started.astimezone(zone):%Y-%m-%d}" if card.before else ""
    compared = f"{gained(card.gain)}{before}"
    parts = [
        f"# Mock interview · {named(result.minutes, result.level)}",
        f"**{card.readiness.capitalize()}: {percent(result.score)}**{compared}",
        f"{started:%Y-%m-%d %H:%M}, {clock(card.seconds)} of {clock(60.0 * result.minutes)} on the "
        f"clock. {ended(card)}".rstrip(),
        *([] if card.counts else ["Answers of it were reset since, so that it counts no more."]),
        _grid(card),
        "## Answers",
        _answers(card, entries),
    ]
    if card.strong:
        parts += ["## Strong", _list(_line(point) for point in card.strong)]
    if card.missed:
        missed = (f"{_line(m.point)} ({_plain(m.id)}{_times(m.times)})" for m in card.missed)
        parts += ["## Missed", _list(missed)]
    if card.unreached:
        names = titles(entries, tuple(asked.id for asked in card.unreached))
        parts += ["## Not reached", _list(f"{_plain(title)} ({_plain(id)})" for id, title in names)]
    parts += _study(card, entries)
    parts += ["## The score", HOW_IT_IS_SCORED]
    return "\n\n".join(parts) + "\n"


def write_markdown(text: str, folders: Iterable[Path], started: datetime) -> Path:
    """Write a scorecard into the first folder that takes it, under a name that is free.

    Args:
        text: what to write.
        folders: where to try, in order.
        started: when the interview was, in the person's own zone; it names the file.

    Raises:
        SurroundingsError: none of them can be written to.
    """
    why = ""
    for folder in folders:
        for count in range(1, 1000):
            ending = "" if count == 1 else f"-{count}"
            path = folder / f"mock-{started:%Y-%m-%d-%H%M}{ending}.md"
            try:
                with path.open("x", encoding="utf-8") as file:
                    file.write(text)
                return path
            except FileExistsError:
                continue
            except OSError as error:
                why = why or f"{error.strerror} ({folder})"
                break
    raise SurroundingsError(
        "the scorecard cannot be written", why=why, todo="`torchdrill mock --export FILE`"
    )


def _grid(card: Scorecard) -> str:
    rows = [["", *Group], ["---"] * (1 + len(Group))]
    for topic in card.topics:
        cells = [_cell(card.cell(group, topic), group) for group in Group]
        rows.append([_plain(topic), *cells])
    shares = [card.result.by_kind.get(group) for group in Group]
    rows.append(["score", *("–" if share is None else percent(share) for share in shares)])
    rows.append(["minutes", *(minutes_spent(card.cell(group)) for group in Group)])
    return _table(rows)


def _cell(lines: tuple[Line, ...], group: Group) -> str:
    if group is Group.CODE:
        return "; ".join(f"{_mark(line)} {code_in_words(line)}" for line in lines) or " "
    return " ".join(map(_mark, lines)) or " "


def _answers(card: Scorecard, entries: Mapping[str, Askable]) -> str:
    rows = [["", "question", "id", "kind", "level", "result", "time", "budget"], ["---"] * 8]
    for number, line in enumerate(card.lines, 1):
        asked = line.asked
        ((_, title),) = titles(entries, (asked.id,))
        result = f"{_mark(line)} {line.mark}"
        laws = laws_in_words(asked)
        said = f"{result}, {laws}" if laws else f"{result}, {percent(line.share)}"
        rows.append(
            [
                str(number),
                _plain(title),
                _plain(asked.id),
                asked.kind,
                asked.level,
                said,
                clock(asked.seconds),
                clock(asked.budget),
            ]
        )
    return _table(rows)


def _study(card: Scorecard, entries: Mapping[str, Askable]) -> list[str]:
    found = card.next
    if not found.ids and not found.practise:
        return []
    parts = ["## Study next"]
    if found.ids:
        names = (f"{_plain(title)} ({_plain(id)})" for id, title in titles(entries, found.ids))
        parts += [f"{found.minutes} minutes:", _list(names)]
    if found.practise:
        names = (f"{_plain(title)} ({_plain(id)})" for id, title in titles(entries, found.practise))
        parts += ["Write once more:", _list(names)]
    return parts


def _mark(line: Line) -> str:
    # A tilde is shown as it is: only two of them, without a space between, would strike out.
    return line.mark.symbol


def _times(times: int) -> str:
    return f", {times} times" if times > 1 else ""


def _table(rows: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _line(markdown: str) -> str:
    """Markdown of a pack on one line."""
    return " ".join(printable(markdown).split())


def _plain(text: str) -> str:
    """Plain words of a pack."""
    return escaped(printable(text))
