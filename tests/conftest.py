"""The built-in bank, loaded once and proved once for all tests."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.running import torchdrill
from verify import locations
from verify.bank import load_pack
from verify.bank.model import Pack

pytest_plugins = ["pytester"]  # for the tests of our own plugin; pytest wants it at the top


@pytest.fixture(scope="session")
def bank() -> Pack:
    """The built-in bank."""
    return load_pack(locations.built_in_pack())


@pytest.fixture(scope="session")
def proved(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What ``torchdrill verify --json -`` says of the whole built-in bank."""
    done = torchdrill(
        "verify", "--json", "-", home=tmp_path_factory.mktemp("home"), timeout=1200
    )  # fmt: skip
    assert done.stdout, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report
