"""The app: opens the desk, leads from screen to screen, ends the worker."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.screen import Screen

from quizapp.app.commands import command
from quizapp.app.config import AUTO
from quizapp.app.desk import Desk
from quizapp.app.screens.home import HomeScreen
from quizapp.app.styled import StyledApp
from verify.errors import TorchdrillError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from quizapp.app.config import Config
    from quizapp.app.judge import Judge
    from quizapp.app.proofs import ProofChanged, Proofs
    from quizapp.app.running import Runner
    from quizapp.study.selection import Filters


SETTLED = 3.0
"""Seconds after which what was loaded at the start is there."""


class TorchdrillApp(StyledApp):
    """PyTorch questions whose answers are proved on this machine.

    Args:
        desk: the bank, the progress and the proofs; None opens those of this person.
        ids: questions to start with at once.
        filters: what to select questions by, to start with at once.
        fresh: begin a new quiz even if one was left unfinished.
        practice: a coding question to open at once; empty for what is to be done next, None for
            none.
        opening: does what is to be done at once, in place of all that.
        config: what the person has set.
        terminal: ``dark`` or ``light``, as the terminal says it is; None if it does not say.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        command(
            "app.palette", "ctrl+p", "commands", "Find any command, screen or look by its name.",
            show=False, priority=True,
        ),
        command(
            "app.leave", "ctrl+c", "", "Copy what is selected; with nothing selected, leave.",
            show=False, priority=True,
        ),
        command("app.quit", "ctrl+q", "quit", "Leave torchdrill.", show=False, priority=True,
                action="leave(True)"),
    ]  # fmt: skip

    def __init__(
        self,
        desk: Desk | None = None,
        *,
        ids: tuple[str, ...] = (),
        filters: Filters | None = None,
        fresh: bool = True,
        practice: str | None = None,
        opening: Callable[[TorchdrillApp], None] | None = None,
        config: Config | None = None,
        terminal: str | None = None,
    ) -> None:
        super().__init__(config, terminal)
        self.desk = desk or Desk()
        self._asked_ids = ids
        self._asked = filters
        self._fresh = fresh
        self._practice = practice
        self._opening = opening
        self._judge: Judge | None = None
        self._runner: Runner | None = None
        self._proofs: Proofs | None = None

    def get_default_screen(self) -> Screen[None]:
        """Home is the first thing painted."""
        return HomeScreen()

    def on_mount(self) -> None:
        """Start what the command line asked for; end well when told to by a signal."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, self.action_leave, True)
        if self._opening is not None:
            with self.telling_trouble():
                self._opening(self)
        elif self._practice is not None:
            self.practise(self._practice)
        elif self._asked_ids:
            from quizapp.app import quiz

            with self.telling_trouble():
                quiz.begin(self, self._asked_ids, self._asked)
        elif self._asked is not None and (self._fresh or not self.resume_quiz()):
            self.start_quiz(self._asked)

    async def on_unmount(self) -> None:
        """End the worker, whatever ended the app."""
        await self.close_all()

    async def close_all(self) -> None:
        """End the worker and close the progress file; may be called twice."""
        if self._proofs is not None:
            await self._proofs.close()
        if self._judge is not None:
            await self._judge.close()
        if self._runner is not None:
            await self._runner.close()
        self.desk.close()

    # -- what the screens ask for -----------------------------------------------------------

    @property
    def proofs(self) -> Proofs:
        """The prover of answers; no process is started by asking for it."""
        if self._proofs is None:
            self._proofs = self.desk.proofs(self._tell_proof, self._work)
        return self._proofs

    def _work(self, work: Coroutine[None, None, None]) -> None:
        self.run_worker(work, group="prover")

    def _tell_proof(self, message: ProofChanged) -> None:
        for screen in self.screen_stack:
            screen.post_message(type(message)(message.identity, message.proof))

    @property
    def judge(self) -> Judge:
        """The judge of code; no process is started by asking for it."""
        if self._judge is None:
            self._judge = self.desk.judge()
        return self._judge

    @property
    def runner(self) -> Runner:
        """The runner of code; no process is started by asking for it."""
        if self._runner is None:
            self._runner = self.desk.runner()
        return self._runner

    def practise(self, identity: str = "") -> None:
        """Open a coding question; without an id what was begun, is due, or is new."""
        from quizapp.app.screens.practice import PracticeScreen
        from quizapp.study.practice import Practice, statuses

        with self.telling_trouble():
            desk = self.desk
            if not identity:
                rows = statuses(desk.entries, desk.store, desk.now())
                if not rows:
                    raise UsageError("there are no coding questions", where=str(desk.root))
                identity = rows[0][0].id
            item = desk.item(identity)
            self.push_screen(PracticeScreen(item, Practice(item, desk.store, desk.now())))

    def enter(self, door: str) -> None:
        """Open one of the screens of ``doors.DOORS``."""
        from quizapp.app.doors import opened

        with self.telling_trouble():
            self.push_screen(opened(door))

    def start_quiz(self, filters: Filters | None = None) -> None:
        """Select questions and ask them."""
        from quizapp.app import quiz

        with self.telling_trouble():
            quiz.start(self, filters)

    def resume_quiz(self) -> bool:
        """Go on with the unfinished session; False if there is none."""
        from quizapp.app import quiz

        with self.telling_trouble():
            return quiz.resume(self)
        return False

    def resume_mock(self) -> bool:
        """Go on with the mock interview that was left; False if there is none."""
        from quizapp.app import mock

        with self.telling_trouble():
            return mock.resume(self)
        return False

    @contextlib.contextmanager
    def telling_trouble(self) -> Iterator[None]:
        """Say what goes wrong inside, over the screen it goes wrong on, and go on."""
        try:
            yield
        except TorchdrillError as error:
            self.tell_trouble(error)

    # -- look, trouble, leaving -------------------------------------------------------------

    def remember_look(self) -> None:
        """Take the look that was chosen last, once the store is open."""
        if self.config.look == AUTO:
            with contextlib.suppress(TorchdrillError):
                self.wear(str(self.desk.store.setting("look", AUTO)))

    def choose_look(self, look: str) -> None:
        """Take a look, and remember it."""
        self.wear(look)
        with self.telling_trouble():
            self.desk.store.set_setting("look", look)

    def tell_trouble(self, error: TorchdrillError) -> None:
        """Say what went wrong, over the screen it went wrong on."""
        from quizapp.app.text.clean import clean

        self.notify(clean(str(error)), severity="error", timeout=8, markup=False)

    def action_leave(self, certain: bool = False) -> None:
        """Copy what is selected, or put every draft on disk and leave."""
        selected = "" if certain else self._selected()
        if selected:
            from quizapp.app.clipboard import copy_and_say

            copy_and_say(self, selected)
            return
        for screen in self.screen_stack:
            keep = getattr(screen, "keep", None)
            if keep is not None:
                keep()
        self.exit()

    def _selected(self) -> str:
        field = getattr(self.focused, "selected_text", "")
        return field or self.screen.get_selected_text() or ""


def run_app(app: TorchdrillApp, typed: str = "") -> int:
    """Run the app to its end; the worker process is gone when this returns.

    Args:
        app: to run.
        typed: plain keys that were pressed before the app was there to take them.

    Returns:
        The exit code: not 0 only if the app broke.
    """
    return asyncio.run(_run(app, typed))


async def _run(app: TorchdrillApp, typed: str) -> int:
    def press() -> None:
        for key in typed:
            app.simulate_key(key)

    try:
        app.call_later(press)
        # What lives as long as the app need not be gone through by every collection: with a big
        # bank that takes a tenth of a second, in the middle of a key.
        asyncio.get_running_loop().call_later(SETTLED, gc.freeze)
        await app.run_async()
    finally:
        await app.close_all()
    return app.return_code or 0
