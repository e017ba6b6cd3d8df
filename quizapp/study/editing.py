"""Handing text to the editor that a person works with, and taking it back."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from verify.errors import SurroundingsError


def edited(text: str, identity: str) -> str:
    """The text as ``$VISUAL`` or ``$EDITOR`` leaves it.

    Args:
        text: to begin with.
        identity: of the question, which names the file.

    Raises:
        SurroundingsError: the editor cannot be started, or has left no text.
    """
    words = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    with tempfile.TemporaryDirectory(prefix="torchdrill-") as folder:
        path = Path(folder, f"{identity.rpartition('/')[2].replace('-', '_')}.py")
        path.write_text(text, "utf-8")
        try:
            subprocess.run([*words, str(path)], check=False)
            return path.read_text("utf-8", "replace")
        except OSError as error:
            raise SurroundingsError(
                f"the editor cannot be used ({error.strerror})",
                where=words[0] if words else "",
                todo="set VISUAL or EDITOR to one that can",
            ) from None
