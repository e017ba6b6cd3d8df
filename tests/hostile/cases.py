"""What has to come of each document of the pack, check by check."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from verify.bank.model import Outcome

PACK = Path(__file__).parent / "pack"

_ANY = frozenset(outcome.value for outcome in Outcome)
_REFUSED = frozenset(outcome.value for outcome in Outcome if outcome.bad)


@dataclass(frozen=True)
class Case:
    """One document and what is right for it."""

    name: str
    """The file below ``pack/``, without its ending."""
    wants: tuple[frozenset[str], ...]
    """For each check, in order, the outcomes that are right."""
    said: str
    """What the message of the first check that did not pass has to hold."""
    brisk: bool
    """Whether it hangs, so that it is run under the short deadline."""

    @property
    def path(self) -> Path:
        """The document."""
        return PACK / f"{self.name}.md"

    @property
    def lies(self) -> bool:
        """Whether the document claims, in its last check, what is false."""
        return "passed" not in self.wants[-1]


def _case(name: str, wants: str, said: str = "", *, brisk: bool = False) -> Case:
    return Case(name, tuple(_outcomes(word) for word in wants.split()), said, brisk)


def _outcomes(word: str) -> frozenset[str]:
    """A word of the table: outcomes parted by ``|``; ``any``; ``refused``.

    ``refused`` is for a claim that is false, after code that tampered with what would tell: it
    must have come out badly, or never have been reached.
    """
    if word == "any":
        return _ANY
    first, _, rest = word.partition("|")
    found = _REFUSED | {"unverified"} if first == "refused" else {first}
    assert found <= _ANY, word
    return frozenset(found) | (_outcomes(rest) if rest else frozenset())


def _hangs(name: str, wants: str = "timeout unverified", said: str = "still running") -> Case:
    return _case(name, wants, said, brisk=True)


def _table() -> Iterator[Case]:
    yield from _ends()
    yield from _resources()
    yield from _streams()
    yield from _processes()
    yield from _files()
    yield from _state()
    yield from _lies()
    yield from _forgeries()
    yield from _properties_and_errors()


def _ends() -> Iterator[Case]:
    yield _hangs("endless-loop")
    yield _hangs("ignores-signals")
    yield _hangs("blocks-signals-in-c")
    yield _case("os-exit", "crashed unverified", "left with status 0 before its checks were done")
    yield _case("sys-exit", "raised raised", "SystemExit: 0")
    yield _case("interrupts-itself", "crashed|raised refused", "")
    yield _case("swallows-all", "passed raised", "AssertionError")
    yield _hangs("swallows-forever")
    yield _case("segfault", "crashed unverified", "SIGSEGV")
    yield _case("abort", "crashed unverified", "SIGABRT")
    yield _hangs("stops-itself")
    yield _case("kills-worker", "crashed unverified", "")
    yield _case("kills-session", "crashed unverified", "")
    yield _case("kills-group", "crashed unverified", "")
    yield _case("alarm", "crashed unverified", "SIGALRM")
    yield _case("recursion", "raised raised", "RecursionError")
    yield _case("recursion-limit-gone", "crashed unverified", "SIGSEGV")
    yield _case("recursion-pickle", "crashed unverified", "SIGSEGV")
    yield _case("recursion-repr", "raised raised", "RecursionError")
    yield _case("deep-graph", "passed raised", "AssertionError")
    yield _case("deep-cause", "raised raised", "ValueError: error 9999")
    yield _case("deep-source", "raised raised", "")
    yield _case("deep-source-property", "raised|failed", "")
    yield _case("atexit-hangs", "passed passed raised")
    yield _case("atexit-prints", "passed passed raised")
    yield _case("del-hangs", "passed raised")
    yield _hangs("del-hangs-at-once")


def _resources() -> Iterator[Case]:
    for name in ("torch", "bytearray"):
        yield _case(f"memory-{name}", "out-of-memory refused")
    for name in ("tensors", "list", "shared", "children", "orphan"):
        yield _case(f"memory-{name}", "out-of-memory unverified", "used more than")


def _streams() -> Iterator[Case]:
    for name in ("stdout", "stderr", "print", "child", "orphans"):
        yield _case(f"floods-{name}", "failed unverified", "printed more than 1024 KiB")
    yield _case("closes-stdout", "passed raised raised", "Bad file descriptor")
    yield _case("closes-stdout-quietly", "passed failed raised", "(nothing)")
    yield _case("closes-sys-stdout", "passed raised raised", "closed file")
    yield _case("stdout-none", "passed failed raised", "(nothing)")
    yield _case("stdout-deleted", "passed raised", "AssertionError")
    yield _case("stdout-replaced", "passed failed raised", "(nothing)")
    yield _case("stdout-flush-raises", "passed|raised|failed raised")
    yield _hangs("stdout-flush-hangs", "passed|timeout refused", "")
    yield _case("invalid-utf8", "passed passed raised")
    yield _case("prints-surrogate", "passed passed raised")
    yield _case("prints-escapes", "passed passed raised raised failed crashed", " said")


def _processes() -> Iterator[Case]:
    for name in ("thread-daemon", "thread", "thread-busy"):
        yield _case(name, "passed raised", "AssertionError")
    for name in ("background", "daemon", "escapes", "stopped"):
        yield _case(f"process-{name}", "passed raised", "AssertionError")
    yield _case("process-outlives-exit", "crashed unverified", "left with status 0")
    yield _case("process-outlives-worker", "crashed unverified")
    for name in ("multiprocessing", "fork-storm", "fork-short", "fork-comet"):
        yield _case(name, "passed raised", "AssertionError")
    yield _case("fork-unguarded", "passed raised passed", "AssertionError")
    yield _case("fork-bomb", "failed unverified", "more than 256 processes")


def _files() -> Iterator[Case]:
    for name in ("writes-home", "writes-folder", "files-many", "files-odd", "files-deep"):
        yield _case(name, "passed raised", "AssertionError")
    for name in ("becomes-a-link", "becomes-a-file", "moves"):
        yield _case(f"folder-{name}", "passed raised", "AssertionError")
    for name in ("files-sparse", "files-locked"):
        yield _case(name, "passed raised", "AssertionError")
    yield _case("deletes-folder", "passed passed raised", "AssertionError")
    yield _case("removes-cwd", "passed passed raised", "AssertionError")
    yield _case("torch-in-folder", "passed raised", "AssertionError")


def _state() -> Iterator[Case]:
    plain = (
        "dtype device random threads deterministic grad-mode inference-mode autocast print-options "
        "locale recursion-limit trace signals environment path umask limit-files limit-size hooks "
        "collector operator mock tempfile stdin"
    )
    for name in plain.split():
        yield _case(f"state-{name}", "passed raised", "AssertionError")
    yield _case("state-function-mode", "failed raised", "how torch calls")
    yield _case("state-warnings", "passed passed raised", "AssertionError")
    yield _case("state-kernel", "passed|failed raised|failed")
    yield _case("state-limit-memory", "passed out-of-memory raised", "memory")
    yield _case("state-limit-time", "passed crashed|timeout unverified")
    # What raises wherever it likes, between two lines of ours too, can break the trial alone.
    for name in ("trace-raises", "signals-raise"):
        yield _case(f"state-{name}", "any refused")
    yield _case("main-replaced", "passed passed raised", "AssertionError")
    yield _case("main-cleared", "passed passed raised", "AssertionError")


def _lies() -> Iterator[Case]:
    yield _case("lie-nothing", "failed raised", "tolist() is [0.0], expected [1.0]")
    names = (
        "torch-ones tensor-add torch-allclose assert-close functional function-mode law "
        "law-comparison law-code torch-under-laws runner-run runner-run-code runner-execute "
        "runner-judge runner-test runner-names runner-traced child-encode child-all "
        "given given-core given-profile compile exec open assertion-error base-exception builtins "
        "os-exit os-write json traceback modules-cleared torch-in-folder"
    )
    for name in names.split():
        yield _case(f"lie-{name}", "any refused")
    yield _case("lie-child-skips", "any refused|skipped")
    yield _case("lie-clock", "passed|failed refused")
    yield _case("lie-given-settings", "refused")
    yield _case("lie-print", "any any refused")
    yield _case("lie-warnings", "any refused refused")


def _forgeries() -> Iterator[Case]:
    yield _case("forge-prints", "passed raised", "AssertionError")
    # To write to descriptors that are not its own is no error Python sees.  To call it one is
    # right as well, but to let the document run into its deadline is not.
    for name in ("forge-descriptors", "forge-half-lines", "forge-binary"):
        yield _case(name, "passed|failed refused")
    yield _case("forge-flood", "any refused")
    yield _case("reads-without-waiting", "passed raised", "AssertionError")
    yield _hangs("reads-descriptors", "timeout|passed|failed refused", "")
    for name in ("closes-descriptors", "replaces-descriptors", "shuts-sockets"):
        yield _case(name, "crashed|failed|passed refused")


def _properties_and_errors() -> Iterator[Case]:
    yield _hangs("property-hangs")
    yield _case("property-flaky", "failed raised", "laky")
    yield _case("property-exits", "crashed unverified", "left with status 0")
    yield _case("property-sys-exit", "failed raised", "SystemExit")
    yield _case("property-assumes-nothing", "failed raised")
    yield _case("property-skips", "failed|skipped raised")
    yield _case("property-generator", "failed raised")
    yield _case("property-coroutine", "failed raised")
    yield _case("property-notes", "failed raised", "ValueError: noted")
    for name, said in (
        ("huge", "ValueError: xxxx"),
        ("str-raises", "Untold"),
        ("str-is-no-text", "Untold"),
        ("str-is-odd", "Untold"),
        ("half-a-character", "ValueError"),
        ("base", "Stop: now"),
        ("group", "many"),
        ("not-an-error", "TypeError"),
        ("instance-lies", "Any"),
        ("name-raises", ""),
        ("name-is-no-text", ""),
        ("traceback-raises", "Other"),
    ):
        yield _case(f"error-{name}", "raised raised", said)
    yield _case("error-class-lies", "raised|out-of-memory raised")
    yield _case("error-mro-lies", "failed raised", "expected KeyError")
    yield _case("error-expected-str-raises", "passed raised", "AssertionError")
    yield _case("error-str-hangs", "raised|timeout refused", brisk=True)
    yield _case("error-str-exits", "raised|crashed refused")
    yield _case("error-del-hangs", "raised|timeout refused", brisk=True)
    yield _case("error-del-exits", "raised|crashed refused")


CASES = tuple(_table())

_REUSED = """
    endless-loop os-exit swallows-all segfault memory-tensors floods-stdout thread-daemon
    process-escapes writes-folder state-device state-random lie-torch-ones lie-law
    forge-descriptors forge-half-lines floods-stderr del-hangs error-del-hangs fork-bomb
    process-outlives-worker
"""

REUSED = frozenset(_REUSED.split())
"""What workers that are reused are always tried with: each loses one, and a new one takes seconds.

With ``TORCHDRILL_HOSTILE=all`` they are tried with every document.
"""
