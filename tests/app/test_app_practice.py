"""Practice in the app: writing, judging, hints, giving up, and that nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from quizapp.app.app import TorchdrillApp
from quizapp.app.screens.exercises import ExercisesScreen
from quizapp.app.screens.practice import PracticeScreen
from quizapp.app.screens.solution import SolutionScreen
from quizapp.study.marks import Mark, Rating
from quizapp.study.practice import Practice
from tests.app.conftest import Bench, screen_text
from tests.judge.test_judging import RIGHT, code_of, exercise
from verify.bank.model import Item, Kind, Outcome
from verify.engine.checking import CodeVerdict, LawVerdict, OnLaw

Size = tuple[int, int]
LAWS = ("values", "gradient", "device")


class FakeJudge:
    """Accepts what divides by two, and tells law by law."""

    def __init__(self) -> None:
        self.started = self.closed = 0
        self.judged: list[str] = []
        self.release = asyncio.Event()
        self.release.set()

    async def start(self) -> None:
        self.started += 1

    async def load(self) -> None:
        """Nothing is to be had."""

    async def check(
        self, item: Item, code: str, path: Path, on_law: OnLaw = lambda law: None
    ) -> CodeVerdict:
        self.judged.append(code)
        right = "x / 2" in code
        laws = [LawVerdict("loads", Outcome.PASSED)]
        for number, name in enumerate(LAWS):
            bad = number == 1 and not right
            law = LawVerdict(
                name,
                Outcome.FAILED if bad else Outcome.PASSED,
                0.1,
                "A solution halves; here it does not" if bad else "",
                "x = torch.tensor(1.)\nhalf(x)\n# expected  tensor(0.5)" if bad else "",
            )
            on_law(law)
            laws.append(law)
            if bad:
                await self.release.wait()
        return CodeVerdict(item.id, path, 0.3, tuple(laws))

    async def close(self) -> None:
        self.closed += 1


@pytest.fixture
def practice(bench: Bench) -> Iterator[Bench]:
    exercise(bench.root)
    yield bench


def app_of(bench: Bench, judge: FakeJudge, identity: str | None = None) -> TorchdrillApp:
    bench.desk._make_judge = lambda: judge
    return TorchdrillApp(bench.desk, practice=identity)


async def done(pilot: Pilot[None]) -> None:
    await pilot.pause()
    await pilot.app.workers.wait_for_complete(
        [worker for worker in pilot.app.workers if worker.group == "judge"]
    )
    await pilot.pause()
    await pilot.pause()


def at_work(pilot: Pilot[None]) -> PracticeScreen:
    screen = pilot.app.screen
    assert isinstance(screen, PracticeScreen)
    return screen


def write(pilot: Pilot[None], code: str) -> None:
    at_work(pilot).editor.text = code


async def test_a_wrong_one_is_told_and_a_right_one_is_kept(practice: Bench, size: Size) -> None:
    judge = FakeJudge()
    async with app_of(practice, judge, "topic/half").run_test(size=size) as pilot:
        await done(pilot)
        text = screen_text(pilot)
        assert "topic · half · junior" in text and "5 min budget" in text
        assert "def half(x):" in text
        assert ("Halve it." in text) is (size[0] >= 96)
        assert judge.started == 1, "it is warm before the first press"
        write(pilot, code_of("return x / 3"))
        await pilot.press("f5")
        await done(pilot)
        text = screen_text(pilot)
        assert "✗ gradient: A solution halves; here it does not" in text
        assert "half(x)" in text and "# expected  tensor(0.5)" in text
        assert "3 of 4 laws" in text
        assert practice.store.reviews() == ()
        write(pilot, code_of(RIGHT[0]))
        await pilot.press("ctrl+j")
        await done(pilot)
        text = screen_text(pilot)
        assert "✓ accepted" in text and "good: it comes back" in text
        await pilot.press("f8")
        await pilot.pause()
        assert "✓ device" in screen_text(pilot)
        await pilot.press("f5")
        await done(pilot)
    (review,) = practice.store.reviews()
    assert (review.mark, review.rating) == (Mark.RIGHT, Rating.GOOD), "once, after a failure"
    assert review.response == code_of(RIGHT[0])
    assert practice.store.draft("topic/half") is None
    assert judge.closed == 1


async def test_the_first_broken_law_is_shown_while_others_are_tried(practice: Bench) -> None:
    judge = FakeJudge()
    judge.release.clear()
    async with app_of(practice, judge, "topic/half").run_test(size=(80, 24)) as pilot:
        await done(pilot)
        write(pilot, code_of("return x / 3"))
        await pilot.press("f5", "f5")
        await pilot.pause()
        await pilot.pause()
        text = screen_text(pilot)
        assert "✗ gradient:" in text and "laws tried" in text
        judge.release.set()
        await done(pilot)
        assert len(judge.judged) == 1, "a second press does not judge twice"


async def test_hints_come_one_by_one_and_cost(practice: Bench, size: Size) -> None:
    judge = FakeJudge()
    async with app_of(practice, judge, "topic/half").run_test(size=size) as pilot:
        await done(pilot)
        assert "f2 hint (3)" in screen_text(pilot)
        await pilot.press("f2", "f2")
        await pilot.pause()
        await pilot.pause()
        text = screen_text(pilot)
        assert "Hint 1  a" in text and "Hint 2  b" in text and "Hint 3" not in text
        assert "f2 hint (1)" in text
        write(pilot, code_of(RIGHT[0]))
        await pilot.press("f5")
        await done(pilot)
    (review,) = practice.store.reviews()
    assert (review.mark, review.rating, review.hints) == (Mark.PARTLY, Rating.HARD, 2)


async def test_giving_up_takes_two_presses_and_shows_what_differs(
    practice: Bench, size: Size
) -> None:
    async with app_of(practice, FakeJudge(), "topic/half").run_test(size=size) as pilot:
        await done(pilot)
        write(pilot, code_of("return x / 3"))
        await pilot.press("f4")
        await pilot.pause()
        assert "Give up?" in screen_text(pilot)
        assert isinstance(pilot.app.screen, PracticeScreen)
        await pilot.press("f4")
        await pilot.pause()
        assert isinstance(pilot.app.screen, SolutionScreen)
        text = screen_text(pilot)
        assert "-     return x / 3" in text and "+     return x / 2" in text
        await pilot.press("escape")
        await pilot.pause()
        write(pilot, code_of(RIGHT[0]))
        await pilot.press("f5")
        await done(pilot)
    (review,) = practice.store.reviews()
    assert (review.mark, review.rating) == (Mark.WRONG, Rating.AGAIN), "a copy is no pass"


async def test_what_was_written_is_there_again_whatever_ended_the_app(practice: Bench) -> None:
    async with app_of(practice, FakeJudge(), "topic/half").run_test(size=(80, 24)) as pilot:
        await done(pilot)
        await pilot.press("ctrl+end", *"# mine")
        await pilot.pause(0.6)
        kept = practice.store.draft("topic/half")  # as another process would see it
        assert kept is not None and kept.text.endswith("# mine")
    practice.desk = practice.another_desk()
    async with app_of(practice, FakeJudge(), "").run_test(size=(80, 24)) as pilot:
        await done(pilot)
        assert at_work(pilot).editor.text.endswith("# mine"), "what was begun comes first"


async def test_a_due_question_opens_on_its_starter(practice: Bench) -> None:
    item = practice.desk.item("topic/half")
    work = Practice(item, practice.store, practice.clock())
    work.keep(code_of(RIGHT[0]), 1.0, practice.clock())
    work.accepted(practice.clock())
    practice.clock.wait(400 * 86400)
    again = Practice(item, practice.store, practice.clock())
    assert again.again and again.draft.text == again.start


async def test_the_list_says_how_far_one_is_and_opens_one(practice: Bench, size: Size) -> None:
    async with app_of(practice, FakeJudge()).run_test(size=size) as pilot:
        await pilot.pause(0.2)
        await pilot.press("p")
        await pilot.pause()
        await pilot.pause()
        assert isinstance(pilot.app.screen, ExercisesScreen)
        text = screen_text(pilot)
        assert "Halve" in text and "junior" in text and "new" in text
        assert "0 of 1 exercise solved" in text
        await pilot.press("enter")
        await done(pilot)
        assert isinstance(pilot.app.screen, PracticeScreen)
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(pilot.app.screen, ExercisesScreen)


async def test_the_editor_indents_as_python_is_written(practice: Bench) -> None:
    async with app_of(practice, FakeJudge(), "topic/half").run_test(size=(80, 24)) as pilot:
        await done(pilot)
        editor = at_work(pilot).editor
        editor.text = ""
        await pilot.press(*"def f(x):", "enter", *"if x:", "enter", *"return 1", "enter", *"y")
        assert editor.text == "def f(x):\n    if x:\n        return 1\n    y"
        await pilot.press("backspace", "backspace", "tab", *"z")
        assert editor.text.endswith("\n    z")
        await pilot.press("shift+tab")
        assert editor.text.endswith("\nz")
        await pilot.press("ctrl+z")
        assert editor.text.endswith("\n    z")
        editor.select_all()
        await pilot.press("tab")
        assert editor.text.split("\n")[0] == "    def f(x):"
        await pilot.press("escape")
        await pilot.pause()
        assert not isinstance(pilot.app.screen, PracticeScreen), "escape leaves, whatever is typed"


async def test_what_is_typed_first_takes_the_place_of_the_dots(practice: Bench) -> None:
    async with app_of(practice, FakeJudge(), "topic/half").run_test(size=(80, 24)) as pilot:
        await done(pilot)
        await pilot.press(*"return x / 2")
        assert at_work(pilot).editor.text.endswith("def half(x):\n    return x / 2\n")


async def test_reset_begins_anew_and_can_be_taken_back(practice: Bench) -> None:
    async with app_of(practice, FakeJudge(), "topic/half").run_test(size=(80, 24)) as pilot:
        await done(pilot)
        screen = at_work(pilot)
        write(pilot, "something")
        await pilot.press("f9")
        assert screen.editor.text == screen.practice.start
        await pilot.press("ctrl+z")
        assert screen.editor.text == "something"


async def test_one_pane_at_a_time_where_there_is_room_for_one(practice: Bench) -> None:
    async with app_of(practice, FakeJudge(), "topic/half").run_test(size=(80, 24)) as pilot:
        await done(pilot)
        assert "Halve it." not in screen_text(pilot) and "f6 task" in screen_text(pilot)
        await pilot.press("f6")
        await pilot.pause()
        await pilot.pause()
        text = screen_text(pilot)
        assert "Halve it." in text and "f6 code" in text
        await pilot.press("f6")
        await pilot.pause()
        await pilot.press(*"abc")
        assert "abc" in at_work(pilot).editor.text


async def test_a_bug_can_be_mended_before_the_judge(practice: Bench) -> None:
    judge = FakeJudge()
    practice.desk._make_judge = lambda: judge
    bug = next(e.id for e in practice.desk.entries.values() if e.kind == "bug")
    async with practice.app(bug).run_test(size=(80, 24)) as pilot:
        await pilot.pause(0.3)
        assert "m mend" in screen_text(pilot)
        await pilot.press("m")
        await done(pilot)
        screen = at_work(pilot)
        assert screen.editor.text == screen.item.question.program.code  # type: ignore[union-attr]
        write(pilot, "x / 2")
        await pilot.press("f5")
        await done(pilot)
        assert judge.judged == ["x / 2"] and "✓ accepted" in screen_text(pilot)
        await pilot.press("escape")
        await pilot.pause()
        assert not isinstance(pilot.app.screen, PracticeScreen)
    (review,) = practice.store.reviews()
    assert (review.id, review.kind) == (bug, Kind.BUG)
