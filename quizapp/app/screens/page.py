"""What all screens share: the column, head and foot, going back, help, too small a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, ClassVar, cast

from textual import getters
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.events import DescendantBlur, DescendantFocus, Resize
from textual.screen import Screen
from textual.widget import Widget

from quizapp.app.commands import Command, command, foot, usable
from quizapp.app.widgets.frame import LEAST, Cover, Foot, Head

if TYPE_CHECKING:
    from quizapp.app.app import TorchdrillApp


class Body(VerticalScroll):
    """The column between head and foot; scrolls by itself."""

    can_focus = True


class Column(Widget):
    """The text itself, clear of the scrollbar."""

    def __init__(self, *children: Widget) -> None:
        super().__init__(*children, id="column")


class Page(Screen[None]):
    """A screen of the app; its docstring opens its help."""

    BINDINGS: ClassVar[list[BindingType]] = [
        command("page.back", "escape", "back", "Go back; nothing is lost."),
        command("page.help", "question_mark,f1", "help", "Explain this screen and its keys."),
    ]
    HORIZONTAL_BREAKPOINTS = [(0, "-thin"), (LEAST[0], "-narrow"), (96, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (LEAST[1], "-tall")]  # noqa: RUF012
    AUTO_FOCUS = "#body"

    _covered: Widget | None = None
    """What had the focus before the terminal became too small."""

    _sized = False

    head = getters.query_one("#head", Head)
    body = getters.query_one("#body", Body)
    column = getters.query_one("#column", Column)
    foot = getters.query_one("#foot", Foot)

    @property
    def torchdrill(self) -> TorchdrillApp:
        """The app, by its own type."""
        return cast("TorchdrillApp", self.app)

    def compose(self) -> ComposeResult:
        """The widgets, from top to bottom."""
        yield Head()
        yield Body(Column(*self.content()), id="body")
        yield from self.below()
        yield Foot()
        yield Cover()

    def content(self) -> Iterable[Widget]:
        """The widgets of the column."""
        return ()

    def below(self) -> Iterable[Widget]:
        """Widgets that stay in sight between the column and the foot."""
        return ()

    @property
    def too_small(self) -> bool:
        """True if the terminal cannot hold this screen."""
        return self.app.size.width < LEAST[0] or self.app.size.height < LEAST[1]

    # -- commands ---------------------------------------------------------------------------

    def labels(self) -> Mapping[str, str]:
        """Labels of commands that differ at this moment; an empty one hides it from the foot."""
        return {}

    def commands(self) -> list[Command]:
        """The commands that can be used now, this screen's own first."""
        declared = [
            each.id
            for base in type(self).__mro__
            for each in base.__dict__.get("BINDINGS", ())
            if isinstance(each, Binding)
        ]
        active = [each.binding for each in self.active_bindings.values() if each.enabled]
        found = usable(active, self.labels(), typing=self.typing)
        return sorted(found, key=lambda each: _rank(each, declared))

    def about(self) -> list[str]:
        """What the help says first."""
        from quizapp.app.screens.help import paragraphs

        return paragraphs(type(self).__doc__)

    @property
    def typing(self) -> bool:
        """True if plain keys go into a text field."""
        return self.focused is not None and self.focused.has_class("types")

    def refresh_foot(self) -> None:
        """Show the keys that make sense now; call it after anything that changes them."""
        if not self.too_small:
            for shown in self.query(Foot):  # there is none while the screen is being replaced
                shown.show(foot(self.commands()))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """No command of a screen works while its screen cannot be seen."""
        if self.too_small and action not in ("back", "app.leave"):
            return False
        return self.allows(action, parameters)

    def allows(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Say whether a command makes sense now."""
        return True

    def action_back(self) -> None:
        """Leave this screen."""
        self.app.pop_screen()

    def action_help(self) -> None:
        """Explain this screen."""
        from quizapp.app.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self))

    # -- events -----------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Fill the foot once everything is there."""
        self.call_after_refresh(self.refresh_foot)

    def on_screen_resume(self) -> None:
        """Come back to it."""
        self.call_after_refresh(self.refresh_foot)

    def on_resize(self, event: Resize) -> None:
        """Behind the cover nothing takes a key; what took them goes on where it was."""
        if self.too_small:
            self._covered = self.focused or self._covered
            self.set_focus(None)
        elif self._covered is not None:
            if self._covered.is_attached:
                self.set_focus(self._covered, scroll_visible=False)
            self._covered = None
        self.call_after_refresh(self._keep_in_sight if self._sized else self.refresh_foot)
        self._sized = True

    def _keep_in_sight(self) -> None:
        self.refresh_foot()
        if self.typing and self.focused is not None:
            self.focused.scroll_visible(animate=False)

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Other keys make sense in a text field."""
        if self.torchdrill.calm and getattr(event.widget, "cursor_blink", False):
            event.widget.cursor_blink = False  # type: ignore[attr-defined]  # a field has it
        self.refresh_foot()

    def on_descendant_blur(self, event: DescendantBlur) -> None:
        """Other keys make sense outside a text field."""
        self.call_after_refresh(self.refresh_foot)


def _rank(each: Command, declared: list[str | None]) -> float:
    """Enter in a field first; the focused widget's own command after the screen's first."""
    if each.identity == "entry.enter":
        return -1
    if each.identity in declared:
        return declared.index(each.identity)
    return 0.5 if each.show else len(declared)
