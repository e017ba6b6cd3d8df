"""The answer: its proof, its snippets run, its follow-ups, and the summary after it."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from quizapp.app.app import TorchdrillApp
from quizapp.app.proofs import ProofChanged, State
from quizapp.app.screens.answer import AnswerScreen
from quizapp.app.screens.home import HomeScreen
from quizapp.app.screens.playground import PlaygroundScreen
from quizapp.app.screens.question import QuestionScreen
from quizapp.app.screens.summary import SummaryScreen
from quizapp.app.widgets.blocks import Fence, Program
from quizapp.study.bookmarks import bookmarks
from quizapp.study.marks import Rating
from quizapp.study.session import resume
from tests.app.conftest import Bench, screen_text, settle
from tests.app.fakes import FakeProver
from tests.app.test_app_playground import FakeRunner
from verify.bank.model import Outcome
from verify.bank.record import Proved, record_file, record_text
from verify.engine.ledger.claims import claim_of
from verify.engine.ledger.sources import laws_digest

Size = tuple[int, int]


async def answer_leaves(pilot: object) -> None:
    await pilot.press(*"True False", "enter", *"tensor([3., 3.])", "enter")  # type: ignore[attr-defined]
    await settle(pilot)  # type: ignore[arg-type]


async def proved(bench: Bench, pilot: object, identity: str = "autograd/leaves") -> None:
    while pilot.app.proofs.of(identity).state in (State.UNKNOWN, State.RUNNING):  # type: ignore[attr-defined]
        await pilot.pause()  # type: ignore[attr-defined]
    await settle(pilot)  # type: ignore[arg-type]


async def test_the_stamp_says_where_and_how_it_was_proved(bench: Bench, size: Size) -> None:
    messages: list[object] = []
    app = bench.app("autograd/leaves")
    async with app.run_test(size=size, message_hook=messages.append) as pilot:
        await settle(pilot)
        await answer_leaves(pilot)
        await proved(bench, pilot)
        assert any(isinstance(message, ProofChanged) for message in messages)
        text = screen_text(pilot)
        assert "✓ proved just now · torch 2.13.0 cpu · 1 law × 100 examples" in text
    assert bench.prover.proved == ["autograd/leaves"]
    assert bench.prover.closed == 1


async def test_the_worker_starts_while_the_reader_thinks(bench: Bench) -> None:
    async with bench.app("autograd/leaves").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        while not bench.prover.started:
            await pilot.pause()
        assert isinstance(pilot.app.screen, QuestionScreen)
        await proved(bench, pilot)
    assert bench.desk.facts.stamp(bench.desk.item("autograd/leaves")) is not None


async def test_until_it_is_proved_the_stamp_says_so(bench: Bench) -> None:
    bench.prover = FakeProver(held=True)
    async with bench.app("autograd/leaves").run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press(*"True False", "enter", *"tensor([3., 3.])", "enter")
        await pilot.pause()
        while "proving it now" not in screen_text(pilot):
            await pilot.pause()
        bench.prover.release.set()
        await proved(bench, pilot)
        assert "proved just now" in screen_text(pilot)


async def test_without_torch_all_else_works_and_the_stamp_says_why(bench: Bench) -> None:
    bench.prover = FakeProver(missing=True)
    app = bench.app("autograd/leaves", "tensors/copies")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await answer_leaves(pilot)
        await proved(bench, pilot)
        assert "not proved here" in screen_text(pilot)
        assert "torch cannot be imported: No module named 'torch'" in screen_text(pilot)
        await pilot.press("enter")
        await settle(pilot)
        await pilot.press("a", "enter")
        await settle(pilot)
        assert "not proved here" in screen_text(pilot)
    assert len(bench.store.reviews()) == 2


async def test_a_worker_that_breaks_is_told_and_nothing_falls_over(bench: Bench) -> None:
    async def broken(item: object) -> object:
        raise RuntimeError("pipe closed")

    bench.prover.prove = broken  # type: ignore[method-assign, assignment]
    async with bench.app("autograd/leaves").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await answer_leaves(pilot)
        await proved(bench, pilot)
        assert "the worker broke: RuntimeError: pipe closed" in screen_text(pilot)
    assert bench.prover.closed >= 1


async def test_r_runs_every_program_and_shows_what_it_gave(bench: Bench, size: Size) -> None:
    async with bench.app("autograd/leaves").run_test(size=size) as pilot:
        await settle(pilot)
        await answer_leaves(pilot)
        await proved(bench, pilot)
        bench.prover.prints = "True False\ntensor([3.0000, 3.])"
        await pilot.press("r")
        await proved(bench, pilot)
        assert bench.prover.proved == ["autograd/leaves"] * 2
        told = [str(note.query_one(".report").render()) for note in pilot.app.screen.query(Fence)]
        assert any("and printed as good as this:\n→ True False" in each for each in told)
        assert any("warned as it should, 12 ms" in each for each in told)
        assert any("test_gradient_is_the_factor holds, 12 ms" in each for each in told)


async def test_what_does_not_hold_is_shown_at_its_line(bench: Bench) -> None:
    bench.prover.outcome = Outcome.FAILED
    bench.prover.message = "expected 1\n\x1b[31mgot 2"
    async with bench.app("autograd/leaves").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await answer_leaves(pilot)
        await proved(bench, pilot)
        assert "✗ does not hold here, line" in screen_text(pilot)
        await pilot.press("r")
        await proved(bench, pilot)
        told = [str(note.query_one(".report").render()) for note in pilot.app.screen.query(Fence)]
        assert any("✗ does not hold, line" in each and "␛[31mgot 2" in each for each in told)


async def test_the_grade_can_be_changed(bench: Bench) -> None:
    async with bench.app("autograd/leaves").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await answer_leaves(pilot)
        await pilot.press("4")
        await settle(pilot)
        assert "easy · next" in screen_text(pilot)
        await pilot.press("1")
        await settle(pilot)
        assert "again · next tomorrow" in screen_text(pilot)
    (review,) = bench.store.reviews()
    assert review.rating is Rating.AGAIN


async def test_all_sections_arrive_and_space_reads_on_then_goes_on(bench: Bench) -> None:
    async with bench.app("autograd/leaves").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await answer_leaves(pilot)
        assert "space read on" in screen_text(pilot)
        seen = screen_text(pilot)
        for _ in range(10):
            await pilot.press("space")
            await settle(pilot)
            if not isinstance(pilot.app.screen, AnswerScreen):
                break
            seen += screen_text(pilot)
        assert isinstance(pilot.app.screen, SummaryScreen)
        for part in ("Say it in a minute", "Proof", "For every factor", "They would ask next",
                     "Why do gradients accumulate?", "torch.Tensor.is_leaf"):  # fmt: skip
            assert part in seen


async def test_a_follow_up_is_asked_and_comes_back(bench: Bench) -> None:
    async with bench.app("autograd/leaves").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await answer_leaves(pilot)
        await pilot.press("f1")
        await settle(pilot)
        assert "follow-up" in screen_text(pilot)
        await pilot.press("enter")
        await settle(pilot)
        await pilot.press("1", "2", "3", "enter")
        await settle(pilot)
        assert "✓ Right" in screen_text(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert "Which tensors receive .grad?" in screen_text(pilot)
        await pilot.press("f1", "escape")
        await settle(pilot)
        assert "Which tensors receive .grad?" in screen_text(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, SummaryScreen)
        await pilot.press("escape")
        await settle(pilot)
        assert isinstance(pilot.app.screen, HomeScreen)
        assert "Continue" not in screen_text(pilot)
    assert len(bench.store.reviews()) == 2


async def test_references_are_listed_with_their_address(bench: Bench, size: Size) -> None:
    opened: list[str] = []
    app = bench.app("autograd/leaves")
    app.open_url = lambda url, **_: opened.append(url)  # type: ignore[method-assign]
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await answer_leaves(pilot)
        await pilot.press("o")
        await settle(pilot)
        text = screen_text(pilot)
        assert "torch.Tensor.is_leaf" in text and "read 2026-11-20" in text
        assert "https://docs.pytorch.org" in text
        await pilot.press("enter")
        await settle(pilot)
        assert opened and opened[0].startswith("https://docs.pytorch.org")
        await pilot.press("escape")
        await settle(pilot)
        assert isinstance(pilot.app.screen, AnswerScreen)


async def test_the_question_can_be_seen_again(bench: Bench) -> None:
    async with bench.app("autograd/leaves").run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await answer_leaves(pilot)
        assert "What does this program print?" not in screen_text(pilot)
        await pilot.press("q")
        await settle(pilot)
        assert "What does this program print?" in screen_text(pilot)


async def test_the_summary_says_what_to_look_at_and_opens_it(bench: Bench, size: Size) -> None:
    ids = ("autograd/leaves", "tensors/copies", "autograd/accumulates")
    async with bench.app(*ids).run_test(size=size) as pilot:
        await settle(pilot)
        await answer_leaves(pilot)
        await pilot.press("enter")
        await settle(pilot)
        options = pilot.app.screen.query_one("#ask").options  # type: ignore[attr-defined]
        wrong = next("abcd"[n] for n, option in enumerate(options) if option.letter == "d")
        await pilot.press(wrong, "enter")
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        await pilot.press("1", "2", "enter")
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, SummaryScreen)
        text = screen_text(pilot)
        assert "✓ 1 right   ~ 1 partly   ✗ 1 wrong" in text
        again, known = text.index("Look at again"), text.index("Known")
        assert again < text.index("✗ Which of these copies?") < known
        assert known < text.index("✓ Which tensors receive .grad?")
        await pilot.press("enter")
        await settle(pilot)
        text = screen_text(pilot)
        assert "✗ Wrong" in text and "wrong, your choice" in text
        assert "to change" not in text
        await pilot.press("escape")
        await settle(pilot)
        await pilot.press("down", "enter")
        await settle(pilot)
        assert "2 of 3 made" in screen_text(pilot)
        await pilot.press("escape", "escape")
        await settle(pilot)
        assert isinstance(pilot.app.screen, HomeScreen)
    assert len(bench.store.reviews()) == 3


async def test_skipped_answers_can_be_read_from_the_summary(bench: Bench) -> None:
    ids = ("autograd/leaves", "tensors/copies", "modules/flatten")
    async with bench.app(*ids).run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        for key in ("f8", "s", "s"):
            await pilot.press(key)
            await settle(pilot)
        for _ in ids:
            await pilot.press("enter")
            await settle(pilot)
            assert "– Skipped" in screen_text(pilot)
            await pilot.press("escape", "down")
            await settle(pilot)


def record_elsewhere(bench: Bench, *, digest: str = "") -> None:
    """Put on the pack's record that the answer held on another machine, as it is or as it was."""
    claim = claim_of(bench.desk.item("autograd/leaves"))
    line = Proved(
        id=claim.key, torch="2.11.0+cu128", python="3.11", device="cuda",
        device_name="NVIDIA H200", digest=digest or claim.digest, checks=4, laws=1, examples=100,
        date="2026-11-20", law_code=laws_digest() if claim.laws else "",
    )  # fmt: skip
    record_file(bench.root).write_bytes(record_text([line]))


