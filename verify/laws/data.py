"""Batches of a data set, the processes that load them, and the scale of their values."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Mapping, Sequence, Sized
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, default_collate, get_worker_info

from verify.laws.checks import close, raises, require, same
from verify.laws.costly import few
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


_LEAVES = ("int", "float", "tensor", "text")
_TREES = st.recursive(
    st.sampled_from(_LEAVES),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=2),
        st.lists(inner, min_size=1, max_size=2).map(tuple),
        st.dictionaries(st.sampled_from("ab"), inner, min_size=1, max_size=2),
    ),
    max_leaves=3,
)


def _sample(tree: object, number: int) -> object:
    """A sample of a form, whose leaves say which sample it is."""
    if isinstance(tree, Mapping):
        return {key: _sample(item, number) for key, item in tree.items()}
    if isinstance(tree, list | tuple):
        return type(tree)(_sample(item, number) for item in tree)
    if tree == "tensor":
        return torch.tensor([number, -number], dtype=torch.int32)
    return {"int": number, "float": number + 0.5, "text": f"sample {number}"}[str(tree)]


def _stacked(samples: Sequence[Any]) -> object:
    """What the page says a batch of the samples is."""
    first = samples[0]
    if isinstance(first, Mapping):
        return {key: _stacked([sample[key] for sample in samples]) for key in first}
    if isinstance(first, list | tuple):
        return [_stacked(column) for column in zip(*samples, strict=True)]
    if isinstance(first, Tensor):
        return torch.stack(list(samples))
    if isinstance(first, str):
        return list(samples)
    return torch.tensor(samples, dtype=torch.float64 if isinstance(first, float) else torch.int64)


@st.composite
def _samples(draw: DrawFn) -> list[object]:
    tree = draw(_TREES)
    return [_sample(tree, number) for number in range(draw(_COUNTS))]


_COUNTS = st.integers(1, 3)


@law(
    family="data",
    source="https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.default_collate",
    tolerance="exact",
)
def collate_stacks(*, collate: Callable[[list[Any]], object] = default_collate) -> Test:
    """default_collate stacks tensors and numbers along a new first axis, inside any containers.

    Ints become int64, floats float64; texts stay a list; a dictionary keeps its keys, lists and
    tuples become a list of batches.  Lists of unequal lengths raise an error.
    """

    @for_all(samples=_samples())
    def test(samples: list[Any]) -> None:
        same(collate(samples), _stacked(samples), "collate(samples)")
        ragged = [[sample] for sample in samples] + [[samples[0], samples[0]]]
        raises(Exception, lambda: collate(ragged), "collating lists of 1 and of 2 items")

    return test


class Draws(Dataset[list[float]]):
    """Each item is what its worker draws: from torch, NumPy and Python."""

    def __len__(self) -> int:
        return 4

    def __getitem__(self, index: int) -> list[float]:
        info = get_worker_info()
        worker = -1 if info is None else info.id
        drawn = int(torch.randint(2**31, (), device="cpu"))
        return [worker, drawn, np.random.randint(2**31), random.getrandbits(31)]


def load_in_workers(
    dataset: Dataset[Any], *, num_workers: int, generator: torch.Generator
) -> Iterable[Any]:
    """A loader of single items, whose worker processes are forked."""
    return DataLoader(
        dataset,
        batch_size=None,
        num_workers=num_workers,
        generator=generator,
        multiprocessing_context="fork",
    )


@law(
    family="data",
    source="https://docs.pytorch.org/docs/stable/data.html#randomness-in-multi-process-data-loading",
    tolerance="exact",
)
def worker_seeds_differ(*, loader: Callable[..., Iterable[Any]] = load_in_workers) -> Test:
    """Two workers of a DataLoader draw different numbers, fixed by the loader's generator.

    From torch, NumPy and Python alike.  Another seed of the generator gives other numbers.
    Two processes are forked for each loader, so it is tried on one example where others have 20,
    and on three at least.  ``loader(dataset, num_workers=2, generator=generator)`` is called.
    """

    @few()
    @for_all(loader_seed=st.integers(0, 1000), seed=seeds())
    def test(loader_seed: int) -> None:
        def load(number: int) -> list[list[int]]:
            generator = torch.Generator("cpu").manual_seed(number)
            with torch.device("cpu"):  # a forked process cannot use the parent's accelerator
                items = loader(Draws(), num_workers=2, generator=generator)
                return sorted([int(value) for value in item] for item in items)

        rows = load(loader_seed)
        same([row[0] for row in rows], [0, 0, 1, 1], "the workers of the four items")
        for column, name in enumerate(("torch", "numpy", "random"), start=1):
            numbers = [row[column] for row in rows]
            # Of four numbers below 2 ** 31 two are alike by chance once in 3 * 10 ** 8 times.
            require(
                len(set(numbers)) == len(numbers),
                f"{name} draws {numbers[:2]} in worker 0 and {numbers[2:]} in worker 1",
            )
        same(load(loader_seed), rows, "(worker, torch, numpy, random) from the same seed")
        require(load(loader_seed + 1) != rows, f"another seed gives the same numbers, {rows}")

    return test
