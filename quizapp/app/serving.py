"""The app in a browser on this machine, through textual-serve.

Whoever reaches the app runs code as its owner.  So it listens on the loopback interface alone, and
that is not enough: other people on this machine reach it too, and any page that a browser has open
may knock.  A visitor must bring the token of the address that was printed, which is then kept in a
cookie; and a request that names another host, or comes from another page, is refused.
"""

from __future__ import annotations

import hmac
import secrets

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from textual_serve.server import Server

HOST = "127.0.0.1"
COOKIE = "torchdrill"


class LoopbackServer(Server):
    """Serves the app to who has the token.

    Args:
        command: starts the app.
        port: to listen on.
    """

    def __init__(self, command: str, port: int) -> None:
        super().__init__(command, host=HOST, port=port, title="torchdrill")
        self.token = secrets.token_urlsafe(24)
        self._cookie = f"{COOKIE}-{port}"  # cookies do not tell ports apart

    @property
    def address(self) -> str:
        """What to open in a browser."""
        return f"{self.public_url}/?token={self.token}"

    async def _make_app(self) -> web.Application:
        app: web.Application = await super()._make_app()
        app.middlewares.append(self._guarding())
        return app

    async def on_startup(self, app: web.Application) -> None:
        """Say where it is."""
        self.console.print(f"torchdrill is at {self.address}", highlight=False, soft_wrap=True)
        self.console.print("It ends with ctrl+c.", highlight=False)

    def _guarding(self) -> Middleware:
        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            own = {f"{HOST}:{self.port}", f"localhost:{self.port}"}
            origin = request.headers.get("Origin")
            if request.host not in own or (
                origin is not None and origin.removeprefix("http://") not in own
            ):
                raise web.HTTPForbidden(text="This page is served to this machine alone.\n")
            if self._is_token(request.query.get("token", "")):
                answer = web.HTTPSeeOther("/")
                answer.set_cookie(self._cookie, self.token, httponly=True, samesite="Strict")
                raise answer
            if not self._is_token(request.cookies.get(self._cookie, "")):
                raise web.HTTPForbidden(
                    text="Open the whole address that `torchdrill serve` printed.\n"
                )
            return await handler(request)

        return guard

    def _is_token(self, text: str) -> bool:
        return hmac.compare_digest(text.encode(), self.token.encode())
