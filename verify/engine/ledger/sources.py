"""Digests of the code that proves.  A verifier that changed proves anew."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

_VERIFY = Path(__file__).resolve().parents[2]


@cache
def verifier_digest() -> str:
    """Of every byte that has a part in a verdict: the laws and the engine, without the ledger.

    It is taken once: a file that changes while answers are proved has no part in them any more.
    """
    ledger = Path(__file__).parent
    files = [*(_VERIFY / "laws").rglob("*.py")]
    files += [f for f in (_VERIFY / "engine").rglob("*.py") if ledger not in f.parents]
    return _digest(path.read_bytes() for path in sorted(files))


@cache
def reader_digest() -> str:
    """Of the code that makes claims of files."""
    files = [*(_VERIFY / "bank").rglob("*.py"), *Path(__file__).parent.rglob("*.py")]
    return _digest(path.read_bytes() for path in sorted(files))


@cache
def laws_digest() -> str:
    """Of the code of the laws, without comments and docstrings: the same on every Python.

    A fact in the bank may come from a machine that is not easily had again; only a law that means
    something else makes it stale.
    """
    files = sorted((_VERIFY / "laws").rglob("*.py"))
    return _digest(code_alone(path.read_text("utf-8")).encode() for path in files)


def warm_up() -> None:
    """Take the digests now, which is a twentieth of a second of reading: they are kept."""
    verifier_digest()
    laws_digest()


def code_alone(source: str) -> str:
    """The lines of a module that are neither blank, nor comments, nor docstrings."""
    lines = source.splitlines()
    dropped: set[int] = set()
    for node in _docstrings(ast.parse(source).body):
        dropped.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return "\n".join(
        line.rstrip()
        for number, line in enumerate(lines, 1)
        if number not in dropped and line.strip() and not line.lstrip().startswith("#")
    )


def _docstrings(body: Iterable[ast.stmt]) -> Iterator[ast.Expr]:
    """Strings that stand alone in the body of a module, class or function."""
    for node in body:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node
        elif isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _docstrings(node.body)


def _digest(contents: Iterable[bytes]) -> str:
    """One digest of several contents, each apart from the next."""
    whole = hashlib.sha256()
    for content in contents:
        whole.update(hashlib.sha256(content).digest())
    return whole.hexdigest()[:16]
