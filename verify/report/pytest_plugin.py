"""``pytest answers/ --torchdrill``: the Markdown of a pack, or any Markdown, one item a check.

pytest loads this module in every run of every project it is installed beside, so it holds the
options and nothing else; what collects and proves is imported once ``--torchdrill`` is given.
"""

from __future__ import annotations

import pytest

_FLAG = "torchdrill"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--torchdrill`` and how to prove; each of the latter has an ini setting too."""
    group = parser.getgroup("torchdrill", "torchdrill: prove the Python in Markdown")
    group.addoption(
        "--torchdrill",
        action="store_true",
        default=False,
        help="collect Markdown: each claim of an answer or document is a test",
    )
    group.addoption(
        "--torchdrill-trust",
        action="store_true",
        default=False,
        help="run what is not the built-in bank without walls: with the network, and your files",
    )
    for name, metavar, what in (
        ("device", "DEVICE", "where it runs: auto (CUDA if there is any), cpu or cuda"),
        ("examples", "N", "examples drawn for each property (100)"),
        ("timeout", "SECONDS", "seconds that one answer or document may take (60)"),
    ):
        group.addoption(f"--torchdrill-{name}", metavar=metavar, default=None, help=what)
        parser.addini(f"torchdrill_{name}", f"{what}; --torchdrill-{name} goes before")


def pytest_configure(config: pytest.Config) -> None:
    """Let the rest of the plugin in, if it was asked for."""
    if not config.getoption(_FLAG):
        return
    from verify.report.pytest_items import Collecting

    config.pluginmanager.register(Collecting(config), "torchdrill-collecting")
