"""Every law holds of torch, says what it says, and is found where answers look for it."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable

import pytest
import torch

from verify import laws
from verify.laws import LAWS, Test
from verify.laws.registry import law

Prove = Callable[[Test], None]


@pytest.mark.parametrize("name", LAWS)
def test_a_law_holds_of_torch(name: str, prove: Prove) -> None:
    prove(LAWS[name].make())


@pytest.mark.parametrize("name", LAWS)
def test_a_law_leaves_the_generator_and_the_settings_alone(name: str, prove: Prove) -> None:
    state, dtype = torch.get_rng_state(), torch.get_default_dtype()
    prove(LAWS[name].make())
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_default_dtype() is dtype
    assert torch.is_grad_enabled()


@pytest.mark.parametrize("name", LAWS)
def test_a_law_is_documented_and_re_exported(name: str) -> None:
    entry = LAWS[name]
    assert getattr(laws, name) is entry.make
    assert name in laws.__all__
    assert entry.statement.endswith((".", ";")) or ":" in entry.statement
    assert entry.source.startswith("https://docs.pytorch.org/")
    assert entry.tolerance
    assert inspect.getmodule(entry.make).__name__ == f"verify.laws.{entry.family}"  # type: ignore[union-attr]


@pytest.mark.parametrize("name", LAWS)
def test_the_test_of_a_law_bears_its_name_and_takes_nothing(name: str) -> None:
    test = LAWS[name].make()
    assert test.__name__ == name
    assert not inspect.signature(test).parameters


def test_each_seed_property_is_claimed_by_exactly_one_law() -> None:
    claims = Counter(seed for entry in LAWS.values() for seed in entry.seeds)
    assert claims == {f"P{number:02}": 1 for number in range(1, 33)}


def test_everything_exported_is_there() -> None:
    assert len(set(laws.__all__)) == len(laws.__all__)
    assert all(hasattr(laws, name) for name in laws.__all__)


def _nothing() -> None:
    """Runs nothing."""


def test_a_law_without_words_is_refused() -> None:
    def mute() -> Test:
        return _nothing

    with pytest.raises(ValueError, match="docstring"):
        law(family="none", source="", tolerance="")(mute)


def test_a_second_law_of_one_name_is_refused() -> None:
    def sgd_step() -> Test:
        """Something else."""
        return _nothing

    with pytest.raises(ValueError, match="two laws"):
        law(family="none", source="", tolerance="")(sgd_step)


def test_a_subject_without_a_default_is_refused() -> None:
    def needy(*, subject: int) -> Test:
        """Something of a subject."""
        return _nothing

    with pytest.raises(ValueError, match="subject"):
        law(family="none", source="", tolerance="")(needy)
    assert "needy" not in LAWS
