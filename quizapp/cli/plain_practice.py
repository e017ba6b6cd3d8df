"""Practice outside the app: a file that is judged at each save, or an editor of one's own."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import click

from quizapp.cli.judging import judged_item, report_lines
from quizapp.study.clock import now
from quizapp.study.editing import edited
from quizapp.study.practice import Practice, statuses
from quizapp.study.scheduling import due_in
from quizapp.study.store import Store
from verify import locations
from verify.bank import load_index
from verify.bank.model import Item, Mode
from verify.errors import UsageError

if TYPE_CHECKING:
    from verify.engine import Prover

_LOOK_EVERY = 0.2
"""Seconds between two looks at the file."""

_CLEAR = "\x1b[2J\x1b[3J\x1b[H"


class Outside:
    """Practice of one question in a terminal that is not drawn on.

    Args:
        root: the pack.
        identity: of the question; None for what is begun, due or new.

    Raises:
        UsageError: there is none.
        ContentError: it breaks the format.
    """

    def __init__(self, root: Path, identity: str | None) -> None:
        entries = load_index(root, locations.cache_folder()).entries
        self._store = Store.open()
        self._store.adopt(entries)
        if self._store.notice:
            click.echo(self._store.notice, err=True)
        if identity is None:
            rows = statuses(entries, self._store, now())
            if not rows:
                raise UsageError("there are no coding questions", where=str(root))
            identity = rows[0][0].id
        self._item = judged_item(identity, root)
        self._practice = Practice(self._item, self._store, now())
        self._since = time.monotonic()

    def __enter__(self) -> Outside:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._store.close()

    def watch(self, file: Path | None) -> None:
        """Write the code to a file, and judge it whenever it is saved.

        Raises:
            UsageError: the file cannot be written.
        """
        path = file or Path(f"{self._item.id.rpartition('/')[2].replace('-', '_')}.py")
        known = b""  # what is there already, or was kept, is judged at once
        if path.exists():
            click.echo(f"{path} is there and is taken as it is", err=True)
        else:
            text = _with_task(self._item, self._practice.draft.text)
            if self._practice.draft.text == self._practice.start:
                known = text.encode()
            try:
                path.write_text(text, "utf-8")
            except OSError as error:
                raise UsageError(
                    f"cannot be written ({error.strerror})", where=str(path), todo="--file FILE"
                ) from None
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(self._watch(path, known))

    async def _watch(self, path: Path, known: bytes) -> None:
        from verify.engine import ProveOptions, Prover

        head = f"{self._item.id} · {self._item.question.head.title}"
        click.echo(f"{head}\n{path}: save it to have it judged; ctrl+c leaves. Starting torch …")
        async with Prover(ProveOptions(jobs=1)) as prover:
            await prover.load()
            for code in _saves(path, known):
                if code is None:
                    await asyncio.sleep(_LOOK_EVERY)
                    continue
                if sys.stdout.isatty():
                    click.echo(_CLEAR, nl=False)
                click.echo(f"{head}\n")
                if await self._judge(prover, code, path):
                    return

    def edit(self, *, asking: bool) -> None:
        """Open an editor, judge what it leaves, and ask what to do next.

        Args:
            asking: whether to show the task first, as text.

        Raises:
            SurroundingsError: no editor can be started.
        """
        asyncio.run(self._edit(asking=asking))

    async def _edit(self, *, asking: bool) -> None:
        from verify.engine import ProveOptions, Prover

        if asking:
            click.echo(f"{self._item.question.head.title}\n\n{self._item.question.prompt}\n")
        async with Prover(ProveOptions(jobs=1)) as prover:
            while True:
                text = self._practice.draft.text
                code = await asyncio.to_thread(edited, text, self._item.id)
                if await self._judge(prover, code, Path(f"{self._item.id}.py")):
                    return
                word = _asked("enter to go on, h for a hint, s for the solution, q to leave")
                if word == "q":
                    click.echo("Kept: `torchdrill practice` goes on here.")
                    return
                if word == "h":
                    click.echo(self._practice.hint(now()) or "There are no more hints.")
                    _asked("enter to go on")
                if word == "s":
                    self._show_solution(surrendered=True)
                    return

    async def _judge(self, prover: Prover, code: str, path: Path) -> bool:
        """Judge, show and keep; True if it was accepted."""
        self._keep(code)
        verdict = await prover.check(self._item, code, path)
        for line in report_lines(verdict, every=verdict.accepted, colour=sys.stdout.isatty()):
            click.echo(line)
        if not verdict.accepted:
            self._practice.rejected(now())
            return False
        review = self._practice.accepted(now())
        card = self._store.card(self._item.id)
        rated = review.rating.name.lower() if review.rating is not None else "not rated"
        due = due_in(review.day, card.due) if card is not None else ""
        click.echo(f"\n{rated}; it comes back {due}. Solutions of the bank:")
        self._show_solution(surrendered=False)
        return True

    def _keep(self, code: str) -> None:
        moment = time.monotonic()
        self._practice.keep(code, moment - self._since, now())
        self._since = moment

    def _show_solution(self, *, surrendered: bool) -> None:
        if surrendered:
            self._practice.surrender(now())
        for fence in self._item.answer.fences:
            if fence.mode in (Mode.SOLUTION, Mode.FIX):
                click.echo("\n" + fence.code.rstrip())


def _with_task(item: Item, code: str) -> str:
    """Code under its task, as a comment, so that the file says what it is for."""
    lines = [f"# {item.id}: {item.question.head.title}", "#"]
    lines += [f"# {line}".rstrip() for line in item.question.prompt.split("\n")]
    return "\n".join([*lines, "", code])


def _saves(path: Path, known: bytes) -> Iterator[str | None]:
    """What a file holds whenever that has changed; None in between, for ever."""
    while True:
        found = _bytes(path)
        if found and found != known:  # an editor may empty a file before it writes it
            known = found
            yield found.decode("utf-8", "replace")
        else:
            yield None


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _asked(words: str) -> str:
    try:
        return input(f"{words}: ").strip().lower()
    except EOFError:
        return "q"
