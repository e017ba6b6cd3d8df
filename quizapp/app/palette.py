"""The palette: every command that can be used now, every screen and every look, found by typing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, cast

from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider

from quizapp.app.commands import key_name
from quizapp.app.config import AUTO
from quizapp.app.doors import DOORS
from quizapp.app.screens.page import Page
from quizapp.app.theme import names_of_looks

if TYPE_CHECKING:
    from quizapp.app.app import TorchdrillApp
    from quizapp.app.styled import StyledApp


class Offer(NamedTuple):
    """Something that can be done."""

    name: str
    told: str
    run: Callable[[], object]
    first: bool
    """Whether it is listed before anything is typed."""


class Everything(Provider):
    """What can be done from the screen that the palette was opened on."""

    def offers(self) -> Iterator[Offer]:
        """All there is, what belongs to the screen first."""
        app, page = cast("TorchdrillApp", self.app), self.screen
        if isinstance(page, Page):
            for each in page.commands():
                if each.label and each.identity not in _NOT_OFFERED:
                    name = f"{each.label[0].upper()}{each.label[1:]}  ({key_name(each.key)})"
                    yield Offer(name, each.tooltip, partial(app.simulate_key, each.key), True)
        for name, door in DOORS.items():
            yield Offer(f"Go to {door.label}", door.tooltip, partial(app.enter, name), True)
        for look in (AUTO, *names_of_looks()):
            told = "As the terminal is, light or dark." if look == AUTO else "Change the colours."
            yield Offer(f"Look: {look}", told, partial(app.choose_look, look), False)

    async def discover(self) -> Hits:
        """What is listed before anything is typed."""
        for offer in self.offers():
            if offer.first:
                yield DiscoveryHit(offer.name, offer.run, help=offer.told)

    async def search(self, query: str) -> Hits:
        """What fits the words typed."""
        matcher = self.matcher(query)
        for offer in self.offers():
            score = max(matcher.match(offer.name), 0.8 * matcher.match(offer.told))
            if score > 0:
                yield Hit(score, matcher.highlight(offer.name), offer.run, help=offer.told)


_NOT_OFFERED = ("app.palette",)


def open_palette(app: StyledApp) -> None:
    """Show the palette over the present screen."""
    if not isinstance(app.screen, CommandPalette):
        app.push_screen(CommandPalette([Everything], placeholder="What do you want to do?"))
