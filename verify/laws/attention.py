"""Attention, written out: scores, mask, softmax; and token by token with a cache."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  (the name everyone uses)
from hypothesis import strategies as st
from torch import Tensor

from verify.laws.checks import close, same, show
from verify.laws.derivatives import whole_numbers_like
from verify.laws.forall import for_all
from verify.laws.registry import KnownException, Test, law
from verify.laws.strategies import seeds

Attention = Callable[..., Tensor]

_SOURCE = (
    "https://docs.pytorch.org/docs/stable/generated/"
    "torch.nn.functional.scaled_dot_product_attention.html"
)


def explicit_attention(q: Tensor, k: Tensor, v: Tensor, added: Tensor, scale: float) -> Tensor:
    """softmax(q k' * scale + added) v; zeros in a row where the sum is -inf throughout."""
    scores = q @ k.mT * scale + added
    weights = scores.softmax(-1)
    nothing = (scores == -math.inf).all(-1, keepdim=True)
    return weights.masked_fill(nothing, 0.0) @ v


def _mask(kind: str, queries: int, keys: int, empty_row: bool) -> tuple[dict[str, Any], Tensor]:
    """The arguments that ask for a mask of a kind, and what it adds to the scores."""
    added = torch.zeros(queries, keys, dtype=torch.float64)
    if kind == "none":
        return {}, added
    if kind == "causal":
        seen = torch.ones(queries, keys, dtype=torch.bool).tril()
        return {"is_causal": True}, added.masked_fill(~seen, -math.inf)
    seen = torch.rand(queries, keys) < 0.6
    seen[:, :1] = True
    if empty_row:
        seen[:1] = False
    added = added.masked_fill(~seen, -math.inf)
    if kind == "bool":
        return {"attn_mask": seen}, added
    added = added + whole_numbers_like(added)
    return {"attn_mask": added}, added


MASKS = ("none", "causal", "bool", "float")


@law(
    family="attention",
    source=_SOURCE,
    tolerance="rtol 1e-9, atol 1e-9 in float64",
    exceptions=(
        KnownException(
            "a row in which the mask leaves no key is zeros, where the softmax of the formula on "
            "the page is NaN; the law asks for the zeros",
            ">=2.11,<=2.15",
        ),
    ),
)
def sdpa_is_softmax(
    *,
    attention: Attention = F.scaled_dot_product_attention,
    masks: Sequence[str] = MASKS,
    scales: Sequence[float | None] = (None, 1.0, 0.25),
    empty_rows: bool = True,
) -> Test:
    """Attention is softmax(q k' * scale + mask) v, by default with scale 1 / sqrt(width).

    True in a boolean mask keeps a key and False hides it, a mask of floats is added to the
    scores, ``is_causal`` hides what is right of the diagonal from the top left corner.
    ``attention(q, k, v)`` of (N, heads, tokens, width) is called with ``attn_mask``,
    ``is_causal`` and ``scale`` only where they are drawn from ``masks`` and ``scales``;
    ``empty_rows=False`` draws no mask that hides every key from a query.
    """

    @for_all(
        queries=st.sampled_from([1, 2, 3, 0]),
        keys=st.sampled_from([2, 1, 3]),
        width=st.sampled_from([2, 1, 3, 4]),
        lead=st.sampled_from([(1, 1), (2, 1), (1, 2), (2, 2), (0, 1)]),
        mask=st.sampled_from(list(masks)),
        empty_row=st.booleans() if empty_rows else st.just(False),
        scale=st.sampled_from(list(scales)),
        seed=seeds(),
    )
    def test(
        queries: int,
        keys: int,
        width: int,
        lead: tuple[int, int],
        mask: str,
        empty_row: bool,
        scale: float | None,
    ) -> None:
        q, k, v = (
            whole_numbers_like(torch.empty(*lead, rows, columns, dtype=torch.float64))
            for rows, columns in ((queries, width), (keys, width), (keys, 1 + width % 2))
        )
        arguments, added = _mask(mask, queries, keys, empty_row)
        if scale is not None:
            arguments["scale"] = scale
        factor = 1 / math.sqrt(width) if scale is None else scale
        inputs = f"q = {q.tolist()}, k = {k.tolist()}, v = {v.tolist()}"
        got = attention(q, k, v, **arguments)
        more = "".join(f", {name}={show(value)}" for name, value in arguments.items())
        expected = explicit_attention(q, k, v, added, factor)
        close(got, expected, f"attention(q, k, v{more}) of {inputs}")

    return test


def causal_attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Every query sees the keys up to its own."""
    return F.scaled_dot_product_attention(q, k, v, is_causal=True)


Cache = tuple[Tensor, Tensor]


def cached_attention(q: Tensor, k: Tensor, v: Tensor, cache: Cache | None) -> tuple[Tensor, Cache]:
    """Attention of new tokens to those of the cache and to themselves, and the longer cache."""
    if cache is not None:
        k, v = torch.cat([cache[0], k], dim=-2), torch.cat([cache[1], v], dim=-2)
    new, total = q.shape[-2], k.shape[-2]
    seen = torch.ones(new, total, dtype=torch.bool).tril(total - new)
    return F.scaled_dot_product_attention(q, k, v, attn_mask=seen), (k, v)


@law(family="attention", source=_SOURCE, tolerance="rtol 1e-9, atol 1e-9 in float64")
def kv_cache_equals_full(
    *,
    full: Attention = causal_attention,
    step: Callable[[Tensor, Tensor, Tensor, Any], tuple[Tensor, Any]] = cached_attention,
    prompts: bool = True,
) -> Test:
    """Causal attention token by token with a cache of keys and values equals one full pass.

    For no query sees a later token.  ``full(q, k, v)`` takes (N, heads, tokens, width);
    ``step(q, k, v, cache)`` takes the new tokens alone, the cache that it gave back before, None
    at first, and gives back its output and the new cache.  With ``prompts`` the first step may
    have several tokens, else each has one.
    """

    @for_all(
        tokens=st.integers(1, 4),
        prompt=st.integers(1, 3) if prompts else st.just(1),
        width=st.integers(1, 2),
        lead=st.sampled_from([(1, 1), (2, 1), (1, 2)]),
        seed=seeds(),
    )
    def test(tokens: int, prompt: int, width: int, lead: tuple[int, int]) -> None:
        q, k, v = (
            whole_numbers_like(torch.empty(*lead, tokens, width, dtype=torch.float64))
            for _ in range(3)
        )
        inputs = f"q = {q.tolist()}, k = {k.tolist()}, v = {v.tolist()}"
        expected = full(q, k, v)
        same(tuple(expected.shape), tuple(v.shape), "the shape of the full pass")
        cache: Any = None
        start = 0
        while start < tokens:
            end = min(start + prompt, tokens) if start == 0 else start + 1
            new_q, new_k, new_v = (part[..., start:end, :] for part in (q, k, v))
            got, cache = step(new_q, new_k, new_v, cache)
            what = f"the output of tokens {start} to {end - 1}, of {inputs}"
            close(got, expected[..., start:end, :].contiguous(), what)
            start = end

    return test
