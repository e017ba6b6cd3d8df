"""The parts that a battery is made of: data on the way, comparison, code that can be pasted."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from verify.laws.battery.agreement import Disagreement, Within, agree
from verify.laws.battery.plain import NotPlainError, decode, encode
from verify.laws.battery.surroundings import CannotTellError, Elsewhere
from verify.laws.battery.watching import SOURCE, Forbidden, Opcodes, Operators, gradients
from verify.laws.battery.written import written
from verify.laws.strategies import dtypes, tensors

ANY = tensors(dtype=dtypes(), infinities=True, nan=True)


def same(left: Tensor, right: Tensor) -> bool:
    if (left.shape, left.dtype, left.stride()) != (right.shape, right.dtype, right.stride()):
        return False
    return bool(((left == right) | (left.isnan() & right.isnan())).all())


@given(tensor=ANY)
def test_a_tensor_comes_back_as_it_was_strides_and_all(tensor: Tensor) -> None:
    back = decode(encode(tensor))
    assert same(back, tensor)
    assert bool(back.storage_offset()) is bool(tensor.numel() and tensor.storage_offset())


_LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**80), 2**80),
    st.floats(allow_nan=False),
    st.text(),
    st.sampled_from([torch.float16, torch.int64]),
)
_TREES = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.tuples(inner, inner),
        st.dictionaries(st.text(max_size=3), inner, max_size=3),
    ),
)


@given(value=_TREES)
def test_plain_data_comes_back_as_it_was(value: Any) -> None:
    assert decode(encode(value)) == value


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6.0).reshape(2, 3),
        np.arange(6).reshape(2, 3).T,
        np.arange(6)[::2],
        np.arange(6)[::-1],
        np.arange(12).reshape(3, 4)[:, ::-2],
        np.array(5, dtype=np.uint8),
        np.zeros((2, 0), dtype=bool),
    ],
    ids=lambda array: f"{array.shape} {array.strides}",
)
def test_an_array_keeps_values_and_the_signs_of_its_strides(array: np.ndarray[Any, Any]) -> None:
    back = decode(encode(array))
    assert back.dtype == array.dtype
    np.testing.assert_array_equal(back, array)
    if array.size:
        assert [s > 0 for s in back.strides] == [s > 0 for s in array.strides]
        assert back.flags.c_contiguous == array.flags.c_contiguous
    assert back.flags.writeable


@pytest.mark.parametrize("value", [object(), {1, 2}, print, [nn.Linear(1, 1)]])
def test_what_is_not_plain_is_not_sent(value: object) -> None:
    with pytest.raises(NotPlainError):
        encode(value)


PLAIN = (
    bool, int, float, str, bytes, list, tuple, dict, Tensor, complex, torch.dtype, np.ndarray,
)  # fmt: skip


@given(data=st.binary(max_size=80))
def test_bytes_of_somebody_else_are_an_error_or_plain(data: bytes) -> None:
    try:
        found = decode(data)
    except ValueError:
        return
    assert found is None or type(found) in PLAIN


NAMES = {"torch": torch, "np": np}


SHOWN = st.sampled_from([torch.float64, torch.float32, torch.bfloat16, torch.int64, torch.bool])


@given(tensor=tensors(dtype=SHOWN, infinities=True))
def test_a_written_tensor_is_the_tensor_when_it_is_pasted(tensor: Tensor) -> None:
    pasted = eval(written(tensor), dict(NAMES))
    # Of an axis that has no second element the stride says nothing.
    told = [axis for axis in range(tensor.dim()) if tensor.numel() and tensor.shape[axis] > 1]
    assert [pasted.stride(axis) for axis in told] == [tensor.stride(axis) for axis in told]
    dense = torch.contiguous_format
    assert same(pasted.clone(memory_format=dense), tensor.clone(memory_format=dense))


def test_a_large_tensor_is_described() -> None:
    assert "shape (30, 30)" in written(torch.zeros(30, 30))


EXACT = Within(rtol=1e-12, atol=1e-12, roundings=8)


def refused(
    got: object, expected: object, tol: Within = EXACT, nearby: tuple[Any, ...] = ()
) -> str:
    try:
        agree(got, expected, "it", nearby, tol)
    except Disagreement as why:
        return why.why
    return ""


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_a_few_roundings_are_allowed_and_no_more(dtype: torch.dtype) -> None:
    exact = torch.tensor([1.0, -3.0, 0.0], dtype=torch.float64)
    eps = torch.finfo(dtype).eps
    tol = Within(roundings=8)
    assert not refused((exact * (1 + 4 * eps)).to(dtype), exact, tol)
    off = exact * torch.tensor([1 + 32 * eps, 1.0, 1.0], dtype=torch.float64)
    assert "first at 0" in refused(off.to(dtype), exact, tol)


def test_what_the_inputs_rounding_moves_is_allowed() -> None:
    exact, moved = torch.tensor([1.0]).double(), torch.tensor([1.001]).double()
    got = torch.tensor([1.003])
    assert refused(got, exact, Within())
    assert not refused(got, exact, Within(), (moved,))


@pytest.mark.parametrize(
    ("got", "expected", "why"),
    [
        (torch.tensor([math.nan]), torch.tensor([1.0]).double(), "the wrong value"),
        (torch.tensor([1.0]), torch.tensor([math.nan]).double(), "the wrong value"),
        (torch.tensor([math.inf]), torch.tensor([-math.inf]).double(), "the wrong value"),
        (torch.tensor([[1.0]]), torch.tensor([1.0]).double(), "shape"),
        (torch.tensor([1]), torch.tensor([1.0]).double(), "dtype"),
        (torch.tensor([1, 2]), torch.tensor([1, 3]), "first at 1"),
        (1.0, torch.tensor(1.0), "a float, not a tensor"),
        ([1, 2], [1, 3], "[1] differs"),
        ({"a": 1}, {"b": 1}, "differs"),
        (True, 1, "differs"),
        (1.5, 1.0, "the wrong value"),
        (1, True, "differs"),
        (np.zeros(2), np.zeros(2, dtype=np.float32), "not the same array"),
    ],
)
def test_what_differs_is_told(got: object, expected: object, why: str) -> None:
    assert why in refused(got, expected)


def test_infinity_may_stand_for_what_a_dtype_cannot_hold() -> None:
    large = torch.tensor([1e6, -1e6]).double()
    assert not refused(torch.tensor([math.inf, -math.inf], dtype=torch.float16), large)
    assert not refused(torch.tensor([65504.0, -65504.0], dtype=torch.float16), large)
    assert refused(torch.tensor([math.inf, math.inf], dtype=torch.float16), large)
    assert refused(torch.tensor([math.inf, -math.inf]), large)


SOFTMAX = Forbidden(["aten::_softmax"])
WAYS: dict[str, Callable[[Tensor], Tensor]] = {
    "function": lambda x: torch.softmax(x, 0),
    "method": lambda x: x.softmax(0),
    "functional": lambda x: nn.functional.softmax(x, 0),
    "module": lambda x: nn.Softmax(0)(x),
    "operator": lambda x: torch.ops.aten._softmax(x, 0, False),
}


@pytest.mark.parametrize("way", WAYS)
def test_no_alias_dodges_a_forbidden_operator(way: str) -> None:
    seen: list[str] = []
    with pytest.raises(RuntimeError, match="not to be used"), SOFTMAX.watched(seen):
        WAYS[way](torch.ones(3, requires_grad=True))
    assert set(seen) == {"aten::_softmax"}
    assert torch.softmax(torch.zeros(2), 0).tolist() == [0.5, 0.5]


def test_functions_and_classes_are_seen_under_other_names() -> None:
    from torch.nn import Linear as Other
    from torch.nn.functional import linear as other

    forbidden = Forbidden(["torch.nn.functional.linear", "torch.nn.Linear"])
    seen: list[str] = []
    with forbidden.watched(seen):
        other(torch.ones(2), torch.ones(3, 2))
        torch.ops.aten.linear(torch.ones(2), torch.ones(3, 2))
    assert seen == ["torch.nn.functional.linear"] * 2
    seen.clear()
    with forbidden.watched(seen):

        class Mine(Other):
            pass

        Mine(2, 3)
    assert set(seen) == {"torch.nn.Linear"}  # its constructor, and the methods that calls
    assert "__init__" in vars(nn.Linear)
    seen.clear()
    with forbidden.watched(seen):
        torch.ones(2, 3) @ torch.ones(3)
    assert seen == []


def test_a_python_function_of_torch_s_is_seen_too() -> None:
    from torch.nn.utils import clip_grad_norm_ as other

    seen: list[str] = []
    with Forbidden(["torch.nn.utils.clip_grad_norm_"]).watched(seen):
        other([torch.ones(2, requires_grad=True)], 1.0)
    assert seen == ["torch.nn.utils.clip_grad_norm_"]


def test_a_class_that_inherits_its_constructor_gets_it_back() -> None:
    assert "__init__" not in vars(nn.Sigmoid)
    seen: list[str] = []
    with Forbidden(["torch.nn.Sigmoid"]).watched(seen):
        nn.Sigmoid()
    assert seen == ["torch.nn.Sigmoid"]
    assert "__init__" not in vars(nn.Sigmoid)


@pytest.mark.parametrize("name", ["aten::no_such", "torch.no_such", "nowhere.at_all"])
def test_what_is_forbidden_has_to_exist(name: str) -> None:
    with pytest.raises(LookupError, match="there is no"):
        Forbidden([name])


def test_operators_and_opcodes_are_counted() -> None:
    code = "def rows(x):\n    return [row.sum() for row in x]\n"
    space: dict[str, Any] = {}
    SOURCE[0] = "counted.py"
    exec(compile(code, "counted.py", "exec"), space)
    counts = []
    for size in (3, 30):
        with Operators() as operators, Opcodes() as opcodes:
            space["rows"](torch.ones(size, 2))
        counts.append((operators.count, opcodes.count))
    assert counts[1][0] - counts[0][0] >= 27
    assert counts[1][1] - counts[0][1] >= 27


def test_a_tensor_of_the_cpu_does_not_fit_those_elsewhere() -> None:
    x = {"x": torch.ones(2, 3)}
    with Elsewhere() as there:
        moved = there.moved(x)["x"]
        assert there.of(moved * 2 + torch.zeros(3, device=moved.device)) == [Elsewhere.DEVICE]
        assert there.of(moved.cpu()) == ["cpu"]
    with pytest.raises(Exception, match="same device"), Elsewhere() as there:
        there.moved(x)["x"] + torch.zeros(3)
    with pytest.raises(CannotTellError), Elsewhere() as there:
        there.moved(x)["x"].sum().item()
    with pytest.raises(CannotTellError), Elsewhere() as there:
        nn.Linear(3, 1).to(there.moved(x)["x"].device)
    layer = nn.Linear(3, 2)
    with Elsewhere() as there:
        there.move(layer)
        assert there.of(layer(there.moved(x)["x"])) == [Elsewhere.DEVICE]


def test_gradients_differ_from_element_to_element_and_can_be_taken_twice() -> None:
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    once = gradients(x**3, {"x": x})["the gradient of x"]
    assert len(set((once / (3 * x.detach() ** 2)).tolist())) == 3
    second = gradients(x**3, {"x": x}, twice=True)
    assert set(second) == {"the second gradient of x", "the second gradient of what comes in (0)"}
    assert bool((second["the second gradient of x"] != 0).any())
    with pytest.raises(Disagreement, match="no gradient with respect to x"):
        gradients(x.detach() * 2, {"x": x})
