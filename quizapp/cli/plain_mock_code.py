"""Code in an interview outside the app: an editor or a file, and the judge."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from quizapp.cli.judging import report_lines
from quizapp.cli.plain_clock import Asking
from quizapp.study.clock import now
from quizapp.study.editing import edited
from quizapp.study.mock.attempt import Attempt
from verify.bank.model import Item
from verify.errors import TorchdrillError
from verify.report.wording import printable

if TYPE_CHECKING:
    from verify.engine import Prover

_HOW = (
    "e opens $VISUAL or $EDITOR, f FILE takes what is in a file; both have it judged. "
    "h hands in the best attempt."
)


class Coder:
    """Lets the current question be answered by code.

    Args:
        item: the question.
        asking: reads what is wanted.
    """

    def __init__(self, item: Item, asking: Asking) -> None:
        self._item = item
        self._asking = asking
        self._attempt = Attempt(item, asking.sitting)

    def work(self) -> None:
        """Work until the best attempt is handed in.

        Raises:
            PausedError: the person wants to go on later.
            SkippedError: the question is passed over.
            EndedError: the interview is ended.
        """
        click.echo(f"{printable(self._attempt.draft.text)}\n\n{_HOW}")
        self._say_best()
        asyncio.run(self._work())

    async def _work(self) -> None:
        prover: Prover | None = None
        try:
            while True:
                word, _, rest = self._asking.line("e, f FILE or h: ").partition(" ")
                if word == "h" and self._attempt.laws:
                    self._asking.sitting.hand_in(now())
                    return
                try:
                    code = self._code(word, rest.strip())
                    if code is not None:
                        prover = prover or await _started()
                        await self._judge(prover, code)
                except TorchdrillError as error:
                    click.echo(str(error), err=True)
        finally:
            if prover is not None:
                await prover.close()

    def _code(self, word: str, rest: str) -> str | None:
        """What is to be judged; None if nothing is."""
        if word == "e":
            with self._asking.running():
                code = edited(self._attempt.draft.text, self._item.id)
        elif word == "f" and rest:
            try:
                code = Path(rest).expanduser().read_text("utf-8", "replace")
            except OSError as error:
                click.echo(f"{rest} cannot be read: {error.strerror}")
                return None
        else:
            click.echo("Nothing was judged yet; ? skips it." if word == "h" else _HOW)
            return None
        self._attempt.keep(code, 0.0, now())
        return code

    async def _judge(self, prover: Prover, code: str) -> None:
        path = Path(f"{self._item.id.rpartition('/')[2].replace('-', '_')}.py")
        with self._asking.running():
            verdict = await prover.check(self._item, code, path)
        for line in report_lines(verdict, every=False, colour=sys.stdout.isatty()):
            click.echo(line)
        kept = sum(not law.outcome.bad for law in verdict.laws)
        self._attempt.judged(code, kept, max(1, len(verdict.laws)), now())
        self._say_best()

    def _say_best(self) -> None:
        if self._attempt.laws:
            best = f"{self._attempt.kept} of {self._attempt.laws} laws"
            click.echo(f"The best attempt keeps {best}; h hands it in.")


async def _started() -> Prover:
    """A prover that is ready; the clock stands while torch is imported."""
    from verify.engine import ProveOptions, Prover

    click.echo("Starting torch; the clock stands …")
    prover = Prover(ProveOptions(jobs=1))
    try:
        await prover.start()
        await prover.load()
    except BaseException:
        await prover.close()
        raise
    return prover