async def test_the_reader_sees_where_else_it_was_proved(bench: Bench) -> None:
    record_elsewhere(bench)
    bench.prover = FakeProver(missing=True)
    async with bench.app("autograd/leaves").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await answer_leaves(pilot)
        while "proved on" not in screen_text(pilot):
            await pilot.pause()
        assert "proved on torch 2.11.0 cuda (H200), 1 law × 100 examples" in screen_text(pilot)
    bench.prover = FakeProver()
    bench.desk = bench.another_desk()
    async with bench.app("autograd/leaves").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await answer_leaves(pilot)
        await proved(bench, pilot)
        while "also on" not in screen_text(pilot):
            await pilot.pause()
        lines = screen_text(pilot).splitlines()
        here = next(n for n, line in enumerate(lines) if "proved just now" in line)
        assert lines[here + 1].strip() == "also on 2.11.0 cuda (H200)"


async def test_the_reader_sees_what_has_gone_stale(bench: Bench) -> None:
    record_elsewhere(bench, digest="0" * 16)
    async with bench.app("autograd/leaves").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await answer_leaves(pilot)
        await proved(bench, pilot)
        while "stale" not in screen_text(pilot):
            await pilot.pause()
        assert "stale: 2.11.0 cuda, the answer changed since" in screen_text(pilot)


