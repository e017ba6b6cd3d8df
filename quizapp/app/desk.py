"""What the screens work with: the bank, the progress, the proofs and the time."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from verify import locations
from verify.bank.index import Entry, Index, load_index
from verify.errors import TorchdrillError

if TYPE_CHECKING:
    from quizapp.app.judge import Judge, JudgingProver
    from quizapp.app.proofs import FactsLike, ProofChanged, Proofs, ProverLike
    from quizapp.app.running import Runner, RunningProver
    from quizapp.study.search import Finder
    from quizapp.study.store import Store
    from verify.bank.model import Item


class Desk:
    """Opens each thing when it is first needed, and only once.

    Args:
        pack_root: the folder of the pack.
        store: opens the progress file; None for the one of this person.
        prover: makes a prover; None for the real one.
        judge: makes the prover that judges code; None for the real one.
        runner: makes the prover that runs code on a device; None for the real one.
        facts: opens the record of proofs; None for the one of this machine.
        cache: folder for the cached index; None for the one of this person.
        now: the time, with its zone; None for the clock.
    """

    def __init__(
        self,
        pack_root: Path | None = None,
        *,
        store: Callable[[], Store] | None = None,
        prover: Callable[[], ProverLike] | None = None,
        judge: Callable[[], JudgingProver] | None = None,
        runner: Callable[[str], RunningProver] | None = None,
        facts: Callable[[], FactsLike] | None = None,
        cache: Path | None = None,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        self.root = pack_root or locations.built_in_pack()
        self._open_store = store or _open_store
        self._make_prover = prover or _make_prover
        self._make_judge = judge or _make_judge
        self._make_runner = runner or _make_runner
        self._open_facts = facts or _open_facts
        self._cache = cache
        self._now = now
        self._store: Store | None = None
        self._search: Finder | None = None
        self.trouble: TorchdrillError | None = None
        """Why the pack cannot be read, if it cannot."""

    def now(self) -> datetime:
        """The present moment, with its zone."""
        if self._now is not None:
            return self._now()
        from quizapp.study.clock import now

        return now()

    @cached_property
    def index(self) -> Index:
        """The questions of the pack; empty, with `trouble` set, if it cannot be read."""
        try:
            return load_index(self.root, self._cache or locations.cache_folder())
        except TorchdrillError as error:
            self.trouble = error
            return Index({}, ())

    @property
    def entries(self) -> dict[str, Entry]:
        """The questions by id."""
        return self.index.entries

    @property
    def store(self) -> Store:
        """The person's progress."""
        if self._store is None:
            self._store = self._open_store()
            self._store.adopt(self.entries)
        return self._store

    @property
    def search(self) -> Finder:
        """Finds questions of the pack."""
        if self._search is None:
            from quizapp.study.search import Finder

            self._search = Finder(self.root, self.entries, self._cache or locations.cache_folder())
        return self._search

    def item(self, identity: str) -> Item:
        """Read one question with its answer.

        Raises:
            UsageError: it is not there.
            ContentError: one of its files has a defect.
        """
        from verify.bank import load_item

        return load_item(self.root, identity)

    @cached_property
    def facts(self) -> FactsLike:
        """The record of what was proved on this machine."""
        return self._open_facts()

    def proofs(
        self,
        tell: Callable[[ProofChanged], None],
        work: Callable[[Coroutine[None, None, None]], None],
    ) -> Proofs:
        """A new prover of answers, not started."""
        from quizapp.app.proofs import Proofs

        return Proofs(self._make_prover, lambda: self.facts, tell, self.now, work)

    def judge(self) -> Judge:
        """A new judge of code, not started."""
        from quizapp.app.judge import Judge

        return Judge(self._make_judge)

    def runner(self) -> Runner:
        """A new runner of code, not started."""
        from quizapp.app.running import Runner

        return Runner(self._make_runner)

    def close(self) -> None:
        """Close the progress file and the search index."""
        search, self._search = self._search, None
        if search is not None:
            search.close()
        store, self._store = self._store, None
        if store is not None:
            store.close()


def _open_store() -> Store:
    from quizapp.study.store import Store

    return Store.open()


def _make_prover() -> ProverLike:
    from quizapp.app.proofs import EXAMPLES
    from verify.engine import ProveOptions, Prover

    options = ProveOptions(device="auto", jobs=1, timeout=60.0, examples=EXAMPLES, seed=0)
    return Prover(options)


def _make_judge() -> JudgingProver:
    from verify.engine import ProveOptions, Prover

    return Prover(ProveOptions(device="auto", jobs=1, timeout=60.0))


def _make_runner(device: str) -> RunningProver:
    from verify.engine import ProveOptions, Prover

    return Prover(ProveOptions(device=device, jobs=1, timeout=60.0))


def _open_facts() -> FactsLike:
    from verify.engine.ledger.facts import Facts

    return Facts(locations.facts_file())
