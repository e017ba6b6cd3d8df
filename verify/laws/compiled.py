"""Compiled functions: they compute what they are made from, and how often they are compiled."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  (the name everyone uses)
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from torch import Tensor

from verify.laws.checks import broken, close, same
from verify.laws.costly import few
from verify.laws.forall import for_all
from verify.laws.registry import Test, law
from verify.laws.strategies import Layout, tensors

Function = Callable[[Tensor], Tensor]

_COMPILE = "https://docs.pytorch.org/docs/stable/generated/torch.compile.html"


def _loop(x: Tensor) -> Tensor:
    for step in range(3):
        x = torch.tanh(x) + step
    return x


def _in_place(x: Tensor) -> Tensor:
    y = x.clone()
    y[:, 0] = 1.0
    y *= 2
    return y


def _by_shape(x: Tensor) -> Tensor:
    return x.sin() if x.shape[0] > 2 else x.exp()


def _by_value(x: Tensor) -> Tensor:
    """Has to be broken into two graphs."""
    return x.sin() if x.sum() > 0 else x.exp()


_WHOLE: dict[str, Function] = {
    "softmax(x @ x.T)": lambda x: torch.softmax(x @ x.T, -1),
    "layer_norm(x)": lambda x: F.layer_norm(x, (4,)) * 2,
    "a loop": _loop,
    "writes in place": _in_place,
    "branches on shape": _by_shape,
}
"""Programs that can be traced as one graph."""

_PROGRAMS: dict[str, Function] = {**_WHOLE, "branches on values": _by_value}

_ROWS = st.integers(1, 4)

_SOON = {
    # A pool of compiling processes would stay behind.
    "compile_threads": 1,
    # Headers compiled beforehand and a dozen programs to try the processor pay off later only.
    "cpp_cache_precompile_headers": False,
    "cpp.vec_isa_ok": False,
}
"""How inductor is asked to compile a function or two and no more."""


def _small() -> SearchStrategy[Tensor]:
    """Matrices of four columns."""
    return _ROWS.flatmap(lambda rows: tensors((rows, 4), bound=3.0, layout=Layout.CONTIGUOUS))


_INPUTS = _small()


def _first_backends() -> tuple[str, ...]:
    compiler = any(map(shutil.which, ("g++", "c++", "clang++")))
    return ("eager", "aot_eager", "inductor") if compiler else ("eager", "aot_eager")


@st.composite
def _cases(
    draw: DrawFn,
    programs: Sequence[str],
    backends: Sequence[str],
    inputs: SearchStrategy[Tensor] | None,
) -> dict[str, Any]:
    """A back end, a program and its input, in a form that reads well."""
    backend = draw(st.sampled_from(backends))
    program = draw(st.sampled_from(programs))
    if backend == "inductor" and inputs is None:
        # A C++ compiler takes seconds for a new program or size, and nothing for one it knows.
        program = programs[0]
        x = draw(tensors((3, 4), bound=3.0, layout=Layout.CONTIGUOUS))
    else:
        x = draw(_INPUTS if inputs is None else inputs)
    return {"backend": backend, "program": program, "x": x}


def _with_gradient(function: Function, x: Tensor) -> tuple[Tensor, Tensor]:
    """The result, and the gradient under a cotangent that weighs each of its elements apart."""
    leaf = x.detach().clone().requires_grad_()
    result = function(leaf)
    count = result.numel()
    weights = torch.linspace(1.0, 2.0, count, dtype=result.dtype).reshape(result.shape)
    (gradient,) = torch.autograd.grad((result * weights).sum(), leaf, materialize_grads=True)
    return result.detach(), gradient


@law(
    family="compiled",
    source=_COMPILE,
    tolerance="rtol 1e-5, atol 1e-6 in float32; the page says that the function is optimised, not"
    " how close it stays",
)
def compiled_equals_eager(
    *,
    function: Function | None = None,
    inputs: SearchStrategy[Tensor] | None = None,
    compile: Callable[..., Function] = torch.compile,
    backends: Sequence[str] | None = None,
) -> Test:
    """A compiled function gives what the function gives, and the same gradient.

    By the back ends eager and aot_eager, and inductor where a C++ compiler is found; the first use
    of inductor takes 5 to 15 seconds.  A compilation each, so it is tried on one example where
    others have 20, and on three at least.  ``compile(function, backend=name)`` is called;
    ``inputs`` is a strategy of floating tensors for a ``function`` of your own.
    """
    programs = _PROGRAMS if function is None else {"function": function}
    chosen = _first_backends() if backends is None else tuple(backends)

    @few()
    @for_all(case=_cases(tuple(programs), chosen, inputs))
    def test(case: dict[str, Any]) -> None:
        import torch._dynamo
        import torch._inductor.config

        program, x = programs[case["program"]], case["x"]
        expected, slope = _with_gradient(program, x)
        torch._dynamo.reset()
        with torch._inductor.config.patch(_SOON):
            made = compile(program, backend=case["backend"])
            got, gradient = _with_gradient(made, x)
        torch._dynamo.reset()
        close(got, expected, "the compiled function", rtol=1e-5, atol=1e-6)
        close(gradient, slope, "its gradient", rtol=1e-5, atol=1e-6)

    return test


def _why(error: Exception) -> str:
    """The reason of a graph break, and the line of code it stands in."""
    reason = str(error).strip().splitlines() or [type(error).__name__]
    lines = re.findall(r'File "[^"]*", line \d+, in \w+\n +(.+)', str(error))
    return f"{reason[0]}, in: {lines[-1].strip()}" if lines else reason[0]


@law(
    family="compiled",
    source="https://docs.pytorch.org/docs/stable/compile/programming_model.fullgraph_true.html",
    tolerance="rtol 1e-6, atol 1e-6 in float32",
)
def no_graph_break(
    *, function: Function | None = None, inputs: SearchStrategy[Tensor] | None = None
) -> Test:
    """A function of tensor operations alone is traced as one graph: fullgraph=True compiles it.

    A print, a number taken out by ``item()`` to branch on, or a branch on values breaks the graph.
    Tried on one example where others have 20, and on three at least.
    """
    programs = _WHOLE if function is None else {"function": function}

    @few()
    @for_all(case=_cases(tuple(programs), ("eager",), inputs))
    def test(case: dict[str, Any]) -> None:
        import torch._dynamo
        from torch._dynamo.exc import TorchDynamoException

        program, x = programs[case["program"]], case["x"]
        torch._dynamo.reset()
        reason = ""
        try:
            got = torch.compile(program, backend="eager", fullgraph=True)(x.clone())
        except TorchDynamoException as error:
            reason = _why(error)
        finally:
            torch._dynamo.reset()
        if reason:
            broken(f"the function is not one graph: {reason}")
        close(got, program(x.clone()), "the compiled function", rtol=1e-6, atol=1e-6)

    return test


@law(
    family="compiled",
    source="https://docs.pytorch.org/docs/stable/torch.compiler_dynamic_shapes.html",
    tolerance="exact",
)
def recompiles_on_new_shape_once(
    *, function: Function | None = None, compile: Callable[..., Function] = torch.compile
) -> Test:
    """A second size of the batch compiles a function once more, with a size left open; then none.

    Sizes 0 and 1 are special and not drawn.  Tried on one example where others have 20, and on
    three at least.  ``function`` takes a tensor of shape (n, 4); ``compile(function, backend=b)``
    is called.
    """
    subject: Function = _loop if function is None else function

    @few()
    @for_all(sizes=st.lists(st.sampled_from((2, 3, 5, 8)), min_size=2, max_size=4))
    def test(sizes: list[int]) -> None:
        import torch._dynamo

        graphs: list[object] = []

        def count(graph: Any, example: object) -> Any:
            graphs.append(graph)
            return graph.forward

        torch._dynamo.reset()
        made = compile(subject, backend=count)
        counts = []
        for size in sizes:
            made(torch.zeros(size, 4))
            counts.append(len(graphs))
        torch._dynamo.reset()
        distinct = [len(set(sizes[: index + 1])) for index in range(len(sizes))]
        expected = [min(2, number) for number in distinct]
        same(counts, expected, f"the number of compilations after each of the sizes {sizes}")

    return test
