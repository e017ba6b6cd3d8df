"""The playground: a snippet is opened, changed, run and stopped, and nothing written is lost."""

from __future__ import annotations

import asyncio

import pytest
from textual.pilot import Pilot

from quizapp.app.app import TorchdrillApp
from quizapp.app.desk import Desk
from quizapp.app.screens.answer import AnswerScreen
from quizapp.app.screens.home import HomeScreen
from quizapp.app.screens.playground import PlaygroundScreen
from quizapp.app.text.ran import FIRST, LAST, MOST, headline, report, shown
from quizapp.study.playground import Playground
from tests.app.conftest import Bench, screen_text, settle
from verify.bank.model import Outcome
from verify.engine.checking import LawVerdict
from verify.engine.free import End, OnText, Program, Ran
from verify.errors import SurroundingsError, TorchdrillError

Size = tuple[int, int]
LEAVES = "autograd/leaves"
WARNS = 2
"""The number of its fence that builds on the first."""


class FakeRunner:
    """Runs nothing: says what it is told to say, and waits where it is told to wait."""

    def __init__(self, cuda: str = "") -> None:
        self.cuda = cuda
        self.device = ""
        self.ran: list[Program] = []
        self.started = self.closed = 0
        self.answer = Ran(End.FINISHED, printed="tensor([3., 3.])\n", seconds=0.012)
        self.says: list[tuple[str, bytes]] = []
        self.waits = False
        self.fails: Exception | None = None
        self.missing: TorchdrillError | None = None

    async def start(self) -> None:
        if self.missing is not None:
            raise self.missing
        self.started += 1

    async def load(self, program: Program) -> None:
        """Nothing is to be had."""

    async def run(
        self,
        program: Program,
        on_text: OnText = lambda stream, data: None,
        stop: asyncio.Event | None = None,
    ) -> Ran:
        self.ran.append(program)
        for stream, data in self.says:
            on_text(stream, data)
        if self.fails is not None:
            raise self.fails
        if self.waits:
            assert stop is not None
            await stop.wait()
            return Ran(End.STOPPED, "stopped", seconds=3.0, device=self.device)
        return self.answer

    async def close(self) -> None:
        self.closed += 1


def desk_with(bench: Bench, *runners: FakeRunner) -> list[FakeRunner]:
    """Put runners on the desk; each is handed out once, for whichever device comes."""
    waiting = list(runners)

    def make(device: str) -> FakeRunner:
        runner = waiting.pop(0)
        runner.device = device
        return runner

    bench.desk._make_runner = make
    return waiting


async def done(pilot: Pilot[None]) -> None:
    """Wait until what runs has ended and everything is painted."""
    await pilot.pause()
    await pilot.app.workers.wait_for_complete(
        [worker for worker in pilot.app.workers if worker.group in ("runner", "copy")]
    )
    await pilot.pause()
    await pilot.pause()


async def open_playground(pilot: Pilot[None], fence: int = 0) -> PlaygroundScreen:
    """Open a program of the answer."""
    app = pilot.app
    assert isinstance(app, TorchdrillApp)
    playground = Playground(app.desk.item(LEAVES), fence, app.desk.store)
    await pilot.pause()
    await app.push_screen(PlaygroundScreen(playground))
    await done(pilot)
    return at_play(pilot)


def said(pilot: Pilot[None]) -> str:
    """What was said over the screen."""
    return " ".join(note.message for note in pilot.app._notifications)


def at_play(pilot: Pilot[None]) -> PlaygroundScreen:
    screen = pilot.app.screen
    assert isinstance(screen, PlaygroundScreen)
    return screen


async def test_a_program_is_opened_run_and_left(bench: Bench, size: Size) -> None:
    runner = FakeRunner()
    desk_with(bench, runner)
    async with bench.app(LEAVES).run_test(size=size) as pilot:
        await settle(pilot)
        await pilot.press(*"True False", "enter", *"tensor([3., 3.])", "enter")
        await settle(pilot)
        await pilot.press("tab", "tab", "x")
        await done(pilot)
        screen = at_play(pilot)
        assert runner.started == 1, "it is warm before the first press"
        text = screen_text(pilot)
        assert "autograd · leaves · playground" in text
        assert "runs after 1 snippet above" in text and "as in the answer" in text
        assert "assert y.grad is None" in text
        assert "f5 run" in text and "esc back" in text
        await pilot.press("f5")
        await done(pilot)
        text = screen_text(pilot)
        assert "✓ ran" in text and "12 ms · cpu" in text and "tensor([3., 3.])" in text
        assert (screen.editor.region.right <= screen.outcome.output.region.x) is (size[0] >= 96)
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(pilot.app.screen, AnswerScreen)
    (program,) = runner.ran
    assert (program.code, program.above, program.tests) == ("assert y.grad is None\n", (0,), False)
    assert runner.closed == 1


