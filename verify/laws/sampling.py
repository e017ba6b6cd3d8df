"""Which samples go where: splits, batches, and the shares of processes."""

from __future__ import annotations

import math
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Sequence, Sized
from typing import Any

import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from torch.utils.data import BatchSampler, DistributedSampler, random_split

from verify.laws.checks import raises, require, same
from verify.laws.forall import for_all
from verify.laws.registry import KnownException, Test, law

_DATA = "https://docs.pytorch.org/docs/stable/data.html"
_SEEDS = st.integers(0, 2**32 - 1)


@st.composite
def _splits(draw: DrawFn) -> tuple[int, list[Any]]:
    """The size of a data set, with sizes of parts that add up to it, or fractions that do to 1."""
    parts: list[int] = draw(_PARTS)
    total = sum(parts)
    if draw(st.booleans()) and total:
        # Eighths add up without rounding: see the exceptions of the law.
        eighths = [round(8 * part / total) for part in parts[:-1]]
        if sum(eighths) <= 8:
            return draw(_SAMPLES), [n / 8 for n in (*eighths, 8 - sum(eighths))]
    return total, parts


_SAMPLES = st.integers(0, 12)
_PARTS = st.lists(st.integers(0, 4), min_size=1, max_size=4)


def _part_sizes(n: int, lengths: Sequence[int | float]) -> list[int]:
    """The sizes that the page states: floor(n * fraction), the rest handed round one by one."""
    if all(isinstance(length, int) for length in lengths):
        return [int(length) for length in lengths]
    sizes = [math.floor(n * fraction) for fraction in lengths]
    for index in range(n - sum(sizes)):
        sizes[index % len(sizes)] += 1
    return sizes


def split_samples(
    dataset: Any, lengths: Sequence[int | float], *, generator: torch.Generator
) -> Sequence[Any]:
    """``random_split``."""
    return random_split(dataset, lengths, generator=generator)


@law(
    family="sampling",
    source=_DATA + "#torch.utils.data.random_split",
    tolerance="exact",
    exceptions=(
        KnownException(
            "whole lengths that add up to 1 are read as fractions: of five samples [1] gives all, "
            "instead of ValueError",
            ">=2.11,<2.16",
        ),
        KnownException(
            "fractions whose sum is rounded to a little above 1, such as 0.2, 0.4, 0.3 and 0.1, "
            "raise ValueError",
            ">=2.11,<2.16",
        ),
    ),
)
def random_split_partitions(*, split: Callable[..., Sequence[Any]] = split_samples) -> Test:
    """random_split gives each sample to exactly one part, and a generator's seed fixes which.

    In the sizes asked for; of fractions, floor(n * fraction) each and the rest handed round from
    the first part on.  Sizes that do not add up raise ValueError.
    ``split(dataset, lengths, generator=generator)`` is called.
    """

    @for_all(n_and_lengths=_splits(), seed=_SEEDS, split_seed=st.integers(0, 100))
    def test(n_and_lengths: tuple[int, list[Any]], split_seed: int) -> None:
        n, lengths = n_and_lengths

        def parts(sizes: list[Any]) -> list[list[int]]:
            generator = torch.Generator(torch.get_default_device()).manual_seed(split_seed)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of parts of length 0
                made = split(list(range(n)), sizes, generator=generator)
            return [list(part) for part in made]

        first = parts(lengths)
        sizes = [len(part) for part in first]
        same(sizes, _part_sizes(n, lengths), f"the sizes of the parts {first}")
        everything = sorted(index for part in first for index in part)
        same(everything, list(range(n)), f"all samples of the parts {first}")
        torch.rand(1)  # what else is drawn meanwhile does not matter
        same(parts(lengths), first, "a second split by a generator of the same seed")
        if isinstance(lengths[0], int):
            wrong = [lengths[0] + 2, *lengths[1:]]  # see the exceptions of the law
            raises(ValueError, lambda: parts(wrong), f"splitting {n} samples into {wrong}")

    return test


