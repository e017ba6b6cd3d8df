"""The app in a browser: who is let in."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The address that a running server prints."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "quizapp.cli.main", "serve", "--port", str(port)],
        stdout=subprocess.PIPE, text=True, cwd=tmp_path,
        env={**os.environ, "TORCHDRILL_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if found := re.search(r"http://\S+", line):
                listening(port)
                yield found[0]
                break
        else:
            raise AssertionError("no address was printed")
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0


def listening(port: int) -> None:
    """Wait until the port is listened on: the address is printed a moment before."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
    raise AssertionError("nobody listens")


async def test_only_who_has_the_token_is_let_in_and_sees_the_app(served: str) -> None:
    base, _, token = served.partition("/?token=")
    assert len(token) > 20
    jar = aiohttp.CookieJar(unsafe=True)  # cookies of an address without a name
    async with aiohttp.ClientSession(cookie_jar=jar) as session:

        async def status(path: str, **headers: str) -> int:
            async with session.get(base + path, headers=headers) as answer:
                return answer.status

        assert await status("/") == 403
        assert await status("/?token=wrong") == 403
        assert await status("/ws") == 403
        assert await status(f"/?token={token}", Host="evil.example") == 403
        assert await status(f"/?token={token}") == 200
        assert await status("/") == 200  # the cookie stands for it now
        assert await status("/", Host="evil.example") == 403
        assert await status("/", Origin="http://evil.example") == 403
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(f"{base}/ws", headers={"Origin": "http://evil.example"})
        assert "Today" in await painted(session, base)


async def painted(session: aiohttp.ClientSession, base: str) -> str:
    """What the app paints over a socket, until home is there."""
    seen = b""
    async with session.ws_connect(f"{base}/ws?width=80&height=24") as socket_:
        async with asyncio.timeout(60):
            while b"Today" not in seen:
                message = await socket_.receive()
                if message.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSING):
                    break
                if isinstance(message.data, bytes):
                    seen += message.data
    return seen.decode("utf-8", "replace")
