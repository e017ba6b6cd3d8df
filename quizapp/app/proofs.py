"""Proving answers in the background, in a worker process, while the reader thinks.

The screens ask `Proofs.of(id)` what is known; a `ProofChanged` message tells them to ask again.
torch lives in the worker: here it is a process to start late, to feed one answer at a time, and
to end whatever happens.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from textual.message import Message

from verify.errors import TorchdrillError

if TYPE_CHECKING:
    from verify.bank.model import Item
    from verify.engine import AnswerVerdict, Surroundings
    from verify.engine.ledger.claims import Claim
    from verify.engine.ledger.facts import Fact, Stamp
    from verify.engine.ledger.surroundings import Conditions

EXAMPLES = 100
"""Examples for each law of an answer proved while somebody waits for it."""


class ProverLike(Protocol):
    """What of `verify.engine.Prover` is used here."""

    @property
    def surroundings(self) -> Surroundings:
        """Where it proves; known once started."""

    async def start(self) -> None:
        """Start the worker."""

    async def prove(self, item: Item, upto: int | None = ...) -> AnswerVerdict:
        """Prove one answer, or run it up to one of its fences."""

    async def close(self) -> None:
        """End the worker."""


class FactsLike(Protocol):
    """What of `verify.engine.ledger.facts.Facts` is used here."""

    def stamp(self, item: Item) -> Stamp | None:
        """What is on record of an answer as it stands."""

    def of(self, claim: Claim) -> list[tuple[Fact, Conditions]]:
        """All that is on record of an answer, also as it stood before."""

    def record(
        self, item: Item, verdict: AnswerVerdict, surroundings: Surroundings, examples: int
    ) -> object:
        """Put a verdict on record."""

    def save(self) -> bool:
        """Write the record down."""


class State(Enum):
    """Where the proof of one answer stands."""

    UNKNOWN = "unknown"
    RUNNING = "running"
    DONE = "done"
    IMPOSSIBLE = "impossible"
    """There is no worker to run it, or it broke; `Proof.trouble` says why."""


@dataclass(frozen=True)
class Proof:
    """What this window knows of the proof of one answer."""

    state: State = State.UNKNOWN
    verdict: AnswerVerdict | None = None
    surroundings: Surroundings | None = None
    when: datetime | None = None
    trouble: str = ""


@dataclass
class ProofChanged(Message):
    """The proof of an answer began, ended, or turned out to be impossible."""

    identity: str
    proof: Proof


class Proofs:
    """Proves answers one at a time; the one asked for last comes first.

    Args:
        make: makes a prover; called when the first answer is to be proved, not before.
        facts: opens the record of what was proved; called as late.
        tell: is told of every change.
        now: the time.
        work: runs a coroutine in the background.
    """

    def __init__(
        self,
        make: Callable[[], ProverLike],
        facts: Callable[[], FactsLike],
        tell: Callable[[ProofChanged], None],
        now: Callable[[], datetime],
        work: Callable[[Coroutine[None, None, None]], None],
    ) -> None:
        self._make, self._facts, self._tell, self._now = make, facts, tell, now
        self._work_on = work
        self._prover: ProverLike | None = None
        self._wanted: list[tuple[Item, int | None]] = []
        self._known: dict[str, Proof] = {}
        self._closed = False
        self.trouble = ""
        """Why nothing can be proved here; empty while it can."""

    def of(self, identity: str) -> Proof:
        """What is known of an answer's proof."""
        return self._known.get(identity, Proof())

    def prove(self, item: Item, *, again: bool = True, upto: int | None = None) -> None:
        """Have an answer proved in the background.

        Args:
            item: the answer.
            again: also if it was proved, or could not be, since the app started.
            upto: run no more than leads to this fence, and prove that one alone; what comes of it
                is known under :func:`place`, and not put on record.
        """
        name = place(item.id, upto)
        state = self.of(name).state
        if self._closed or state is State.RUNNING or not (again or state is State.UNKNOWN):
            return
        if not again and self.trouble:  # no worker can be had: do not try for every question
            self._set(name, Proof(State.IMPOSSIBLE, trouble=self.trouble))
            return
        idle = not any(proof.state is State.RUNNING for proof in self._known.values())
        self._wanted.append((item, upto))
        self._set(name, Proof(State.RUNNING))
        if idle:
            self._work_on(self._work())

    async def _work(self) -> None:
        """Prove what is wanted until nothing is."""
        while self._wanted and not self._closed:
            item, upto = self._wanted.pop()
            name = place(item.id, upto)
            try:
                proof = await self._prove(item, upto)
            except asyncio.CancelledError:
                self._set(name, Proof())
                raise
            except TorchdrillError as error:
                self.trouble = _sentence(error)
                proof = Proof(State.IMPOSSIBLE, trouble=self.trouble)
            except Exception as error:  # a broken worker must not take the reader's session along
                self.trouble = f"the worker broke: {type(error).__name__}: {error}"
                proof = Proof(State.IMPOSSIBLE, trouble=self.trouble)
            if proof.state is State.IMPOSSIBLE:
                await self._drop()
            self._set(name, proof)

    async def close(self) -> None:
        """End the worker process; nothing can be proved afterwards."""
        self._closed = True
        self._wanted.clear()
        await self._drop()

    async def _prove(self, item: Item, upto: int | None) -> Proof:
        from verify.engine.ledger.sources import warm_up

        if self._prover is None:
            prover = self._make()
            self._prover = prover
            await prover.start()
        prover = self._prover
        if upto is not None:
            verdict = await prover.prove(item, upto)
            return Proof(State.DONE, verdict, prover.surroundings, self._now())
        verdict = await prover.prove(item)
        self.trouble = ""
        # The record holds digests of the verifier's code: read here, it would hold up a key.
        await asyncio.to_thread(warm_up)
        proof = Proof(State.DONE, verdict, prover.surroundings, self._now())
        facts = self._facts()
        facts.record(item, verdict, prover.surroundings, EXAMPLES)
        facts.save()  # a cache: where it cannot be written, the answer is proved again next time
        return proof

    async def _drop(self) -> None:
        prover, self._prover = self._prover, None
        if prover is not None:
            await prover.close()

    def _set(self, identity: str, proof: Proof) -> None:
        self._known[identity] = proof
        self._tell(ProofChanged(identity, proof))


def place(identity: str, upto: int | None) -> str:
    """What the proof of an answer, or of one of its fences, is known under."""
    return identity if upto is None else f"{identity}#{upto}"


def _sentence(error: TorchdrillError) -> str:
    return ": ".join(part for part in (error.what, error.why) if part)
