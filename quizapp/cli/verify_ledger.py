"""The ledger in ``torchdrill verify``: what need not be proved, what is kept, what is stale."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click

from quizapp.cli.survey import Survey
from verify import locations
from verify.bank.files import find
from verify.bank.record import record_of
from verify.engine.ledger.facts import Facts
from verify.engine.ledger.surroundings import conditions, expected, python_version, torch_version
from verify.engine.verdicts import AnswerVerdict, Surroundings
from verify.errors import SurroundingsError

_CHANGING = ("launcher", "trust")
"""Options that change how an answer is run, besides those that a fact has a place for."""


class Ledger:
    """What is known of answers, under the conditions they are to be proved in.

    Args:
        device: as asked for.
        examples: as asked for.
        seed: of the generators.
        options: all options of the command by name.
        cache: whether what is known is used.
    """

    def __init__(
        self,
        device: str,
        examples: int,
        seed: int,
        options: Mapping[str, object],
        *,
        cache: bool = True,
    ) -> None:
        self._facts = Facts(locations.facts_file())
        self._device, self._examples, self._seed, self._cache = device, examples, seed, cache
        given = {name: options.get(name) for name in _CHANGING}
        self._how = " ".join(f"--{name} {value}" for name, value in given.items() if value)

    @property
    def empty(self) -> bool:
        """Whether nothing can be known already."""
        return not self._cache or not locations.facts_file().exists()

    @property
    def expected(self) -> Surroundings | None:
        """Where a worker would prove; None if only a worker can tell."""
        return expected(self._device, self._facts.device_name())

    def unchanged(self, found: Survey, where: Surroundings | None) -> dict[int, AnswerVerdict]:
        """Verdicts of what need not be proved again, by place in the survey."""
        if not self._cache or where is None:
            return {}
        here = conditions(where, self._seed, self._how)
        known = {}
        for number, named in enumerate(found.named):
            verdict = self._facts.reuse(named.claim, named.path, here, self._examples)
            if verdict is not None:
                known[number] = verdict
        return known

    def keep(self, found: Survey, verdicts: Sequence[AnswerVerdict], where: Surroundings) -> None:
        """Remember what was proved just now; where that cannot be written, it is proved again."""
        new = False
        for named, verdict in zip(found.named, verdicts, strict=True):
            if not verdict.unchanged:
                new = True
                self._facts.record(
                    named.subject, verdict, where, self._examples,
                    seed=self._seed, how=self._how, claim=named.claim,
                )  # fmt: skip
        if new:
            self._facts.save()

    def record(self, found: Survey, verdicts: Sequence[AnswerVerdict], where: Surroundings) -> None:
        """Put what was proved into the packs it is of.

        Raises:
            SurroundingsError: a pack cannot be written to.
        """
        from verify.engine.ledger.recording import write_record

        here = conditions(where, self._seed, self._how)
        by_pack: dict[Path, list[int]] = {}
        for number, named in enumerate(found.named):
            if named.root is not None:
                by_pack.setdefault(named.root, []).append(number)
        for root, numbers in by_pack.items():
            proved = [(found.named[number].claim, verdicts[number]) for number in numbers]
            ids = {identity for identity, _ in find(root / "questions")}
            for defect in write_record(root, proved, ids, self._facts, here):
                click.echo(f"{defect}; it was taken out", err=True)

    def stale(self, found: Survey) -> Iterator[tuple[str, str]]:
        """Name and reason of each answer that this torch, Python and device has not proved.

        Raises:
            SurroundingsError: there is no torch.
        """
        from verify.engine.ledger.stale import missing

        where = self.expected
        if where is None:
            if not torch_version():
                raise SurroundingsError(
                    "torch is not installed",
                    why="what it has proved depends on its version",
                    todo="pip install torch",
                )
            click.echo("which GPU this is, only a run can tell: none counts as proved", err=True)
            where = Surroundings(torch_version(), python_version(), "cuda", "not known yet")
        here = conditions(where, self._seed, self._how)
        for named in found.named:
            lines = record_of(named.root).get(named.claim.key, []) if named.root else []
            reason = missing(named.claim, self._facts, lines, here, self._examples)
            if reason:
                yield named.claim.name, reason
