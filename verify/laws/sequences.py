"""Sequences of tokens: packed and padded, and looked up in a table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  (the name everyone uses)
from hypothesis import strategies as st
from torch import Tensor
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from verify.laws.checks import raises, same
from verify.laws.forall import for_all
from verify.laws.registry import Test, law
from verify.laws.strategies import seeds


@law(
    family="sequences",
    source="https://docs.pytorch.org/docs/stable/generated/"
    "torch.nn.utils.rnn.pack_padded_sequence.html",
    tolerance="exact",
)
def pack_padded_round_trip(
    *,
    pack: Callable[..., Any] = pack_padded_sequence,
    pad: Callable[..., tuple[Tensor, Tensor]] = pad_packed_sequence,
) -> Test:
    """Packing and padding again gives each sequence back in its row, and padding after its end.

    The lengths come back in their order, sorted or not, where ``enforce_sorted=False``; with
    ``enforce_sorted=True`` unsorted ones raise RuntimeError.  What is packed has no padding in it:
    one row a token.  ``pack(x, lengths, batch_first=, enforce_sorted=)`` and
    ``pad(packed, batch_first=, padding_value=)``, where lengths are a tensor.
    """

    @for_all(
        lengths=st.lists(st.integers(1, 4), min_size=1, max_size=4),
        spare=st.integers(0, 2),
        batch_first=st.booleans(),
        padding=st.sampled_from([0.0, -1.0]),
    )
    def test(lengths: list[int], spare: int, batch_first: bool, padding: float) -> None:
        rows, longest = len(lengths), max(lengths)
        # Token 10 * row + column + 1, two of them a position; 9999 where there is none.
        column, row = torch.arange(longest + spare), torch.arange(rows)
        x = (10.0 * row[:, None] + column + 1).unsqueeze(-1).repeat(1, 1, 2)
        inside = column < torch.tensor(lengths)[:, None]
        x[~inside] = 9999.0
        expected = x[:, :longest].masked_fill(~inside[:, :longest, None], padding)
        if not batch_first:
            x, expected = x.transpose(0, 1), expected.transpose(0, 1)
        # Lengths live on the CPU, wherever the sequences are.
        counts = torch.tensor(lengths, device="cpu")
        packed = pack(x, counts, batch_first=batch_first, enforce_sorted=False)
        same(tuple(packed.data.shape), (sum(lengths), 2), "the shape of the packed data")
        alive = [sum(length > step for length in lengths) for step in range(longest)]
        same(packed.batch_sizes.tolist(), alive, "the batch sizes, one a time step")
        padded, back = pad(packed, batch_first=batch_first, padding_value=padding)
        same(back.tolist(), lengths, "the lengths that come back")
        same(padded.contiguous(), expected.contiguous(), "the sequences that come back")
        if lengths != sorted(lengths, reverse=True):
            raises(
                RuntimeError,
                lambda: pack(x, counts, batch_first=batch_first, enforce_sorted=True),
                f"packing lengths {lengths} with enforce_sorted=True",
            )

    return test


@law(
    family="sequences",
    source="https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.embedding.html",
    tolerance="exact, on whole numbers",
)
def embedding_is_row_lookup(
    *, embedding: Callable[..., Tensor] = F.embedding, padding: bool = True
) -> Test:
    """embedding(ids, weight) is weight[ids]; the gradient of a row sums over its every use.

    So the gradient of the sum is, for each row, how often its id occurs.  The row ``padding_idx``
    is looked up like any other and gets no gradient; with ``padding=False`` it is not asked for.
    """
    paddings = st.sampled_from([None, 0, 1]) if padding else st.none()

    @for_all(
        ids=st.lists(st.integers(0, 2), max_size=5),
        nested=st.booleans(),
        width=st.integers(1, 2),
        padding_idx=paddings,
        seed=seeds(),
    )
    def test(ids: list[int], nested: bool, width: int, padding_idx: int | None) -> None:
        index = torch.tensor(ids, dtype=torch.int64)
        if nested:
            index = index[None, :]
        weight = torch.randint(-3, 4, (3, width)).float().requires_grad_()
        more = {} if padding_idx is None else {"padding_idx": padding_idx}
        words = "" if padding_idx is None else f", padding_idx={padding_idx}"
        looked_up = embedding(index, weight, **more)
        expected = weight.detach()[index]
        same(looked_up.detach(), expected, f"embedding({index.tolist()}, weight{words})")
        factors = torch.randint(1, 4, looked_up.shape).float()
        grad = torch.zeros(3, width)
        # One use at a time, so that the law does not rest on what it is a law of.
        for place, row in enumerate(ids):
            if row != padding_idx:
                grad[row] += factors.reshape(-1, width)[place]
        (got,) = torch.autograd.grad((looked_up * factors).sum(), weight)
        what = f"the gradient of weight for {factors.tolist()} from above"
        same(got + 0.0, grad, f"{what}, of embedding({index.tolist()}, weight{words})")

    return test
