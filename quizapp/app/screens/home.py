"""What to do now, and what there is."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from quizapp.app.commands import command
from quizapp.app.screens.page import Page
from quizapp.app.text.clean import one_line
from quizapp.app.text.words import count, day, listed, since
from quizapp.app.widgets.menu import Menu, Row
from verify.errors import TorchdrillError

if TYPE_CHECKING:
    from quizapp.study.overview import Overview, TopicOverview, Unfinished
    from verify.bank.index import Entry

CONTINUE, NEW, PRACTICE, TOPIC = "continue", "new", "practice", "topic:"
BAR = 16
COUNTED = 1000
"""Questions up to which each proof is held against its answer as it stands now."""


class HomeScreen(Page):
    """What to do now. Enter goes on with the row under the cursor: an unfinished quiz, a new one
    of what is due and what is new, or a quiz on one topic."""

    CSS_PATH = "home.tcss"

    BINDINGS: ClassVar[list[BindingType]] = [
        command("home.go", "enter,space", "go on", "Do what the row under the cursor says."),
        command("home.new", "n", "new quiz", "Ten questions: what is due first, then new ones."),
        command("home.practice", "p", "practice", "Coding questions before a judge."),
        command("home.look", "l", "light or dark", "Change to light or dark colours.", show=False),
        command("home.quit", "q,ctrl+q", "quit", "Leave torchdrill.", action="app.leave"),
        command("page.back", "escape", "", "There is nothing behind this screen.", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.today = Static(id="today")
        self.menu = Menu(id="menu")
        self.note = Static(id="note", classes="below")
        self.proved = Static(id="proved", classes="below")
        self.overview: Overview | None = None

    def content(self) -> Iterable[Widget]:
        """The widgets of the column."""
        yield self.today
        yield self.menu

    def below(self) -> Iterable[Widget]:
        """What stays in sight below the column."""
        yield self.note
        yield self.proved

    def on_mount(self) -> None:
        """Paint what the index knows, then count the rest: the store takes longer to open."""
        self.set_focus(self.menu)
        desk = self.torchdrill.desk
        today = Content(day(desk.now())).stylize("$dim")
        self.head.show(Content("torchdrill").stylize("bold"), today)
        self.menu.set_rows(_rows(desk.entries))
        self.today.update(self._bank(None))
        self.call_after_refresh(self.set_timer, 0.001, self.show_counts)

    def on_screen_resume(self) -> None:
        """Count again: something was answered, perhaps."""
        super().on_screen_resume()
        if self.overview is not None:
            self.show_counts()

    # -- what is shown ----------------------------------------------------------------------

    def show_counts(self) -> None:
        """Fill in all that is counted."""
        from quizapp.study.overview import overview

        desk = self.torchdrill.desk
        try:
            found = overview(desk.entries, desk.store, desk.now())
            notes = [desk.store.notice]
        except TorchdrillError as error:
            self.today.update(Content(one_line(str(error))))
            return
        self.menu.set_rows(_rows(desk.entries, found, self._unfinished(found.unfinished)))
        if self.overview is None:
            self.torchdrill.remember_look()
        if self.menu.key == NEW or found.unfinished is not None:
            self.menu.to_first()  # an unfinished quiz comes first
        self.overview = found
        self.today.update(self._bank(found))
        if desk.index.broken:
            broken = count(len(desk.index.broken), "question")
            notes.append(f"{broken} cannot be read: `torchdrill lint` says why.")
        self.note.update(Content("\n".join(one_line(each) for each in notes if each)))
        self.note.display = any(notes)
        self.refresh_foot()
        self._count_proofs()

    def _bank(self, found: Overview | None) -> Content:
        desk = self.torchdrill.desk
        if not desk.entries:
            why = one_line(desk.trouble.what) if desk.trouble is not None else "the bank is empty"
            return Content.assemble(
                (f"Nothing to ask: {why}.\n", "bold"),
                f"A pack is a folder with questions/ and answers/ in it; looked in {desk.root}.\n",
                ("`torchdrill quiz --bank FOLDER` opens another one.", "$dim"),
            )
        topics = {entry.topic for entry in desk.entries.values()}
        bank = f"{count(len(desk.entries), 'question')} in {count(len(topics), 'topic')}"
        today, seen = "", ""
        if found is not None:
            minutes = f" · about {found.minutes} min" if found.minutes else ""
            today = f"{found.due} due · {found.new_today} new{minutes}"
            seen = f" · {found.seen} seen" + (
                f" · {found.answered_today} answered today" if found.answered_today else ""
            )
        return Content.assemble(
            ("Today     ", "bold"), today, "\n", ("Bank      ", "bold"), bank, (seen, "$dim"), "\n"
        )

    def _unfinished(self, left: Unfinished | None) -> Content | None:
        if left is None:
            return None
        when = since(left.started, self.torchdrill.desk.now())
        topics = listed([one_line(topic) for topic in left.topics], most=2)
        words = f"{left.position} of {left.total} answered · begun {when} · {topics}"
        return Content(words).stylize("$dim")

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
        return {"home.go": "go on" if self.menu.key == CONTINUE else "start"}

    def allows(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Say whether a command makes sense now."""
        empty = self.overview is None or not self.overview.total
        if action == "practice":
            return any(e.kind == "code" for e in self.torchdrill.desk.entries.values())
        return not (empty and action in ("go", "new"))

    def action_go(self) -> None:
        """Do what the row says."""
        key = self.menu.key or NEW
        if key == CONTINUE:
            self.torchdrill.resume_quiz()
        elif key == PRACTICE:
            self.torchdrill.enter("practice")
        elif key.startswith(TOPIC):
            self._go_to(key.removeprefix(TOPIC))
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

    def action_practice(self) -> None:
        """Choose a coding question."""
        self.torchdrill.enter("practice")

    def action_new(self) -> None:
        """Start a quiz."""
        self.torchdrill.start_quiz()

    def action_look(self) -> None:
        """Light or dark, and remember it."""
        self.torchdrill.change_look()

    def action_back(self) -> None:
        """Home is the last screen: going back leads nowhere."""

    def on_menu_chosen(self, message: Menu.Chosen) -> None:
        """A click on a row."""
        self.action_go()

    def on_menu_moved(self, message: Menu.Moved) -> None:
        """Enter does something else now."""
        self.refresh_foot()


