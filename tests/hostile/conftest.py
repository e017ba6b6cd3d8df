"""Which documents are tried with which launcher."""

from __future__ import annotations

import os

import pytest

from tests.hostile.cases import REUSED, Case
from verify.engine.launching import Launcher


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what reused workers are tried with on demand only."""
    if os.environ.get("TORCHDRILL_HOSTILE") == "all":
        return
    left = [item for item in items if _on_demand(item)]
    if left:
        items[:] = [item for item in items if item not in left]
        config.hook.pytest_deselected(items=left)


def _on_demand(item: pytest.Item) -> bool:
    params = (
        item.callspec.params
        if isinstance(item, pytest.Function) and hasattr(item, "callspec")
        else {}
    )
    case = params.get("case")
    reused = params.get("around") is Launcher.SPAWN
    return reused and isinstance(case, Case) and case.name not in REUSED
