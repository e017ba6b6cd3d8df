"""The words the formats know, and the valid word nearest to one they do not."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

LANGUAGES = (
    "python", "output", "text", "console", "bash", "sh", "yaml", "toml", "json", "diff",
    "markdown", "cpp", "cuda", "dockerfile", "ini",
)  # fmt: skip
"""Fence languages; only ``python`` runs and only ``output`` is compared."""

MODES = ("property", "solution", "wrong", "starter", "fix")
"""Bare words (``wrong`` takes a value) that say what a python fence is for."""

ATTRIBUTES = ("raises", "warns", "needs", "not-run")
"""Words that take a value."""

DEVICES = ("cpu", "cuda")


def nearest(word: str, valid: Iterable[str]) -> str:
    """Return the valid word closest to ``word``, or "" if none is close."""
    close = difflib.get_close_matches(word.lower(), [*valid], n=1, cutoff=0.6)
    return close[0] if close else ""


def listed(words: Iterable[str]) -> str:
    """``a, b or c``."""
    *head, last = words
    return f"{', '.join(head)} or {last}" if head else last
