"""Products of tensors: their values, and the dtypes they refuse."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from torch import Tensor

from verify.laws.checks import close, raises
from verify.laws.forall import for_all
from verify.laws.registry import Test, law
from verify.laws.strategies import tensors

Product = Callable[[Tensor, Tensor], Tensor]


@st.composite
def _factors(draw: DrawFn) -> tuple[Tensor, Tensor, Tensor]:
    """Matrices a and b of one shape, and c, which both can be multiplied by."""
    rows, inner, columns = (draw(st.integers(0, 4)) for _ in range(3))
    a = draw(tensors((rows, inner), torch.float64))
    b = draw(tensors((rows, inner), torch.float64))
    return a, b, draw(tensors((inner, columns), torch.float64))


@law(
    family="arithmetic",
    source="https://docs.pytorch.org/docs/stable/generated/torch.matmul.html",
    tolerance="rtol 1e-12, atol 1e-11 in float64",
    seeds=("P04",),
)
def matmul_matches_numpy(*, matmul: Product = torch.matmul) -> Test:
    """The product of two matrices equals NumPy's in float64, and is linear.

    Shapes go down to size 0: an empty sum gives zeros.
    """

    @for_all(a_b_c=_factors(), scale=st.integers(-3, 3))
    def test(a_b_c: tuple[Tensor, Tensor, Tensor], scale: int) -> None:
        a, b, c = a_b_c
        expected = torch.from_numpy(a.cpu().numpy() @ c.cpu().numpy())
        close(matmul(a, c).cpu(), expected, "a @ c", rtol=1e-12, atol=1e-11)
        close(
            matmul(scale * a + b, c),
            scale * matmul(a, c) + matmul(b, c),
            "(k a + b) @ c against k (a @ c) + b @ c",
            rtol=1e-12,
            atol=1e-11,
        )

    return test


@law(
    family="arithmetic",
    source="https://docs.pytorch.org/docs/stable/tensor_attributes.html#torch.dtype",
    tolerance="exact: RuntimeError",
    seeds=("P05",),
)
def matmul_needs_equal_dtypes(*, matmul: Product = torch.matmul) -> Test:
    """A float32 matrix times one of another dtype raises RuntimeError: matmul does not promote.

    Elementwise operators do promote, which is why this surprises.  The page gives promotion to
    add, sub, div and mul; that matmul is left out on purpose is in pytorch issue 56356.
    """
    others = (torch.int64, torch.int32, torch.uint8, torch.float16, torch.float64)
    side = st.integers(1, 3)

    @for_all(dtype=st.sampled_from(others), rows=side, inner=side, columns=side)
    def test(dtype: torch.dtype, rows: int, inner: int, columns: int) -> None:
        single, other = torch.ones(inner, columns), torch.ones(rows, inner, dtype=dtype)
        single = single.to(torch.float32)
        raises(RuntimeError, lambda: matmul(other, single), f"{dtype} by float32")
        raises(RuntimeError, lambda: matmul(single.T, other.T), f"float32 by {dtype}")

    return test


_EQUATIONS = (
    "i,i->",
    "i,j->ij",
    "ij,j->i",
    "ij,jk->ik",
    "ij,kj->ik",
    "ij->ji",
    "ij->",
    "ij->j",
    "ii->i",
    "ii->",
    "ij,ij->",
    "bij,bjk->bik",
    "bi,bj,ij->b",
    "bqd,bkd->bqk",
)
_SIDES = st.sampled_from([*itertools.product((1, 2), repeat=4), (3, 2, 1, 2), (2, 0, 1, 2)])


@st.composite
def _summations(draw: DrawFn) -> tuple[str, list[Tensor]]:
    """An equation and operands for it, of any layout."""
    equation = draw(st.sampled_from(_EQUATIONS))
    inputs = equation.partition("->")[0].split(",")
    size = dict(zip(sorted(set("".join(inputs))), draw(_SIDES), strict=False))
    return equation, [draw(tensors(tuple(size[n] for n in name), torch.float64)) for name in inputs]


def looped(equation: str, operands: list[Tensor]) -> Tensor:
    """What an equation says, by a loop for each letter and one product at a time."""
    left, _, out = equation.partition("->")
    inputs = left.split(",")
    size = {
        letter: side
        for name, operand in zip(inputs, operands, strict=True)
        for letter, side in zip(name, operand.shape, strict=True)
    }
    kept = tuple(size[letter] for letter in out)
    total = dict.fromkeys(itertools.product(*map(range, kept)), 0.0)
    for cell in itertools.product(*map(range, size.values())):
        at = dict(zip(size, cell, strict=True))
        factors = (
            operand[tuple(at[letter] for letter in name)].item()
            for name, operand in zip(inputs, operands, strict=True)
        )
        total[tuple(at[letter] for letter in out)] += math.prod(factors)
    flat = torch.tensor([*total.values()], dtype=torch.float64, device=operands[0].device)
    return flat.reshape(kept)


@law(
    family="arithmetic",
    source="https://docs.pytorch.org/docs/stable/generated/torch.einsum.html",
    tolerance="rtol 1e-12, atol 1e-12 in float64; products are at most 1000",
)
def einsum_is_loops(*, einsum: Callable[..., Tensor] = torch.einsum) -> Test:
    """einsum multiplies what shares an index and sums over each letter that the output leaves out.

    A letter twice in one operand walks its diagonal; the output's letters give the order of axes.
    A sum over a side of size 0 is 0.  The subject is called as ``einsum(equation, *operands)``.
    """

    @for_all(equation_and_operands=_summations())
    def test(equation_and_operands: tuple[str, list[Tensor]]) -> None:
        equation, operands = equation_and_operands
        expected = looped(equation, operands)
        got = einsum(equation, *operands)
        close(got, expected, f"einsum({equation!r}, ...)", rtol=1e-12, atol=1e-12)

    return test