async def test_without_a_record_no_line_is_lost(bench: Bench) -> None:
    async with bench.app("autograd/leaves").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await answer_leaves(pilot)
        await proved(bench, pilot)
        assert not pilot.app.screen.query_one("#elsewhere").display


# -- programs that are marked, run, opened, copied ----------------------------------------------


def marked(pilot: Pilot[None]) -> list[int | None]:
    return [fence.number for fence in pilot.app.screen.query(Fence) if fence.has_class("-marked")]


def told(pilot: Pilot[None]) -> dict[int, str]:
    """What stands below each fence of the answer, where something does."""
    fences = [fence for fence in pilot.app.screen.query(Fence) if fence.has_class("-told")]
    return {f.number: str(f.query_one(".report").render()) for f in fences if f.number is not None}


async def test_tab_marks_one_program_after_the_other(bench: Bench, size: Size) -> None:
    async with bench.app("autograd/leaves").run_test(size=size) as pilot:
        await settle(pilot)
        await answer_leaves(pilot)
        assert "tab program" in screen_text(pilot) and "r run to here" not in screen_text(pilot)
        seen = []
        for key in ("tab", "tab", "tab", "tab", "tab", "shift+tab", "shift+tab"):
            await pilot.press(key)
            seen.append(marked(pilot))
        assert seen == [[0], [2], [3], [], [0], [], [3]], "what is only printed is no program"
        await settle(pilot)
        text = screen_text(pilot)
        assert "r run to here" in text and "y copy" in text and "enter next" in text
        assert "▌ " in text, "a sign at the margin, not a colour alone"
        fence = next(f for f in pilot.app.screen.query(Fence) if f.has_class("-marked"))
        body = pilot.app.screen.query_one("#body")
        assert body.region.contains_region(fence.region), "it is in sight"


