"""Copying: which tool is asked, what it is given, and what is said of it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from textual.app import App

from quizapp.app import clipboard
from quizapp.app.clipboard import BROWSER, TERMINAL, copy, copy_and_say, tools

EVERYWHERE = ["wl-copy", "xclip", "xsel", "pbcopy", "clip.exe"]


def names(environment: Mapping[str, str], platform: str = "linux", there: str = "") -> list[str]:
    known = there.split() or EVERYWHERE
    found = tools(
        environment, platform=platform, there=lambda name: (name in known and name) or None
    )
    return [tool.name for tool in found]


@pytest.mark.parametrize(
    ("environment", "platform", "expected"),
    [
        ({}, "linux", []),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", ["wl-copy"]),
        ({"DISPLAY": ":0"}, "linux", ["xclip", "xsel"]),
        ({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, "linux", ["wl-copy", "xclip", "xsel"]),
        ({"WSL_DISTRO_NAME": "Debian", "DISPLAY": ":0"}, "linux", ["clip.exe", "xclip", "xsel"]),
        ({"DISPLAY": ""}, "linux", []),
        ({}, "darwin", ["pbcopy"]),
        ({}, "win32", ["clip.exe"]),
    ],
)
def test_the_surroundings_choose_the_tool(
    environment: dict[str, str], platform: str, expected: list[str]
) -> None:
    assert names(environment, platform) == expected


def test_a_tool_that_is_not_there_is_not_asked() -> None:
    assert names({"WAYLAND_DISPLAY": "w", "DISPLAY": ":0"}, there="xsel") == ["xsel"]


class Pasteboard(App[None]):
    """An app that notes what it is told to copy and to say."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[str] = []
        self.said: list[str] = []

    def copy_to_clipboard(self, text: str) -> None:
        self.sent.append(text)

    def notify(self, message: str, **_: object) -> None:
        self.said.append(message)


class Shelf:
    """A folder of tools, the only one they are looked for in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.taken = folder / "taken"

    def put(self, name: str, script: str) -> None:
        file = self.folder / name
        file.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n")
        file.chmod(0o755)

    def taking(self, name: str) -> None:
        self.put(name, f"cat > {self.taken}")


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    for name in ("WSL_DISTRO_NAME", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("PATH", str(tmp_path))
    return Shelf(tmp_path)


async def test_the_tool_gets_the_text_as_it_is(shelf: Shelf) -> None:
    shelf.taking("xclip")
    app = Pasteboard()
    assert await copy(app, "x = 'é→'\n") == "Copied with xclip."
    assert shelf.taken.read_text("utf-8") == "x = 'é→'\n"
    assert app.sent == []


async def test_windows_gets_what_it_understands(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WSL_DISTRO_NAME", "Debian")
    shelf.taking("clip.exe")
    assert await copy(Pasteboard(), "é") == "Copied with clip.exe."
    assert shelf.taken.read_bytes() == "é".encode("utf-16-le")


async def test_where_one_tool_fails_the_next_is_asked(shelf: Shelf) -> None:
    shelf.put("xclip", "exit 1")
    shelf.taking("xsel")
    assert await copy(Pasteboard(), "text") == "Copied with xsel."
    assert shelf.taken.read_text() == "text"


async def test_without_a_tool_the_terminal_is_asked_and_that_is_said(shelf: Shelf) -> None:
    app = Pasteboard()
    assert await copy(app, "text") == TERMINAL
    assert app.sent == ["text"]


async def test_in_a_browser_the_tools_of_the_server_are_not_asked(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.taking("xclip")
    monkeypatch.setattr(App, "is_web", True)
    app = Pasteboard()
    assert await copy(app, "text") == BROWSER
    assert app.sent == ["text"] and not shelf.taken.exists()


async def test_a_tool_that_hangs_is_given_up_and_ended(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clipboard, "PATIENCE", 0.2)
    shelf.put("xclip", f"echo $$ > {shelf.taken}\nexec sleep 60")
    assert await copy(Pasteboard(), "text") == TERMINAL
    pid = int(shelf.taken.read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_tool_that_stays_behind_holds_up_nobody(shelf: Shelf) -> None:
    shelf.put("xclip", f"cat > {shelf.taken}\nsleep 3 &")
    assert await copy(Pasteboard(), "text") == "Copied with xclip.", "it was not waited for"


async def test_what_was_copied_and_how_is_said(shelf: Shelf) -> None:
    shelf.taking("xclip")
    app = Pasteboard()
    async with app.run_test():
        copy_and_say(app, "text", "the code")
        await app.workers.wait_for_complete()
        copy_and_say(app, "text")
        await app.workers.wait_for_complete()
    assert app.said == ["the code: copied with xclip.", "Copied with xclip."]
