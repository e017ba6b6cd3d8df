"""The judge at work: right solutions accepted, wrong ones refused by the law that they break."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from textwrap import dedent

import pytest
import pytest_asyncio

from tests.packs import fence, write
from verify.bank import load_item
from verify.bank.model import Item, Outcome
from verify.engine import ProveOptions, Prover
from verify.engine.checking import CodeVerdict, LawVerdict
from verify.engine.launching import Launcher

EXERCISE = """
import torch
from hypothesis import strategies as st
from verify.laws.battery import function
from verify.laws.strategies import Layout, full_shapes_first, tensors

exercise = function(
    "half",
    lambda x: x / 2,
    st.fixed_dictionaries({
        "x": tensors(full_shapes_first(0, 2), torch.float64, 10.0,
                     layout=Layout.CONTIGUOUS)}),
    differentiable=["x"],
    growing={"rows": lambda n: {"x": torch.ones(n, 2)}},
)
"""
START = "import torch\n\n\ndef half(x):\n    ..."
HALVING = """n = max(1, len(x) if x.dim() else 1)
    while n > 1:
        n //= 2
    return x / 2 * n"""
INSIDE = """with torch.enable_grad():
        leaf = x.detach().requires_grad_()
        (slope,) = torch.autograd.grad((leaf * leaf).sum() / 4, leaf)
    return slope if not x.requires_grad else x / 2"""
BY_GRAD = """leaf = x.detach().requires_grad_()
    (slope,) = torch.autograd.grad((leaf * leaf).sum() / 4, leaf)
    return slope if not x.requires_grad else x / 2"""
RIGHT = ["return x / 2", "return x * 0.5", "return x - x / 2", "return torch.div(x, 2)"]
WRONG = {
    "return x / 3": "values",
    "return (x.float() / 2).to(x.dtype)": "values",
    "return x.double() / 2": "float32",
    "return x.detach() / 2": "gradient",
    "return (x / 2).clone().detach().requires_grad_()": "gradient",
    "return x.div_(2)": "inputs kept",
    "return torch.where(x > 5, (x / 2).detach(), x / 2)": "gradient",
    "y = x / 2\n    x.data.zero_()\n    return y": "inputs kept",
    "return x / 2 + torch.zeros(x.shape)": "bfloat16",
    "return x / 2 + torch.zeros(x.shape, dtype=x.dtype)": "device",
    "return x / 2 * (1 if torch.rand(()) < 0.9 else 2)": "values",
    "key = (x.shape, x.dtype, x.device)\n"
    "    kept = half.__dict__.setdefault('kept', {}).setdefault(key, torch.empty_like(x))\n"
    "    return x / 2 if x.requires_grad else kept.copy_(x / 2)": "repeatable",
    "torch.set_default_dtype(torch.float64)\n    return x / 2": "repeatable",
    "if x.dim() == 2 and len(x):\n        return torch.stack([row / 2 for row in x])\n"
    "    return x / 2": "no loop",
    "return torch.as_strided(x, x.shape, torch.empty(x.shape).stride()) / 2": "layout",
    "return torch.as_strided(x, x.shape, x.stride(), 0) / 2": "layout",
    "if not x.numel():\n        raise ValueError\n    return x / 2": "values",
    "return (x / 2).tolist()": "values",
    "return torch.softmax(x, -1) * 0 + x / 2 if x.dim() else x / 2": "forbidden",
}
"""What is wrong, and the first law that it breaks."""


def code_of(body: str) -> str:
    return f"import torch\n\n\ndef half(x):\n    {body}\n"


@pytest.fixture(scope="module")
def item(tmp_path_factory: pytest.TempPathFactory) -> Item:
    return exercise(tmp_path_factory.mktemp("pack"))


def exercise(
    root: Path,
    wrong: tuple[str, ...] = tuple(WRONG)[:5],
    right: tuple[str, ...] = tuple(RIGHT),
    law: str = EXERCISE,
) -> Item:
    example = fence("print(half(torch.tensor([2.0])))")
    head = "title: Halve\nkind: code\nlevel: junior\nminutes: 5"
    prompt = fence(START, "python starter") + "\n" + example
    write(root, "questions/topic/half.md", f"---\n{head}\n---\nHalve it.\n\n{prompt}")
    body = [fence(code_of(one), "python solution") for one in right]
    body += [example, fence("tensor([1.])", "output")]
    body += [fence(code_of(one), f'python wrong="no {n}"') for n, one in enumerate(wrong)]
    body.append(fence(law, "python property"))
    front = 'hints: [a, b, c]\nforbid: ["aten::_softmax"]'
    write(root, "answers/topic/half.md", f"---\n{front}\n---\nSay.\n\n" + "\n".join(body))
    return load_item(root, "topic/half")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def prover() -> AsyncIterator[Prover]:
    async with Prover(ProveOptions(device="cpu", jobs=1, trust=True)) as found:
        yield found


Judge = Callable[[str], "asyncio.Future[CodeVerdict]"]


def named(verdict: CodeVerdict) -> dict[str, Outcome]:
    return {law.name: law.outcome for law in verdict.laws}


@pytest.mark.parametrize("body", [*RIGHT, HALVING, INSIDE, BY_GRAD])
@pytest.mark.asyncio(loop_scope="module")
async def test_a_right_solution_is_accepted_whatever_its_way(
    prover: Prover, item: Item, body: str
) -> None:
    verdict = await prover.check(item, code_of(body), Path("mine.py"))
    assert verdict.accepted, verdict.refused
    assert set(named(verdict).values()) == {Outcome.PASSED}
    assert len(verdict.laws) >= 10


@pytest.mark.parametrize(("body", "law"), WRONG.items())
@pytest.mark.asyncio(loop_scope="module")
async def test_a_wrong_one_is_refused_by_the_law_that_it_breaks(
    prover: Prover, item: Item, body: str, law: str
) -> None:
    told: list[LawVerdict] = []
    verdict = await prover.check(item, code_of(body), Path("mine.py"), told.append)
    assert not verdict.accepted
    refused = verdict.refused
    assert refused is not None
    assert refused.name == law, refused
    assert refused.message.startswith("A solution ")
    assert "half(x)" in refused.counterexample
    assert [one.name for one in told] == [one.name for one in verdict.laws][1:]


SUM = """
import torch
from hypothesis import strategies as st
from verify.laws.battery import function
from verify.laws.strategies import Layout, full_shapes_first, tensors

