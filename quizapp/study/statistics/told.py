"""The statistics in words and figures, the same for the screen and for plain text.

A section is a sentence or two and rows to draw.  Whoever draws them decides how a bar looks; what
it says stands beside it in figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from quizapp.study.mock.scorecard import MockResult
from quizapp.study.statistics.calibration import Calibration, CalibrationStep, Judgement
from quizapp.study.statistics.forecast import Forecast
from quizapp.study.statistics.retention import FEW, RECENT, Group, Recalled, Retention
from quizapp.study.statistics.spent import TimeSpent

WEEKS = 6
"""That are shown of the time spent."""

WELCOME = (
    "Nothing answered yet. Once you have taken a quiz, here stands how much of it you keep, what "
    "comes back when, where your time goes, which points you miss, whether you know what you "
    "know, and how your mock interviews went."
)
"""What stands in place of all sections while there is nothing in any."""

HINT = {
    "retention": "Nothing has come back yet. What you still know when it does will stand here.",
    "forecast": "Nothing is scheduled. Each question you answer comes back on a day of its own.",
    "time": "No time spent yet.",
    "points": "No point of a rubric was missed twice and is missing still.",
    "calibration": "You were not asked yet how sure you are of an answer. On a question, c (f9 "
    "while you type) lets torchdrill ask before each answer is graded.",
    "mocks": "No mock interview yet. m on the home screen begins one.",
}
"""What stands in a section that has nothing to show."""


class Bar(msgspec.Struct, frozen=True):
    """One row: a name, a bar, and figures that say the same."""

    name: str
    share: float | None
    """How long the bar is, from 0 to 1; None for no bar."""
    told: str
    mark: float | None = None
    """Where it should end, from 0 to 1."""


def percent(share: float) -> str:
    """``82 %``."""
    return f"{share * 100:.0f} %"


def lasted(seconds: float) -> str:
    """``23 h 40 min``, ``40 min``."""
    hours, minutes = divmod(round(seconds / 60), 60)
    if not hours:
        return f"{minutes} min" if minutes or not seconds else "less than a minute"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def day_name(day: date) -> str:
    """``Wed 2 Dec``."""
    return f"{day:%a} {day.day} {day:%b}"


def counted(number: int, one: str) -> str:
    """``1 answer``, ``3 answers``."""
    return f"{number} {one}{'' if number == 1 else 's'}"


# Retention


def retention_words(told: Retention) -> str:
    """How much was kept, and how much was expected."""
    for recalled, when in (
        (told.overall.recent, f" in the last {RECENT} days"),
        (told.overall.ever, ""),
    ):
        if recalled.share is not None and recalled.expected is not None:
            return (
                f"Of {counted(recalled.asked, 'answer')} to what came back{when} you still knew "
                f"{percent(recalled.share)}; {percent(recalled.expected)} was expected."
            )
    if not told.overall.ever.asked:
        return HINT["retention"]
    return f"Only {counted(told.overall.ever.asked, 'answer')} to what came back: too few to say."


def retention_bars(told: Retention) -> list[Bar]:
    """All, each level, each topic; the weakest topics first, those one cannot judge last."""
    if told.overall.ever.share is None:
        return []
    head = f"{f'last {RECENT} days':>12}  expected  {'ever':>12}"
    topics = sorted(told.topics, key=lambda group: (_shown(group), group.name))
    return [
        Bar("", None, head),
        _group(told.overall, "all"),
        *(_group(level) for level in told.levels),
        Bar("", None, ""),
        *(_group(topic) for topic in topics),
    ]


def _shown(group: Group) -> float:
    shares = [share for share in (group.recent.share, group.ever.share) if share is not None]
    return shares[0] if shares else 2.0


def _group(group: Group, name: str = "") -> Bar:
    recent, ever = group.recent, group.ever
    few = recent.share is None or recent.expected is None
    expected = "" if few else percent(recent.expected or 0.0)
    return Bar(
        name or group.name,
        recent.share,
        f"{_kept(recent):>12}  {expected:>8}  {_kept(ever):>12}",
        None if few else recent.expected,
    )


def _kept(recalled: Recalled) -> str:
    if recalled.share is None:
        return f"too few ({recalled.asked})" if recalled.asked else "none"
    return f"{percent(recalled.share)} of {recalled.asked}"


# Forecast


def forecast_words(told: Forecast) -> str:
    """What is due today and in all, and which day has most."""
    total = sum(day.due for day in told.days)
    if not total and not told.later:
        return HINT["forecast"]
    today, most = told.days[0], max(told.days, key=lambda day: day.due)
    parts = [counted(today.questions, "question")] if today.questions else []
    parts += [counted(today.exercises, "exercise")] if today.exercises else []
    words = f"{' and '.join(parts) or 'Nothing'} due today"
    if told.overdue:
        words += f", {told.overdue} overdue"
    words += f"; {total} within {len(told.days)} days as the schedule stands now"
    if most.due and most is not today:
        words += f", most on {day_name(most.day)}: {most.due}"
    if told.interview is not None:
        within = told.days[-1].day >= told.interview
        words += f". The interview is on {day_name(told.interview)}"
        words += ", the last column" if within and told.days[-1].day == told.interview else ""
    return f"{words}."


# Time


def time_words(told: TimeSpent, today: date) -> str:
    """Time in all, and on a day of study of the last weeks."""
    if not told.answers:
        return HINT["time"]
    lately = [day for day in told.days if 0 <= (today - day.day).days < 7 * WEEKS]
    words = f"{lasted(told.seconds)} in all, on {counted(len(told.days), 'day')}"
    if lately:
        seconds = sum(day.seconds for day in lately)
        words += (
            f"; {lasted(seconds)} in the last {WEEKS} weeks, {lasted(seconds / len(lately))} on a "
            "day of study"
        )
    return f"{words}."


def time_bars(told: TimeSpent) -> list[Bar]:
    """What a question of each kind takes, against what it is given: the mark at half."""
    if not told.kinds:
        return []
    return [
        Bar("", None, f"{'takes':>6}  {'given':>6}  {'answers':>7}"),
        *(
            Bar(
                kind.kind,
                min(1.0, kind.seconds / kind.budget / 2) if kind.budget else None,
                f"{_clock(kind.seconds):>6}  {_clock(kind.budget):>6}  {kind.answers:>7}",
                0.5,
            )
            for kind in told.kinds
        ),
    ]


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"


# Calibration


def calibration_words(told: Calibration) -> list[str]:
    """What the answers say about how sure the person is; a sentence each."""
    if told.said is None:
        return [HINT["calibration"]]
    judged = [step for step in told.steps if step.judgement is not Judgement.FEW]
    if not judged:
        return [
            f"How sure you were is known of {counted(told.answers, 'answer')}: too few to say "
            f"(a step needs {FEW})."
        ]
    wrong = [step for step in judged if step.judgement is not Judgement.FAIR]
    if not wrong:
        return ["You are right about as often as you say: well calibrated."]
    wrong.sort(key=lambda step: -abs(step.said - (step.share or 0.0)))
    return [_sentence(step) for step in wrong]


def _sentence(step: CalibrationStep) -> str:
    over = "over" if step.judgement is Judgement.OVER else "under"
    return (
        f"When you say {step.words} ({percent(step.said)}), you are right "
        f"{percent(step.share or 0.0)} of the time: {over}confident."
    )


def calibration_bars(told: Calibration) -> list[Bar]:
    """Each step, the surest first, with a mark where it should be."""
    if told.said is None:
        return []
    return [
        Bar("", None, f"{'right':>12}  {'said':>5}"),
        *(
            Bar(step.words, step.share, f"{_right(step):>12}  {percent(step.said):>5}", step.said)
            for step in reversed(told.steps)
        ),
    ]


def _right(step: CalibrationStep) -> str:
    if step.share is None:
        return f"too few ({step.answers})" if step.answers else "none"
    return f"{percent(step.share)} of {step.answers}"


# Mocks


def mocks_words(told: Sequence[MockResult]) -> str:
    """The last one, and how it stands to those before."""
    if not told:
        return HINT["mocks"]
    last = told[-1]
    level = f", {last.level}" if last.level else ""
    when = day_name(last.started.astimezone())
    words = (
        f"{counted(len(told), 'interview')}; the last one, on {when}{level}, {last.minutes} min: "
        f"{percent(last.score)}"
    )
    if len(told) > 1:
        change = round(100 * last.score) - round(100 * told[-2].score)
        best = max(result.score for result in told)
        words += f" ({change:+d} on the one before). The best: {percent(best)}"
    return f"{words}."
