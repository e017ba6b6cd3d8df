"""Processes that prove answers.  The parent imports no torch; its workers do.

Names are imported when asked for: comparing two texts must not cost the import of asyncio.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from verify.engine.prover import ProveOptions, Prover
    from verify.engine.verdicts import AnswerVerdict, CheckVerdict, Surroundings

__all__ = ["AnswerVerdict", "CheckVerdict", "ProveOptions", "Prover", "Surroundings"]


def __getattr__(name: str) -> Any:
    if name in ("ProveOptions", "Prover"):
        from verify.engine import prover

        return getattr(prover, name)
    if name in __all__:
        from verify.engine import verdicts

        return getattr(verdicts, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
