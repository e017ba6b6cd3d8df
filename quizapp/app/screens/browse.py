"""All questions: search as you type, filters, and what is known of each."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static

from quizapp.app.commands import command
from quizapp.app.screens.browse_rows import Peek, row_of
from quizapp.app.screens.page import Page
from quizapp.app.text.clean import one_line
from quizapp.app.text.words import count, listed
from quizapp.app.widgets.field import Field
from quizapp.app.widgets.filter_bar import FilterBar, Part
from quizapp.app.widgets.frame import Cover, Foot, Head
from quizapp.app.widgets.menu import Row
from quizapp.app.widgets.rows import Rows
from quizapp.study.bookmarks import toggle_bookmark
from quizapp.study.browsing import NEW, State, standings
from quizapp.study.search import Found, Query, completed, parse, with_filter
from quizapp.study.search.snippet import passage
from quizapp.study.search.texts import read_texts
from verify.errors import TorchdrillError

if TYPE_CHECKING:
    from quizapp.app.screens.preview import PreviewScreen

CYCLED = {"topic": "f2", "level": "f3", "kind": "f4", "state": "f5"}
"""The filters that have a key."""

TICK = 0.2
"""Seconds between two looks at how far the index is."""


class BrowseScreen(Page):
    """Find questions. Type words: all of them must occur in a question, its answer, its title or
    its tags. A word is found by its beginning and by the beginning of its parts: graph finds
    retain_graph. In quotes, words are found just as they stand.

    Filters are typed among the words, or changed by their keys or a click: topic:autograd
    level:senior kind:bug tag:hooks, and state: with new, due, known, weak (last not right), begun
    or bookmarked. topic:memory,data takes either. Tab completes them.

    Before each question stands what you know of it: … begun, • due, ✗ last not right, ✓ known,
    and ★ if you marked it. Enter opens it; nothing of the answer is shown there before you ask.
    """

    CSS_PATH = "browse.tcss"
    AUTO_FOCUS = "#asked"

    BINDINGS: ClassVar[list[BindingType]] = [
        command("browse.open", "enter", "open", "Look at this question.", priority=True),
        command("browse.bookmark", "ctrl+b", "bookmark", "Mark this question to come back to it, "
                "or take the mark away.", priority=True),
        command("browse.quiz", "f6", "quiz", "Take a quiz of what was found, of 50 questions at "
                "most: what is due and new comes first.", priority=True),
        *(
            command(f"browse.{name}", key, name, f"The next {name}; with shift the one before.",
                    show=False, priority=True, action=f"cycle('{name}', 1)")
            for name, key in CYCLED.items()
        ),
        *(
            command(f"browse.{name}_before", f"shift+{key}", "", f"The {name} before.",
                    show=False, priority=True, action=f"cycle('{name}', -1)")
            for name, key in CYCLED.items()
        ),
        command("browse.complete", "tab", "complete", "Complete the filter that is being typed.",
                show=False, priority=True),
        command("browse.up", "up", "up", "To the question above.", show=False, priority=True,
                action="move(-1)"),
        command("browse.down", "down", "down", "To the question below.", show=False,
                priority=True, action="move(1)"),
        command("browse.page_up", "pageup", "page up", "A page up.", show=False, priority=True,
                action="page(-1)"),
        command("browse.page_down", "pagedown", "page down", "A page down.", show=False,
                priority=True, action="page(1)"),
        command("browse.first", "ctrl+home", "first", "To the first question.", show=False,
                priority=True, action="move(-1000000)"),
        command("browse.last", "ctrl+end", "last", "To the last question.", show=False,
                priority=True, action="move(1000000)"),
        command("page.help", "f1", "help", "Explain this screen and its keys."),
    ]  # fmt: skip

    @dataclass
    class Prepared(Message):
        """The texts can be searched now."""

    def __init__(self) -> None:
        super().__init__()
        self.query_now = Query()
        self.found = Found(())
        self.standings: dict[str, frozenset[State]] = {}
        self._preview: PreviewScreen | None = None
        self._ticking: Timer | None = None

    def compose(self) -> ComposeResult:
        """The field, the filters, what was found, and why the one under the cursor was."""
        finder = self.torchdrill.desk.search
        self.field = Field(
            finder.asked, changed=self._search, id="asked",
            complete=lambda text: completed(text, finder.values),
            placeholder="words, topic:, level:, kind:, state:, tag:",
        )  # fmt: skip
        self.bar = FilterBar()
        self.rows = Rows(id="found")
        self.peek = Peek()
        yield Head()
        yield Horizontal(Static("/", id="lens"), self.field, id="asking")
        yield self.bar
        yield self.rows
        yield self.peek
        yield Foot()
        yield Cover()

    def on_mount(self) -> None:
        """Show all there is, and make the index ready beside it."""
        self.head.show(Content("Browse").stylize("bold"))
        self.field.select_all()
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self._prepare()
        self._tick()

    def on_screen_resume(self) -> None:
        """Something was answered, perhaps."""
        super().on_screen_resume()
        self._read_standings()
        preview, self._preview = self._preview, None
        self._search(stay=preview.identity if preview is not None else self.identity)

    @property
    def identity(self) -> str | None:
        """The question under the cursor."""
        ids = self.found.ids
        return ids[self.rows.cursor] if self.rows.cursor < len(ids) else None

    # -- the index ----------------------------------------------------------------------------

    def _prepare(self) -> None:
        if not self.torchdrill.desk.search.ready:
            self.run_worker(self._prepared(), group="search", exclusive=True)
            self._ticking = self._ticking or self.set_interval(TICK, self._tick)

    async def _prepared(self) -> None:
        await asyncio.to_thread(self.torchdrill.desk.search.prepare)
        self.post_message(self.Prepared())
        await asyncio.to_thread(_warm)

    def _tick(self) -> None:
        finder = self.torchdrill.desk.search
        if finder.ready and self._ticking is not None:
            self._ticking.stop()
            self._ticking = None
        left = f" · {finder.left:,} to go" if finder.left else ""
        words = (
            "" if finder.searches_texts else "titles only" if finder.ready else f"indexing{left}"
        )
        self.head.show(right=Content(words).stylize("$dim"))

    def on_browse_screen_prepared(self, message: Prepared) -> None:
        """The texts can be searched: what was found by its title may be found by them too."""
        self._tick()
        if self.query_now.terms:
            self._search(stay=self.identity if self.rows.cursor else None)

    # -- searching ----------------------------------------------------------------------------

    def _read_standings(self) -> None:
        desk = self.torchdrill.desk
        try:
            self.standings = standings(desk.entries, desk.store, desk.now())
        except TorchdrillError as error:
            self.torchdrill.tell_trouble(error)

    def _search(self, *, stay: str | None = None) -> None:
        """Show what fits to what is typed.

        Args:
            stay: the question to have under the cursor, if it is found; without, what fits best.
        """
        finder = self.torchdrill.desk.search
        finder.asked = self.field.value
        self.query_now = parse(self.field.value)
        self.found = finder.find(self.query_now, self.standings)
        ids = self.found.ids
        cursor = ids.index(stay) if stay in ids else 0 if stay is None else self.rows.cursor
        self.rows.show(len(ids), self._row, cursor=cursor, empty=self._nothing())
        self._show_bar()
        self._show_peek()
        self.refresh_foot()
        self._prepare()  # once more, if the file was damaged meanwhile

    def _row(self, place: int) -> Row:
        id = self.found.ids[place]
        entry = self.torchdrill.desk.entries[id]
        states = self.standings.get(id, NEW)
        return row_of(entry, states, self.query_now.terms, self.rows.size.width)

    def _nothing(self) -> Content:
        finder = self.torchdrill.desk.search
        if self.found.unknown:
            name, value = self.found.unknown[0]
            words = f"There is no {name} {one_line(value)!r}."
            near = _nearest(value, finder.values[name])
            return Content(f"{words} {near}".strip()).stylize("$warning")
        if self.query_now.terms and not self.found.complete:
            why = "are still being indexed" if not finder.ready else "cannot be searched"
            return Content(f"No title holds that; the texts {why}.")
        if self.query_now.filters and self.query_now.terms:
            others = len(finder.find(Query(self.query_now.terms), self.standings).ids)
            if others:
                return Content(f"Nothing found; {count(others, 'question')} without the filters.")
        return Content("Nothing found." if finder.values["topic"] else "The bank is empty.")

    def _show_bar(self) -> None:
        finder = self.torchdrill.desk.search
        chosen: dict[str, list[str]] = {}
        for name, values in self.query_now.filters:
            meant = (each for value in values for each in finder.meant(name, value) or (value,))
            chosen.setdefault(name, []).extend(meant)
        parts = [
            Part(key, _said(chosen[name]) if name in chosen else name, name in chosen)
            for name, key in CYCLED.items()
        ]
        parts += [Part("", f"#{one_line(tag)}", True) for tag in chosen.get("tag", ())]
        total, found = len(self.torchdrill.desk.entries), len(self.found.ids)
        asked = self.query_now.terms or self.query_now.filters
        told = f"{found:,} of {total:,}" if asked else f"{total:,} questions"
        self.bar.show(parts, Content(told).stylize("$dim"))

    def _show_peek(self) -> None:
        identity, desk, terms = self.identity, self.torchdrill.desk, self.query_now.terms
        if identity is None:
            self.peek.show(None, terms)
        else:
            entry = desk.entries[identity]
            why = passage(read_texts(desk.root, identity), terms, entry.title)
            self.peek.show((entry, why), terms)

    def on_rows_moved(self, message: Rows.Moved) -> None:
        """Another question is under the cursor."""
        self._show_peek()

    def on_rows_chosen(self, message: Rows.Chosen) -> None:
        """A click on a question."""
        self.action_open()

    # -- commands -----------------------------------------------------------------------------

    def labels(self) -> Mapping[str, str]:
        """Labels that differ now."""
        states = self.standings.get(self.identity or "", NEW)
        return {"browse.bookmark": "unmark" if State.BOOKMARKED in states else "bookmark"}

    def allows(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Say whether a command makes sense now."""
        return bool(self.found.ids) or action not in ("open", "bookmark", "quiz")

    def action_open(self) -> None:
        """Look at the question under the cursor."""
        from quizapp.app.screens.preview import PreviewScreen

        if self.identity is not None:
            with self.torchdrill.telling_trouble():
                self._preview = PreviewScreen(self.torchdrill.desk, self.found.ids, self.identity)
                self.app.push_screen(self._preview)

    def action_bookmark(self) -> None:
        """Mark the question under the cursor, or take its mark away."""
        identity, desk = self.identity, self.torchdrill.desk
        if identity is None:
            return
        with self.torchdrill.telling_trouble():
            toggle_bookmark(desk.store, identity, desk.now())
            self._read_standings()
            self._search(stay=identity)

    def action_quiz(self) -> None:
        """A quiz of what was found."""
        from quizapp.app.finding import begin_quiz

        begin_quiz(self.torchdrill, self.found.ids)

    def action_cycle(self, name: str, by: int) -> None:
        """The next value of a filter, after the last one none."""
        values = ("", *self.torchdrill.desk.search.values[name])
        asked = [each for filter in self.query_now.filters if filter.name == name
                 for each in filter.values]  # fmt: skip
        meant = [each for value in asked for each in self.torchdrill.desk.search.meant(name, value)]
        at = values.index(meant[0]) if meant else 0
        self.field.write(with_filter(self.field.value, name, values[(at + by) % len(values)]))

    def action_complete(self) -> None:
        """Complete the filter that is being typed."""
        self.field.complete()

    def action_move(self, by: int) -> None:
        """Move the cursor over what was found."""
        self.rows.move(by)

    def action_page(self, pages: int) -> None:
        """Move it by a page."""
        self.rows.move(pages * self.rows.page)


def _said(values: list[str]) -> str:
    return listed([one_line(value) for value in dict.fromkeys(values)], most=2)


def _nearest(value: str, valid: tuple[str, ...]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(value, valid, n=1)
    return f"Did you mean {near[0]!r}?" if near else ""


def _warm() -> None:
    """Import what the next screen needs, so that enter need not wait for it."""
    import quizapp.app.screens.preview  # noqa: F401