async def test_a_click_marks_a_program_and_a_second_takes_it_away(bench: Bench) -> None:
    async with bench.app("autograd/leaves").run_test(size=(120, 60)) as pilot:
        await settle(pilot)
        await answer_leaves(pilot)
        fences = [fence for fence in pilot.app.screen.query(Fence) if fence.number is not None]
        first, printed = [fence.query_one(Program) for fence in fences[:2]]
        assert await pilot.click(first)
        assert marked(pilot) == [0]
        assert await pilot.click(printed)
        assert marked(pilot) == [0], "what is only printed cannot be marked"
        assert await pilot.click(first)
        assert marked(pilot) == []


async def test_r_runs_up_to_the_marked_program_and_tells_of_that_one(
    bench: Bench, size: Size
) -> None:
    async with bench.app("autograd/leaves").run_test(size=size) as pilot:
        await settle(pilot)
        await answer_leaves(pilot)
        await proved(bench, pilot)
        await pilot.press("tab", "tab", "r")
        await proved(bench, pilot, "autograd/leaves#2")
        assert bench.prover.proved == ["autograd/leaves", "autograd/leaves up to 2"]
        assert list(told(pilot)) == [2] and "warned as it should" in told(pilot)[2]
        assert "warned as it should" in screen_text(pilot), "it is in sight"
        await pilot.press("shift+tab", "r")
        await proved(bench, pilot, "autograd/leaves#0")
        assert "and printed just this" in told(pilot)[1], "below what it is to print"
        stamp = bench.desk.facts.stamp(bench.desk.item("autograd/leaves"))
        assert stamp is not None and stamp.checks == 4, "what is on record is the proof of all"


async def test_until_it_has_run_that_is_said_in_its_place(bench: Bench) -> None:
    async with bench.app("autograd/leaves").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await answer_leaves(pilot)
        await proved(bench, pilot)
        bench.prover.release.clear()
        await pilot.press("tab", "r")
        await pilot.pause()
        assert told(pilot) == {1: "running …"}
        bench.prover.release.set()
        await proved(bench, pilot, "autograd/leaves#0")
        assert "running" not in told(pilot)[1]


async def test_without_torch_a_run_says_why_in_its_place(bench: Bench) -> None:
    bench.prover = FakeProver(missing=True)
    async with bench.app("autograd/leaves").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await answer_leaves(pilot)
        await pilot.press("tab", "r")
        await proved(bench, pilot, "autograd/leaves#0")
        assert "not run: torch cannot be imported" in told(pilot)[1]


async def test_x_opens_the_marked_program_or_the_first_in_sight(bench: Bench) -> None:
    bench.desk._make_runner = lambda device: FakeRunner()
    async with bench.app("autograd/leaves").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await answer_leaves(pilot)
        for keys, numbers in (
            (["x"], {0}),
            (["shift+tab", "x"], {3}),
            (["tab", "end", "x"], {2, 3}),
        ):
            await pilot.press(*keys)
            await settle(pilot)
            screen = pilot.app.screen
            assert isinstance(screen, PlaygroundScreen)
            assert screen.playground.number in numbers
            await pilot.press("escape")
            await settle(pilot)


