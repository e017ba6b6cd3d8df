"""How the app looks and which keys it has: themes, motion, the palette of commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import App
from textual.theme import BUILTIN_THEMES

from quizapp.app.config import AUTO, Config
from quizapp.app.theme import DARK, OURS, legible, look_named, names_of_looks, theme_named

if TYPE_CHECKING:
    from textual.notifications import SeverityLevel

DEFAULT_LOOK = "dark"


class StyledApp(App[None]):
    """An app that is dressed as a person has configured it.

    Args:
        config: what they have set.
        terminal: ``dark`` or ``light``, as the terminal says it is; None if it does not say.
    """

    # The first screen's own is named here, for Textual does not load it.
    CSS_PATH = ["app.tcss", "screens/home.tcss"]  # noqa: RUF012
    ENABLE_COMMAND_PALETTE = False  # ours has its key under an id, like every command
    TITLE = "torchdrill"

    def __init__(self, config: Config | None = None, terminal: str | None = None) -> None:
        super().__init__()
        self.config = config or Config()
        self._terminal = terminal
        for theme in OURS:
            self.register_theme(theme)
        self.wear(self.config.look)
        if self.config.calm:
            self.animation_level = "none"
        if self.config.keys:
            self.set_keymap(dict(self.config.keys))

    @property
    def calm(self) -> bool:
        """True if nothing may move by itself."""
        return self.animation_level == "none"

    @property
    def tick(self) -> float:
        """Seconds between two looks at the clock."""
        return 60.0 if self.config.calm else 1.0

    @property
    def look(self) -> str:
        """What the theme is called by people."""
        return look_named(self.theme)

    def wear(self, look: str) -> None:
        """Take a look; ``auto`` takes that of the terminal, and an unknown one changes nothing."""
        chosen = (self._terminal or DEFAULT_LOOK) if look == AUTO else look
        if chosen not in names_of_looks():
            return
        if chosen in BUILTIN_THEMES:
            self.register_theme(legible(BUILTIN_THEMES[chosen]))
        self.theme = theme_named(chosen)

    @property
    def opposite(self) -> str:
        """The look that `light or dark` changes to."""
        return "light" if self.current_theme.dark else look_named(DARK.name)

    def say(self, words: str, severity: SeverityLevel = "information") -> None:
        """Say something in passing, over the screen."""
        self.notify(words, severity=severity, timeout=4, markup=False)

    def action_palette(self) -> None:
        """Find any command by its name."""
        from quizapp.app.palette import open_palette

        open_palette(self)
