"""What the laws of tensors except is still so: an exception that torch has mended must go."""

from __future__ import annotations

import numpy as np
import pytest
import torch


def test_arange_refuses_a_step_that_leads_away() -> None:
    with pytest.raises(RuntimeError, match="step"):
        torch.arange(0, 5, -1)
    assert list(range(0, 5, -1)) == []


def test_arange_compares_far_ends_as_floats() -> None:
    far = 2**53
    assert torch.arange(far + 1, far, 3).tolist() == []


def test_the_middle_of_linspace_depends_on_the_side_it_is_counted_from() -> None:
    ends = [(k / 7, -k / 3) for k in range(1, 40)]
    pairs = [(torch.linspace(a, b, 33), torch.linspace(b, a, 33).flip(0)) for a, b in ends]
    differs = torch.stack([left != right for left, right in pairs])
    assert differs.any(0).nonzero().flatten().tolist() == [16]


def test_likes_of_a_tensor_with_gaps_keep_the_order_of_its_strides() -> None:
    x = torch.ones(2, 3, 4)[..., ::2].permute(2, 1, 0)
    assert torch.empty_like(x).stride() == (1, 2, 6) != torch.empty(x.shape).stride()


def test_asarray_copies_an_array_without_axes() -> None:
    array = np.array(1.0)
    shared = torch.asarray(array, copy=False)
    array[...] = 2.0
    assert shared.item() == 1.0


@pytest.mark.parametrize("make", [torch.tensor, lambda array: torch.asarray(array, copy=True)])
def test_not_even_a_copy_is_made_of_a_reversed_array(make: object) -> None:
    with pytest.raises(ValueError, match="negative"):
        make(np.arange(3)[::-1])  # type: ignore[operator]


def test_numpy_has_no_bfloat16() -> None:
    with pytest.raises((RuntimeError, BufferError), match="dtype"):
        np.from_dlpack(torch.ones(1, dtype=torch.bfloat16))


def test_unsigned_16_bits_promote_with_no_other_whole_number() -> None:
    with pytest.raises(RuntimeError, match="uint16"):
        torch.promote_types(torch.uint16, torch.int32)
    assert torch.promote_types(torch.uint16, torch.float32) is torch.float32


def test_a_complex_number_of_no_axis_takes_the_width_of_floats() -> None:
    number = torch.tensor(1, dtype=torch.complex128)
    assert torch.result_type(torch.ones(1), number) is torch.complex64
