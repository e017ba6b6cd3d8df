"""From the text of a pack to questions, answers and checks.  No process, no torch.

The index is imported at once, the parsers only when a file is read: `torchdrill list` answers
from the index alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from verify.bank.index import Entry, Index, load_index

if TYPE_CHECKING:
    from verify.bank.loader import load_document, load_item, load_pack, read_document

__all__ = [
    "Entry",
    "Index",
    "load_document",
    "load_index",
    "load_item",
    "load_pack",
    "read_document",
]


def __getattr__(name: str) -> Any:
    if name in ("load_document", "load_item", "load_pack", "read_document"):
        from verify.bank import loader

        return getattr(loader, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
