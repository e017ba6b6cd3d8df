"""What stands beside an answer: how sure one is, hints, a bookmark."""

from __future__ import annotations

import pytest

from quizapp.app.app import TorchdrillApp
from quizapp.app.kinds.choice import AskChoice
from quizapp.app.kinds.output import AskOutput
from quizapp.app.screens.answer import AnswerScreen
from quizapp.app.screens.question import QuestionScreen
from quizapp.app.widgets.entry import Entry
from quizapp.study.bookmarks import bookmarks
from quizapp.study.confidence import asks_confidence, toggle_confidence
from quizapp.study.grading import Graded
from quizapp.study.marks import Mark, Rating
from quizapp.study.selection import Filters
from quizapp.study.session import Session
from tests.app.conftest import Bench, screen_text, settle
from verify.errors import StoreError

Size = tuple[int, int]


def ask_how_sure(bench: Bench) -> None:
    toggle_confidence(bench.store)


async def test_nothing_asks_how_sure_unless_it_is_wished(bench: Bench) -> None:
    async with bench.app("tensors/copies").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("a", "enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, AnswerScreen)
    assert bench.store.reviews()[0].confidence is None


async def test_it_is_asked_before_the_verdict_and_answered_by_one_key(
    bench: Bench, size: Size, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_how_sure(bench)
    graded: list[AskOutput] = []
    grade = AskOutput.grade

    def noted(self: AskOutput) -> Graded:
        graded.append(self)
        return grade(self)

    monkeypatch.setattr(AskOutput, "grade", noted)
    async with bench.app("autograd/leaves").run_test(size=size) as pilot:
        await settle(pilot)
        await pilot.press(*"True False", "enter", *"tensor([3., 3.])", "enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, QuestionScreen)
        text = screen_text(pilot)
        assert (
            "How sure?  1 guessing · 2 unsure · 3 fairly sure · 4 certain   enter not said" in text
        )
        foot = text.split("\n")[-1]
        assert "enter not said" in foot and "esc back to the answer" in foot
        assert "skip" not in foot and not graded
        await pilot.press("s", "x", "f8", "f5")  # nothing but the four, enter and esc
        await settle(pilot)
        assert isinstance(pilot.app.screen, QuestionScreen) and not graded
        await pilot.press("3")
        await settle(pilot)
        assert "✓ Right" in screen_text(pilot)
    (review,) = bench.store.reviews()
    assert (review.confidence, review.mark) == (0.75, Mark.RIGHT)
    assert review.response == "True False\ntensor([3., 3.])"


async def test_esc_goes_back_to_the_answer_and_enter_does_not_say(bench: Bench) -> None:
    ask_how_sure(bench)
    async with bench.app("autograd/leaves").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("a", "enter", "b", "enter")
        await settle(pilot)
        await pilot.press("escape")
        await settle(pilot)
        assert "How sure?" not in screen_text(pilot)
        assert isinstance(pilot.app.screen, QuestionScreen)
        await pilot.press("c")
        assert pilot.app.screen.query_one(Entry).text == "a\nbc"
        await pilot.press("enter", "enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, AnswerScreen)
    assert bench.store.reviews()[0].confidence is None


async def test_letters_of_options_are_free_once_it_is_asked(bench: Bench) -> None:
    ask_how_sure(bench)
    async with bench.app("tensors/copies").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("b", "enter", "a")
        await settle(pilot)
        ask = pilot.app.screen.query_one(AskChoice)
        assert ask.chosen == {ask.options[1].letter}
        await pilot.press("1")
        await settle(pilot)
    assert bench.store.reviews()[0].confidence == 0.25


async def test_a_click_says_it_and_a_click_elsewhere_goes_back(bench: Bench) -> None:
    ask_how_sure(bench)
    async with bench.app("autograd/leaves").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("a", "f5")
        await settle(pilot)
        await pilot.click(Entry)
        await settle(pilot)
        assert "How sure?" not in screen_text(pilot)
        await pilot.press("f5")
        await settle(pilot)
        at = next(line for line in screen_text(pilot).split("\n") if "How sure?" in line)
        await pilot.click("#sureness", offset=(at.index("certain"), 0))
        await settle(pilot)
    assert bench.store.reviews()[0].confidence == 0.95


async def test_recall_keeps_how_sure_over_a_pause(bench: Bench, size: Size) -> None:
    ask_how_sure(bench)
    async with bench.app("autograd/accumulates").run_test(size=size) as pilot:
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert "Points an interviewer ticks" not in screen_text(pilot)
        await pilot.press("2")
        await settle(pilot)
        assert "Points an interviewer ticks" in screen_text(pilot)
        await pilot.press("1", "escape")
        await settle(pilot)
    async with TorchdrillApp(bench.another_desk(), filters=Filters(), fresh=False).run_test(
        size=size
    ) as pilot:
        await settle(pilot)
        await pilot.press("2", "enter")
        await settle(pilot)
    (review,) = bench.store.reviews()
    assert review.confidence == 0.5
    assert [point.made for point in review.points] == [True, True, False]


async def test_what_cannot_be_saved_comes_back_to_the_answer(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_how_sure(bench)

    def full(*args: object, **kwargs: object) -> None:
        raise StoreError("progress cannot be saved", why="the disk is full")

    async with bench.app("autograd/leaves").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("a", "f5")
        await settle(pilot)
        with monkeypatch.context() as patch:
            patch.setattr(Session, "answer", full)
            await pilot.press("4")
            await settle(pilot)
        assert isinstance(pilot.app.screen, QuestionScreen)
        assert "the disk is full" in "".join(n.message for n in pilot.app._notifications)
        assert "How sure?" not in screen_text(pilot)
        await pilot.press("b", "f5", "1")
        await settle(pilot)
        assert isinstance(pilot.app.screen, AnswerScreen)
    (review,) = bench.store.reviews()
    assert (review.response, review.confidence) == ("ab", 0.25)


async def test_a_key_turns_the_question_on_and_off(bench: Bench) -> None:
    async with bench.app("autograd/accumulates").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("c")
        await settle(pilot)
        assert "You are asked how sure you are before" in screen_text(pilot)
        assert asks_confidence(bench.store)
        await pilot.press("n", "c", "f9")
        await settle(pilot)
        assert "not asked how sure you are any more" in screen_text(pilot)
        assert pilot.app.screen.query_one(Entry).text == "c"
        assert not asks_confidence(bench.store)
        await pilot.press("escape", "f1")
        await settle(pilot)
        assert "ask how sure" in screen_text(pilot)


async def test_how_sure_of_a_session_that_was_given_up_is_forgotten(bench: Bench) -> None:
    ask_how_sure(bench)
    async with bench.app("autograd/accumulates").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("enter", "4")
        await settle(pilot)
    toggle_confidence(bench.store)
    async with TorchdrillApp(bench.another_desk(), ids=("autograd/accumulates",)).run_test(
        size=(80, 24)
    ) as pilot:
        await settle(pilot)
        await pilot.press("enter", "enter")
        await settle(pilot)
    assert bench.store.reviews()[0].confidence is None


# Hints and bookmarks


def with_hints(bench: Bench, identity: str) -> None:
    path = bench.root / f"answers/{identity}.md"
    hints = 'hints: ["Look at **leaves**.", "Who made `y`?", "No `.grad` for `y`."]'
    path.write_text(path.read_text("utf-8").replace("---\n", f"---\n{hints}\n", 1), "utf-8")


async def test_hints_come_one_by_one_and_the_grade_respects_them(bench: Bench, size: Size) -> None:
    with_hints(bench, "tensors/copies")
    async with bench.app("tensors/copies").run_test(size=size) as pilot:
        await settle(pilot)
        assert "h hint" in screen_text(pilot).split("\n")[-1]
        await pilot.press("h")
        await settle(pilot)
        text = screen_text(pilot)
        assert "Hint 1 Look at leaves." in text and "Who made y?" not in text
        assert "h next hint" in text.split("\n")[-1]
        assert bench.store.drafts()["tensors/copies"].hints == 1
        await pilot.press("h", "h", "h", "escape")
        await settle(pilot)
    async with TorchdrillApp(bench.another_desk(), filters=Filters(), fresh=False).run_test(
        size=size
    ) as pilot:
        await settle(pilot)
        assert "Hint 3 No .grad for y." in screen_text(pilot)
        assert "hint" not in screen_text(pilot).split("\n")[-1]
        lines = [line.strip() for line in screen_text(pilot).split("\n")]
        letter = next(line[0] for line in lines if line.endswith(") torch.tensor(array)"))
        await pilot.press(letter, "enter")
        await settle(pilot)
        assert "✓ Right" in screen_text(pilot) and "hard · next" in screen_text(pilot)
    (review,) = bench.store.reviews()
    assert (review.hints, review.rating, review.mark) == (3, Rating.HARD, Mark.RIGHT)


async def test_hints_count_where_the_reader_ticks_too(bench: Bench) -> None:
    with_hints(bench, "autograd/accumulates")
    async with bench.app("autograd/accumulates").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("h", "enter")
        await settle(pilot)
        await pilot.press("1", "2", "3", "enter")
        await settle(pilot)
        assert "hard · next" in screen_text(pilot)
        await pilot.press("t", "3", "enter")  # ticked again: still with help
        await settle(pilot)
        assert "hard · next" in screen_text(pilot)
    (review,) = bench.store.reviews()
    assert (review.hints, review.rating) == (1, Rating.HARD)


async def test_a_hint_while_typing_has_a_key(bench: Bench) -> None:
    with_hints(bench, "autograd/leaves")
    async with bench.app("autograd/leaves").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert "f2 hint" in screen_text(pilot).split("\n")[-1]
        await pilot.press("h", "f2")
        await settle(pilot)
        assert "Hint 1 Look at leaves." in screen_text(pilot)
        assert pilot.app.screen.query_one(Entry).text == "h"


async def test_without_hints_there_is_no_key(bench: Bench) -> None:
    async with bench.app("tensors/copies").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("h")
        await settle(pilot)
        assert "Hint" not in screen_text(pilot)
        assert "hint" not in screen_text(pilot).split("\n")[-1]


async def test_a_bookmark_is_set_and_taken_away(bench: Bench, size: Size) -> None:
    async with bench.app("autograd/leaves").run_test(size=size) as pilot:
        await settle(pilot)
        assert "ctrl+b bookmark" in screen_text(pilot).split("\n")[-1]
        await pilot.press("b", "ctrl+b")
        await settle(pilot)
        assert "autograd · mid · output  ★" in screen_text(pilot)
        assert bookmarks(bench.store) == {"autograd/leaves"}
        assert "ctrl+b unmark" in screen_text(pilot).split("\n")[-1]
        assert pilot.app.screen.query_one(Entry).text == "b"
    async with TorchdrillApp(bench.another_desk(), filters=Filters(), fresh=False).run_test(
        size=size
    ) as pilot:
        await settle(pilot)
        assert "★" in screen_text(pilot)
        await pilot.press("ctrl+b")
        await settle(pilot)
        assert "★" not in screen_text(pilot)
        assert not bookmarks(bench.store)


async def test_six_keys_at_most_and_the_way_back_among_them(bench: Bench) -> None:
    with_hints(bench, "modules/flatten")
    async with bench.app("modules/flatten").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        foot = screen_text(pilot).split("\n")[-1].strip()
        assert foot == ("enter show the answer   m mend   h hint   s skip   esc pause   ? help")
