"""The comparisons tell apart what they should, and the strategies draw what they say."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st
from torch import Tensor

from verify import laws
from verify.laws import LawBroken, Layout, close, raises, same, show

quick = settings(
    max_examples=60,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (torch.tensor(0.0), torch.tensor(-0.0)),
        (torch.ones(2), torch.ones(2, 1)),
        (torch.ones(2), torch.ones(2, dtype=torch.float64)),
        (torch.tensor(1.0), torch.tensor(math.nan)),
        ({"a": 1}, {"b": 1}),
        ([1, 2], [1]),
        (1, 1.0),
        (1, torch.tensor(1)),
        (np.array([1]), np.array([2])),
    ],
)
def test_same_tells_apart(got: object, expected: object) -> None:
    with pytest.raises(LawBroken, match="it"):
        same(got, expected, "it")


@pytest.mark.parametrize(
    "value",
    [
        torch.tensor([math.nan, -0.0, math.inf]),
        torch.tensor([1 + 2j]),
        torch.tensor([1.5], dtype=torch.bfloat16),
        torch.tensor([True]),
        torch.ones(2, 3).T,
        torch.empty(0, 3),
        {"a": [torch.ones(1), 2.0, "x"]},
        math.nan,
        None,
    ],
)
def test_a_value_is_the_same_as_itself(value: object) -> None:
    same(value, value, "it")


def test_close_takes_the_tolerance_and_no_more() -> None:
    close(torch.tensor([1.0]), torch.tensor([1.05]), "it", rtol=0.0, atol=0.1)
    with pytest.raises(LawBroken, match=r"it is tensor\(\[1.0\]\), expected tensor\(\[1.2\]\)"):
        close(torch.tensor([1.0]), torch.tensor([1.2]), "it", rtol=0.0, atol=0.1)
    with pytest.raises(LawBroken, match="float"):
        close(1.0, torch.tensor(1.0), "it")  # type: ignore[arg-type]
    with pytest.raises(LawBroken):
        close(torch.tensor(math.nan), torch.tensor(1.0), "it")


def test_raises_gives_the_error_back() -> None:
    error = raises(RuntimeError, lambda: torch.ones(2) @ torch.ones(3), "the product")
    assert isinstance(error, RuntimeError)
    with pytest.raises(LawBroken, match=r"the sum gave tensor\(2.0\), expected RuntimeError"):
        raises(RuntimeError, lambda: torch.ones(2).sum(), "the sum")
    with pytest.raises(LawBroken, match="the call raised KeyError"):
        raises(RuntimeError, lambda: dict[str, int]()["a"], "the call")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (torch.tensor([0.1]), "tensor([0.1])"),
        (torch.tensor([0.1], dtype=torch.float64), "tensor([0.1], dtype=torch.float64)"),
        (torch.ones(2, 2)[:, 0], "tensor([1.0, 1.0], stride=(2,))"),
        (torch.ones(2, 0), "tensor([], shape=(2, 0))"),
        (torch.ones(7, 9), "tensor(<63 elements>, shape=(7, 9))"),
        ((torch.tensor(1), 2), "(tensor(1), 2)"),
        ({"a": [1]}, "{'a': [1]}"),
    ],
)
def test_show_writes_on_one_line(value: object, text: str) -> None:
    assert show(value) == text


@quick
@given(x=laws.tensors(dtype=laws.dtypes()))
def test_tensors_are_within_bounds(x: Tensor) -> None:
    assert x.dim() <= 3
    assert bool((x.to(torch.complex128).abs() <= 10 * math.sqrt(2)).all())


@pytest.mark.parametrize(
    "wanted",
    [
        lambda x: x.numel() == 0 and x.dim() == 2,
        lambda x: x.dim() == 0,
        lambda x: not x.is_contiguous(),
        lambda x: x.dim() > 0 and x.stride(0) == 0 and x.shape[0] > 1,
        lambda x: x.storage_offset() > 0,
        lambda x: x.dim() > 0 and x.stride(-1) == 2,
    ],
)
def test_tensors_reach_every_form(wanted: Callable[[Tensor], bool]) -> None:
    assert wanted(find(laws.tensors(), wanted, settings=settings(quick, max_examples=2000)))


@quick
@given(x=laws.tensors(layout=Layout.CONTIGUOUS), layout=laws.layouts())
def test_a_layout_keeps_the_values(x: Tensor, layout: Layout) -> None:
    from verify.laws.strategies import laid_out

    expected = x[:1].expand(x.shape) if layout is Layout.EXPANDED and x.dim() else x
    same(laid_out(x, layout), expected, "the tensor")


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_extremes_come_when_asked_for(dtype: torch.dtype) -> None:
    strategy = laws.tensors((2,), dtype, infinities=True, nan=True)
    limits = settings(quick, max_examples=2000)
    assert find(strategy, lambda x: bool(x.isnan().any()), settings=limits).isnan().any()
    assert find(strategy, lambda x: bool(x.isinf().any()), settings=limits).isinf().any()


@quick
@given(data=st.data())
def test_seeded_tensors_come_back_with_their_seed(data: st.DataObject) -> None:
    x = data.draw(laws.seeded_tensors((100, 20)))
    assert x.shape == (100, 20)
    assert abs(float(x.mean())) < 0.2


def test_a_failure_of_many_kinds_is_one_failure() -> None:
    @laws.for_all(n=st.integers(0, 50))
    def body(n: int) -> None:
        laws.require(n < 5, f"{n} is 5 or more")
        if n > 20:
            raise KeyError(n)

    def broken_by_more_than_one() -> None:
        settings(quick)(body)()

    with pytest.raises(LawBroken, match="5 is 5 or more\n  for n=5"):
        broken_by_more_than_one()
