"""Laws of files, data and generators are able to fail: mistakes that people make, each seen."""

from __future__ import annotations

import io
import pickle
import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import BatchSampler, DataLoader, DistributedSampler, default_collate

from verify import laws
from verify.laws import LAWS, LawBroken, Test
from verify.laws.saving import load_checkpoint, save_checkpoint
from verify.laws.serialisation import load_whole

Prove = Callable[[Test], None]


def save_cloned(state: Any, file: Any) -> None:
    """Copies each tensor first, as is done to save a state from the device it is on."""
    if isinstance(state, dict):
        state = {key: value.detach().clone() for key, value in state.items()}
    torch.save(state, file)


def load_trimmed(file: Any) -> Any:
    value = load_whole(file)
    if isinstance(value, Tensor):
        return value.clone()
    return {key: tensor.clone() for key, tensor in value.items()}


def load_anyhow(file: Any) -> Any:
    """Falls back on full unpickling, as many scripts have done since 2.6."""
    try:
        return torch.load(file, weights_only=True)
    except pickle.UnpicklingError:
        file.seek(0)
        return torch.load(file, weights_only=False)


def load_then_complain(file: Any) -> Any:
    """Looks at the object first and refuses what is no state: too late."""
    value = torch.load(file, weights_only=False)
    if not isinstance(value, dict):
        raise pickle.UnpicklingError("no state dict")
    return value


def move_first_level(file: Any, map_location: Any) -> Any:
    """Moves the tensors of the dictionary, not those further down."""
    state = torch.load(file)
    where = map_location if isinstance(map_location, str | torch.device) else "cpu"
    return {k: v.to(where) if isinstance(v, Tensor) else v for k, v in state.items()}


def load_shared_map(path: str) -> Any:
    """Maps the file shared, so that what is written goes back into it."""
    import mmap

    with torch.serialization.set_default_mmap_options(mmap.MAP_SHARED):
        return torch.load(path, mmap=True)


def load_through_float(path: str) -> Any:
    return [x.float().to(x.dtype) for x in torch.load(path, mmap=True)]


def save_weights(model: nn.Module, optimizer: Any, scheduler: Any, path: str) -> None:
    """The weights alone, as for inference."""
    torch.save(model.state_dict(), path)


def load_weights_alone(model: nn.Module, optimizer: Any, scheduler: Any, path: str) -> None:
    model.load_state_dict(torch.load(path))


def load_without(*forgotten: str) -> Callable[..., None]:
    """A checkpoint whose loading leaves something out."""

    def load(model: nn.Module, optimizer: Any, scheduler: Any, path: str) -> None:
        state = torch.load(path)
        owners = {"model": model, "optimizer": optimizer, "scheduler": scheduler}
        for name, owner in owners.items():
            if name not in forgotten:
                owner.load_state_dict(state[name])
        if "generator" not in forgotten:
            torch.set_rng_state(state["generator"])

    return load


def parameter_without_grad(module: nn.Module, name: str, tensor: Tensor, persistent: bool) -> None:
    module.register_parameter(name, nn.Parameter(tensor, requires_grad=False))


def split_with_replacement(dataset: Any, lengths: Any, generator: torch.Generator) -> list[Any]:
    """Draws each part on its own, so that parts overlap."""
    if isinstance(lengths[0], float):
        return list(torch.utils.data.random_split(dataset, lengths, generator=generator))
    if sum(lengths) != len(dataset):
        raise ValueError("sizes do not add up")
    return [[random.choice(dataset) for _ in range(size)] for size in lengths]


def split_by_rounding(dataset: Any, lengths: Any, generator: torch.Generator) -> list[Any]:
    """Takes int(fraction * n) of each, and loses the rest."""
    sizes = [int(x * len(dataset)) if isinstance(x, float) else x for x in lengths]
    if isinstance(lengths[0], int) and sum(sizes) != len(dataset):
        raise ValueError("sizes do not add up")
    order = torch.randperm(len(dataset), generator=generator).tolist()
    return [[order.pop() for _ in range(size)] for size in sizes]


class OwnShuffle(DistributedSampler[Any]):
    """Each rank shuffles from torch's generator, and so in an order of its own."""

    def __iter__(self) -> Iterator[int]:
        order = torch.randperm(len(self.dataset)).tolist()  # type: ignore[arg-type]
        order += order[: self.total_size - len(order)]
        return iter(order[self.rank : self.total_size : self.num_replicas])


class OneEpoch(DistributedSampler[Any]):
    """Never told the epoch: the call that training loops forget."""

    def set_epoch(self, epoch: int) -> None:
        pass


