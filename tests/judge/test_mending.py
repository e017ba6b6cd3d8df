"""Bugs of the bank, mended by a learner: the fix as the bank writes it is accepted, the bug is not.

`verify` runs a fix with everything that stands before it; a learner's comes without what stands
between the bug and the fix.
"""

from __future__ import annotations

from pathlib import Path

from verify.bank.model import Kind, Mode, Pack
from verify.engine import ProveOptions, Prover


async def test_each_fix_is_accepted_and_each_bug_rejected(bank: Pack) -> None:
    wrong: list[str] = []
    count = 0
    async with Prover(ProveOptions(device="cpu", jobs=2)) as prover:
        for item in bank.items.values():
            if item.question.head.kind is not Kind.BUG or item.question.head.needs:
                continue
            assert item.question.program is not None
            fix = next(fence.code for fence in item.answer.fences if fence.mode is Mode.FIX)
            for name, code, right in (
                ("fix", fix, True),
                ("bug", item.question.program.code, False),
            ):
                verdict = await prover.check(item, code, Path("mine.py"))
                count += 1
                if verdict.accepted is not right:
                    said = verdict.refused.message if verdict.refused is not None else "accepted"
                    wrong.append(f"{item.id}, the {name}: {said}")
    assert count >= 30
    assert not wrong, "\n".join(wrong)
