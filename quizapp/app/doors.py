"""The screens that can be opened from anywhere, by name: home's keys and the palette use them."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from quizapp.app.screens.page import Page


@dataclass(frozen=True)
class Door:
    """A screen that needs nothing to be opened."""

    key: str
    """On the home screen."""
    label: str
    tooltip: str
    screen: str
    """``module:class`` below ``quizapp.app.screens``; imported when it is opened."""
    show: bool = True
    """Whether home's foot may show it."""


DOORS = {
    "mock": Door("m", "mock", "Sit a mock interview against the clock.", "mock:MockScreen"),
    "practice": Door("p", "practice", "Coding questions before a judge.",
                     "exercises:ExercisesScreen"),
    "browse": Door("b,slash", "browse", "Browse and search all questions.",
                   "browse:BrowseScreen"),
    "statistics": Door("s", "statistics", "How well it goes, and what is missed most.",
                       "statistics:StatisticsScreen"),
    "plan": Door("d", "plan", "The days until the interview, and what to study on each.",
                 "plan:PlanScreen", show=False),
    "goal": Door("g", "goal", "Set the day of the interview, the level, and minutes a day.",
                 "goal:GoalScreen", show=False),
}  # fmt: skip


def opened(name: str) -> Page:
    """A new screen for a door."""
    module, _, found = DOORS[name].screen.partition(":")
    screen: type[Page] = getattr(importlib.import_module(f"quizapp.app.screens.{module}"), found)
    return screen()
