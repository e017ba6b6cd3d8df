"""What the fences of a document need that may not be here, and what hangs on it.

A fence that imports a package needs it; one that calls ``.cuda()`` needs a GPU; one that uses a
name bound by such a fence needs what that one needs.  Where it is missing all of them are skipped,
with the reason, as fences with the word ``needs`` are.
"""

from __future__ import annotations

import ast
import builtins
import re
import sys
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from verify.bank.markdown import parsed
from verify.bank.model import Fence

_HERE = {*sys.stdlib_module_names, "torch", "verify"}
_LATER = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_MADE_HERE = re.compile(r"\bsys\.(?:path|modules|meta_path)\b|\bModuleType\b")
_KNOWN = {*dir(builtins), "__name__", "__file__", "__doc__", "device"}


def with_needs(fences: Sequence[Fence]) -> tuple[Fence, ...]:
    """The fences with all that they need, which is looked for when they are run."""
    owner: dict[str, tuple[str, ...]] = {}
    anything: tuple[str, ...] = ()
    """What the fences need that import all names of a module."""
    sure = True
    """Whether a package that is not installed cannot be imported either."""
    found = []
    for fence in fences:
        tree = _tree(fence)
        if tree is None:
            found.append(fence)
            continue
        sure = sure and _MADE_HERE.search(fence.code) is None
        needs = [*fence.needs, *_devices(tree, fence.code)]
        if sure:
            needs += _packages(tree.body)
        bound: set[str] = set()
        for statement in tree.body:
            stored = set(_stored(statement))
            own = bound if isinstance(statement, ast.Assign | ast.AugAssign) else bound | stored
            for name in _loaded(statement):
                if name not in own and name not in _KNOWN:
                    needs += owner.get(name, anything)
            bound |= stored
        needed = tuple(dict.fromkeys(needs))
        owner |= dict.fromkeys(bound, needed)
        if any(_imports_all(statement) for statement in tree.body):
            anything = tuple(dict.fromkeys([*anything, *needed]))
        found.append(msgspec.structs.replace(fence, needs=needed) if needed else fence)
    return tuple(found)


def _tree(fence: Fence) -> ast.Module | None:
    if fence.language != "python" or fence.not_run is not None:
        return None
    try:
        return parsed(fence.code)
    except (SyntaxError, ValueError):
        return None


def _packages(body: Iterable[ast.stmt]) -> Iterator[str]:
    """Packages imported for certain: not those in a ``try`` or below an ``if``."""
    for statement in body:
        modules: list[str] = []
        if isinstance(statement, ast.Import):
            modules = [alias.name for alias in statement.names]
        elif isinstance(statement, ast.ImportFrom) and not statement.level:
            modules = [statement.module or ""]
        elif isinstance(statement, ast.With):
            yield from _packages(statement.body)
        for module in modules:
            top = module.partition(".")[0]
            if top and top not in _HERE:
                yield top


def _devices(tree: ast.Module, code: str) -> Iterator[str]:
    """``cuda``, if a call that runs for certain asks for it without asking whether it is there."""
    if "is_available" in code:
        return
    for node in _now(tree):
        if not isinstance(node, ast.Call):
            continue
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        given = [word.value for word in node.keywords if word.arg == "device"]
        given += node.args if method == "to" else []
        if (method == "cuda" and not node.args) or any(map(_is_cuda, given)):
            yield "cuda"
            return


def _is_cuda(node: ast.expr) -> bool:
    value = node.value if isinstance(node, ast.Constant) else None
    return isinstance(value, str) and value.partition(":")[0] == "cuda"


def _imports_all(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.names[0].name == "*"


def _now(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes evaluated when the fence runs: not the bodies of functions."""
    left = [node]  # no recursion: a sum of a thousand terms is nested a thousand deep
    while left:
        node = left.pop()
        yield node
        for name, value in ast.iter_fields(node):
            if not (isinstance(node, _LATER) and name == "body"):
                children = value if isinstance(value, list) else [value]
                left += (child for child in children if isinstance(child, ast.AST))


def _loaded(statement: ast.stmt) -> Iterator[str]:
    for node in _now(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id


def _stored(statement: ast.stmt) -> Iterator[str]:
    for node in _now(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or alias.name.partition(".")[0]
        elif isinstance(node, ast.ExceptHandler) and node.name:
            yield node.name
