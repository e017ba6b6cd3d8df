"""Small packs for tests, written to a temporary folder."""

from __future__ import annotations

from pathlib import Path

QUESTION = """\
---
title: A question
kind: {kind}
level: mid
minutes: 3
---
{prompt}
"""

ANSWER = """\
---
key_points: ["one", "two", "three"]
{head}---
{body}
"""


def write(root: Path, path: str, text: str) -> Path:
    """Write a file below a pack's root."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    return file


def add(
    root: Path,
    identity: str,
    body: str,
    *,
    kind: str = "recall",
    prompt: str = "What?",
    head: str = "",
) -> Path:
    """Add a question with its answer; the answer's path is returned."""
    write(root, f"questions/{identity}.md", QUESTION.format(kind=kind, prompt=prompt))
    return write(root, f"answers/{identity}.md", ANSWER.format(head=head, body=body))


def fence(code: str, info: str = "python") -> str:
    """A fence in Markdown."""
    return f"```{info}\n{code}\n```\n"
