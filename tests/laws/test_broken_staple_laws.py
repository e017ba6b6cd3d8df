"""The laws of interview staples are able to fail: mistakes that people make, each seen."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F  # noqa: N812  (the name everyone uses)
from torch import Tensor
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from verify import laws
from verify.laws import LAWS, LawBroken, Test
from verify.laws.attention import cached_attention
from verify.laws.convolution import im2col_conv2d

Prove = Callable[[Test], None]


def unscaled_attention(q: Tensor, k: Tensor, v: Tensor, **options: Any) -> Tensor:
    return F.scaled_dot_product_attention(q, k, v, **{"scale": 1.0, **options})


def hiding_attention(q: Tensor, k: Tensor, v: Tensor, **options: Any) -> Tensor:
    """True hides a key, as in nn.MultiheadAttention."""
    mask = options.pop("attn_mask", None)
    if mask is not None and mask.dtype is torch.bool:
        mask = ~mask
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask, **options)


def naive_attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return torch.softmax(q @ k.mT / math.sqrt(q.shape[-1]), dim=-2) @ v


def masked_attention(q: Tensor, k: Tensor, v: Tensor, attn_mask: Tensor | None = None) -> Tensor:
    """As on paper: a row of which nothing is left is NaN."""
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    if attn_mask is not None:
        scores = scores.masked_fill(~attn_mask, -math.inf)
    return scores.softmax(-1) @ v


def causal_step(q: Tensor, k: Tensor, v: Tensor, cache: Any) -> tuple[Tensor, Any]:
    """The diagonal of is_causal begins at the top left: a new token sees the first key alone."""
    if cache is not None:
        k, v = torch.cat([cache[0], k], -2), torch.cat([cache[1], v], -2)
    return F.scaled_dot_product_attention(q, k, v, is_causal=True), (k, v)


def unmasked_step(q: Tensor, k: Tensor, v: Tensor, cache: Any) -> tuple[Tensor, Any]:
    """Right for one token at a time, and lets a prompt see its own future."""
    if cache is not None:
        k, v = torch.cat([cache[0], k], -2), torch.cat([cache[1], v], -2)
    return F.scaled_dot_product_attention(q, k, v), (k, v)


def sorting_pack(x: Tensor, lengths: Tensor, batch_first: bool, enforce_sorted: bool) -> Any:
    """Sorts the batch and forgets to undo it."""
    if enforce_sorted:
        return pack_padded_sequence(x, lengths, batch_first, enforce_sorted)
    order = lengths.argsort(descending=True, stable=True)
    x = x.index_select(0 if batch_first else 1, order)
    return pack_padded_sequence(x, lengths[order], batch_first)


def pad_with_zeros(packed: Any, batch_first: bool, padding_value: float) -> tuple[Tensor, Tensor]:
    return pad_packed_sequence(packed, batch_first)


class LastUseWins(torch.autograd.Function):
    """A lookup whose backward assigns by index, where it should add."""

    @staticmethod
    def forward(ctx: Any, ids: Tensor, weight: Tensor) -> Tensor:
        ctx.save_for_backward(ids, weight)
        return weight[ids]

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[None, Tensor]:
        ids, weight = ctx.saved_tensors
        grad = torch.zeros_like(weight)
        grad[ids] = grads[0]
        return None, grad


def embedding_of_zeros(ids: Tensor, weight: Tensor, padding_idx: int | None = None) -> Tensor:
    """Gives zeros for padding, whatever the row holds."""
    rows = weight[ids]
    return rows if padding_idx is None else rows * (ids != padding_idx)[..., None]


BROKEN: dict[str, Callable[[], Test]] = {
    "sdpa_is_softmax": lambda: laws.sdpa_is_softmax(attention=hiding_attention),
    "kv_cache_equals_full": lambda: laws.kv_cache_equals_full(step=causal_step),
    "im2col_is_conv2d": lambda: laws.im2col_is_conv2d(
        conv=lambda x, weight, bias, **options: F.conv2d(x, weight.flip(2, 3), bias, **options)
    ),
    "pack_padded_round_trip": lambda: laws.pack_padded_round_trip(pack=sorting_pack),
    "embedding_is_row_lookup": lambda: laws.embedding_is_row_lookup(
        embedding=LastUseWins.apply, padding=False
    ),
}
"""One broken subject for every law of these families."""

MORE_BROKEN: dict[str, Callable[[], Test]] = {
    "scores not scaled": lambda: laws.sdpa_is_softmax(attention=unscaled_attention),
    "softmax over the queries": lambda: laws.sdpa_is_softmax(
        attention=naive_attention, masks=["none"], scales=[None]
    ),
    "NaN where nothing is left": lambda: laws.sdpa_is_softmax(
        attention=masked_attention, masks=["none", "bool"], scales=[None]
    ),
    "a prompt that sees its future": lambda: laws.kv_cache_equals_full(step=unmasked_step),
    "a cache not filled": lambda: laws.kv_cache_equals_full(
        step=lambda q, k, v, cache: (cached_attention(q, k, v, cache)[0], cache)
    ),
    "a full pass that is not causal": lambda: laws.kv_cache_equals_full(
        full=F.scaled_dot_product_attention
    ),
    "dilation forgotten": lambda: laws.im2col_is_conv2d(
        conv=lambda x, w, b, dilation=(1, 1), **options: F.conv2d(x, w, b, **options)
    ),
    "axes of the padding swapped": lambda: laws.im2col_is_conv2d(
        conv=lambda x, w, b, padding=(0, 0), **options: F.conv2d(
            x, w, b, padding=padding[::-1], **options
        )
    ),
    "the wrong padding value": lambda: laws.pack_padded_round_trip(pad=pad_with_zeros),
    "padding looked up as zeros": lambda: laws.embedding_is_row_lookup(
        embedding=embedding_of_zeros
    ),
    "padding trained": lambda: laws.embedding_is_row_lookup(
        embedding=lambda ids, weight, padding_idx=None: weight[ids]
    ),
}
"""More mistakes that a law must see."""


def simple_attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return (q @ k.mT / math.sqrt(q.shape[-1])).softmax(-1) @ v


ACCEPTED: dict[str, Callable[[], Test]] = {
    "attention by hand": lambda: laws.sdpa_is_softmax(
        attention=simple_attention, masks=["none"], scales=[None]
    ),
    "masks that leave something": lambda: laws.sdpa_is_softmax(
        attention=masked_attention, masks=["bool"], scales=[None], empty_rows=False
    ),
    "no prompt": lambda: laws.kv_cache_equals_full(step=unmasked_step, prompts=False),
    "unfold": lambda: laws.im2col_is_conv2d(conv=im2col_conv2d),
    "stride alone": lambda: laws.im2col_is_conv2d(
        conv=lambda x, w, b, stride=(1, 1): F.conv2d(x, w, b, stride), options=["stride"]
    ),
    "one-hot rows": lambda: laws.embedding_is_row_lookup(
        embedding=lambda ids, weight: F.one_hot(ids, len(weight)).float() @ weight, padding=False
    ),
}
"""Right code of another make."""


def test_the_broken_subjects_are_of_laws() -> None:
    assert BROKEN.keys() <= LAWS.keys()


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_subject_is_rejected(name: str, prove: Prove) -> None:
    with pytest.raises(LawBroken) as caught:
        prove(BROKEN[name]())
    message = str(caught.value)
    assert message.startswith(f"{name}: ")
    assert "\n  for " in message
    assert max(map(len, message.splitlines())) < 450


@pytest.mark.parametrize("mistake", MORE_BROKEN)
def test_another_broken_subject_is_rejected(mistake: str, prove: Prove) -> None:
    with pytest.raises(LawBroken):
        prove(MORE_BROKEN[mistake]())


@pytest.mark.parametrize("subject", ACCEPTED)
def test_right_code_is_accepted(subject: str, prove: Prove) -> None:
    prove(ACCEPTED[subject]())


@pytest.mark.parametrize(
    "make",
    [
        lambda: laws.sdpa_is_softmax(
            attention=lambda q, k, v, attn_mask: masked_attention(q, k, v, attn_mask),
            masks=["bool"],
            scales=[None],
        ),
    ],
)
def test_a_known_exception_still_breaks_its_law(make: Callable[[], Test], prove: Prove) -> None:
    """Once torch mends one, the law can do without the exception."""
    with pytest.raises(LawBroken):
        prove(make())
