"""A disk that gets full while one answers: nothing is acknowledged that is not kept."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from quizapp.study import scheduling
from quizapp.study.marks import Rating
from quizapp.study.records import Draft
from quizapp.study.restoring import read_backup, restore
from quizapp.study.session import Session, begin
from quizapp.study.store import Store
from quizapp.study.withdrawal import reset, undo_last
from verify.errors import StoreError

from .files import names
from .forks import Say, together
from .make import NOW, RIGHT
from .released import version_1


def answer_until_full(session: Session) -> tuple[list[str], StoreError]:
    """Answer until one cannot be saved; what was acknowledged, and the error."""
    acknowledged: list[str] = []
    while True:
        response = f"{len(acknowledged)} {'x' * 3000}"
        try:
            session.answer(response, RIGHT, now=NOW)
        except StoreError as error:
            return acknowledged, error
        acknowledged.append(response)


def expect_all_kept(file: Path, make_room: Callable[[], None], why: str) -> None:
    """Fill the disk with answers; what cannot be kept is refused, and kept once there is room."""
    store = Store.open(file, now=NOW)
    session = begin(store, [f"a/{number}" for number in range(99)], now=NOW)
    acknowledged, error = answer_until_full(session)
    check(len(acknowledged) > 5, f"{len(acknowledged)} answers fitted")
    check(error.what == "progress cannot be saved", error.what)
    check(why in error.why, error.why)
    current, at = session.current, session.position
    check(at == len(acknowledged), "the session stands where it stood")
    kept = [review.response for review in store.reviews()]
    check(kept == acknowledged, "what was acknowledged can be read while the disk is full")
    for attempt in (
        lambda: store.set_setting("x", "y" * 9000),
        lambda: store.save_draft(Draft("a/x", "y" * 9000), now=NOW),
        lambda: begin(store, ["a/x"] + [f"b/{n}" for n in range(900)], now=NOW),
        lambda: store.amend(store.reviews()[0], now=NOW, rating=Rating.EASY),
        lambda: undo_last(store, NOW) and reset(store, None, NOW),
    ):  # whatever else is tried is refused or done, and nothing in between
        try:
            attempt()
        except StoreError as refused:
            check(refused.what == "progress cannot be saved", refused.what)
        check((session.current, session.position) == (current, at), "the session was moved")
    with Store.open(file, now=NOW) as other:  # as another window finds it
        before = len(other.reviews())
    make_room()
    session.answer("at last", RIGHT, now=NOW)
    store.close()
    with Store.open(file, now=NOW) as again:
        check(again.notice == "" and again.saving, again.notice)
        check(len(again.reviews()) == before + 1, "all that was there, and the one answer")
        check(again.reviews()[-1].response == "at last", "the one that was refused before")


def check(sound: bool, says: str) -> None:
    if not sound:
        raise AssertionError(says)


# A limit on the size of files, which anybody may set


def within_a_limit(file: Path, say: Say) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, hard))

    def make_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))

    expect_all_kept(file, make_room, "the disk reports an error")
    say("kept")


def test_a_file_that_may_not_grow_loses_no_answer(file: Path) -> None:
    scheduling.warm()
    assert together([partial(within_a_limit, file)]) == [["kept"]]
    assert names(file) == [file.name]


# A small disk of its own, which takes a kernel that lets one be mounted

_NEWNS, _NEWUSER, _PRIVATE = 0x00020000, 0x10000000, 0x00040000 | 0x4000


def mount_small(folder: Path) -> None:
    """Put a disk of two megabytes over a folder, which no other process sees.

    Raises:
        OSError: this may not be done here.
    """
    libc = ctypes.CDLL(None, use_errno=True)

    def call(name: str, *given: object) -> None:
        if getattr(libc, name)(*given):
            raise OSError(ctypes.get_errno(), f"{name} is refused")

    if os.geteuid():
        user, group = os.geteuid(), os.getegid()
        call("unshare", _NEWNS | _NEWUSER)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    else:
        call("unshare", _NEWNS)
    call("mount", b"none", b"/", None, _PRIVATE, None)
    call("mount", b"none", bytes(folder), b"tmpfs", 0, b"size=2m")


def on_a_small_disk(file: Path, say: Say) -> None:
    file.parent.mkdir()
    try:
        mount_small(file.parent)
    except OSError as error:
        say(str(error))
        return
    filler = file.with_name("filler")

    def make_room() -> None:
        filler.unlink()

    filler.write_bytes(b"x" * 1_500_000)
    expect_all_kept(file, make_room, "the disk is full")
    say("kept")


def test_a_disk_that_is_full_loses_no_answer(file: Path) -> None:
    scheduling.warm()
    (said,) = together([partial(on_a_small_disk, file)])
    if said != ["kept"]:
        pytest.skip(f"no small disk can be had here: {said}")


def upgrade_on_a_small_disk(file: Path, say: Say) -> None:
    file.parent.mkdir()
    try:
        mount_small(file.parent)
    except OSError as error:
        say(str(error))
        return
    version_1(file, answers=1500)
    size, free = file.stat().st_size, os.statvfs(file.parent)
    filler = file.with_name("filler")
    # Room enough to begin, and too little for the copy.
    filler.write_bytes(b"x" * (free.f_bavail * free.f_bsize - 270_000))
    check(size > 300_000, f"{size} bytes")
    content = file.read_bytes()
    with Store.open(file, now=NOW) as store:
        check(not store.saving, "it cannot have been upgraded")
        check("the disk is full" in store.notice, store.notice)
        check(len(store.reviews()) == 1400, "what is there is shown")
    check(file.read_bytes() == content, "the file is as it was")
    left = [name for name in names(file) if not name.startswith(file.name)]
    check(left == ["filler"], f"half of a copy: {left}")
    filler.unlink()
    with Store.open(file, now=NOW) as store:
        check(store.saving and "upgraded" in store.notice, store.notice)
        check(len(store.reviews()) == 1400, "all of it")
    say("kept")


def test_an_upgrade_for_which_there_is_no_room_waits_for_some(file: Path) -> None:
    scheduling.warm()
    (said,) = together([partial(upgrade_on_a_small_disk, file)])
    if said != ["kept"]:
        pytest.skip(f"no small disk can be had here: {said}")


def restore_on_a_small_disk(backup: Path, file: Path, say: Say) -> None:
    file.parent.mkdir()
    try:
        mount_small(file.parent)
    except OSError as error:
        say(str(error))
        return
    with Store.open(file, now=NOW) as store:
        store.log("a/x", RIGHT, now=NOW, rating=Rating.GOOD)
        before = store.reviews()
    free = os.statvfs(file.parent)
    filler = file.with_name("filler")
    filler.write_bytes(b"x" * (free.f_bavail * free.f_bsize - 400_000))
    with read_backup(backup) as found:
        try:
            restore(found, file, now=NOW)
            raise AssertionError("there was room")
        except StoreError as error:
            check("the disk is full" in error.why, error.why)
        check(names(file) == ["filler", file.name], str(names(file)))
        with Store.open(file, now=NOW) as store:
            check((store.notice, store.reviews()) == ("", before), "as it was")
        filler.unlink()
        check(restore(found, file, now=NOW).after == 1400, "all of it")
    say("kept")


def test_a_restore_for_which_there_is_no_room_changes_nothing(file: Path, tmp_path: Path) -> None:
    version_1(tmp_path / "old.sqlite3", answers=1500)
    (said,) = together([partial(restore_on_a_small_disk, tmp_path / "old.sqlite3", file)])
    if said != ["kept"]:
        pytest.skip(f"no small disk can be had here: {said}")
