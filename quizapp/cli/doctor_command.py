"""``torchdrill doctor``: what is here, what is broken, and how to mend it."""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import sys
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import click

from quizapp.cli.exits import Exit
from verify import locations
from verify.errors import TorchdrillError

_PACKAGES = ("torchdrill", "textual", "hypothesis", "markdown-it-py", "msgspec", "fsrs", "numpy")
_SMALLEST = (80, 24)


class Finding(NamedTuple):
    """One line of the report."""

    name: str
    value: str
    mend: str = ""
    """What to do; empty if all is well."""
    lacking: bool = False
    """Something is not there, and nothing is broken."""


@click.command(
    epilog="\b\nExamples:\n  torchdrill doctor\n\nExit codes: 0 all well, 4 something is broken."
)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Say what is installed, where things lie, and how to mend what is broken."""
    broken = False
    for finding in _findings():
        mark = "✗" if finding.mend else "-" if finding.lacking else "✓"
        click.echo(f"{mark} {finding.name:<14} {finding.value}")
        if finding.mend:
            broken = True
            click.echo(f"  {'':<14} mend: {finding.mend}")
    ctx.exit(Exit.SURROUNDINGS if broken else Exit.GOOD)


def _findings() -> Iterator[Finding]:
    yield Finding("python", f"{platform.python_version()} at {sys.executable}")
    yield Finding("system", f"{platform.system()} {platform.release()}, {os.cpu_count()} cores")
    for package in _PACKAGES:
        yield _package(package)
    yield from _torch()
    yield from _walls()
    yield from _bank()
    yield _folder("data", locations.data_folder(), "progress is not saved")
    yield _folder("cache", locations.cache_folder(), "what was proved is not remembered")
    yield _progress()
    yield _config()
    yield _terminal()


def _package(name: str) -> Finding:
    try:
        return Finding(name, metadata.version(name))
    except metadata.PackageNotFoundError:
        return Finding(name, "not installed", f"pip install {name}")


def _torch() -> Iterator[Finding]:
    """Import torch in a worker, as a proof would, and then the laws."""
    from verify.engine import Surroundings

    async def start() -> tuple[Surroundings, float]:
        from verify.engine import Prover

        async with Prover() as prover:
            started = time.perf_counter()
            await prover.load()
            return prover.surroundings, started

    began = time.perf_counter()
    try:
        found, started = asyncio.run(start())
    except TorchdrillError as error:
        yield Finding("torch", f"{error.what}: {error.why}", error.todo)
        return
    more = f"the laws are there after {time.perf_counter() - began:.1f} s"
    yield Finding("torch", f"{found.torch}, a worker starts in {started - began:.1f} s, {more}")
    cuda = found.device_name if found.device == "cuda" else "no CUDA; answers are proved on the CPU"
    yield Finding("device", cuda)


def _walls() -> Iterator[Finding]:
    """What a pack that is not built in is kept from here, each wall tried."""
    from verify.engine.walls import available, missing

    found = available()
    for wall, reason in found.items():
        value = f"cannot be had: {reason}" if reason else wall.stops
        yield Finding(f"wall {wall}", value, lacking=bool(reason))
    if missing(found):
        value = "packs and files that are not built in run with --trust only"
        yield Finding("strangers", value, lacking=True)
    else:
        yield Finding("strangers", "packs and files that are not built in run behind these walls")


def _bank() -> Iterator[Finding]:
    from verify.bank import load_pack

    root = locations.built_in_pack()
    try:
        pack = load_pack(root)
    except TorchdrillError as error:
        yield Finding("bank", str(error), "install torchdrill anew")
        return
    mend = f"{len(pack.defects)} defects: torchdrill lint" if pack.defects else ""
    yield Finding("bank", f"{len(pack.items)} questions at {root}", mend)


def _folder(name: str, path: Path, consequence: str) -> Finding:
    """Whether a folder can be written; it is not made if it is not there."""
    there = path
    while not there.exists():
        there = there.parent
    if there.is_dir() and os.access(there, os.W_OK) and _writes(there):
        return Finding(name, str(path))
    mend = f"{consequence}; make it writable, or set TORCHDRILL_HOME to a folder of yours"
    return Finding(name, f"{path} cannot be written", mend)


def _writes(folder: Path) -> bool:
    probe = folder / f".torchdrill-{os.getpid()}"
    try:
        probe.touch()
        probe.unlink()
    except OSError:
        return False
    return True


def _progress() -> Finding:
    """Whether the progress file opens, without making one or mending anything."""
    import sqlite3

    path = locations.progress_file()
    if not path.exists():
        return Finding("progress", f"none yet; will be {path}")
    try:
        sql = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
        try:
            found = sql.execute("PRAGMA integrity_check").fetchone()[0]
            count = sql.execute("SELECT count(*) FROM reviews").fetchone()[0]
        finally:
            sql.close()
    except sqlite3.Error as error:
        mend = "start torchdrill: it keeps the file under another name and begins a new one"
        return Finding("progress", f"{path} is damaged ({error})", mend)
    if found != "ok":
        return Finding("progress", f"{path}: {found}", "copy it, then start torchdrill")
    return Finding("progress", f"{count} answers in {path}")


def _config() -> Finding:
    from quizapp.app.config import read_config
    from quizapp.app.theme import names_of_looks

    path = locations.config_file()
    try:
        found = read_config(path, names_of_looks())
    except TorchdrillError as error:
        return Finding("configuration", f"{error.where}: {error.what}", error.todo or error.why)
    if not path.exists():
        return Finding("configuration", f"none; would be {path}")
    return Finding("configuration", f"{path}: look {found.look}, {len(found.keys)} keys changed")


def _terminal() -> Finding:
    size = shutil.get_terminal_size()
    colours = "NO_COLOR set" if "NO_COLOR" in os.environ else os.environ.get("TERM", "no TERM")
    value = f"{size.columns}x{size.lines}, {colours}"
    if not sys.stdout.isatty():
        return Finding("terminal", "none here (output goes to a pipe or file)")
    if size.columns < _SMALLEST[0] or size.lines < _SMALLEST[1]:
        return Finding("terminal", value, "the app needs 80x24: enlarge the window")
    return Finding("terminal", value)
