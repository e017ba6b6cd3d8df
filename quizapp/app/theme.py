"""Two looks, dark and light: one accent, and green, red and amber for verdicts alone."""

from __future__ import annotations

import os
from collections.abc import Mapping

from textual.theme import Theme

DARK = Theme(
    name="torchdrill-dark",
    dark=True,
    primary="#82aaff",
    accent="#82aaff",
    foreground="#d8dbe2",
    background="#15171c",
    surface="#15171c",
    panel="#1e2128",
    success="#8ccf8c",
    warning="#e0b45c",
    error="#f08a8a",
    variables={
        "dim": "#949aa6",
        "rule": "#3b404a",
        "code": "#b9c7e6",
        "code-string": "#7fc4c9",
        "code-number": "#b8a1e3",
        "cursor": "#262b36",
        "scrollbar": "#3b404a",
        "scrollbar-hover": "#5a6170",
        "scrollbar-active": "#82aaff",
        "scrollbar-background": "#15171c",
        "scrollbar-background-hover": "#15171c",
        "scrollbar-background-active": "#15171c",
        "input-selection-background": "#3a4a6b",
        "screen-selection-background": "#3a4a6b",
    },
)

LIGHT = Theme(
    name="torchdrill-light",
    dark=False,
    primary="#2a55b8",
    accent="#2a55b8",
    foreground="#22252b",
    background="#fbfaf7",
    surface="#fbfaf7",
    panel="#efede7",
    success="#1f7a35",
    warning="#8a5a00",
    error="#b3261e",
    variables={
        "dim": "#62666f",
        "rule": "#cfccc4",
        "code": "#30446e",
        "code-string": "#0b6b73",
        "code-number": "#6b3fa0",
        "cursor": "#e6e8f0",
        "scrollbar": "#cfccc4",
        "scrollbar-hover": "#a9a69e",
        "scrollbar-active": "#2a55b8",
        "scrollbar-background": "#fbfaf7",
        "scrollbar-background-hover": "#fbfaf7",
        "scrollbar-background-active": "#fbfaf7",
        "input-selection-background": "#c6d4f2",
        "screen-selection-background": "#c6d4f2",
    },
)

LOOKS = {"dark": DARK.name, "light": LIGHT.name}

_LIGHT_BACKGROUNDS = ("7", "15")
"""The white of the 16 colours, as terminals that set COLORFGBG number it."""


def look_of(environment: Mapping[str, str] = os.environ) -> str:
    """``dark`` or ``light``, from what the terminal says of itself; dark if it says nothing."""
    background = environment.get("COLORFGBG", "").rpartition(";")[2]
    return "light" if background in _LIGHT_BACKGROUNDS else "dark"
