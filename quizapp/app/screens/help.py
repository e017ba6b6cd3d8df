"""What a screen is and which keys it knows, written from its own commands."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from quizapp.app.commands import Command, command, key_name
from quizapp.app.screens.page import Page
from quizapp.app.text.clean import clean
from quizapp.app.widgets.blocks import Item, Text
from verify import locations


class HelpScreen(Page):
    """The keys of a screen."""

    CSS_PATH = "help.tcss"

    BINDINGS: ClassVar[list[BindingType]] = [
        command("help.ids", "i", "ids", "Show by which name a configuration changes a key."),
        command("page.back", "escape,enter,space,question_mark,f1,q", "back", "Close the help."),
    ]

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.told = page.about()
        self.listed = [each for each in page.commands() if each.label]

    def content(self) -> Iterable[Widget]:
        """The widgets of the column."""
        for paragraph in self.told:
            yield Text(Content(paragraph))
        width = max((len(_keys(each)) for each in self.listed), default=0)
        for each in self.listed:
            keys = Content(_keys(each).ljust(width)).stylize("bold $accent")
            words = Content.assemble((each.label, "bold"), "  ", (each.tooltip, "$dim"))
            yield Item(keys, words)
            name = Static(Content(each.identity).stylize("$code"), classes="identity")
            name.styles.padding = (0, 0, 0, width + 2)
            yield name
        yield Static(
            Content(
                "↑ ↓ pgup pgdn scroll. The mouse works everywhere; what is selected with it is "
                "copied by ctrl+c. ctrl+p finds any command by its name."
            ).stylize("$dim"),
            id="mouse",
        )
        file = clean(str(locations.config_file()))
        yield Static(
            Content(f'Other keys: {file}, below [keys], for example "home.mock" = "f7".').stylize(
                "$dim"
            ),
            classes="identity",
        )

    def on_mount(self) -> None:
        """Say what this is."""
        self.head.show(Content("Help").stylize("bold"))

    def action_ids(self) -> None:
        """Show by which name a configuration changes a key, or hide it."""
        self.toggle_class("-ids")


def _keys(each: Command) -> str:
    names = [key_name(key) for key in each.keys]
    if len(names) > 2 and all(len(name) == 1 for name in names):
        return f"{names[0]}–{names[-1]}"
    return " ".join(names[:2])


def paragraphs(docstring: str | None) -> list[str]:
    """The paragraphs of a docstring that speak to the reader: all before its arguments."""
    text = inspect.cleandoc(docstring or "").partition("\n\nArgs:")[0]
    return [" ".join(part.split()).replace("`", "") for part in text.split("\n\n") if part]