async def test_what_is_written_is_what_runs(bench: Bench) -> None:
    runner = FakeRunner()
    desk_with(bench, runner)
    async with bench.app().run_test(size=(80, 24)) as pilot:
        await open_playground(pilot)
        await pilot.press("ctrl+end", *"x.shape", "ctrl+j")
        await done(pilot)
    assert runner.ran[0].code.endswith("print(x.grad)\nx.shape")
    assert runner.ran[0].above == ()


async def test_what_it_prints_is_seen_while_it_runs_and_it_can_be_stopped(
    bench: Bench, size: Size
) -> None:
    runner = FakeRunner()
    runner.waits = True
    runner.says = [("out", "epoch 1 é".encode()[:-1]), ("out", "é\n".encode()[1:])]
    desk_with(bench, runner)
    async with bench.app().run_test(size=size) as pilot:
        await open_playground(pilot)
        for key in ("escape", "ctrl+x"):
            await pilot.press("f5", "f5")
            while "epoch 1 é" not in screen_text(pilot):
                await pilot.pause()
            text = screen_text(pilot)
            assert "running …" in text and "esc stop" in text and "f5 run" not in text
            await pilot.press(key)
            await done(pilot)
            text = screen_text(pilot)
            assert "~ stopped" in text and "3.0 s · cpu" in text
            at_play(pilot)
        assert len(runner.ran) == 2, "a second press while it runs runs nothing"
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(pilot.app.screen, HomeScreen)


async def test_ctrl_x_cuts_while_nothing_runs(bench: Bench) -> None:
    desk_with(bench, FakeRunner())
    async with bench.app().run_test(size=(80, 24)) as pilot:
        screen = await open_playground(pilot)
        screen.editor.select_all()
        await pilot.press("ctrl+x")
        assert screen.editor.text == ""


TRACE = """\
Traceback (most recent call last):
  File "playground.py", line 2, in <module>
    model(x)
  File "/usr/lib/python3/site-packages/torch/nn/modules/linear.py", line 134, in forward
    return F.linear(input, self.weight, self.bias)
RuntimeError: \x1b[31mmat1 and mat2"""


@pytest.mark.parametrize(
    ("ran", "said"),
    [
        (Ran(End.RAISED, "KeyError: 'k'", line=2), "✗ line 2: KeyError: 'k'"),
        (Ran(End.RAISED, "KeyError", trace=TRACE), 'File "torch/nn/modules/linear.py", line 134'),
        (Ran(End.RAISED, "KeyError", trace=TRACE), "RuntimeError: mat1 and mat2"),
        (Ran(End.FINISHED, errors="look out\n"), "on stderr\n look out"),
        (Ran(End.LEFT, "left by exit(3)", printed="a"), "~ left by exit(3)"),
        (Ran(End.TOO_LONG, "still running after 60 s, so it was ended"), "✗ still running after"),
        (Ran(End.CRASHED, "crashed with SIGSEGV"), "✗ crashed with SIGSEGV"),
        (Ran(End.FINISHED), "It printed nothing."),
        (Ran(End.FINISHED, printed="\x1b]52;c;aGk=\x07\n"), "␛]52;c;aGk=␇"),
        (Ran(End.FINISHED, printed="1", above="line 4: KeyError"), "~ before it: line 4: KeyError"),
        (
            Ran(
                End.FINISHED, tests=(LawVerdict("test_a", Outcome.FAILED, message="n=10", line=3),)
            ),
            "✗ test_a fails, line 3\n n=10",
        ),
        (
            Ran(End.FINISHED, tests=(LawVerdict("test_a", Outcome.PASSED, 0.2),)),
            "✓ test_a holds, 0.2 s",
        ),
    ],
)
async def test_every_end_is_told_in_words(bench: Bench, ran: Ran, said: str) -> None:
    runner = FakeRunner()
    runner.answer = ran
    desk_with(bench, runner)
    async with bench.app().run_test(size=(80, 24)) as pilot:
        await open_playground(pilot)
        await pilot.press("f5")
        await done(pilot)
        assert said in screen_text(pilot)