class Shares:
    """Cuts the data set into runs, of which the last is shorter."""

    def __init__(self, dataset: Any, *, num_replicas: int, rank: int, **_: object) -> None:
        size = -(-len(dataset) // num_replicas)
        self.share = list(range(len(dataset)))[rank * size : (rank + 1) * size]

    def set_epoch(self, epoch: int) -> None:
        pass

    def __iter__(self) -> Iterator[int]:
        return iter(self.share)


def batches_once(order: Iterable[int], batch_size: int, drop_last: bool) -> Iterator[list[int]]:
    """A generator, which is empty the second time: a second epoch of nothing."""
    yield from BatchSampler(order, batch_size, drop_last)


def batches_to_the_end(given: Iterable[int], batch_size: int, drop_last: bool) -> list[list[int]]:
    """With drop_last drops the last batch, full or not."""
    order = list(given)
    batches = [order[k : k + batch_size] for k in range(0, len(order), batch_size)]
    return batches[:-1] if drop_last else batches


def columns(samples: list[Any]) -> object:
    """Turns rows into columns, and stacks nothing."""
    if isinstance(samples[0], list | tuple):
        return [list(column) for column in zip(*samples, strict=True)]
    return default_collate(samples)


def in_float32(samples: list[Any]) -> object:
    if isinstance(samples[0], int | float):
        return torch.tensor(samples, dtype=torch.float32)
    return default_collate(samples)


def same_seed(worker: int) -> None:
    """One seed for all workers: reproducible, and the same augmentations in each."""
    torch.manual_seed(0)


def numpy_seed(worker: int) -> None:
    np.random.seed(42)


def loader_with(worker_init_fn: Callable[[int], None] | None) -> Callable[..., Iterable[Any]]:
    return partial(
        DataLoader,
        batch_size=None,
        worker_init_fn=worker_init_fn,
        multiprocessing_context="fork",
    )


def unseeded_loader(dataset: Any, *, num_workers: int, generator: object) -> Iterable[Any]:
    return loader_with(None)(dataset, num_workers=num_workers)


@contextmanager
def forgetting_fork() -> Iterator[None]:
    """Puts the state back, but not after an error."""
    state = torch.get_rng_state()
    yield
    torch.set_rng_state(state)


@contextmanager
def reseeding_fork() -> Iterator[None]:
    """Takes the seed for the state."""
    seed = torch.initial_seed()
    try:
        yield
    finally:
        torch.manual_seed(seed)


@contextmanager
def admit_for_ever(names: list[Any]) -> Iterator[None]:
    """Adds to what is safe and never takes it back."""
    torch.serialization.add_safe_globals(names)
    yield


BROKEN: dict[str, Callable[[], Test]] = {
    "save_load_is_bitwise": lambda: laws.save_load_is_bitwise(
        save=lambda x, file: torch.save(x.contiguous(), file)
    ),
    "shared_storage_stays_shared": lambda: laws.shared_storage_stays_shared(save=save_cloned),
    "weights_only_refuses_code": lambda: laws.weights_only_refuses_code(load=load_anyhow),
    "map_location_moves": lambda: laws.map_location_moves(load=move_first_level),
    "mmap_loads_same": lambda: laws.mmap_loads_same(load=load_shared_map),
    "checkpoint_resumes_bitwise": lambda: laws.checkpoint_resumes_bitwise(
        load=load_without("optimizer")
    ),
    "buffers_persist_as_declared": lambda: laws.buffers_persist_as_declared(
        register=lambda module, name, tensor, persistent: setattr(module, name, tensor)
    ),
    "random_split_partitions": lambda: laws.random_split_partitions(split=split_with_replacement),
    "distributed_sampler_partitions": lambda: laws.distributed_sampler_partitions(
        sampler=OwnShuffle
    ),
    "batch_sampler_drop_last": lambda: laws.batch_sampler_drop_last(sampler=batches_to_the_end),
    "collate_stacks": lambda: laws.collate_stacks(collate=columns),
    "worker_seeds_differ": lambda: laws.worker_seeds_differ(loader=loader_with(numpy_seed)),
    "fork_rng_restores": lambda: laws.fork_rng_restores(fork=forgetting_fork),
    "generator_state_replays": lambda: laws.generator_state_replays(
        get=torch.Generator.initial_seed, set=torch.Generator.manual_seed
    ),
}
"""One broken subject for every law of these families."""

MORE_BROKEN: dict[str, Callable[[], Test]] = {
    "requires_grad lost": lambda: laws.save_load_is_bitwise(
        save=lambda x, file: torch.save(x.detach(), file)
    ),
    "NaN payloads lost": lambda: laws.save_load_is_bitwise(
        load=lambda file: load_whole(file).nan_to_num(torch.nan)
    ),
    "only to memory": lambda: laws.save_load_is_bitwise(
        load=lambda file: torch.load(io.BytesIO(file.getbuffer()))  # type: ignore[union-attr]
    ),
    "views trimmed": lambda: laws.shared_storage_stays_shared(
        load=lambda file: (
            {k: v.clone() for k, v in load_whole(file).items()}
            if isinstance(file, dict)
            else load_whole(file).clone()
        )
    ),
    "refused too late": lambda: laws.weights_only_refuses_code(load=load_then_complain),
    "admitted for ever": lambda: laws.weights_only_refuses_code(admit=admit_for_ever),
    "map_location ignored": lambda: laws.map_location_moves(
        load=lambda file, map_location: torch.load(file)
    ),
    "only strings understood": lambda: laws.map_location_moves(
        load=lambda file, map_location: torch.load(file, map_location=str(map_location))
    ),
    "mapped through float32": lambda: laws.mmap_loads_same(load=load_through_float),
    "weights alone": lambda: laws.checkpoint_resumes_bitwise(
        save=save_weights, load=load_weights_alone
    ),
    "generator forgotten": lambda: laws.checkpoint_resumes_bitwise(load=load_without("generator")),
    "scheduler forgotten": lambda: laws.checkpoint_resumes_bitwise(load=load_without("scheduler")),
    "rounded on the way": lambda: laws.checkpoint_resumes_bitwise(
        save=lambda model, optimizer, scheduler, path: save_checkpoint(
            model.bfloat16(), optimizer, scheduler, path
        ),
        load=load_checkpoint,
    ),
    "buffer as parameter": lambda: laws.buffers_persist_as_declared(
        register=parameter_without_grad
    ),
    "always persistent": lambda: laws.buffers_persist_as_declared(
        register=lambda module, name, tensor, persistent: module.register_buffer(name, tensor)
    ),
    "split by rounding": lambda: laws.random_split_partitions(split=split_by_rounding),
    "split without the generator": lambda: laws.random_split_partitions(
        split=lambda dataset, lengths, generator: torch.utils.data.random_split(dataset, lengths)
    ),
    "epoch never set": lambda: laws.distributed_sampler_partitions(sampler=OneEpoch),
    "shares as runs": lambda: laws.distributed_sampler_partitions(sampler=Shares),
    "batches once": lambda: laws.batch_sampler_drop_last(sampler=batches_once),
    "drop_last ignored": lambda: laws.batch_sampler_drop_last(
        sampler=lambda order, batch_size, drop_last: BatchSampler(order, batch_size, False)
    ),
    "collated in float32": lambda: laws.collate_stacks(collate=in_float32),
    "workers all alike": lambda: laws.worker_seeds_differ(loader=loader_with(same_seed)),
    "workers not reproducible": lambda: laws.worker_seeds_differ(loader=unseeded_loader),
    "no workers": lambda: laws.worker_seeds_differ(
        loader=lambda dataset, num_workers, generator: DataLoader(
            dataset, batch_size=None, generator=generator
        )
    ),
    "fork by seed": lambda: laws.fork_rng_restores(fork=reseeding_fork),
    "state by number drawn": lambda: laws.generator_state_replays(set=lambda g, state: None),
}
"""More mistakes that a law must see."""


def test_the_broken_subjects_are_of_laws() -> None:
    assert BROKEN.keys() <= LAWS.keys()


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_subject_is_rejected(name: str, prove: Prove) -> None:
    with pytest.raises(LawBroken) as caught:
        prove(BROKEN[name]())
    message = str(caught.value)
    assert message.startswith(f"{name}: ")
    assert "\n  for " in message
    assert max(map(len, message.splitlines())) < 300


@pytest.mark.parametrize("mistake", MORE_BROKEN)
def test_another_broken_subject_is_rejected(mistake: str, prove: Prove) -> None:
    with pytest.raises(LawBroken):
        prove(MORE_BROKEN[mistake]())


def test_what_is_safe_to_load_is_left_alone(prove: Prove) -> None:
    before = set(torch.serialization.get_safe_globals())
    with pytest.raises(LawBroken, match="no longer admitted"):
        prove(laws.weights_only_refuses_code(admit=admit_for_ever))
    assert set(torch.serialization.get_safe_globals()) == before


def test_nothing_is_left_in_the_folder_of_temporary_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prove: Prove
) -> None:
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in ("save_load_is_bitwise", "mmap_loads_same", "checkpoint_resumes_bitwise"):
        prove(LAWS[name].make())
        with pytest.raises(LawBroken):
            prove(BROKEN[name]())
    # The first optimiser of a process imports a compiler, which makes a folder for its cache.
    left = [path for path in tmp_path.iterdir() if not path.name.startswith("torchinductor_")]
    assert left == []
