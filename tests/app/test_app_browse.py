"""Browsing: search as you type, filters, a look at a question, and what can be done from there."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from textual.pilot import Pilot

from quizapp.app.screens.answer import AnswerScreen
from quizapp.app.screens.browse import BrowseScreen
from quizapp.app.screens.help import HelpScreen
from quizapp.app.screens.home import HomeScreen
from quizapp.app.screens.practice import PracticeScreen
from quizapp.app.screens.preview import PreviewScreen
from quizapp.app.screens.question import QuestionScreen
from quizapp.app.screens.reading import ReadingScreen
from quizapp.app.screens.summary import SummaryScreen
from quizapp.study.bookmarks import bookmarks, toggle_bookmark
from quizapp.study.browsing import State
from quizapp.study.goal import Goal, set_goal
from quizapp.study.marks import Rating
from quizapp.study.records import Draft
from tests.app.conftest import Bench, screen_text, settle
from tests.app.fakes import NOON
from tests.big_pack import write_big_pack
from tests.study.make import DAY, RIGHT, WRONG

Size = tuple[int, int]
KEYS = {" ": "space", ":": "colon", "_": "underscore", '"': "quotation_mark", ",": "comma",
        ".": "full_stop", "-": "minus", "/": "slash"}  # fmt: skip


async def ready(pilot: Pilot[None]) -> None:
    """Wait until the texts can be searched and all is painted."""
    await settle(pilot)
    await pilot.app.workers.wait_for_complete(
        [worker for worker in pilot.app.workers if worker.group == "search"]
    )
    await settle(pilot)


async def browse(pilot: Pilot[None], bench: Bench) -> BrowseScreen:
    """Open the screen from home."""
    set_goal(bench.desk.store, Goal())
    await settle(pilot)
    await pilot.press("slash")
    await ready(pilot)
    screen = pilot.app.screen
    assert isinstance(screen, BrowseScreen)
    return screen


async def type_(pilot: Pilot[None], text: str) -> None:
    await pilot.press(*(KEYS.get(sign, sign) for sign in text))
    await settle(pilot)


def lines(pilot: Pilot[None]) -> list[str]:
    return screen_text(pilot).split("\n")


def toasts(pilot: Pilot[None]) -> str:
    return " ".join(note.message for note in pilot.app._notifications)


def titles(screen: BrowseScreen) -> list[str]:
    return [screen.torchdrill.desk.entries[id].title for id in screen.found.ids]


# -- what is shown ----------------------------------------------------------------------------


async def test_shows_all_questions_by_topic(bench: Bench, size: Size) -> None:
    async with bench.app().run_test(size=size) as pilot:
        await browse(pilot, bench)
        text = screen_text(pilot)
        assert "5 questions" in text
        assert "f2 topic   f3 level   f4 kind   f5 state" in text
        rows = [line.strip() for line in lines(pilot)[5:10]]
        assert rows[0].startswith("▶    Why do gradients accumulate?")
        assert rows[0].split()[-3:] == ["autograd", "junior", "recall"] or "min" in rows[0]
        assert [row.split("  ")[0] for row in rows[1:]] == [
            "Which tensors receive .grad?", "Flattening with view(-1, n)", "Which of these copies?",
            "Which of these are views?",
        ]  # fmt: skip
        assert "autograd/accumulates" in text
        assert "asks  Why does backward() add to .grad" in text
        assert max(len(line.strip()) for line in lines(pilot)) <= 88
        foot = lines(pilot)[-1].strip()
        assert foot == "enter open   ctrl+b bookmark   f6 quiz   esc back   f1 help"


async def test_each_key_narrows_what_is_found(bench: Bench, size: Size) -> None:
    async with bench.app().run_test(size=size) as pilot:
        screen = await browse(pilot, bench)
        await type_(pilot, "vie")
        assert titles(screen) == [
            "Which of these are views?", "Flattening with view(-1, n)", "Which of these copies?",
        ]  # fmt: skip
        assert "3 of 5" in screen_text(pilot)
        await type_(pilot, "w_")  # no word begins so
        assert "Nothing found." in screen_text(pilot)
        assert lines(pilot)[-1].strip() == "esc back   f1 help"
        await pilot.press("enter", "ctrl+b", "f6", "down")
        await settle(pilot)
        assert pilot.app.screen is screen
        await pilot.press("backspace", "backspace")
        await type_(pilot, "w batch")
        assert titles(screen) == ["Flattening with view(-1, n)"]
        assert "in the answer  -1 absorbs the batch size" in screen_text(pilot)
        await pilot.press("ctrl+u")
        await settle(pilot)
        assert "5 questions" in screen_text(pilot)


async def test_what_was_found_stands_out_without_colour(bench: Bench) -> None:
    async with bench.app().run_test(size=(80, 24)) as pilot:
        await browse(pilot, bench)
        await type_(pilot, "grad")
        strips = pilot.app.screen._compositor.render_strips()
        underlined = {
            segment.text
            for strip in strips
            for segment in strip
            if segment.style is not None and segment.style.underline
        }
        assert underlined == {"grad"}


async def test_the_cursor_moves_while_the_field_has_the_keys(bench: Bench) -> None:
    async with bench.app().run_test(size=(80, 24)) as pilot:
        screen = await browse(pilot, bench)
        await pilot.press("down", "down")
        await settle(pilot)
        assert screen.identity == "modules/flatten"
        assert "modules/flatten" in screen_text(pilot)
        await pilot.press("pagedown")
        assert screen.identity == "tensors/views"
        await pilot.press("pageup")
        assert screen.identity == "autograd/accumulates"
        await pilot.press("ctrl+end")
        assert screen.identity == "tensors/views"
        await pilot.press("ctrl+home", "up")
        assert screen.identity == "autograd/accumulates"
        await type_(pilot, "v")
        assert screen.field.value == "v"


async def test_marks_say_what_is_known(bench: Bench, size: Size) -> None:
    store = bench.store
    store.log("autograd/leaves", WRONG, now=NOON, rating=Rating.AGAIN)
    store.log("autograd/accumulates", RIGHT, now=NOON, rating=Rating.GOOD)
    store.log("modules/flatten", RIGHT, now=NOON - 30 * DAY, rating=Rating.GOOD)
    store.save_draft(Draft("tensors/views", letters=("a",)), now=NOON)
    toggle_bookmark(store, "tensors/copies", NOON)
    async with bench.app().run_test(size=size) as pilot:
        screen = await browse(pilot, bench)
        rows = [line.strip().removeprefix("▶ ").strip()[:3] for line in lines(pilot)[5:10]]
        assert rows == ["✓  ", "✗  ", "•  ", "★ W", "…  "]
        for typed, expected in (
            ("known", ["autograd/accumulates"]), ("weak", ["autograd/leaves"]),
            ("due", ["modules/flatten"]), ("begun", ["tensors/views"]),
            ("bookmarked", ["tensors/copies"]), ("new", ["tensors/copies", "tensors/views"]),
        ):  # fmt: skip
            await pilot.press("ctrl+u")
            await type_(pilot, f"state:{typed}")
            assert [*screen.found.ids] == expected


# -- filters ----------------------------------------------------------------------------------


async def test_a_key_cycles_a_filter_and_leaves_the_words(bench: Bench, size: Size) -> None:
    async with bench.app().run_test(size=size) as pilot:
        screen = await browse(pilot, bench)
        await type_(pilot, "grad")
        await pilot.press("f2")
        await settle(pilot)
        assert screen.field.value == "topic:autograd grad"
        assert "f2 autograd" in screen_text(pilot)
        assert "2 of 5" in screen_text(pilot)
        await type_(pilot, "i")  # typing goes on where it was
        assert screen.field.value == "topic:autograd gradi"
        await pilot.press("f3", "f4", "f5")
        await settle(pilot)
        typed = "topic:autograd level:junior kind:recall state:new gradi"
        assert screen.field.value == typed
        assert [*screen.found.ids] == ["autograd/accumulates"]
        await pilot.press("shift+f4", "f5", "shift+f3", "shift+f2")
        await settle(pilot)
        assert screen.field.value == "state:due gradi"
        await pilot.press("shift+f2")
        await settle(pilot)
        assert screen.field.value == "topic:tensors state:due gradi"


async def test_a_click_on_a_filter_cycles_it(bench: Bench) -> None:
    async with bench.app().run_test(size=(80, 24)) as pilot:
        screen = await browse(pilot, bench)
        await pilot.click("FilterBar", offset=(15, 0))
        await settle(pilot)
        assert screen.field.value == "level:junior "
        await pilot.click("FilterBar", offset=(60, 0))
        await settle(pilot)
        assert screen.field.value == "level:junior "


async def test_tab_completes_a_filter(bench: Bench) -> None:
    async with bench.app().run_test(size=(80, 24)) as pilot:
        screen = await browse(pilot, bench)
        await type_(pilot, "topic:mo")
        await pilot.app.workers.wait_for_complete()
        await settle(pilot)
        assert "/ topic:modules" in screen_text(pilot)  # what tab would make of it
        assert screen.field.value == "topic:mo"
        await pilot.press("tab")
        await settle(pilot)
        assert screen.field.value == "topic:modules"
        assert screen.field.has_focus
        await pilot.press("tab")
        assert screen.field.value == "topic:modules"


async def test_a_filter_of_what_there_is_not_says_what_is_near(bench: Bench, size: Size) -> None:
    async with bench.app().run_test(size=size) as pilot:
        await browse(pilot, bench)
        await type_(pilot, "topic:modles")
        assert "There is no topic 'modles'. Did you mean 'modules'?" in screen_text(pilot)


async def test_nothing_found_says_what_the_filters_hide(bench: Bench) -> None:
    async with bench.app().run_test(size=(80, 24)) as pilot:
        await browse(pilot, bench)
        await type_(pilot, "topic:tensors leaves")
        assert "Nothing found; 1 question without the filters." in screen_text(pilot)


# -- a look at a question ---------------------------------------------------------------------


async def test_enter_shows_the_question_and_not_its_answer(bench: Bench, size: Size) -> None:
    async with bench.app().run_test(size=size) as pilot:
        await browse(pilot, bench)
        await type_(pilot, "copies")
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, PreviewScreen)
        text = screen_text(pilot)
        assert "Which of these copies?" in text
        assert "tensors · junior · choice" in text
        assert "not answered yet" in text
        assert "a) torch.from_numpy(array)" in text
        assert "always copies" not in text
        assert "tensors/copies · 1 min" in text
        foot = lines(pilot)[-1].strip()
        assert foot == "enter answer   a read answer   b bookmark   esc back   ? help"


async def test_the_history_is_told(bench: Bench, size: Size) -> None:
    for back, grade, rating in ((9, WRONG, Rating.AGAIN), (2, RIGHT, Rating.GOOD)):
        when = NOON - back * DAY
        bench.store.log("tensors/copies", grade, now=when, rating=rating, seconds=72)
    toggle_bookmark(bench.store, "tensors/copies", NOON)
    async with bench.app().run_test(size=size) as pilot:
        await browse(pilot, bench)
        await type_(pilot, "copies")
        await pilot.press("enter")
        await settle(pilot)
        text = screen_text(pilot)
        card = bench.store.card("tensors/copies")
        assert card is not None
        days = (card.due - NOON.date()).days
        told = (
            "due" if days <= 0 else f"known · next {'tomorrow' if days == 1 else f'in {days} days'}"
        )
        assert f"{told} · ★ bookmarked" in text
        assert "Your answers" in text
        right, wrong = (line for line in lines(pilot) if "1:12" in line)
        assert right.split() == ["✓", "right", "Mon", "30", "Nov", "2026", "1:12", "good"]
        assert wrong.split() == ["✗", "wrong", "Mon", "23", "Nov", "2026", "1:12", "again"]


async def test_esc_leads_back_to_what_was_found(bench: Bench) -> None:
    async with bench.app().run_test(size=(80, 24)) as pilot:
        screen = await browse(pilot, bench)
        await type_(pilot, "vi")
        await pilot.press("down", "enter")
        await settle(pilot)
        assert "2 of 3" in screen_text(pilot)
        await pilot.press("right", "right")
        await settle(pilot)
        assert "3 of 3" in screen_text(pilot)
        assert "Which of these copies?" in screen_text(pilot)
        await pilot.press("left")
        await settle(pilot)
        preview = pilot.app.screen
        assert isinstance(preview, PreviewScreen)
        assert preview.identity == "modules/flatten"
        await pilot.press("right", "escape")
        await settle(pilot)
        assert pilot.app.screen is screen
        assert screen.field.value == "vi"
        assert screen.identity == "tensors/copies"
        await type_(pilot, "e")
        assert screen.field.value == "vie"


async def test_what_was_typed_is_there_the_next_time(bench: Bench) -> None:
    async with bench.app().run_test(size=(80, 24)) as pilot:
        await browse(pilot, bench)
        await type_(pilot, "view")
        await pilot.press("escape")
        await settle(pilot)
        assert isinstance(pilot.app.screen, HomeScreen)
        screen = await browse(pilot, bench)
        assert screen.field.value == "view"
        assert len(screen.found.ids) == 3
        await type_(pilot, "le")  # in the place of what is selected
        assert screen.field.value == "le"


async def test_enter_answers_it_now_and_the_mark_follows(bench: Bench) -> None:
    async with bench.app().run_test(size=(80, 24)) as pilot:
        screen = await browse(pilot, bench)
        await type_(pilot, "copies")
        await pilot.press("enter", "enter")
        await settle(pilot)
        question = pilot.app.screen
        assert isinstance(question, QuestionScreen)
        assert "1 of 1" in screen_text(pilot)
        (place,) = (n for n, o in enumerate(question.ask.options) if o.letter == "b")
        await pilot.press("abcd"[place], "enter")
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, SummaryScreen)
        await pilot.press("escape")
        await settle(pilot)
        assert isinstance(pilot.app.screen, PreviewScreen)
        assert "✓ known" in screen_text(pilot)
        assert "✓ right" in screen_text(pilot)
        await pilot.press("escape")
        await settle(pilot)
        assert isinstance(pilot.app.screen, BrowseScreen)
        assert screen.standings["tensors/copies"] == {State.KNOWN}
        assert "▶ ✓  Which of these copies?" in screen_text(pilot)


async def test_an_unanswered_answer_is_read_when_asked_for_twice(bench: Bench, size: Size) -> None:
    async with bench.app().run_test(size=size) as pilot:
        await browse(pilot, bench)
        await type_(pilot, "accumulate")
        await pilot.press("enter", "a")
        await settle(pilot)
        assert isinstance(pilot.app.screen, PreviewScreen)
        assert "reading spoils it: a again reads it" in screen_text(pilot)
        await pilot.press("a")
        await settle(pilot)
        assert isinstance(pilot.app.screen, ReadingScreen)
        text = screen_text(pilot)
        assert "Answer · not given yet" in text
        assert "A tensor may be used in several places" in text
        assert "bench" not in text
        assert bench.prover.proved == ["autograd/accumulates"]
        assert bench.store.reviews() == ()
        await pilot.press("escape")
        await settle(pilot)
        assert isinstance(pilot.app.screen, PreviewScreen)
        assert "spoils" not in screen_text(pilot)


async def test_every_kind_can_be_read_without_an_answer(bench: Bench) -> None:
    async with bench.app().run_test(size=(80, 24)) as pilot:
        screen = await browse(pilot, bench)
        for id in [*screen.found.ids]:
            await pilot.press("ctrl+u")
            await type_(pilot, id)
            assert screen.identity == id
            await pilot.press("enter", "a", "a")
            await settle(pilot)
            assert isinstance(pilot.app.screen, ReadingScreen), id
            assert "Say it in a minute" in " ".join(
                str(static.render()) for static in pilot.app.screen.query("Text")
            )
            await pilot.press("escape", "escape")
            await settle(pilot)


async def test_an_answered_one_is_read_at_once_with_its_verdict(bench: Bench) -> None:
    bench.store.log("tensors/copies", WRONG, now=NOON - DAY, rating=Rating.AGAIN, response="a")
    async with bench.app().run_test(size=(80, 24)) as pilot:
        await browse(pilot, bench)
        await type_(pilot, "copies")
        await pilot.press("enter", "a")
        await settle(pilot)
        assert type(pilot.app.screen) is AnswerScreen
        assert "✗ Wrong" in screen_text(pilot)
        assert "It shares memory with the array." in screen_text(pilot)


async def test_an_answer_that_fits_no_more_is_read_as_if_there_was_none(bench: Bench) -> None:
    bench.store.log("tensors/copies", WRONG, now=NOON - DAY, rating=Rating.AGAIN, response="z")
    async with bench.app().run_test(size=(80, 24)) as pilot:
        await browse(pilot, bench)
        await type_(pilot, "copies")
        await pilot.press("enter", "a")
        await settle(pilot)
        assert isinstance(pilot.app.screen, ReadingScreen)


# -- bookmarks and quizzes --------------------------------------------------------------------


async def test_a_bookmark_is_on_disk_before_it_is_shown(bench: Bench, size: Size) -> None:
    async with bench.app().run_test(size=size) as pilot:
        screen = await browse(pilot, bench)
        await type_(pilot, "vie")
        await pilot.press("ctrl+b")
        await settle(pilot)
        assert bookmarks(bench.store) == {"tensors/views"}
        assert "▶  ★ Which of these are views?" in screen_text(pilot)
        assert "ctrl+b unmark" in lines(pilot)[-1]
        assert screen.field.value == "vie"
        await pilot.press("enter")
        await settle(pilot)
        assert "★ bookmarked" in screen_text(pilot)
        await pilot.press("b")
        await settle(pilot)
        assert bookmarks(bench.store) == frozenset()
        assert "★" not in screen_text(pilot)


async def test_unmarking_what_is_filtered_by_it_takes_the_row_away(bench: Bench) -> None:
    for id in ("autograd/leaves", "tensors/views", "tensors/copies"):
        toggle_bookmark(bench.store, id, NOON)
    async with bench.app().run_test(size=(80, 24)) as pilot:
        screen = await browse(pilot, bench)
        await type_(pilot, "is:bookmarked")
        await pilot.press("down", "ctrl+b")
        await settle(pilot)
        assert [*screen.found.ids] == ["autograd/leaves", "tensors/views"]
        assert screen.identity == "tensors/views"  # the next one


async def test_a_quiz_of_what_was_found(bench: Bench) -> None:
    async with bench.app().run_test(size=(80, 24)) as pilot:
        screen = await browse(pilot, bench)
        await type_(pilot, "vie")
        await pilot.press("f6")
        await settle(pilot)
        question = pilot.app.screen
        assert isinstance(question, QuestionScreen)
        assert {*question.quiz.session.ids} == {*screen.found.ids}
        await pilot.press("escape")
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert "q quiz of 3" in lines(pilot)[-1]
        await pilot.press("q")
        await settle(pilot)
        assert "1 of 3" in screen_text(pilot)


# -- trouble, mouse, help ---------------------------------------------------------------------


async def test_a_click_opens_a_question(bench: Bench) -> None:
    async with bench.app().run_test(size=(80, 24)) as pilot:
        await browse(pilot, bench)
        await pilot.click("#found", offset=(10, 2))
        await settle(pilot)
        preview = pilot.app.screen
        assert isinstance(preview, PreviewScreen)
        assert preview.identity == "modules/flatten"


async def test_a_question_that_cannot_be_read_says_so(bench: Bench) -> None:
    async with bench.app().run_test(size=(80, 24)) as pilot:
        screen = await browse(pilot, bench)
        (bench.root / "questions/autograd/accumulates.md").write_text("no front matter")
        await pilot.press("enter")
        await settle(pilot)
        assert pilot.app.screen is screen
        assert "no front matter" in toasts(pilot)


async def test_a_damaged_index_is_made_anew_while_titles_are_searched(bench: Bench) -> None:
    async with bench.app().run_test(size=(80, 24)) as pilot:
        screen = await browse(pilot, bench)
        (file,) = (bench.tmp_path / "cache").glob("search-*.sqlite3")
        sql = sqlite3.connect(file)
        sql.execute("DELETE FROM words_data")
        sql.commit()
        sql.close()
        await type_(pilot, "momentum")
        await ready(pilot)
        assert screen.torchdrill.desk.search.searches_texts
        assert screen.found.complete
        await pilot.press("ctrl+u")
        await type_(pilot, "absorbs")
        assert titles(screen) == ["Flattening with view(-1, n)"]


async def test_a_hostile_title_moves_nothing(bench: Bench, size: Size) -> None:
    path = bench.root / "questions/tensors/views.md"
    title = r'title: "Views \e[31m\e]0;x\a [bold]\u202eevil"'
    path.write_text(path.read_text().replace('title: "Which of these are views?"', title))
    async with bench.app().run_test(size=size) as pilot:
        await browse(pilot, bench)
        await type_(pilot, "evil")
        text = screen_text(pilot)
        assert "Views ␛[31m␛]0;x␇ [bold]‹U+202E›" in text
        assert "\x1b" not in text
        await pilot.press("enter")
        await settle(pilot)
        assert "\x1b" not in screen_text(pilot)


async def test_the_help_tells_of_filters_and_marks(bench: Bench) -> None:
    async with bench.app().run_test(size=(120, 40)) as pilot:
        await browse(pilot, bench)
        await type_(pilot, "?")  # is typed
        await pilot.press("f1")
        await settle(pilot)
        assert isinstance(pilot.app.screen, HelpScreen)
        text = screen_text(pilot)
        for word in ("state:", "✗ last not right", "f2", "shift", "ctrl+b", "tab"):
            assert word in text
        await pilot.press("escape")
        await settle(pilot)
        assert isinstance(pilot.app.screen, BrowseScreen)


async def test_a_small_terminal_loses_nothing(bench: Bench) -> None:
    async with bench.app().run_test(size=(80, 24)) as pilot:
        screen = await browse(pilot, bench)
        await type_(pilot, "vi")
        await pilot.press("down")
        await pilot.resize_terminal(40, 10)
        await settle(pilot)
        assert "Too small" in screen_text(pilot)
        await pilot.press("x", "enter", "ctrl+b")
        await pilot.resize_terminal(60, 16)
        await settle(pilot)
        assert screen.field.value == "vi"
        assert screen.identity == "modules/flatten"
        assert "▶" in screen_text(pilot)
        assert bookmarks(bench.store) == frozenset()
        await type_(pilot, "e")
        assert screen.field.value == "vie"


# -- large packs, coding questions ------------------------------------------------------------


async def test_of_many_questions_those_in_sight_are_drawn(
    bench: Bench, size: Size, tmp_path: Path
) -> None:
    bench.root = write_big_pack(tmp_path / "big", 400)
    bench.desk = bench.another_desk()
    async with bench.app().run_test(size=size) as pilot:
        screen = await browse(pilot, bench)
        assert "400 questions" in screen_text(pilot)
        await pilot.press("ctrl+end")
        await settle(pilot)
        assert screen.rows.cursor == 399
        shown = [line for line in lines(pilot) if "▶" in line]
        last = screen.torchdrill.desk.entries[screen.found.ids[-1]]
        assert last.title[:20] in shown[0]
        await type_(pilot, "kind:code state:new")
        assert len(screen.found.ids) == 40
        await pilot.press("f6")
        await settle(pilot)
        assert "a quiz asks no coding questions" in toasts(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, PreviewScreen)
        assert "enter practise" in lines(pilot)[-1]
        assert "quiz" not in lines(pilot)[-1]
        await pilot.press("a", "a")
        await settle(pilot)
        assert isinstance(pilot.app.screen, ReadingScreen)
        await pilot.press("escape")
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, PracticeScreen)


async def test_an_empty_bank_says_so(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "empty/questions").mkdir(parents=True)
    bench.root = tmp_path / "empty"
    bench.desk = bench.another_desk()
    async with bench.app().run_test(size=(80, 24)) as pilot:
        set_goal(bench.desk.store, Goal())
        await settle(pilot)
        pilot.app.enter("browse")  # type: ignore[attr-defined]
        await ready(pilot)
        assert "The bank is empty." in screen_text(pilot)
