"""What to do now, and what there is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.events import Resize
from textual.widget import Widget
from textual.widgets import Static

from quizapp.app.commands import command
from quizapp.app.doors import DOORS
from quizapp.app.screens import home_rows as rows
from quizapp.app.screens.page import Page
from quizapp.app.text.clean import one_line
from quizapp.app.text.words import ahead, count, day
from quizapp.app.widgets.line import Line
from quizapp.app.widgets.menu import Menu
from verify.errors import TorchdrillError

if TYPE_CHECKING:
    from quizapp.study.overview import Overview

COUNTED = 1000
"""Questions up to which each proof is held against its answer as it stands now."""

FRAME = 14
"""Lines of the screen that are no topics: head, foot, today, the weeks, what is proved."""

TALL = 34
"""Lines from which on the last months are drawn and not only the last weeks."""


class HomeScreen(Page):
    """What to do now. Enter goes on with the row under the cursor: what was left unfinished, a
    quiz of what is due and new today, or a quiz on one topic. The bar of a topic is the chance
    that you know its questions today; what was never asked counts as unknown."""

    BINDINGS: ClassVar[list[BindingType]] = [
        command("home.go", "enter,space", "go on", "Do what the row under the cursor says."),
        *(
            command(
                f"home.{name}", door.key, door.label, door.tooltip, show=door.show,
                action=f"open('{name}')",
            )
            for name, door in DOORS.items()
        ),
        command("home.new", "n", "new quiz", "Ten questions: what is due first, then new ones.",
                show=False),
        command("home.topics", "t", "all topics", "Show all topics, or those with most to do.",
                show=False),
        command("home.undo", "u", "take back", "Take the last answer back, and be asked again.",
                show=False),
        command("home.look", "l", "light or dark", "Change to light or dark colours.", show=False),
        command("home.quit", "q,ctrl+q", "quit", "Leave torchdrill.", action="app.leave",
                show=False),
        command("page.back", "escape", "", "There is nothing behind this screen.", show=False),
    ]  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self.today = Line(id="today")
        self.menu = Menu(id="menu")
        self.weeks = Static(id="weeks")
        self.note = Static(id="note", classes="below")
        self.proved = Static(id="proved", classes="below")
        self.overview: Overview | None = None
        self.left: list[rows.Left] = []
        """What was begun and not finished."""
        self.all_topics = False

    def content(self) -> Iterable[Widget]:
        """The widgets of the column."""
        yield self.today
        yield self.menu
        yield self.weeks

    def below(self) -> Iterable[Widget]:
        """What stays in sight below the column."""
        yield self.note
        yield self.proved

    def on_mount(self) -> None:
        """Paint the frame, then what the index knows, then count the rest: each takes longer."""
        self.set_focus(self.menu)
        desk = self.torchdrill.desk
        today = Content(day(desk.now())).stylize("$dim")
        self.head.show(Content("torchdrill").stylize("bold"), today)
        self.today.show(rows.TODAY)
        self.call_after_refresh(self._show_bank)

    def _show_bank(self) -> None:
        self._show_rows()
        self._show_today()
        self.call_after_refresh(self.set_timer, 0.001, self.show_counts)

    def on_screen_resume(self) -> None:
        """Count again: something was answered, perhaps."""
        super().on_screen_resume()
        if self.overview is not None:
            self.show_counts()

    def on_resize(self, event: Resize) -> None:
        """As many topics as there is room for."""
        super().on_resize(event)
        if self.overview is not None:
            self._show_rows()
            self._show_weeks()

    # -- what is shown ----------------------------------------------------------------------

    def show_counts(self) -> None:
        """Fill in all that is counted."""
        from quizapp.study.overview import overview

        desk, first = self.torchdrill.desk, self.overview is None
        try:
            found = overview(desk.entries, desk.store, desk.now())
            self.left = rows.unfinished(found, desk)
            notes = [desk.store.notice]
        except TorchdrillError as error:
            self.today.show(Content(one_line(str(error))), Content(""))
            return
        if first:
            self.torchdrill.remember_look()
        begun = self.menu.key
        self.overview = found
        self._show_rows()
        if begun in (None, rows.NEW) or (self.left and not first):
            self.menu.to_first()  # what was left unfinished comes first
        self._show_today()
        self._show_weeks()
        if desk.index.broken:
            broken = count(len(desk.index.broken), "question")
            notes.append(f"{broken} cannot be read: `torchdrill lint` says why.")
        self.note.update(Content("\n".join(one_line(each) for each in notes if each)))
        self.note.display = any(notes)
        self.refresh_foot()
        self._count_proofs()
        asked = found.goal is not None or any(notes)  # first what is wrong, then questions
        if not asked and found.total and self.app.screen is self:
            self.torchdrill.enter("goal")

    def _show_rows(self) -> None:
        room = 999 if self.all_topics else max(4, self.size.height - FRAME - len(self.left))
        self.menu.set_rows(
            rows.menu_rows(self.torchdrill.desk.entries, self.overview, self.left, room)
        )

    def _show_today(self) -> None:
        desk, found = self.torchdrill.desk, self.overview
        if not desk.entries:
            self.today.styles.height = 3
            self.today.show(rows.nothing(desk))
            return
        self.today.show(*rows.today_line(found))
        if found is not None and found.goal is not None and found.goal.interview is not None:
            now = desk.now()
            when = ahead(found.goal.interview, now.date())
            words = f"interview {when} · {day(now)}"
            self.head.show(right=Content(words).stylize("" if found.cram else "$dim"))

    def _show_weeks(self) -> None:
        from quizapp.app.widgets.charts import heatmap
        from quizapp.study.clock import study_day

        assert self.overview is not None
        today = study_day(self.torchdrill.desk.now())
        days = self.overview.days
        self.weeks.display = bool(days)
        tall = self.app.size.height >= TALL
        self.weeks.update(heatmap(days, today, 36) if tall else rows.six_weeks(days, today))

    def _count_proofs(self) -> None:
        self.run_worker(self._proofs(), exclusive=True, group="proofs")

    async def _proofs(self) -> None:
        """Count the answers that are proved here as they stand, without holding up a key."""
        from quizapp.app.text.proof import place
        from verify.bank.model import Outcome

        desk = self.torchdrill.desk
        ids = [*desk.entries]
        if not ids or len(ids) > COUNTED:
            return
        proved, where = 0, ""
        for identity in ids:
            await asyncio.sleep(0.001)
            try:
                stamp = desk.facts.stamp(desk.item(identity))
            except TorchdrillError:
                continue
            if stamp is not None and stamp.outcome is Outcome.PASSED:
                proved += 1
                where = f" · {place(stamp)}"
        words = f"{proved} of {count(len(ids), 'answer')} proved on this machine{where}"
        if not proved:
            words += "; each is proved as you come to it"
        self.proved.update(Content(words).stylize("$dim"))

    # -- commands ---------------------------------------------------------------------------

    def labels(self) -> Mapping[str, str]:
        """Labels that differ now."""
        key = self.menu.key
        goes_on = key in (rows.QUIZ, rows.MOCK, rows.EXERCISE)
        return {"home.go": "go on" if goes_on else "start"}

    def allows(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Say whether a command makes sense now."""
        entries = self.torchdrill.desk.entries
        if action == "open":
            coded = any(entry.kind == "code" for entry in entries.values())
            return bool(entries) and (parameters != ("practice",) or coded)
        return action not in ("go", "new", "topics") or bool(entries)

    def action_go(self) -> None:
        """Do what the row says."""
        key = self.menu.key or rows.NEW
        if key == rows.QUIZ:
            self.torchdrill.resume_quiz()
        elif key == rows.MOCK:
            self.torchdrill.resume_mock()
        elif key == rows.EXERCISE and self.overview is not None:
            self.torchdrill.practise(self.overview.begun or "")
        elif key == rows.MORE:
            self.action_topics()
        elif key.startswith(rows.TOPIC):
            self._go_to(key.removeprefix(rows.TOPIC))
        else:
            self.torchdrill.start_quiz()

    def _go_to(self, topic: str) -> None:
        """A quiz on a topic; its exercises where it has nothing else."""
        from quizapp.study.selection import Filters, asked_in_quiz

        entries = self.torchdrill.desk.entries.values()
        if any(asked_in_quiz(entry) for entry in entries if entry.topic == topic):
            self.torchdrill.start_quiz(Filters(topics=(topic,)))
        else:
            self.torchdrill.enter("practice")

    def action_open(self, door: str) -> None:
        """Open another screen."""
        self.torchdrill.enter(door)

    def action_new(self) -> None:
        """Start a quiz."""
        self.torchdrill.start_quiz()

    def action_topics(self) -> None:
        """All topics, or those with most to do."""
        self.all_topics = not self.all_topics
        self._show_rows()

    def action_undo(self) -> None:
        """Take the last answer back."""
        from quizapp.study.withdrawal import undo_last

        desk = self.torchdrill.desk
        with self.torchdrill.telling_trouble():
            undone = undo_last(desk.store, desk.now())
            entry = desk.entries.get(undone.id) if undone is not None else None
            name = entry.title if entry is not None else undone.id if undone is not None else ""
            words = f"Taken back: {one_line(name)}." if name else "There is no answer to take back."
            self.torchdrill.say(words)
            self.show_counts()

    def action_look(self) -> None:
        """Light or dark, and remember it."""
        self.torchdrill.choose_look(self.torchdrill.opposite)

    def action_back(self) -> None:
        """Home is the last screen: going back leads nowhere."""

    def on_menu_chosen(self, message: Menu.Chosen) -> None:
        """A click on a row."""
        self.action_go()

    def on_menu_moved(self, message: Menu.Moved) -> None:
        """Enter does something else now."""
        self.refresh_foot()
