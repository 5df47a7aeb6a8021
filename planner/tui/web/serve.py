"""`bursar --web`: each browser tab gets a process of its own; only this machine, and only who has the address printed.

textual-serve (the extra `web`) carries terminal and page over a websocket. Any page open in the same browser could
reach that websocket, so every request needs a cookie, which only the printed address sets, and a `Host` of this machine.
textual-serve's own page fetches a font from elsewhere; the one here fetches nothing that is not served with it.
"""

import logging
import secrets
import socket
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from shlex import join
from typing import TYPE_CHECKING, Any

from planner.tui.run import CannotStart

if TYPE_CHECKING:
    from aiohttp import web

HOST = "127.0.0.1"
MISSING = "--web needs textual-serve, which is not installed: pip install 'bursar[web]'"
_COOKIE = "bursar"
_PATIENCE_S = 0.5
"""How long ctrl+c waits for tabs that are open; they are ended then."""
_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_Handler = Callable[["web.Request"], Awaitable["web.StreamResponse"]]


def serve(arguments: Sequence[str], port: int) -> int:
    """Serves until ctrl+c; `arguments` start the UI in each tab. Raises `CannotStart`."""
    try:
        server = _server(arguments, port)
    except ImportError:
        raise CannotStart(MISSING) from None
    _check_free(port)
    server.serve()
    return 0


def _check_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise CannotStart(
                f"port {port} cannot be had: {error.strerror}; choose another with --port"
            ) from error


def _server(arguments: Sequence[str], port: int) -> Any:  # noqa: ANN401 - textual-serve has no types to speak of
    from aiohttp import web
    from textual_serve.server import Server

    token = secrets.token_urlsafe(24)
    address = f"http://{HOST}:{port}"

    def _say_address(*_: object) -> None:
        sys.stderr.write(f"Bursar in your browser: {address}/?token={token}\nctrl+c ends it\n")
        sys.stderr.flush()

    class LocalServer(Server):
        """textual-serve without its banner and its request log, behind the cookie."""

        def serve(self, debug: bool = False) -> None:
            logging.basicConfig(level=logging.WARNING, format="%(message)s")
            web.run_app(
                self._make_app(),
                host=self.host,
                port=self.port,
                print=_say_address,
                shutdown_timeout=_PATIENCE_S,
            )

        async def on_startup(self, app: web.Application) -> None:
            """Says nothing: what has to be said is said once the port answers."""

        async def _make_app(self) -> web.Application:
            app: web.Application = await super()._make_app()
            app.middlewares.append(_only_from(address, token))
            return app

    command = join([sys.executable, "-m", "planner", *arguments])
    return LocalServer(
        command,
        host=HOST,
        port=port,
        title="Bursar",
        public_url=address,
        templates_path=Path(__file__).parent.resolve(),
    )


def _only_from(address: str, token: str) -> Any:  # noqa: ANN401 - aiohttp's decorated middleware
    """Lets through what carries the cookie, and gives it to who comes with the token."""
    from aiohttp import web

    @web.middleware
    async def only_here(request: web.Request, handler: _Handler) -> web.StreamResponse:
        if f"http://{request.host}" != address or request.headers.get("Origin", address) != address:
            raise web.HTTPForbidden(text="Open the address that bursar printed.")
        if request.path == "/" and _same(request.query.get("token"), token):
            answer: web.StreamResponse = web.Response(status=303, headers={"Location": "/"})
            answer.set_cookie(_COOKIE, token, httponly=True, samesite="Strict", path="/")
        elif _same(request.cookies.get(_COOKIE), token):
            answer = await handler(request)
        else:
            raise web.HTTPForbidden(text="Open the address that bursar printed: this one lacks its token.")
        if not answer.prepared:
            answer.headers.update(_headers())
        return answer

    return only_here


def _same(given: str | None, token: str) -> bool:
    return given is not None and secrets.compare_digest(given.encode(), token.encode())


def _headers() -> dict[str, str]:
    return {
        "Content-Security-Policy": _POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
