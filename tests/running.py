"""Running the command line as a person does: a process of its own, folders of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path


def torchdrill(
    *words: str | Path,
    home: Path | str,
    typed: str = "",
    environment: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    timeout: float = 300,
) -> subprocess.CompletedProcess[str]:
    """Run ``torchdrill WORDS`` with its data and cache below ``home``."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "quizapp.cli.main", *map(str, words)],
        input=typed,
        capture_output=True,
        text=True,
        env={**os.environ, "TORCHDRILL_HOME": str(home), **(environment or {})},
        cwd=cwd,
        timeout=timeout,
        check=False,
    )
