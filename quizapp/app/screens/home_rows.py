"""What the home screen shows, apart from what it does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content

from quizapp.app.text.clean import one_line
from quizapp.app.text.words import clock, count, listed, since
from quizapp.app.widgets.menu import Row

if TYPE_CHECKING:
    from quizapp.app.desk import Desk
    from quizapp.study.overview import Overview, TopicOverview
    from verify.bank.index import Entry

QUIZ, MOCK, EXERCISE, NEW, MORE, TOPIC = "quiz", "mock", "exercise", "new", "more", "topic:"
BAR = 16
WEEKS = 6

TODAY = Content("Today     ").stylize("bold")


class Left(NamedTuple):
    """Something that was begun and not finished."""

    key: str
    label: str
    told: str


def unfinished(found: Overview, desk: Desk) -> list[Left]:
    """What there is to go on with."""
    from quizapp.study.mock.sitting import unfinished as pending_mock

    left: list[Left] = []
    now = desk.now()
    mock = pending_mock(desk.store)
    if mock is not None:
        rest = clock(max(0.0, mock.left))
        left.append(Left(MOCK, "Mock", f"{mock.minutes} min · {rest} left · begun "
                         f"{since(mock.started, now)}"))  # fmt: skip
    quiz = found.unfinished
    if quiz is not None:
        topics = listed([one_line(topic) for topic in quiz.topics], most=2)
        told = f"{quiz.position} of {quiz.total} answered · begun {since(quiz.started, now)}"
        left.append(Left(QUIZ, "Continue", f"{told} · {topics}"))
    if found.begun is not None:
        title = one_line(desk.entries[found.begun].title)
        left.append(Left(EXERCISE, "Exercise", f"begun: {title}"))
    return left


def nothing(desk: Desk) -> Content:
    """Why there is nothing to ask."""
    why = one_line(desk.trouble.what) if desk.trouble is not None else "the bank is empty"
    return Content.assemble(
        (f"Nothing to ask: {why}.\n", "bold"),
        f"A pack is a folder with questions/ and answers/ in it; looked in {desk.root}.\n",
        ("`torchdrill quiz --bank FOLDER` opens another one.", "$dim"),
    )


def today_line(found: Overview | None) -> tuple[Content, Content]:
    """What today brings, left; how it went so far, right."""
    if found is None:
        return TODAY, Content("")
    exercises = found.exercises_due + found.exercises_today
    parts = [f"{found.due} due"]
    parts += [f"{found.new_today} new"] if not found.cram or found.new_today else []
    parts += [count(exercises, "exercise")] if exercises else []
    parts += [f"about {found.minutes} min"] if found.minutes else []
    if found.late:
        parts.append(f"{found.late} can wait")
    if found.cram:
        parts.append("last days: what is least known")
    words = " · ".join(parts)
    if found.answered_today and not (found.due or found.new_today):
        words = "✓ done for today"
    so_far = [f"{found.answered_today} answered"] if found.answered_today else []
    so_far += [f"streak {count(found.streak, 'day')}"] if found.streak else []
    return TODAY + Content(words), Content(" · ".join(so_far)).stylize("$dim")


def menu_rows(
    entries: Mapping[str, Entry], found: Overview | None, left: Sequence[Left], room: int
) -> list[Row]:
    """What can be begun; without the counts of ``found`` while they are not known yet.

    Args:
        entries: the index of the pack.
        found: what was counted.
        left: what was begun and not finished.
        room: how many topics there is room for.
    """
    if not entries:
        return []
    offer = "10 questions, due ones first" if len(entries) > 10 else "all there are"
    rows = [_row(*each) for each in left]
    rows += [_row(NEW, "New quiz", offer), Row(Content(""))]
    totals = Counter(entry.topic for entry in entries.values())
    talked = {entry.topic for entry in entries.values() if entry.kind != "code"}
    counts = {topic.topic: topic for topic in found.topics} if found is not None else {}
    names = sorted(totals) if found is None else _by_need(found.topics)
    weakest = _weakest(found.topics) if found is not None else None
    width = min(20, max(len(topic) for topic in totals))
    bank = f"{count(len(entries), 'question')} in {count(len(totals), 'topic')}"
    seen = sum(topic.seen for topic in counts.values())
    rows.append(Row(Content.assemble((bank, "$dim"), (f" · {seen} seen" if seen else "", "$dim"))))
    shown = names if len(names) <= room else names[: room - 1]
    for topic in shown:
        name = Content(f"{one_line(topic)[:width]:<{width}}  ")
        known = counts.get(topic)
        line = name if known is None else name + _mastery(known)
        todo = _todo(known, exercises_alone=topic not in talked)
        if topic == weakest:
            todo += "   weakest"
        rows.append(Row(line, Content(f"{todo:<26}"), TOPIC + topic, lit=width))
    if len(shown) < len(names):
        more = Content.assemble(f"… {len(names) - len(shown)} more", ("   t", "bold $accent"))
        rows.append(Row(more, key=MORE, lit=0))
    return rows


def _row(key: str, label: str, told: str) -> Row:
    return Row(Content(f"{label:<11}") + Content(told).stylize("$dim"), key=key, lit=len(label))


def _by_need(topics: Sequence[TopicOverview]) -> list[str]:
    """Topics with most that is due first, then those least known; then by name."""
    order = sorted(topics, key=lambda each: (-each.due, each.mastery, each.topic))
    return [each.topic for each in order]


def _weakest(topics: Sequence[TopicOverview]) -> str | None:
    """The topic of which what was seen is known least; None while too few were seen to say."""
    seen = [each for each in topics if each.seen >= 3]
    if len(seen) < 2:
        return None
    return min(seen, key=lambda each: each.mastery * each.total / each.seen).topic


def _mastery(topic: TopicOverview) -> Content:
    full = round(topic.mastery * BAR)
    share = f" {topic.mastery:4.0%} known" if topic.seen else "  not seen"
    return Content.assemble(("━" * full, "$accent"), ("─" * (BAR - full), "$rule"), (share, "$dim"))


def _todo(topic: TopicOverview | None, *, exercises_alone: bool) -> str:
    if topic is None:
        return ""
    todo = [f"{topic.due} due"] if topic.due else []
    new = count(topic.new, "new exercise") if exercises_alone else f"{topic.new} new"
    todo += [new] if topic.new else []
    return " · ".join(todo) or "nothing to do"


def six_weeks(days: Mapping[date, int], today: date) -> Content:
    """The last six weeks on one line, a sign a day, the present week last.

    The sign says by its shape how much was done: nothing, something, more than usual.
    """
    monday = today - timedelta(days=today.weekday() + 7 * (WEEKS - 1))
    shown = [monday + timedelta(days=number) for number in range(7 * WEEKS)]
    done = [days[each] for each in shown if days.get(each)]
    usual = sum(done) / len(done) if done else 0.0
    signs = []
    for each in shown:
        many = days.get(each, 0)
        sign = " " if each > today else "·" if not many else "■" if many > usual else "▪"
        signs.append(Content(sign).stylize("$rule" if sign == "·" else "$accent"))
        if each.weekday() == 6:
            signs.append(Content("  "))
    return Content.assemble(("Six weeks   ", "$dim")) + Content("").join(signs)
