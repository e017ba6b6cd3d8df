"""The door to mock interviews: begin one, go on with one, read the scorecards of earlier ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from quizapp.app import mock
from quizapp.app.commands import command
from quizapp.app.screens.mock_page import SURE
from quizapp.app.screens.page import Page
from quizapp.app.text.words import count, day, since
from quizapp.app.widgets.menu import Menu, Row
from quizapp.study.mock import wording
from quizapp.study.mock.choosing import outline, shortages
from quizapp.study.mock.plan import LENGTHS
from quizapp.study.mock.scorecard import MockResult, gains, mock_history
from quizapp.study.mock.scoring import readiness
from quizapp.study.mock.sitting import Pending, pending, usual_level
from verify.bank.model import Level

LEVELS: tuple[str | None, ...] = (*(level.value for level in Level), None)
BEGIN, GO_ON, READ = "begin:", "go on:", "read:"
EARLIER = 30
"""So many scorecards are listed."""

INTRO = (
    "What you answer decides what is asked next. Nothing is said about it before the end, when an "
    "interviewer's scorecard is.\n\n"
    "The clock runs only while a question is on the screen; esc stops it, and what was left goes "
    "on where it was."
)


class MockScreen(Page):
    """A mock interview: a fair mix of talk, output, bug and code against the clock.

    What you answer decides what is asked next; no verdict is shown before the end, when an
    interviewer's scorecard is. The clock runs only while a question is on the screen: esc stops
    it, and an interview that was left goes on where it was, after a crash too.
    """

    CSS_PATH = "mock.tcss"
    AUTO_FOCUS = "Menu"

    BINDINGS: ClassVar[list[BindingType]] = [
        command("mocks.go", "enter,space", "begin", "Do what the row under the cursor says."),
        command("mocks.level", "right,l", "level", "The next level.", action="level(1)"),
        command(
            "mocks.level_back", "left,h", "", "The level before.", show=False, action="level(-1)"
        ),
        command("mocks.end", "x", "end it", "End the interview that was left, and see its card."),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.menu = Menu(id="mocks")
        self.levels = Static("", id="levels")
        self.intro = Static(INTRO, id="intro")
        self.note = Static("", id="note", classes="below")
        self.level: str | None = None
        self._sure = ""

    def content(self) -> Iterable[Widget]:
        """The widgets of the column."""
        yield self.levels
        yield self.menu
        yield self.intro

    def below(self) -> Iterable[Widget]:
        """What stays in sight below the column."""
        yield self.note

    def on_mount(self) -> None:
        """Offer what was begun last, or what is studied for."""
        self.head.show(Content("Mock interview").stylize("bold"))
        with self.torchdrill.telling_trouble():
            self.level = usual_level(self.torchdrill.desk.store)

    def on_screen_resume(self) -> None:
        """Show what there is now."""
        self._sure = ""
        with self.torchdrill.telling_trouble():
            # What was read stays under the cursor; what was left comes under it.
            self._show(first=not (self.menu.key or "").startswith(READ))

    # -- what is shown ----------------------------------------------------------------------

    def _show(self, *, first: bool = False) -> None:
        desk = self.torchdrill.desk
        left, earlier = pending(desk.store), mock_history(desk.store, desk.entries)
        rows = [self._pending(each) for each in left]
        if left:
            rows.append(Row(Content("")))
        for minutes in LENGTHS:
            mix = outline(desk.entries, minutes, self.level)
            told = " · ".join(f"{number} {group}" for group, number in mix.items() if number)
            about = Content(f"about {told}" if told else "").stylize("$dim")
            rows.append(Row(Content(f"{minutes} minutes"), about, f"{BEGIN}{minutes}"))
        if earlier:
            rows += [Row(Content("")), Row(Content("Earlier").stylize("bold"))]
            shown = [*zip(earlier, gains(earlier), strict=True)][-EARLIER:]
            rows += [self._earlier(result, gain) for result, gain in reversed(shown)]
        self.intro.display = not earlier and not left
        self.menu.set_rows(rows)
        if first:
            self.menu.to_first()
        sat = count(len(earlier), "interview") if earlier else "none sat yet"
        self.head.show(right=Content(sat).stylize("$dim"))
        self._show_level()

    def _show_level(self) -> None:
        desk = self.torchdrill.desk
        names = [
            Content(f"[{level or 'any'}]").stylize("bold $accent")
            if level == self.level
            else Content(f" {level or 'any'} ").stylize("$dim")
            for level in LEVELS
        ]
        self.levels.update(Content("Level  ").stylize("bold") + Content(" ").join(names))
        told = shortages(desk.entries, self.minutes, self.level)
        self.note.update(Content("\n".join(told)))
        self.note.display = bool(told)
        self.refresh_foot()

    def _pending(self, each: Pending) -> Row:
        name = wording.named(each.minutes, each.level)
        when = since(each.started, self.torchdrill.desk.now())
        left = wording.left_in_words(each.left)
        told = f"{name} · question {each.question} · {left} · begun {when}"
        return Row(Content("Continue"), Content(told).stylize("$dim"), f"{GO_ON}{each.number}")

    def _earlier(self, result: MockResult, gain: float | None) -> Row:
        from quizapp.app.screens.scorecard import MARKS, STYLES

        word = readiness(result.score, result.by_kind.values())
        when = day(result.started.astimezone(self.torchdrill.desk.now().tzinfo))
        left = Content.assemble(
            (f"{MARKS[word]} ", STYLES[word]),
            f"{wording.percent(result.score):>5} {word:<14}",
            (wording.gained(gain), "$dim"),
        )
        told = f"{wording.named(result.minutes, result.level):<20} {when:>10}"
        return Row(left, Content(told).stylize("$dim"), f"{READ}{result.number}")

    @property
    def minutes(self) -> int:
        """Of the row under the cursor."""
        key = self.menu.key or ""
        return int(key.removeprefix(BEGIN)) if key.startswith(BEGIN) else LENGTHS[0]

    # -- commands ---------------------------------------------------------------------------

    def refresh_foot(self) -> None:
        """Show the keys that make sense now, unless a scorecard leads past this screen to home."""
        if self.is_current:
            super().refresh_foot()

    def labels(self) -> Mapping[str, str]:
        """Labels that differ now."""
        key = self.menu.key or ""
        words = {BEGIN: "begin", GO_ON: "continue", READ: "scorecard"}
        return {"mocks.go": next((w for k, w in words.items() if key.startswith(k)), "")}

    def allows(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Say whether a command makes sense now."""
        if action == "end":
            return (self.menu.key or "").startswith(GO_ON)
        return True

    def action_go(self) -> None:
        """Do what the row says."""
        kind, _, number = (self.menu.key or "").partition(":")
        app = self.torchdrill
        with app.telling_trouble():
            if f"{kind}:" == BEGIN:
                mock.begin(app, int(number), self.level)
            elif f"{kind}:" == GO_ON:
                mock.resume(app, int(number))
            elif number:
                mock.show_scorecard(app, int(number))

    def action_level(self, by: int) -> None:
        """Another level."""
        place = LEVELS.index(self.level) + by
        self.level = LEVELS[place % len(LEVELS)]
        with self.torchdrill.telling_trouble():
            self._show()

    def action_end(self) -> None:
        """End the interview under the cursor, if asked twice."""
        key = self.menu.key or ""
        if self._sure != key:
            self._sure = key
            self.note.display = True
            self.note.update(SURE)
            return
        with self.torchdrill.telling_trouble():
            mock.end(self.torchdrill, int(key.removeprefix(GO_ON)))

    def on_menu_chosen(self, message: Menu.Chosen) -> None:
        """A click on a row."""
        self.action_go()

    def on_menu_moved(self, message: Menu.Moved) -> None:
        """Enter does something else now."""
        self._sure = ""
        self._show_level()