def _rows(
    entries: Mapping[str, Entry], found: Overview | None = None, unfinished: Content | None = None
) -> list[Row]:
    """What can be begun; without the counts of ``found`` while they are not known yet."""
    if not entries:
        return []
    offer = "10 questions, due ones first" if len(entries) > 10 else "all there are"
    rows = [Row(Content("New quiz"), Content(offer).stylize("$dim"), NEW)]
    coded = sum(entry.kind == "code" for entry in entries.values())
    if coded:
        told = Content(f"{count(coded, 'coding question')} before a judge").stylize("$dim")
        rows.append(Row(Content("Practice"), told, PRACTICE))
    rows.append(Row(Content("")))
    if unfinished is not None:
        rows.insert(0, Row(Content("Continue"), unfinished, CONTINUE))
    totals = Counter(entry.topic for entry in entries.values())
    talked = {entry.topic for entry in entries.values() if entry.kind != "code"}
    counts = {topic.topic: topic for topic in found.topics} if found is not None else {}
    width = min(20, max(len(topic) for topic in totals))
    for topic, total in sorted(totals.items()):
        name = Content(f"{one_line(topic)[:width]:<{width}}  ")
        known = counts.get(topic)
        left = name if known is None else name + _mastery(known)
        word = "question" if topic in talked else "exercise"
        noun = f" {word:<11}" if total == 1 else f" {word + 's':<11}"
        right = Content.assemble(f"{total:>4}", (noun, "$dim"), f"{_todo(known):<16}")
        rows.append(Row(left, right, TOPIC + topic, lit=width))
    return rows


def _mastery(topic: TopicOverview) -> Content:
    full = round(topic.mastery * BAR)
    share = f" {topic.mastery:4.0%} known" if topic.seen else "  not seen"
    return Content.assemble(("━" * full, "$accent"), ("━" * (BAR - full), "$rule"), (share, "$dim"))


def _todo(topic: TopicOverview | None) -> str:
    if topic is None:
        return ""
    todo = [f"{topic.due} due"] if topic.due else []
    todo += [f"{topic.new} new"] if topic.new else []
    return " · ".join(todo) or "nothing to do"
