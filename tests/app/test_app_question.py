"""A question of each kind: asked, answered, kept."""

from __future__ import annotations

import pytest

from quizapp.app.kinds import ReplyGiven
from quizapp.app.screens.answer import AnswerScreen
from quizapp.app.screens.home import HomeScreen
from quizapp.app.screens.question import QuestionScreen
from quizapp.app.screens.summary import SummaryScreen
from quizapp.app.widgets.entry import Entry, lines_printed
from quizapp.study.marks import Mark
from quizapp.study.session import resume
from tests.app.conftest import Bench, screen_text, settle

Size = tuple[int, int]


async def test_output_is_typed_line_by_line_and_graded(bench: Bench, size: Size) -> None:
    messages: list[object] = []
    async with bench.app("autograd/leaves").run_test(
        size=size, message_hook=messages.append
    ) as pilot:
        await settle(pilot)
        text = screen_text(pilot)
        assert "autograd · mid · output" in text and "1 of 1" in text
        assert "print(x.is_leaf, y.is_leaf)" in text
        assert "enter next line" in text
        await pilot.press(*"True False", "enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, QuestionScreen)
        await pilot.press(*"tensor([3., 3.])")
        await settle(pilot)
        assert "enter answer" in screen_text(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert any(isinstance(message, ReplyGiven) for message in messages)
        assert "✓ Right" in screen_text(pilot)
        assert "good · next" in screen_text(pilot)
    (review,) = bench.store.reviews()
    assert review.mark is Mark.RIGHT
    assert review.response == "True False\ntensor([3., 3.])"


async def test_wrong_output_stands_beside_the_proved_one(bench: Bench, size: Size) -> None:
    async with bench.app("autograd/leaves").run_test(size=size) as pilot:
        await settle(pilot)
        await pilot.press(*"True True", "enter", *"tensor([3., 3.])", "enter")
        await settle(pilot)
        text = screen_text(pilot)
        assert "You typed" in text and "It prints" in text
        assert "✗ True True" in text and "✓ True False" in text
        assert "First difference, line 1" in text
        beside = any("You typed" in line and "It prints" in line for line in text.split("\n"))
        assert beside is (size[0] >= 100)


async def test_an_empty_line_hands_in_and_ctrl_j_is_always_a_new_line(bench: Bench) -> None:
    async with bench.app("autograd/leaves").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        field = pilot.app.screen.query_one(Entry)
        await pilot.press("a", "ctrl+j", "b", "ctrl+j", "c")
        assert field.text == "a\nb\nc"
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, AnswerScreen)
    async with bench.app("autograd/leaves").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("a", "enter", "enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, AnswerScreen)


@pytest.mark.parametrize(
    ("program", "lines"),
    [
        ("print(1)", 1),
        ("print(1)\nprint(2)", 2),
        ("x = 1", 1),
        ("for i in range(3):\n    print(i)", None),
        ("def f():\n    print(1)\nf()", None),
        ("print(", None),
    ],
)
def test_lines_that_a_program_plainly_prints(program: str, lines: int | None) -> None:
    assert lines_printed(program) == lines


async def test_a_long_prompt_is_read_from_its_top_and_typing_shows_the_field(
    bench: Bench,
) -> None:
    path = bench.root / "questions/autograd/accumulates.md"
    many = "\n\n".join(f"Line {n}." for n in range(40))
    path.write_text(
        path.read_text("utf-8").replace("Why does `b", f"{many}\n\nWhy does `b"), "utf-8"
    )
    async with bench.app("autograd/accumulates").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert "Line 0." in screen_text(pilot)
        await pilot.press("n", "x")
        await settle(pilot)
        assert "▌ x" in screen_text(pilot)


async def test_nothing_typed_asks_for_something(bench: Bench) -> None:
    async with bench.app("autograd/leaves").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("f5")
        await settle(pilot)
        assert "Type what it prints" in screen_text(pilot)
        assert not bench.store.reviews()


async def test_choice_by_letter_with_why_for_every_option(bench: Bench, size: Size) -> None:
    async with bench.app("tensors/copies").run_test(size=size) as pilot:
        await settle(pilot)
        text = screen_text(pilot)
        lines = [line.strip() for line in text.split("\n")]
        letter = next(line[0] for line in lines if line.endswith(") torch.from_numpy(array)"))
        await pilot.press(letter)
        await settle(pilot)
        assert f"{letter} (•) torch.from_numpy(array)" in screen_text(pilot)
        await pilot.press("enter")
        await settle(pilot)
        text = screen_text(pilot)
        assert "✗ Wrong" in text
        assert "wrong, your choice: It shares memory with the array." in text
        for why in ("always copies", "copies only if it must", "shares storage by definition"):
            assert why in text
        assert text.index("from_numpy") < text.index("as_tensor")
    (review,) = bench.store.reviews()
    assert review.response == "a"


async def test_options_keep_their_order_after_a_pause(bench: Bench) -> None:
    async with bench.app("tensors/copies").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        before = screen_text(pilot)
        await pilot.press("escape")
        await settle(pilot)
        assert isinstance(pilot.app.screen, HomeScreen)
        await pilot.press("enter")
        await settle(pilot)
        assert screen_text(pilot).split("\n")[2:20] == before.split("\n")[2:20]


async def test_several_right_options_are_all_chosen(bench: Bench) -> None:
    async with bench.app("tensors/views").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert "Choose all that are right." in screen_text(pilot)
        options = pilot.app.screen.query_one("#ask").options  # type: ignore[attr-defined]
        shown = {option.letter: "abc"[n] for n, option in enumerate(options)}
        await pilot.press(shown["a"], shown["b"], shown["b"], shown["c"], "enter")
        await settle(pilot)
        assert "✓ Right" in screen_text(pilot)


async def test_arrows_and_space_choose(bench: Bench) -> None:
    async with bench.app("tensors/copies").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert "Choose with a to d" in screen_text(pilot)
        await pilot.press("down", "down", "space")
        await settle(pilot)
        assert "b (•)" in screen_text(pilot)
        await pilot.press("e", "h")
        await settle(pilot)
        assert "b (•)" in screen_text(pilot)


async def test_recall_shows_the_answer_and_ticks_propose_a_grade(bench: Bench, size: Size) -> None:
    async with bench.app("autograd/accumulates").run_test(size=size) as pilot:
        await settle(pilot)
        await pilot.press("n", *"they sum, so s?", "escape", "enter")
        await settle(pilot)
        text = screen_text(pilot)
        assert "they sum, so s?" in text
        assert "1 [ ] backward() adds to .grad" in text
        assert "proposes 1 again" in text
        await pilot.press("1", "3")
        await settle(pilot)
        assert "2 of 3 made" in screen_text(pilot)
        assert "~ Partly · proposes 3 good" in screen_text(pilot)
        assert not bench.store.reviews()
        await pilot.press("enter")
        await settle(pilot)
        assert "✗ a tensor used twice" in screen_text(pilot)
        assert bench.store.reviews()[0].points[1].made is False
        await pilot.press("2")
        await settle(pilot)
        assert "hard · next" in screen_text(pilot)
        await pilot.press("t", "2", "enter")
        await settle(pilot)
        assert "✓ Right" in screen_text(pilot)
    (review,) = bench.store.reviews()
    assert review.mark is Mark.RIGHT and review.response == "they sum, so s?"


async def test_arrows_and_space_tick(bench: Bench) -> None:
    async with bench.app("autograd/accumulates").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        await pilot.press("down", "space", "up", "space", "space")
        await settle(pilot)
        assert "2 [✓]" in screen_text(pilot) and "1 [ ]" in screen_text(pilot)


async def test_bug_shows_its_fix_as_a_diff(bench: Bench, size: Size) -> None:
    async with bench.app("modules/flatten").run_test(size=size) as pilot:
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        text = screen_text(pilot)
        assert "-     return x.view(-1, 4)" in text
        assert "+     return torch.flatten(x, 1)" in text
        while pilot.app.proofs.of("modules/flatten").verdict is None:  # type: ignore[attr-defined]
            await pilot.pause()
        await settle(pilot)
        assert "✓ proved wrong here" in screen_text(pilot)


async def test_a_pause_keeps_what_was_typed(bench: Bench) -> None:
    async with bench.app("autograd/leaves").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press(*"True")
        bench.clock.wait(65)
        await pilot.press("escape")
        await settle(pilot)
        assert "Continue" in screen_text(pilot)
        assert "0 of 1 answered" in screen_text(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert pilot.app.screen.query_one(Entry).text == "True"
        assert "1:05" in screen_text(pilot)


@pytest.mark.parametrize("key", ["ctrl+c", "ctrl+q"])
async def test_leaving_at_once_keeps_what_was_typed(bench: Bench, key: str) -> None:
    async with bench.app("autograd/leaves").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press(*"True", key)
        await pilot.pause()
        assert pilot.app._exit
        session = resume(bench.store, bench.desk.entries)
        assert session is not None and session.draft().text == "True"


async def test_a_draft_is_on_disk_at_a_pause_in_typing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quizapp.app.screens.question.PAUSE", 0.01)
    async with bench.app("autograd/leaves").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("x")
        while not bench.store.drafts():
            await pilot.pause()
        assert bench.store.drafts()["autograd/leaves"].text == "x"


async def test_a_pause_while_ticking_comes_back_to_the_ticks(bench: Bench) -> None:
    async with bench.app("autograd/accumulates").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        await pilot.press("2", "escape")
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, AnswerScreen)
        assert "2 [✓]" in screen_text(pilot)


async def test_skipped_goes_on_and_is_looked_at_again(bench: Bench) -> None:
    async with bench.app("tensors/copies").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("s")
        await settle(pilot)
        assert isinstance(pilot.app.screen, SummaryScreen)
        assert "– 1 skipped" in screen_text(pilot)


async def test_a_question_that_cannot_be_read_any_more_is_passed_over(bench: Bench) -> None:
    app = bench.app("tensors/copies", "tensors/views")
    bench.desk.entries  # noqa: B018  (read before the file breaks)
    (bench.root / "questions/tensors/copies.md").write_bytes(b"\xff\xfe broken")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert "This question cannot be read." in screen_text(pilot)
        assert "copies.md:1" in screen_text(pilot).replace("\n", "")
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, QuestionScreen)


async def test_skip_and_help_have_keys_while_typing(bench: Bench) -> None:
    async with bench.app("autograd/leaves").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        foot = screen_text(pilot).split("\n")[-1]
        assert "f8 skip" in foot and "f1 help" in foot
        await pilot.press("question_mark", "s")
        assert pilot.app.screen.query_one(Entry).text == "?s"
        await pilot.press("f1")
        await settle(pilot)
        assert "Type what the program prints" in screen_text(pilot)
