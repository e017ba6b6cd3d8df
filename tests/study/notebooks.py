"""``python -m tests.study.notebooks FILE...``: run notebooks as Jupyter runs them, one fork each.

Writes a line of JSON for each: the file, the cells that ran, what was printed, and the error.
"""

from __future__ import annotations

import contextlib
import io
import json
import linecache
import os
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any


def run(path: Path) -> dict[str, Any]:
    """Run the code cells of a notebook from top to bottom in one namespace."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    module = ModuleType("__main__")
    sys.modules["__main__"] = module
    done, error = 0, ""
    printed: list[str] = []
    for number, cell in enumerate(cells):
        if cell["cell_type"] != "code":
            continue
        source, name = "".join(cell["source"]), f"<cell {number}>"
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
        out = io.StringIO()
        try:
            with contextlib.redirect_stdout(out):
                exec(compile(source, name, "exec", dont_inherit=True), module.__dict__)
        except BaseException:
            error = f"{source}\n{out.getvalue()}\n{traceback.format_exc(limit=-3)}"
            break
        done += 1
        printed.append(out.getvalue())
    return {"file": str(path), "cells": done, "printed": printed, "error": error}


def main(paths: list[Path]) -> None:
    """Run each in a process of its own, which has imported torch already."""
    import verify.laws  # noqa: F401

    for path in paths:
        sys.stdout.flush()
        child = os.fork()
        if not child:
            os.write(1, json.dumps(run(path)).encode() + b"\n")
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status:
            line = {"file": str(path), "cells": -1, "printed": [], "error": f"status {status}"}
            os.write(1, json.dumps(line).encode() + b"\n")


if __name__ == "__main__":
    main([Path(word) for word in sys.argv[1:]])
