"""The commands of the answer screen, in the order in which the foot prefers them."""

from __future__ import annotations

from textual.binding import BindingType

from quizapp.app.commands import command
from quizapp.app.screens.answer_parts import FOLLOW_UPS

COMMANDS: list[BindingType] = [
    command("answer.take", "enter", "take this grade", "Take the grade the ticks propose."),
    command("answer.more", "space", "next", "Read on; at the end, go to the next question."),
    command("answer.next", "enter", "next", "Go on with the next question."),
    command("answer.mark", "tab", "program", "Mark the next program; after the last, none."),
    command(
        "answer.mark_back", "shift+tab", "program before", "Mark the program before.",
        show=False, action="mark(-1)",
    ),
    command(
        "answer.run", "r", "run",
        "Run the programs of this answer now, on this machine: all, or up to the marked one.",
    ),
    command(
        "answer.play", "x", "experiment",
        "Open the marked program, or the first in sight, in an editor: change it and run it.",
    ),
    command("answer.copy", "y", "copy", "Copy the marked program."),
    command(
        "answer.copy_id", "y", "copy id", "Copy the id of the question; with a program marked, "
        "that.", show=False,
    ),
    *(
        command(
            "answer.digit", str(n), "grade",
            "Tick a point. Later: 1 again, 2 hard, 3 good, 4 easy.",
            show=False, action=f"digit({n})",
        )
        for n in range(1, 10)
    ),
    *(
        command(
            f"answer.follow{n}", f"f{n}", "follow up",
            f"Answer follow-up {n}, as an interviewer would ask it, then come back here.",
            show=n == 1, action=f"follow({n})",
        )
        for n in range(1, FOLLOW_UPS + 1)
    ),
    command("answer.references", "o", "reference", "Show the sources of this answer."),
    command(
        "answer.undo", "u", "take back",
        "Take this answer back, as if it had not been given, and be asked again.",
        show=False,
    ),
    command("answer.bookmark", "b", "bookmark", "Set a bookmark, or take it away.", show=False),
    command("answer.again", "t", "tick again", "Tick other points after all.", show=False),
    command("answer.prompt", "q", "question", "Show or hide the question.", show=False),
    command("page.back", "escape", "pause", "Leave; the session goes on from here later."),
    command("page.help", "question_mark", "help", "Explain this screen and its keys."),
]  # fmt: skip
