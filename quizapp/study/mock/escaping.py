"""Plain words among Markdown."""

from __future__ import annotations

import re

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~&#]|^[-+=]|(?<=^\d)[.)]|(?<=^\d\d)[.)])")


def escaped(text: str) -> str:
    """Words on one line, with what Markdown would take for its own marked as plain."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
