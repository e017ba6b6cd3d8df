"""What can be told of an answer or a document before any of it is run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from verify import locations
from verify.bank.model import Document, Fence, Mode
from verify.engine.launching import Preload
from verify.engine.plan import Subject
from verify.engine.trial import preload
from verify.engine.verdicts import aside


def path_of(subject: Subject) -> Path:
    """The Markdown file that is run."""
    return subject.path if isinstance(subject, Document) else subject.answer.path


def built_in(subject: Subject) -> bool:
    """Whether a subject comes with this program."""
    path = path_of(subject)
    root = locations.built_in_pack()
    return any(path.resolve().is_relative_to(root / room) for room in ("questions", "answers"))


def run_fences(subject: Subject) -> Iterator[Fence]:
    """The fences that are run."""
    fences = subject.fences if isinstance(subject, Document) else subject.answer.fences
    return (f for f in fences if f.language == "python" and f.not_run is None)


def codes(subject: Subject) -> Iterator[str]:
    """The code of the fences that are run."""
    return (fence.code for fence in run_fences(subject))


def preload_of(subject: Subject) -> Preload:
    """What a process that runs it had better have imported."""
    tests = any(fence.mode is Mode.PROPERTY for fence in run_fences(subject))
    return preload(codes(subject), tests=tests)


def weight_of(subject: Subject) -> int:
    """A guess at how long a subject takes: properties are what costs, and judging above all."""
    laws = sum(f.code.count("test_") for f in run_fences(subject) if f.mode is Mode.PROPERTY)
    judged = sum(f.mode in (Mode.SOLUTION, Mode.WRONG) for f in run_fences(subject))
    return laws + 2 * judged


def aside_of(subject: Subject, device: str) -> str:
    """What to say of an answer that is not proved on a device; empty if it is."""
    if isinstance(subject, Document):
        return ""
    return aside(device, subject.answer.head.devices, subject.answer.head.devices_why)
