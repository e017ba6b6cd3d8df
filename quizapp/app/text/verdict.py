"""The judge's verdict as text for the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from quizapp.app.text.clean import clean
from quizapp.app.text.code import coloured

if TYPE_CHECKING:
    from collections.abc import Sequence

    from verify.engine.checking import CodeVerdict, LawVerdict


def headline(law: LawVerdict) -> Content:
    """A broken law in a line."""
    words = clean(law.message).partition("\n")[0]
    return Content.assemble(("✗ ", "bold $error"), (f"{clean(law.name)}: ", "bold"), words)


def broken(law: LawVerdict) -> Content:
    """A broken law, and the code that shows it."""
    parts = [headline(law)]
    if law.counterexample:
        code = coloured(law.counterexample, "python")
        parts.append(Content("\n").join(Content("    ") + line for line in code.split("\n")))
    if law.line:
        parts.append(Content(f"    raised in line {law.line}").stylize("$dim"))
    return Content("\n").join(parts)


def counted(laws: Sequence[LawVerdict], seconds: float) -> Content:
    """How many laws were kept, and how long it took."""
    kept = sum(not law.outcome.bad for law in laws)
    return Content(f"{kept} of {len(laws)} laws · {seconds:.1f} s").stylize("$dim")


def listed_laws(verdict: CodeVerdict) -> Content:
    """Every law by name."""
    lines = []
    for law in verdict.laws:
        mark = ("✗ ", "$error") if law.outcome.bad else ("✓ ", "$success")
        skipped = f"  {clean(law.message)}" if law.outcome.value == "skipped" else ""
        lines.append(Content.assemble("  ", mark, clean(law.name), (skipped, "$dim")))
    return Content("\n").join(lines)
