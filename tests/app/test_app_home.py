"""The home screen: what is there, and one key to begin."""

from __future__ import annotations

from pathlib import Path

from quizapp.app.app import TorchdrillApp
from quizapp.app.desk import Desk
from quizapp.app.screens.home import HomeScreen
from quizapp.app.screens.question import QuestionScreen
from quizapp.study.selection import Filters
from quizapp.study.store import Store
from tests.app.conftest import Bench, screen_text, settle

Size = tuple[int, int]


async def test_says_what_is_there(bench: Bench, size: Size) -> None:
    async with bench.app().run_test(size=size) as pilot:
        while "proved on this machine" not in screen_text(pilot):
            await pilot.pause()
        text = screen_text(pilot)
        assert "Today     0 due · 5 new · about 12 min" in text
        assert "5 questions in 3 topics" in text
        assert "0 of 5 answers proved on this machine" in text
        for topic in ("autograd", "modules", "tensors"):
            assert topic in text
        assert max(len(line) for line in text.split("\n")) <= size[0]
        widest = max(len(line.strip()) for line in text.split("\n"))
        assert widest <= 88
        foot = text.split("\n")[-1]
        assert foot.strip() == "enter start   m mock   b browse   s statistics   ? help"


async def test_enter_starts_a_quiz(bench: Bench) -> None:
    async with bench.app().run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, QuestionScreen)
        assert "1 of 5" in screen_text(pilot)


async def test_a_topic_starts_a_quiz_on_it(bench: Bench) -> None:
    async with bench.app().run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("down", "down", "enter")
        await settle(pilot)
        assert "modules · mid · bug" in screen_text(pilot)
        assert "1 of 1" in screen_text(pilot)


async def test_an_unfinished_quiz_comes_first(bench: Bench) -> None:
    async with bench.app("tensors/copies", "tensors/views").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("s", "escape")
        await settle(pilot)
        assert isinstance(pilot.app.screen, HomeScreen)
        text = screen_text(pilot)
        assert "▶ Continue" in text
        assert "1 of 2 answered · begun just now · tensors" in text
        assert "enter go on" in text
    async with TorchdrillApp(bench.another_desk()).run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert "2 of 2" in screen_text(pilot)


async def test_a_quiz_left_goes_on_unless_a_fresh_one_is_asked_for(bench: Bench) -> None:
    async with bench.app("tensors/copies", "tensors/views").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("s", "escape")
        await settle(pilot)
    left = TorchdrillApp(bench.another_desk(), filters=Filters(), fresh=False)
    async with left.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert "2 of 2" in screen_text(pilot)
    fresh = TorchdrillApp(bench.another_desk(), filters=Filters(topics=("modules",)))
    async with fresh.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert "1 of 1" in screen_text(pilot)


async def test_an_empty_bank_says_so(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "empty/questions").mkdir(parents=True)
    desk = Desk(tmp_path / "empty", store=Store.in_memory, cache=tmp_path / "c", now=bench.clock)
    async with TorchdrillApp(desk).run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert "Nothing to ask: the bank is empty" in screen_text(pilot)
        await pilot.press("enter", "n")
        await settle(pilot)
        assert isinstance(pilot.app.screen, HomeScreen)


async def test_no_pack_says_so(bench: Bench, tmp_path: Path) -> None:
    desk = Desk(tmp_path / "none", store=Store.in_memory, cache=tmp_path / "c", now=bench.clock)
    async with TorchdrillApp(desk).run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert "not a pack" in screen_text(pilot)


async def test_a_broken_question_is_told_and_the_rest_works(bench: Bench) -> None:
    (bench.root / "questions/tensors/copies.md").write_bytes(b"\xe9t\xe9")
    async with bench.app().run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        text = screen_text(pilot)
        assert "1 question cannot be read" in text
        assert "4 questions in 3 topics" in text
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, QuestionScreen)


async def test_a_corrupt_progress_file_is_told(bench: Bench) -> None:
    path = bench.tmp_path / "other.sqlite3"
    path.write_bytes(b"this is no database" * 100)
    desk = bench.another_desk(lambda: Store.open(path))
    async with TorchdrillApp(desk).run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert desk.store.notice
        assert desk.store.notice.split()[0] in screen_text(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, QuestionScreen)


async def test_a_data_folder_that_cannot_be_written_is_told(bench: Bench) -> None:
    in_the_way = bench.tmp_path / "file"
    in_the_way.write_text("no folder")
    desk = bench.another_desk(lambda: Store.open(in_the_way / "data" / "progress.sqlite3"))
    async with TorchdrillApp(desk).run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert not desk.store.saving
        assert "not being saved" in " ".join(screen_text(pilot).split())
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, QuestionScreen)


async def test_the_look_is_changed_and_remembered(bench: Bench) -> None:
    async with bench.app().run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert pilot.app.theme == "torchdrill-dark"
        await pilot.press("l")
        await settle(pilot)
        assert pilot.app.theme == "torchdrill-light"
    async with TorchdrillApp(bench.another_desk()).run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert pilot.app.theme == "torchdrill-light"


async def test_a_click_begins(bench: Bench) -> None:
    async with bench.app().run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.click("#menu", offset=(5, 3))
        await settle(pilot)
        assert "1 of 2" in screen_text(pilot)
        assert "autograd" in screen_text(pilot)


async def test_q_leaves(bench: Bench) -> None:
    async with bench.app().run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("escape")
        await settle(pilot)
        assert not pilot.app._exit
        await pilot.press("q")
        await pilot.pause()
        assert pilot.app._exit