@law(
    family="sampling",
    source=_DATA + "#torch.utils.data.distributed.DistributedSampler",
    tolerance="exact",
)
def distributed_sampler_partitions(
    *, sampler: Callable[..., Iterable[int]] = DistributedSampler
) -> Test:
    """The ranks' shares are of one size and hold every sample, or none twice with drop_last.

    Padding repeats as few samples as make the shares equal.  ``set_epoch`` gives every rank the
    next order of one shuffle; without it each epoch has the same.  No process group is needed:
    ``sampler(dataset, num_replicas=r, rank=k, shuffle=s, seed=n, drop_last=d)``.
    """

    @for_all(
        n=st.integers(0, 16),
        replicas=st.integers(1, 4),
        shuffle=st.booleans(),
        drop_last=st.booleans(),
        sampler_seed=st.integers(0, 100),
        epoch=st.integers(0, 3),
        seed=_SEEDS,
    )
    def test(
        n: int, replicas: int, shuffle: bool, drop_last: bool, sampler_seed: int, epoch: int
    ) -> None:
        def shares(epoch: int) -> list[list[int]]:
            found = []
            for rank in range(replicas):
                made: Any = sampler(
                    list(range(n)),
                    num_replicas=replicas,
                    rank=rank,
                    shuffle=shuffle,
                    seed=sampler_seed,
                    drop_last=drop_last,
                )
                made.set_epoch(epoch)
                found.append([int(index) for index in made])
                if isinstance(made, Sized):
                    same(len(made), len(found[-1]), f"len(sampler) of rank {rank}")
            return found

        # DistributedSampler shuffles by a generator of the CPU, whatever the default device is.
        with torch.device("cpu"):
            got = shares(epoch)
            size = n // replicas if drop_last else math.ceil(n / replicas)
            sizes = [len(share) for share in got]
            same(sizes, [size] * replicas, f"the sizes of the shares {got}")
            counts = Counter(index for share in got for index in share)
            known = set(counts) <= set(range(n))
            require(known, f"the shares {got} hold samples that are not there")
            most = max(counts.values(), default=0)
            if drop_last:
                require(most <= 1, f"the shares {got} hold a sample twice")
            else:
                same(len(counts), n, f"the number of samples in the shares {got}")
                limit = math.ceil(size * replicas / n) if n else 0
                require(most <= limit, f"the shares {got} hold a sample {most} times")
            same(shares(epoch), got, f"the shares of epoch {epoch}, made again")
            if not shuffle:
                # Sample k goes to rank k mod r.
                order = [got[k % replicas][k // replicas] for k in range(min(n, size * replicas))]
                same(order, list(range(len(order))), f"the order over the shares {got}")
            elif n >= 12:
                # That four shuffles of twelve are alike has a chance of 1 in 10 ** 26.
                alike = all(shares(other) == got for other in range(4))
                require(not alike, f"the shares of all epochs are {got}")

    return test


@law(
    family="sampling",
    source=_DATA + "#torch.utils.data.BatchSampler",
    tolerance="exact",
)
def batch_sampler_drop_last(
    *, sampler: Callable[[Iterable[int], int, bool], Iterable[list[int]]] = BatchSampler
) -> Test:
    """A batch sampler cuts the order it is given into runs of one size; drop_last drops a rest.

    Without ``drop_last`` the rest is a last, smaller batch.  ``sampler(order, batch_size,
    drop_last)`` is called, and can be gone through again.
    """

    @for_all(
        order=st.lists(st.integers(0, 9), max_size=9),
        batch_size=st.integers(1, 5),
        drop_last=st.booleans(),
    )
    def test(order: list[int], batch_size: int, drop_last: bool) -> None:
        batches = [order[k : k + batch_size] for k in range(0, len(order), batch_size)]
        if drop_last:
            batches = [batch for batch in batches if len(batch) == batch_size]
        subject = sampler(order, batch_size, drop_last)
        got = [list(batch) for batch in subject]
        require(got == batches, f"the batches are {got}, expected {batches}")
        if isinstance(subject, Sized):
            same(len(subject), len(batches), f"len(sampler) of the batches {got}")
        again = [list(batch) for batch in subject]
        require(again == batches, f"the batches are {again} the second time, expected {batches}")

    return test
