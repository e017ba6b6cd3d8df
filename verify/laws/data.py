"""Batches of a data set, and the scale of its values."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sized
from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor
from torch.utils.data import DataLoader

from verify.laws.checks import close, require, same
from verify.laws.forall import for_all
from verify.laws.registry import KnownException, Test, law
from verify.laws.strategies import seeds, shapes, tensors


def load_batches(dataset: list[int], **options: Any) -> DataLoader[int]:
    """A ``DataLoader`` whose shuffling draws from a generator of the default device."""
    seed = int(torch.randint(2**31, ()).item())
    generator = torch.Generator(torch.get_default_device()).manual_seed(seed)
    return DataLoader(dataset, generator=generator, **options)  # type: ignore[arg-type]


@law(
    family="data",
    source="https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.DataLoader",
    tolerance="exact",
    seeds=("P27",),
    exceptions=(
        KnownException(
            "a DataLoader of no items with shuffle=True raises ValueError, instead of no batch",
            "==2.13.*",
        ),
    ),
)
def loader_partitions(*, loader: Callable[..., Iterable[Any]] = load_batches) -> Test:
    """A loader gives each index once, in ceil(n / b) batches, or n // b full ones with drop_last.

    Every batch but the last is full; the order is that of the data set unless ``shuffle`` is on;
    ``len(loader)``, where there is one, counts the batches.
    """

    @for_all(
        n=st.integers(0, 12),
        batch_size=st.integers(1, 5),
        shuffle=st.booleans(),
        drop_last=st.booleans(),
        seed=seeds(),
    )
    def test(n: int, batch_size: int, shuffle: bool, drop_last: bool) -> None:
        n = max(n, 1) if shuffle else n
        subject = loader(
            list(range(n)), batch_size=batch_size, shuffle=shuffle, drop_last=drop_last
        )
        batches = [torch.as_tensor(batch).flatten().tolist() for batch in subject]
        count = n // batch_size if drop_last else math.ceil(n / batch_size)
        kept = min(n, count * batch_size)
        same(len(batches), count, f"the number of batches ({batches})")
        if isinstance(subject, Sized):
            same(len(subject), count, "len(loader)")
        sizes = [len(batch) for batch in batches]
        expected = [min(batch_size, kept - start) for start in range(0, kept, batch_size)]
        same(sizes, expected, f"the sizes of the batches {batches}")
        indices = [index for batch in batches for index in batch]
        if not shuffle:
            same(indices, list(range(kept)), "the order of the indices")
        once = len(set(indices)) == len(indices) and set(indices) <= set(range(n))
        require(once, f"the batches {batches} do not hold each index at most once")

    return test


def normalize_half(x: Tensor) -> Tensor:
    """What ``Normalize((0.5,), (0.5,))`` computes."""
    return (x - 0.5) / 0.5


def denormalize_half(y: Tensor) -> Tensor:
    """Undo ``normalize_half``."""
    return y * 0.5 + 0.5


@law(
    family="data",
    source="https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.v2.Normalize.html",
    tolerance="rtol 1e-6, atol 1e-6 in float32; the ends exact",
    seeds=("P30",),
)
def normalize_range(
    *,
    normalize: Callable[[Tensor], Tensor] = normalize_half,
    denormalize: Callable[[Tensor], Tensor] = denormalize_half,
) -> Test:
    """Normalising by mean 0.5 and deviation 0.5 maps [0, 1] onto [-1, 1], and can be undone.

    0, 0.5 and 1 become -1, 0 and 1; order is kept.
    """
    images = tensors(shapes(1, 3, min_side=1), torch.float32, 1.0).map(torch.Tensor.abs)

    @for_all(x=images)
    def test(x: Tensor) -> None:
        marks = torch.tensor([0.0, 0.5, 1.0], dtype=x.dtype)
        ends = torch.tensor([-1.0, 0.0, 1.0], dtype=x.dtype)
        close(normalize(marks.clone()), ends, "normalize([0, 0.5, 1])", rtol=1e-6, atol=1e-6)
        y = normalize(x.clone())
        inside = bool(((y >= -1) & (y <= 1)).all())
        require(inside, lambda: f"normalize(x) is {y.tolist()}, not all in [-1, 1]")
        close(y, 2 * x - 1, "normalize(x)", rtol=1e-6, atol=1e-6)
        close(denormalize(y.clone()), x, "denormalize(normalize(x))", rtol=1e-6, atol=1e-6)

    return test
