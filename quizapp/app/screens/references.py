"""The sources of an answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from quizapp.app.clipboard import copy_and_say
from quizapp.app.commands import command
from quizapp.app.screens.page import Page
from quizapp.app.text.clean import one_line
from quizapp.app.widgets.menu import Menu, Row

if TYPE_CHECKING:
    from verify.bank.model import Item


class ReferencesScreen(Page):
    """The sources of an answer, with the day they were read. Enter opens one in the browser."""

    BINDINGS: ClassVar[list[BindingType]] = [
        command("references.open", "enter,space", "open", "Open the source in the browser."),
        command("references.copy", "y,c", "copy", "Copy the address."),
        command("page.back", "escape,o", "back", "Back to the answer."),
    ]

    def __init__(self, item: Item) -> None:
        super().__init__()
        self.references = item.answer.head.references
        self.menu = Menu(
            [
                Row(
                    Content(one_line(each.title)),
                    Content(f"read {each.date}").stylize("$dim"),
                    str(n),
                )
                for n, each in enumerate(self.references)
            ]
        )
        self.address = Static(id="address")

    def content(self) -> Iterable[Widget]:
        """The widgets of the column."""
        yield self.menu
        yield Static(" ")
        yield self.address

    def on_mount(self) -> None:
        """Show the first address."""
        self.head.show(Content("References").stylize("bold"))
        self.set_focus(self.menu)
        self._show()

    def _show(self) -> None:
        self.address.update(Content(self._url).stylize("$dim"))

    @property
    def _url(self) -> str:
        return one_line(self.references[int(self.menu.key or 0)].url)

    def on_menu_moved(self, message: Menu.Moved) -> None:
        """Show the address of the row."""
        self._show()

    def on_menu_chosen(self, message: Menu.Chosen) -> None:
        """A click on a row."""
        self.action_open()

    def action_open(self) -> None:
        """Open the source in the browser; its address stays on the screen."""
        if self._url.startswith(("https://", "http://")):
            self.app.open_url(self._url)

    def action_copy(self) -> None:
        """Copy the address."""
        copy_and_say(self.app, self._url, "the address")