async def test_y_copies_the_marked_program_or_the_id(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied: list[str] = []
    monkeypatch.setattr(TorchdrillApp, "copy_to_clipboard", lambda app, text: copied.append(text))
    monkeypatch.setenv("PATH", "")
    async with bench.app("autograd/leaves").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await answer_leaves(pilot)
        await pilot.press("y")
        await pilot.app.workers.wait_for_complete()
        await pilot.press("tab", "tab", "y")
        await pilot.app.workers.wait_for_complete()
        notes = [note.message for note in pilot.app._notifications]
        assert notes[0].startswith("autograd/leaves: copied through the terminal (OSC 52)")
        assert notes[1].startswith("the program: copied through the terminal (OSC 52)")
    assert copied == ["autograd/leaves", "assert y.grad is None\n"]


# -- bookmarks, and answers that are taken back -------------------------------------------------


async def test_b_sets_a_bookmark_that_is_seen_and_kept(bench: Bench, size: Size) -> None:
    async with bench.app("autograd/leaves").run_test(size=size) as pilot:
        await settle(pilot)
        await answer_leaves(pilot)
        assert "★" not in screen_text(pilot)
        await pilot.press("b")
        assert bookmarks(bench.store) == {"autograd/leaves"}
        await settle(pilot)
        assert "Which tensors receive .grad?  ★" in screen_text(pilot)
        await pilot.press("b")
        await settle(pilot)
        assert "★" not in screen_text(pilot)
    assert bookmarks(bench.store) == frozenset()


async def test_u_takes_the_answer_back_and_asks_again(bench: Bench, size: Size) -> None:
    app = bench.app("autograd/leaves", "tensors/copies")
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await answer_leaves(pilot)
        await pilot.press("1")  # a grade that was changed goes too
        await settle(pilot)
        assert bench.store.card("autograd/leaves") is not None
        await pilot.press("u")
        await settle(pilot)
        assert isinstance(pilot.app.screen, QuestionScreen)
        text = screen_text(pilot)
        assert "1 of 2" in text and "tensor([3., 3.])" in text, "with what was typed"
        notes = [note.message for note in pilot.app._notifications]
        assert notes == ["Taken back: the schedule is as it was before."]
        assert bench.store.reviews() == () and bench.store.cards() == {}
        await pilot.press("f5")
        await settle(pilot)
        assert "✓ Right" in screen_text(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert "2 of 2" in screen_text(pilot)
    assert len(bench.store.reviews()) == 1


async def test_u_on_the_last_answer_opens_the_session_again(bench: Bench) -> None:
    async with bench.app("autograd/accumulates").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        await pilot.press("u")
        await settle(pilot)
        assert not pilot.app._notifications, "nothing is given yet, so nothing is taken back"
        await pilot.press("1", "enter")
        await settle(pilot)
        assert "1 of 3 made" in screen_text(pilot) and "[✓]" not in screen_text(pilot)
        await pilot.press("u")
        await settle(pilot)
        assert bench.store.reviews() == ()
        session = resume(bench.store)
        assert session is not None and session.current == "autograd/accumulates"
        if isinstance(pilot.app.screen, QuestionScreen):
            await pilot.press("enter")
            await settle(pilot)
        await pilot.press("2", "enter")
        await settle(pilot)
        assert "✓ a tensor used twice" in screen_text(pilot)
    (review,) = bench.store.reviews()
    assert review.points[1].made


async def test_only_the_last_answer_is_taken_back(bench: Bench) -> None:
    async with bench.app("autograd/leaves").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await answer_leaves(pilot)
        await pilot.press("f1")
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        await pilot.press("1", "enter")
        await settle(pilot)
        await pilot.press("enter")  # back from the follow-up
        await settle(pilot)
        await pilot.press("u")
        await settle(pilot)
        assert isinstance(pilot.app.screen, AnswerScreen)
        notes = [note.message for note in pilot.app._notifications]
        assert notes == ["Another answer was given since, so this one stays."]
    assert len(bench.store.reviews()) == 2


async def test_an_old_answer_is_not_taken_back(bench: Bench) -> None:
    async with bench.app("autograd/leaves").run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await answer_leaves(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, SummaryScreen)
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, AnswerScreen)
        await pilot.press("u")
        await settle(pilot)
        assert isinstance(pilot.app.screen, AnswerScreen)
    assert len(bench.store.reviews()) == 1
