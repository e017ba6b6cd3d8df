"""From a fence of an answer to the code of a notebook cell that runs where it stands.

The verifier runs a fence and looks at how it ended; a notebook that is run from top to bottom stops
at the first error.  So what must raise is caught here and looked at, what needs a GPU asks for one
first, and laws are called.
"""

from __future__ import annotations

import builtins
import io
import json
import tokenize
from collections.abc import Sequence

from verify.bank.markdown import EXERCISE, parsed, test_names
from verify.bank.model import Fence, Mode

_INDENT = "    "

_BEGIN = """\
import os
import tempfile

import torch
"""

_LAWS = """
try:
    import verify.laws
except ImportError as error:
    raise ImportError("the laws come with torchdrill: pip install torchdrill") from error
from hypothesis import HealthCheck, settings

settings.register_profile(
    "notebook",
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("notebook")
"""

_READY = """
os.chdir(tempfile.mkdtemp())  # files that are written go there
torch.manual_seed(0)
device = torch.get_default_device()
"""


def setup(fences: Sequence[Fence]) -> str:
    """The first cell: what the verifier has ready when it begins."""
    runs = [fence.code for fence in fences if fence.mode is not Mode.WRONG]
    laws = any("verify" in code or "hypothesis" in code for code in runs)
    return _BEGIN + (_LAWS if laws else "") + _READY


def code_of(fence: Fence, needs: Sequence[str], name: str) -> str:
    """The code of a cell that runs a python fence and proves what it proves.

    Args:
        fence: one that is run.
        needs: what its question needs, besides what it needs itself.
        name: of a variable that no fence uses.
    """
    code = fence.code.rstrip("\n") + "\n"
    if fence.mode is Mode.PROPERTY:
        code += f"\n{_calls(fence)}"
    if fence.raises is not None:
        code = _caught(code, fence.raises, name)
    missing = tuple(dict.fromkeys((*needs, *fence.needs)))
    return _guarded(code, missing) if missing else code


def unused(fences: Sequence[Fence]) -> str:
    """A name for the exception of a cell that no fence uses: it is unbound after the cell."""
    words = {
        token.string
        for fence in fences
        if fence.language == "python"
        for token in _tokens(fence.code)
        if token.type == tokenize.NAME
    }
    return next(name for name in ("error", "raised", "caught", "_error") if name not in words)


def _calls(fence: Fence) -> str:
    """Call the laws that a property fence defines; of an exercise, name those of its judge."""
    names = [name for name, _ in test_names(parsed(fence.code))]
    if names:
        held = "1 law holds" if len(names) == 1 else f"{len(names)} laws hold"
        return "".join(f"{name}()\n" for name in names) + f'print("{held}")\n'
    return (
        f'for law in {EXERCISE}.laws:\n{_INDENT}print(f"{{law.name}}: a solution {{law.says}}")\n'
    )


def _caught(code: str, raises: str, name: str) -> str:
    """Code that must raise, with its exception caught and looked at."""
    kind, _, part = (text.strip() for text in raises.partition(":"))
    known = getattr(builtins, kind, None)
    built_in = isinstance(known, type) and issubclass(known, BaseException)
    lines = [f"except {kind if built_in else 'Exception'} as {name}:"]
    if not built_in:  # the fence need not have imported the class that it raises
        short = kind.rpartition(".")[2]
        lines.append(
            f'{_INDENT}assert "{short}" in [kind.__name__ for kind in type({name}).__mro__]'
        )
    if part:
        quoted = json.dumps(part, ensure_ascii=False)
        lines.append(f"{_INDENT}assert {quoted} in str({name})")
    lines += [
        f'{_INDENT}print(f"{{type({name}).__name__}}: {{{name}}}")',
        "else:",
        f'{_INDENT}raise AssertionError("this should have raised {kind}")',
    ]
    return f"try:\n{indented(code)}" + "\n".join(lines) + "\n"


def _guarded(code: str, needs: Sequence[str]) -> str:
    """Code behind a question for what it needs."""
    asked = [
        "torch.cuda.is_available()" if need == "cuda" else f'importlib.util.find_spec("{need}")'
        for need in needs
    ]
    named = ["a CUDA device" if need == "cuda" else f"the package {need}" for need in needs]
    head = "import importlib.util\n\n" if any(need != "cuda" for need in needs) else ""
    return (
        f"{head}if {' and '.join(asked)}:\n{indented(code)}"
        f'else:\n{_INDENT}print("skipped: it needs {" and ".join(named)}")\n'
    )


def indented(code: str) -> str:
    """Code one level further in, but for the lines inside of strings, which would change."""
    inside: set[int] = set()
    began: list[int] = []
    for token in _tokens(code):
        kind = tokenize.tok_name[token.type]
        if kind == "FSTRING_START":  # from Python 3.12 on an f-string is several tokens
            began.append(token.start[0])
        elif kind == "FSTRING_END":
            inside.update(range(began.pop() + 1, token.end[0] + 1))
        elif kind == "STRING":
            inside.update(range(token.start[0] + 1, token.end[0] + 1))
    return "".join(
        line if number in inside or not line.strip() else f"{_INDENT}{line}"
        for number, line in enumerate(io.StringIO(code), 1)
    )


def _tokens(code: str) -> list[tokenize.TokenInfo]:
    return [*tokenize.generate_tokens(io.StringIO(code).readline)]
