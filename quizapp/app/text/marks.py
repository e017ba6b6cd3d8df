"""Marks with their colours; the sign and the word say the same without."""

from __future__ import annotations

from textual.content import Content

from quizapp.study.marks import Mark

MARK_STYLES = {
    Mark.RIGHT: "$success",
    Mark.PARTLY: "$warning",
    Mark.WRONG: "$error",
    Mark.SKIPPED: "$dim",
}


def marked(mark: Mark) -> Content:
    """``✓ Right``."""
    return Content.assemble((f"{mark.symbol} {mark.capitalize()}", f"bold {MARK_STYLES[mark]}"))
