"""How an interview is worded, on the screen and as text alike."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from quizapp.study.mock.choosing import Askable
from quizapp.study.mock.interview import Sitting
from quizapp.study.mock.scorecard import Line, Missed, Scorecard
from quizapp.study.mock.state import Asked, Ending, Why

ANY_LEVEL = "any level"

_WHY = {
    Why.DEEPER: "A follow-up that goes deeper.",
    Why.ASIDE: "A follow-up.",
    Why.BASIC: "Back to something more basic.",
}


def named(minutes: int, level: str | None) -> str:
    """An interview in two words: ``mid · 45 min``."""
    return f"{level or ANY_LEVEL} · {minutes} min"


def why_asked(asked: Asked, level: str | None) -> str:
    """Why a question was chosen, in a sentence; empty if there is nothing to say.

    Args:
        asked: the question.
        level: of the interview.
    """
    if asked.why.follows:
        return _WHY[asked.why]
    if level is not None and asked.level != level:
        return f"A {asked.level} question: of {level} ones there is none left that fits here."
    return ""


def clock(seconds: float) -> str:
    """``1:12``."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    return f"{minutes}:{rest:02}"


def clock_left(seconds: float) -> str:
    """What a clock that runs down shows: 0:00 only once nothing is left."""
    return clock(math.ceil(seconds))


def left_in_words(left: float) -> str:
    """``2:12 left``, or ``over by 0:35`` once the time is spent."""
    return f"{clock_left(left)} left" if left > 0 else f"over by {clock(-left)}"


def percent(share: float) -> str:
    """``68 %``."""
    return f"{100 * share:.0f} %"


def gained(gain: float | None) -> str:
    """`` (+9)``, a difference in per cent; empty if there is nothing to compare with."""
    return "" if gain is None else f" ({100 * gain:+.0f})"


def laws_in_words(asked: Asked) -> str:
    """``9 of 14 laws``; empty for what was not judged."""
    return f"{asked.kept} of {asked.laws} laws" if asked.laws else ""


def code_in_words(line: Line) -> str:
    """What a cell says of code beside its mark: ``9 of 14 laws, 22 of 25 min``."""
    asked = line.asked
    time = f"{round(asked.seconds / 60)} of {asked.minutes} min"
    return ", ".join(filter(None, (laws_in_words(asked), time)))


def minutes_spent(lines: Sequence[Line]) -> str:
    """Time used against the budget of some questions: ``9 of 11``."""
    if not lines:
        return "–"
    spent = sum(line.asked.seconds for line in lines) / 60
    return f"{spent:.0f} of {sum(line.asked.minutes for line in lines)}"


def ended(card: Scorecard) -> str:
    """How it came to its end, in a sentence; empty if all was asked."""
    count = len(card.unreached)
    left = f"{count} question{'s' * (count != 1)} not reached"
    match card.ending:
        case Ending.TIME:
            return f"The time was over: {left}."
        case Ending.LEFT:
            return f"Ended early: {left}." if count else "Ended early."
        case _:
            return ""


def missed_title(missed: tuple[Missed, ...]) -> str:
    """What stands above the points: whether some were missed before."""
    most = max((each.times for each in missed), default=0)
    return {0: "", 1: "Missed", 2: "Missed twice"}.get(most, "Missed again")


def titles(entries: Mapping[str, Askable], ids: tuple[str, ...]) -> list[tuple[str, str]]:
    """Ids with their titles; an id stands for itself once it has left the bank."""
    return [(id, entries[id].title if id in entries else id) for id in ids]


def standing(sitting: Sitting) -> str:
    """The clock in a line, for who does not see it: ``12:31 left of 45:00``."""
    return f"{left_in_words(sitting.left)} of {clock(60.0 * sitting.minutes)}"
