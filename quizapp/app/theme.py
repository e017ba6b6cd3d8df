"""Looks: one accent, and green, red and amber for verdicts alone.

Dark, light and contrast are ours; the themes of Textual serve too, made legible.
"""

from __future__ import annotations

from textual.color import Color
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

CONTRAST = Theme(
    name="torchdrill-contrast",
    dark=True,
    primary="#8ec7ff",
    accent="#8ec7ff",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#1a1a1a",
    success="#7dff7d",
    warning="#ffd75f",
    error="#ff9a9a",
    variables={
        "dim": "#d0d0d0",
        "rule": "#a0a0a0",
        "code": "#dfe9ff",
        "code-string": "#8ff0f5",
        "code-number": "#dcc6ff",
        "cursor": "#303030",
        "scrollbar": "#a0a0a0",
        "scrollbar-hover": "#d0d0d0",
        "scrollbar-active": "#8ec7ff",
        "scrollbar-background": "#000000",
        "scrollbar-background-hover": "#000000",
        "scrollbar-background-active": "#000000",
        "input-selection-background": "#3a4a6b",
        "screen-selection-background": "#3a4a6b",
    },
)

OURS = (DARK, LIGHT, CONTRAST)

_OURS = "torchdrill-"

LOOKS = {theme.name.removeprefix(_OURS): theme.name for theme in OURS}
"""What the themes that are ours are called by people."""


def theme_named(look: str) -> str:
    """The theme of a look."""
    return f"{_OURS}{look}"


def look_named(theme: str) -> str:
    """The look that a theme is."""
    return theme.removeprefix(_OURS)


def names_of_looks() -> tuple[str, ...]:
    """All looks: ours, then those of Textual; not those that leave the colours to the terminal,
    in which a text without colours may be black on black."""
    from textual.theme import BUILTIN_THEMES

    others = (name for name, theme in BUILTIN_THEMES.items() if not theme.ansi)
    return (*LOOKS, *sorted(others))


LEGIBLE = 4.5
"""The least contrast of text to what is behind it, by WCAG 2.2 (success criterion 1.4.3)."""


def contrast(one: Color, other: Color) -> float:
    """How far two colours are apart, from 1 to 21, by the formula of WCAG 2.2."""

    def luminance(colour: Color) -> float:
        parts = (part / 255 for part in colour.rgb)
        red, green, blue = (
            p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def legible(theme: Theme) -> Theme:
    """A theme of Textual, its colours moved until text in them can be read, and with the names
    that our styles know beside those of every theme."""
    colours = theme.to_color_system().generate()
    ground = Color.parse(colours["background"])
    extreme = Color.parse("#ffffff" if theme.dark else "#000000")

    def fit(colour: Color, least: float = LEGIBLE) -> str:
        for _ in range(50):
            if contrast(colour, ground) >= least:
                break
            colour = colour.blend(extreme, 0.08, alpha=1.0)
        return colour.hex

    def named(name: str) -> Color:
        return Color.parse(colours[name])

    def between(share: float) -> Color:
        return ground.blend(named("foreground"), share, alpha=1.0)

    text = fit(named("foreground"), 7.0)
    return Theme(
        name=theme_named(theme.name),
        dark=theme.dark,
        primary=fit(named("primary")),
        secondary=fit(named("secondary")),
        accent=fit(named("accent")),
        foreground=text,
        background=ground.hex,
        surface=ground.hex,
        panel=between(0.08).hex,
        success=fit(named("success")),
        warning=fit(named("warning")),
        error=fit(named("error")),
        variables={
            "dim": fit(between(0.65)),
            "rule": between(0.3).hex,
            "code": fit(ground.blend(named("accent"), 0.7, alpha=1.0)),
            "code-string": fit(named("secondary")),
            "code-number": fit(named("primary")),
            "cursor": between(0.1).hex,
            "scrollbar": between(0.3).hex,
            "scrollbar-hover": between(0.45).hex,
            "scrollbar-active": fit(named("accent")),
            "scrollbar-background": ground.hex,
            "scrollbar-background-hover": ground.hex,
            "scrollbar-background-active": ground.hex,
            "input-selection-background": ground.blend(named("accent"), 0.3, alpha=1.0).hex,
            "screen-selection-background": ground.blend(named("accent"), 0.3, alpha=1.0).hex,
        },
    )
