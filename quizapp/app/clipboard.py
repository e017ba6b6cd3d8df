"""Copying: by the system's own tool where there is one, else through the terminal.

A terminal takes text for the clipboard by an escape sequence (OSC 52), and some drop it without a
word.  So the tool of the system comes first, and what is said afterwards names the way it went.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.app import App

PATIENCE = 1.5
"""Seconds that a tool may take; a display that is gone would else hold it for ever."""

TERMINAL = "Copied through the terminal (OSC 52); some terminals ignore it."
BROWSER = "Copied through the browser, if it allows that."


@dataclass(frozen=True)
class Tool:
    """A program that takes the clipboard's new text on its standard input."""

    command: tuple[str, ...]
    encoding: str = "utf-8"

    @property
    def name(self) -> str:
        """As people call it."""
        return self.command[0]


_WINDOWS = Tool(("clip.exe",), "utf-16-le")
_MAC = Tool(("pbcopy",))
_WAYLAND = Tool(("wl-copy",))
_X11 = (Tool(("xclip", "-selection", "clipboard")), Tool(("xsel", "--clipboard", "--input")))


def tools(
    environment: Mapping[str, str],
    *,
    platform: str = sys.platform,
    there: Callable[[str], str | None] = shutil.which,
) -> Iterator[Tool]:
    """The tools that may work here, the likeliest first.

    Args:
        environment: which says what display there is.
        platform: as ``sys.platform`` calls it.
        there: says where a program is, or None.
    """
    found: list[Tool] = []
    if platform == "darwin":
        found.append(_MAC)
    if platform == "win32" or "WSL_DISTRO_NAME" in environment:
        found.append(_WINDOWS)
    if environment.get("WAYLAND_DISPLAY"):
        found.append(_WAYLAND)
    if environment.get("DISPLAY"):
        found += _X11
    return (tool for tool in found if there(tool.name))


async def copy(app: App[None], text: str) -> str:
    """Put text on the clipboard; returns what to say of it."""
    if app.is_web:  # the tools here would fill a clipboard that the reader may be far from
        app.copy_to_clipboard(text)
        return BROWSER
    for tool in tools(os.environ):
        if await _given_to(tool, text):
            return f"Copied with {tool.name}."
    app.copy_to_clipboard(text)
    return TERMINAL


def copy_and_say(app: App[None], text: str, what: str = "") -> None:
    """Copy in the background, and say over the screen how it went.

    Args:
        app: that copies.
        text: what to copy.
        what: what it is, in a word or two.
    """

    async def work() -> None:
        said = await copy(app, text)
        words = f"{what}: {said[0].lower()}{said[1:]}" if what else said
        app.notify(words, timeout=3, markup=False)

    app.run_worker(work(), group="copy")


async def _given_to(tool: Tool, text: str) -> bool:
    """Have a tool take the text; False if it cannot, or takes too long."""
    try:
        # It stays behind to hand the text out, so it holds none of our streams, and outlives us.
        process = await asyncio.create_subprocess_exec(
            *tool.command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return False
    try:
        async with asyncio.timeout(PATIENCE):
            await process.communicate(text.encode(tool.encoding, "replace"))
            return process.returncode == 0
    except (TimeoutError, OSError):
        return False
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