def test_to_raise_what_it_should_is_no_failure() -> None:
    ran = Ran(End.RAISED, "RuntimeError: grad can be created only for scalars", line=2)
    told = [headline(ran, expected)[0].plain for expected in ("RuntimeError: scalars", "KeyError")]
    assert told[0] == "✓ raised, as it should: RuntimeError: grad can be created only for scalars"
    assert told[1].startswith("✗ line 2: RuntimeError")


def test_no_text_is_endless() -> None:
    lines = shown("".join(f"{n}\n" for n in range(10_000))).split("\n")
    assert len(lines) == FIRST + LAST + 1
    assert (lines[0], lines[FIRST], lines[-1]) == ("0", "… 9500 lines are not shown …", "9999")
    wide = shown("x" * 3 * MOST)
    assert len(wide) < MOST + 50 and wide.endswith(f"… {2 * MOST} characters are not shown")
    assert len(shown(("y" * 9000 + "\n") * 9000)) < 1.5 * MOST


def test_a_bar_of_progress_is_shown_as_it_was_in_the_end() -> None:
    assert shown("  0%|\r 50%|\r100%| done\nnext\r\n") == "100%| done\nnext"
    assert shown("\x1b[1;31mred\x1b[0m\n") == "red"


def test_the_readers_own_lines_stand_out_of_a_traceback() -> None:
    told = report(Ran(End.RAISED, "RuntimeError", trace=TRACE))
    dim = [told.plain[span.start : span.end] for span in told.spans if span.style == "$dim"]
    assert any("linear.py" in each for each in dim)
    assert not any("model(x)" in each for each in dim)


async def test_what_is_written_is_there_again_and_begins_no_question(bench: Bench) -> None:
    desk_with(bench, FakeRunner())
    async with bench.app().run_test(size=(80, 24)) as pilot:
        await open_playground(pilot)
        await pilot.press("ctrl+end", *"# mine")
        while f"{LEAVES}#play0" not in bench.store.drafts():  # at a pause, before it is left
            await pilot.pause()
        await pilot.pause()
        assert "changed" in screen_text(pilot)
        await pilot.press("escape")
        await pilot.pause()
        assert bench.store.draft(LEAVES) is None
        screen = await open_playground(pilot)
        assert screen.editor.text.endswith("# mine")
        await pilot.press("f9")
        assert not screen.editor.text.endswith("# mine")
        await pilot.press("escape")
        await pilot.pause()
    assert bench.store.drafts() == {}


async def test_all_of_it_as_one_program_and_back(bench: Bench, size: Size) -> None:
    runner = FakeRunner()
    desk_with(bench, runner)
    async with bench.app().run_test(size=size) as pilot:
        screen = await open_playground(pilot, WARNS)
        await pilot.press("ctrl+end", *"one = 1")
        await pilot.press("f6")
        await done(pilot)
        assert "all 2 snippets as one program" in screen_text(pilot)
        assert screen.editor.text.startswith("# %% 1 of 2\nimport torch\n")
        assert screen.editor.text.endswith("# %% 2 of 2\nassert y.grad is None\none = 1")
        assert screen.editor.cursor_location[0] == screen.editor.text.count("\n") - 1
        await pilot.press("ctrl+end", *"; two = 2", "f5")
        await done(pilot)
        assert runner.ran[0].above == () and runner.ran[0].code.endswith("two = 2")
        await pilot.press("f6")
        await done(pilot)
        assert screen.editor.text == "assert y.grad is None\none = 1"
        await pilot.press("f6")
        assert screen.editor.text.endswith("one = 1; two = 2"), "each keeps its text"


async def test_what_differs_can_be_seen(bench: Bench, size: Size) -> None:
    desk_with(bench, FakeRunner())
    async with bench.app().run_test(size=size) as pilot:
        await open_playground(pilot, WARNS)
        assert "f2 what differs" not in screen_text(pilot)
        await pilot.press("ctrl+end", *"one = 1", "f5")
        await done(pilot)
        await pilot.press("f2")
        await done(pilot)
        text = screen_text(pilot)
        assert "From the answer's to mine" in text and "+ one = 1" in text
        assert "✓ ran" not in text and "f2 the run" in text
        await pilot.press("f2")
        await done(pilot)
        assert "✓ ran" in screen_text(pilot)


