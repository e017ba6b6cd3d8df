"""What an answer claims: all that decides its verdict, without the prose around it."""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from verify.bank.model import AnswerHead, Check, Document, Fence, Item, Mode, QuestionHead

_PROSE = {
    QuestionHead: ("title", "level", "minutes", "tags", "seeds", "aliases"),
    AnswerHead: (
        "key_points",
        "correct",
        "why",
        "hints",
        "follow_ups",
        "references",
        "devices_why",
    ),
    Fence: ("line",),
}
"""Fields that no verdict depends on.  One that is added later counts until it is named here."""


class Claim(msgspec.Struct, frozen=True):
    """An answer or a document, as the ledger knows it."""

    pack: str
    """The real path of its pack; empty for a document that is no part of one."""
    key: str
    """The id; for a document a digest of its real path."""
    name: str
    """What reports call it: the id, or the path as it was given."""
    path: str
    """Of the file with the fences: below the pack, or as it was given."""
    digest: str
    """Of all that is run and compared: prose may change, a fact stays a fact."""
    needs: tuple[str, ...]
    """Devices and packages without which something in it is skipped."""
    laws: bool
    """Whether its code uses ``verify.laws``."""
    checks: tuple[Check, ...]
    devices: tuple[str, ...] = ()
    """Devices it can be proved on; empty for any."""
    devices_why: str = ""
    """Why not on the others."""


def claim_of(subject: Item | Document) -> Claim:
    """Make the claim of an answer or a document."""
    from verify.bank.checks import checks_of_document, checks_of_item  # they bring the parsers

    head: list[Any]
    needs: tuple[str, ...]
    if isinstance(subject, Document):
        checks = checks_of_document(subject.fences, subject.defects)
        fences, head, needs = subject.fences, ["document"], ()
        pack, path = "", str(subject.path)
        key, name = _short(os.path.realpath(subject.path)), path
    else:
        checks, fences = checks_of_item(subject), subject.answer.fences
        question, needs = subject.question, subject.question.head.needs
        asked = question.program.code if question.program is not None else ""
        head = [asked, _kept(question.head), _kept(subject.answer.head)]
        folder = pack_of(subject)
        pack, key, name = real(folder), subject.id, subject.id
        path = subject.answer.path.relative_to(folder).as_posix()
    run = [_kept(fence) for fence in fences if fence.mode is not Mode.TEXT]
    claimed = [(check.kind, check.name, check.beyond, check.reason) for check in checks]
    needed = sorted({*needs, *(need for fence in fences for need in fence.needs)})
    return Claim(
        pack=pack,
        key=key,
        name=name,
        path=path,
        digest=_short(msgspec.json.encode([head, run, claimed])),
        needs=tuple(needed),
        laws=any("verify" in fence.code for fence in fences if fence.language == "python"),
        checks=checks,
        devices=() if isinstance(subject, Document) else subject.answer.head.devices,
        devices_why="" if isinstance(subject, Document) else subject.answer.head.devices_why,
    )


def pack_of(item: Item) -> Path:
    """The folder of the pack that a question belongs to."""
    return item.answer.path.parents[item.id.count("/") + 1]


@lru_cache(64)
def real(folder: Path) -> str:
    """A pack's folder as the ledger names it, whichever way it was reached."""
    return os.path.realpath(folder)


def _kept(struct: msgspec.Struct) -> dict[str, Any]:
    """The fields of a struct that are not as they are by default, without those of prose."""
    prose = _PROSE[type(struct)]
    kept = {}
    for field in msgspec.structs.fields(struct):
        value = getattr(struct, field.name)
        if field.name not in prose and value != field.default:
            kept[field.name] = value
    return kept


def _short(content: bytes | str) -> str:
    raw = content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape")
    return hashlib.sha256(raw).hexdigest()[:16]
