"""``torchdrill plan``: the days until the interview, and what is studied for."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from quizapp.cli.targets import bank_option, root_of
from quizapp.study.clock import now, study_day
from quizapp.study.goal import Goal, goal_of, read_date, read_level, read_minutes, set_goal
from quizapp.study.plan import Plan, minutes_needed, plan
from quizapp.study.store import Store
from verify import locations
from verify.bank.index import load_index


@click.command(
    epilog="\b\nExamples:\n"
    "  torchdrill plan                               what each day brings\n"
    "  torchdrill plan --date '14 Dec' --minutes 40  set the day and the minutes, then show it\n"
    "  torchdrill plan --date ''                     no day\n",
)
@click.option("--date", "date_", default=None, help="The interview: 2026-12-14, 14 Dec, 12 days.")
@click.option("--level", default=None, help="junior, mid, senior, or all.")
@click.option("--minutes", default=None, help="To study on a day.")
@click.option("--json", "as_json", is_flag=True, help="Write a JSON object to stdout.")
@bank_option
def command(
    date_: str | None, level: str | None, minutes: str | None, as_json: bool, bank: Path | None
) -> None:
    """Show what each day until the interview brings; with options, set what you study for."""
    entries = load_index(root_of(bank), locations.cache_folder()).entries
    with Store.open() as store:
        if store.notice:
            click.echo(store.notice, err=True)
        store.adopt(entries)
        changed = _changed(goal_of(store) or Goal(), date_, level, minutes)
        if (date_, level, minutes) != (None, None, None):
            set_goal(store, changed)
        found = plan(entries, store, now())
        needed = None
        if changed.interview is not None and not found.fits:
            needed = minutes_needed(entries, store, now())
    if as_json:
        told = {"fits": found.fits, "minutes_needed": needed, **msgspec.to_builtins(found)}
        click.echo(msgspec.json.format(msgspec.json.encode(told), indent=1).decode())
    else:
        click.echo("\n".join(_lines(found, needed)))


def _changed(goal: Goal, date_: str | None, level: str | None, minutes: str | None) -> Goal:
    if date_ is not None:
        goal = msgspec.structs.replace(goal, interview=read_date(date_, study_day(now())))
    if level is not None:
        goal = msgspec.structs.replace(goal, level=read_level(level))
    if minutes is not None:
        goal = msgspec.structs.replace(goal, minutes=read_minutes(minutes))
    return goal


def _lines(found: Plan, needed: int | None) -> list[str]:
    goal = found.goal
    level = f", {goal.level}" if goal.level else ""
    day = f"Interview on {goal.interview:%Y-%m-%d}{level}." if goal.interview else "No day is set."
    lines = [day]
    if goal.interview is not None:
        lines.append(
            f"{'It fits' if found.fits else 'Not all of it fits'}: "
            f"{_met(found.questions, 'questions')}, {_met(found.exercises, 'exercises')} are met."
        )
        if found.overdue:
            lines.append(f"{found.overdue} reviews find no room.")
        if found.unmet:
            lines.append(f"Nothing of {', '.join(found.unmet)}.")
        if needed is not None:
            lines.append(f"{needed} minutes a day would fit all.")
    for each in found.days:
        parts = [f"{each.due} due"] if each.due else []
        parts += [f"{len(each.new)} new"] if each.new else []
        parts += [f"{each.again} again"] if each.again else []
        parts += [f"{each.late} too many"] if each.late else []
        parts += ["last days"] if each.cram else []
        lines.append(f"{each.day:%a %Y-%m-%d}  {each.minutes:>4} min  {', '.join(parts)}")
    return lines


def _met(pair: tuple[int, int], noun: str) -> str:
    return f"{pair[0]} of {pair[1]} new {noun}"