async def test_the_device_is_offered_where_there_is_another(bench: Bench, size: Size) -> None:
    cpu, cuda = FakeRunner(cuda="NVIDIA H200"), FakeRunner(cuda="NVIDIA H200")
    cuda.answer = Ran(End.FINISHED, printed="cuda:0\n", device="cuda")
    desk_with(bench, cpu, cuda)
    async with bench.app().run_test(size=size) as pilot:
        await open_playground(pilot)
        assert "f7 on cuda" in screen_text(pilot)
        await pilot.press("f7")
        await done(pilot)
        assert "f7 on cpu" in screen_text(pilot)
        await pilot.press("f5")
        await done(pilot)
        assert "· cuda" in screen_text(pilot) and "cuda:0" in screen_text(pilot)
        assert (cpu.device, cuda.device) == ("cpu", "cuda")
        assert (len(cpu.ran), len(cuda.ran)) == (0, 1)
        await pilot.press("f7", "f5")
        await done(pilot)
        assert (len(cpu.ran), cpu.started) == (1, 1), "each device keeps its worker"
    assert (cpu.closed, cuda.closed) == (1, 1)


async def test_without_another_device_none_is_offered(bench: Bench) -> None:
    desk_with(bench, FakeRunner())
    async with bench.app().run_test(size=(80, 24)) as pilot:
        await open_playground(pilot)
        await pilot.press("f7")
        await done(pilot)
        assert "f7" not in screen_text(pilot)
        assert pilot.app.runner.device == "cpu"  # type: ignore[attr-defined]


