"""Take the README's screenshot anew, from the real app, bank and worker.

python -m tests.app.shoot
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from pathlib import Path

from quizapp.app.app import TorchdrillApp
from quizapp.app.desk import Desk
from quizapp.app.proofs import State
from quizapp.study.store import Store
from verify.engine.ledger.facts import Facts

TARGET = Path(__file__).resolve().parents[2] / ".assets" / "question.svg"
QUESTION = "autograd/grad-accumulates"
TYPED = ["[-1.0, -2.0]", "[2.0, 4.0]", "None"]


async def shoot() -> None:
    """Answer a question, one line of it wrong, and keep the verdict as a picture."""
    with tempfile.TemporaryDirectory() as home:
        desk = Desk(
            store=Store.in_memory,
            facts=lambda: Facts(Path(home) / "facts.json"),
            cache=Path(home),
        )
        app = TorchdrillApp(desk, ids=(QUESTION,))
        async with app.run_test(size=(92, 34)) as pilot:
            await pilot.pause()
            for line in TYPED:
                await pilot.press(*line, "enter")
            while app.proofs.of(QUESTION).state is State.RUNNING:
                await pilot.pause(0.1)
            await pilot.pause(0.5)
            picture = app.export_screenshot(title="torchdrill")
    # The fonts would come from somebody else's server; without them the reader's own serve.
    TARGET.write_text(re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL), "utf-8")


if __name__ == "__main__":
    asyncio.run(shoot())