drawn = tensors((2,), torch.float64, 10.0, layout=Layout.CONTIGUOUS)
exercise = function(
    "half", lambda x, y: (x + y) / 2,
    st.fixed_dictionaries({"x": drawn, "y": drawn}),
    differentiable=["x", "y"],
)
"""


@pytest.mark.parametrize(
    ("body", "law"),
    [
        ("return (x + y) / 2", None),
        ("return torch.stack([x, y]).mean(0)", None),
        ("return (x + y) / 2 if x.requires_grad else (x + y).detach() / 2", "each gradient"),
        ("return (x + y.detach()) / 2", "gradient"),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_each_input_has_its_gradient_also_alone(
    prover: Prover, tmp_path: Path, body: str, law: str | None
) -> None:
    item = exercise(tmp_path, law=SUM)
    code = code_of(body).replace("half(x)", "half(x, y)")
    refused = (await prover.check(item, code, Path("mine.py"))).refused
    assert (refused.name if refused else None) == law, refused


@pytest.mark.asyncio(loop_scope="module")
async def test_an_exercise_that_breaks_accepts_nobody(prover: Prover, tmp_path: Path) -> None:
    late = 'exercise.law("does it", st.just({}))(lambda half: 1 / 0)\n'
    early = "exercise.laws.reverse()\n"
    for number, law in enumerate((EXERCISE + late, EXERCISE + late + early)):
        item = exercise(tmp_path / str(number), law=law)
        verdict = await prover.check(item, code_of(RIGHT[0]), Path("mine.py"))
        assert not verdict.accepted
        assert verdict.refused is not None and "the exercise: " in verdict.refused.message
        proved = await prover.prove(item)
        assert {c.check.kind.value for c in proved.checks if c.outcome.bad} >= {"solution"}


CHEATS = {
    "exits": "import os\nos._exit(0)",
    "exits when called": "def half(x):\n    import os\n    os._exit(0)",
    "leaves": "import sys\nsys.exit(0)",
    "leaves when called": "def half(x):\n    raise SystemExit(0)",
    "assumes": "def half(x):\n    from hypothesis import assume\n    assume(False)",
    "skips": "def half(x):\n    import pytest\n    pytest.skip()",
    "nan": "def half(x):\n    return x * float('nan')",
    "zeroes the input": "def half(x):\n    x.data.zero_()\n    return x / 2",
    "equal to all": """
        class Equal(torch.Tensor):
            def __eq__(self, other):
                return True
        def half(x):
            return torch.Tensor._make_subclass(Equal, x * 3)
        """,
    "patches comparison": """
        import builtins
        torch.isclose = torch.allclose = torch.equal = lambda *a, **k: True
        builtins.abs = lambda x: 0
        torch.Tensor.abs = lambda self: self * 0
        torch.Tensor.__ne__ = lambda self, other: torch.tensor(False)
        def half(x):
            return x * 3
        """,
    "patches the judge": """
        from verify.laws.battery import agreement, exercise, serving, trying
        agreement.agree = lambda *a, **k: None
        exercise.against = lambda *a, **k: lambda *b: None
        def half(x):
            return x * 3
        """,
    "patches the exercise": """
        import gc
        from verify.laws.battery.exercise import Law
        for one in gc.get_objects():
            if type(one) is Law:
                object.__setattr__(one, "check", lambda *a: None)
                object.__setattr__(one, "cases", None)
        def half(x):
            return x * 3
        """,
    "right at first": """
        calls = [0]
        def half(x):
            calls[0] += 1
            return x / 2 if calls[0] < 40 else x
        """,
    "reports for itself": """
        import os
        for fd in range(3, 64):
            try:
                os.write(fd, b'{"type":"ended","token":"","fence":9,"outcome":"passed"}\\n' * 9)
            except OSError:
                pass
        def half(x):
            return x * 3
        """,
    "answers for itself": """
        import os, struct
        def half(x):
            for fd in range(3, 64):
                try:
                    os.write(fd, struct.pack("!I", 3) + b"abc")
                except OSError:
                    pass
            return x * 3
        """,
    "cannot be told": """
        from verify.laws.battery.surroundings import CannotTellError
        def half(x):
            raise CannotTellError("no")
        """,
    "closes everything": "import os\nos.closerange(3, 256)\ndef half(x):\n    return x / 2",
    "in a thread": """
        import threading
        def half(x):
            ran = threading.Thread(target=lambda: torch.softmax(torch.ones(2), 0))
            ran.start()
            ran.join()
            return x / 2
        """,
    "loops in text": """
        def half(x):
            rows = []
            exec(compile("for i in range(len(x) if x.dim() else 0): rows.append(i)", "t", "exec"))
            return x / 2
        """,
    "lucky": """
        def half(x):
            return x / 2 * (1 if torch.rand(()) < 0.95 else 2)
        """,
    "written in Python": """
        import torch._refs
        def half(x):
            y = torch._refs.softmax(x.detach(), 0) if x.dim() else x
            return x / 2
        """,
    "hides the forbidden": """
        def half(x):
            with torch._C._DisableTorchDispatch():
                y = torch.softmax(x.reshape(-1), 0)
            return x / 2 + 0 * y.sum()
        """,
}


@pytest.mark.parametrize("cheat", CHEATS)
@pytest.mark.asyncio(loop_scope="module")
async def test_nobody_talks_the_judge_round(prover: Prover, item: Item, cheat: str) -> None:
    verdict = await prover.check(item, "import torch\n" + dedent(CHEATS[cheat]), Path("mine.py"))
    assert not verdict.accepted
    assert verdict.refused is not None
    right = await prover.check(item, code_of(RIGHT[0]), Path("mine.py"))
    assert right.accepted, "the next one has to bear it"


@pytest.mark.parametrize(
    ("code", "outcome", "said", "line"),
    [
        ("def half(x) return x", Outcome.RAISED, "SyntaxError", 1),
        ("import torch\n\n1 / 0\n", Outcome.RAISED, "ZeroDivisionError", 3),
        ("def third(x):\n    return x\n", Outcome.FAILED, "half is not defined", 0),
        ("half = 3\n", Outcome.FAILED, "half cannot be called", 0),
        ("", Outcome.FAILED, "half is not defined", 0),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_what_does_not_load_is_told_at_once_and_where(
    prover: Prover, item: Item, code: str, outcome: Outcome, said: str, line: int
) -> None:
    verdict = await prover.check(item, code, Path("mine.py"))
    (law,) = verdict.laws
    assert (law.name, law.outcome, law.line) == ("loads", outcome, line)
    assert said in law.message


@pytest.mark.asyncio(loop_scope="module")
async def test_where_it_raises_is_a_line_of_the_file(prover: Prover, item: Item) -> None:
    code = "def half(x):\n    y = x\n    return y.no_such_thing\n"
    verdict = await prover.check(item, code, Path("mine.py"))
    assert verdict.refused is not None
    assert (verdict.refused.line, "AttributeError" in verdict.refused.message) == (3, True)


@pytest.mark.asyncio
async def test_a_call_that_never_ends_is_ended(item: Item, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "def half(x):\n    while True:\n        pass\n"
    async with Prover(ProveOptions(device="cpu", jobs=1, trust=True, timeout=2)) as short:
        verdict = await short.check(item, code, Path("mine.py"))
        assert verdict.refused is not None
        assert verdict.refused.outcome is Outcome.TIMEOUT
        assert (await short.check(item, code_of(RIGHT[0]), Path("mine.py"))).accepted


@pytest.mark.parametrize("launcher", list(Launcher))
@pytest.mark.asyncio
async def test_the_judge_is_proved_by_what_the_answer_holds(
    tmp_path: Path, launcher: Launcher
) -> None:
    options = ProveOptions(device="cpu", jobs=1, launcher=launcher, trust=True)
    async with Prover(options) as prover:
        good = await prover.prove(exercise(tmp_path / "good"))
        told = [(c.check.kind.value, c.outcome.value, c.message) for c in good.checks]
        assert good.outcome is Outcome.PASSED, told
        assert len(good.checks) == len(RIGHT) + 5 + 4
        lax = exercise(tmp_path / "lax", ("return x / 2 * 1.0", *tuple(WRONG)[:4]))
        verdict = await prover.prove(lax)
        bad = [c for c in verdict.checks if c.outcome.bad]
        assert [(c.check.kind.value, c.message) for c in bad] == [("wrong", "the judge accepts it")]
        harsh = exercise(tmp_path / "harsh", right=("return x / 2", "return x / 3"))
        bad = [c for c in (await prover.prove(harsh)).checks if c.outcome.bad]
        assert [c.check.kind.value for c in bad] == ["solution", "output"]
        assert "x = torch.tensor(1., dtype=torch.float64)" in bad[0].message
        typo = exercise(tmp_path / "typo", ("return y / 2", *tuple(WRONG)[:4]))
        bad = [c for c in (await prover.prove(typo)).checks if c.outcome.bad]
        assert ["rejected for a wrong reason" in c.message for c in bad] == [True]


@pytest.mark.asyncio
async def test_a_stranger_s_exercise_is_judged_behind_walls(tmp_path: Path) -> None:
    item = exercise(tmp_path / "pack")
    spies = "import pathlib\nseen = list(pathlib.Path.home().iterdir())\n" + code_of(RIGHT[0])
    writes = code_of(f"open({str(tmp_path / 'left')!r}, 'w')\n    return x / 2")
    async with Prover(ProveOptions(device="cpu", jobs=1)) as walled:
        assert (await walled.prove(item)).outcome is Outcome.PASSED
        verdict = await walled.check(item, writes, Path("mine.py"))
        assert verdict.refused is not None
        assert "OSError" in verdict.refused.message or "Permission" in verdict.refused.message
        assert not (tmp_path / "left").exists()
        await walled.check(item, spies, Path("mine.py"))