async def test_the_code_is_copied_from_either_pane(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied: list[str] = []
    monkeypatch.setattr(TorchdrillApp, "copy_to_clipboard", lambda app, text: copied.append(text))
    monkeypatch.setenv("PATH", "")
    desk_with(bench, FakeRunner())
    async with bench.app().run_test(size=(80, 24)) as pilot:
        screen = await open_playground(pilot, WARNS)
        await pilot.press("y", "f8")
        await done(pilot)
        assert screen.editor.text.startswith("y"), "in the editor it is a letter"
        await pilot.press("f4", "y")
        await done(pilot)
        assert "the code: copied through the terminal" in said(pilot)
    assert copied == ["yassert y.grad is None\n"] * 2


async def test_the_other_pane_gets_the_keys_and_the_room(bench: Bench, size: Size) -> None:
    runner = FakeRunner()
    runner.answer = Ran(End.FINISHED, printed="".join(f"line {n}\n" for n in range(99)))
    desk_with(bench, runner)
    async with bench.app().run_test(size=size) as pilot:
        screen = await open_playground(pilot)
        await pilot.press("f5")
        await done(pilot)
        assert "line 98" in screen_text(pilot) and "line 10\n" not in screen_text(pilot)
        before = screen.outcome.output.size.height
        await pilot.press("f4")
        await pilot.pause()
        assert (screen.outcome.output.size.height > before) is (size[0] < 96)
        await pilot.press("home")
        await pilot.pause()
        assert "line 0" in screen_text(pilot) and "f4 code" in screen_text(pilot)
        await pilot.press("f4", "ctrl+home", *"# typed")
        assert screen.editor.text.startswith("# typed")


async def test_the_cursor_stays_in_sight_when_the_output_takes_room(bench: Bench) -> None:
    runner = FakeRunner()
    runner.answer = Ran(End.FINISHED, printed="".join(f"line {n}\n" for n in range(9)))
    desk_with(bench, runner)
    async with bench.app().run_test(size=(80, 24)) as pilot:
        screen = await open_playground(pilot)
        screen.editor.text = "".join(f"x{n} = {n}\n" for n in range(30))
        await pilot.press("ctrl+end", *"end", "f5")
        await done(pilot)
        text = screen_text(pilot)
        assert "31  end" in text and "line 8" in text


async def test_without_torch_it_is_told_and_one_can_go_on_writing(bench: Bench) -> None:
    runners = [FakeRunner() for _ in range(3)]
    for runner in runners[:2]:
        runner.missing = SurroundingsError(
            "torch cannot be imported", why="No module named 'torch'"
        )
    desk_with(bench, *runners)
    async with bench.app().run_test(size=(80, 24)) as pilot:
        await open_playground(pilot)
        assert "torch cannot be imported" in said(pilot)
        await pilot.press("f5")
        await done(pilot)
        assert "f5 run" in screen_text(pilot), "nothing hangs"
        await pilot.press("f5")
        await done(pilot)
        assert "✓ ran" in screen_text(pilot), "once it is there it runs"
    assert [runner.closed for runner in runners] == [1, 1, 1]


async def test_a_worker_that_breaks_is_replaced(bench: Bench) -> None:
    broken, sound = FakeRunner(), FakeRunner()
    broken.fails = RuntimeError("pipe closed")
    desk_with(bench, broken, sound)
    async with bench.app().run_test(size=(80, 24)) as pilot:
        await open_playground(pilot)
        await pilot.press("f5")
        await done(pilot)
        assert "The worker broke: RuntimeError: pipe closed" in said(pilot)
        await pilot.press("f5")
        await done(pilot)
        assert "✓ ran" in screen_text(pilot)
    assert (broken.closed, sound.closed) == (1, 1)


async def test_what_cannot_be_stopped_is_given_up(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Deaf(FakeRunner):
        async def run(
            self,
            program: Program,
            on_text: OnText = lambda stream, data: None,
            stop: asyncio.Event | None = None,
        ) -> Ran:
            on_text("out", b"heard before")
            await asyncio.Event().wait()
            raise AssertionError

    monkeypatch.setattr("quizapp.app.running.GRACE", 0.05)
    desk_with(bench, Deaf(), FakeRunner())
    async with bench.app().run_test(size=(80, 24)) as pilot:
        await open_playground(pilot)
        await pilot.press("f5", "escape")
        await done(pilot)
        assert "~ stopped" in screen_text(pilot) and "heard before" in screen_text(pilot)


async def test_what_runs_ends_with_the_app(bench: Bench) -> None:
    runner = FakeRunner()
    runner.waits = True
    desk_with(bench, runner)
    async with bench.app().run_test(size=(80, 24)) as pilot:
        await open_playground(pilot)
        await pilot.press("f5")
        await pilot.pause()
        await pilot.press("ctrl+end", *"# kept", "ctrl+q")
    assert runner.closed == 1
    draft = bench.store.draft(f"{LEAVES}#play0")
    assert draft is not None and draft.text.endswith("# kept")


async def test_the_help_names_every_key(bench: Bench) -> None:
    desk_with(bench, FakeRunner())
    async with bench.app().run_test(size=(120, 40)) as pilot:
        await open_playground(pilot, WARNS)
        await pilot.press("f1")
        await pilot.pause()
        text = screen_text(pilot)
        for key in ("f5", "f6", "f4", "f3", "f9", "f8", "esc"):
            assert key in text


async def test_with_a_real_worker(bench: Bench) -> None:
    desk = Desk(
        bench.root, store=bench.open_store, prover=lambda: bench.prover,
        facts=lambda: bench.desk.facts, cache=bench.tmp_path / "c", now=bench.clock,
    )  # fmt: skip
    async with TorchdrillApp(desk).run_test(size=(120, 40)) as pilot:
        screen = await open_playground(pilot, WARNS)
        screen.editor.text = "import sys\nprint(x.grad)\nprint('aside', file=sys.stderr)\nx.shape"
        await pilot.press("f5")
        await done(pilot)
        text = screen_text(pilot)
        for part in ("✓ ran", "tensor([3., 3.])", "on stderr", "aside", "torch.Size([2])"):
            assert part in text
        screen.editor.text = "import time\nprint('begun')\nwhile True:\n    time.sleep(0.01)"
        await pilot.press("f5")
        while "begun" not in screen_text(pilot).replace("'begun'", ""):
            await pilot.pause()
        await pilot.press("escape")
        await done(pilot)
        assert "~ stopped" in screen_text(pilot)
        screen.editor.text = "import os\nos.abort()"
        await pilot.press("f5")
        await done(pilot)
        assert "✗ crashed with SIGABRT" in screen_text(pilot)
        screen.editor.text = "y.undefined"
        await pilot.press("f5")
        await done(pilot)
        text = screen_text(pilot)
        assert "✗ line 1: AttributeError" in text and 'File "playground.py", line 1' in text
