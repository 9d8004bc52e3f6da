"""What a request passes before Gradio: host names, other sites' pages, unused routes, the length of a body; compression."""

from __future__ import annotations

import re
import traceback
from collections.abc import Sequence
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demo.server.preview import LinkPreview

API = "/gradio_api/"
MAX_UPLOAD = 10 * 2**20  # bytes of one picture
MAX_BODY = 2**20  # of any other request; the page's own stay below 100 kB
_FORM = 2**16  # what a form adds to a file

LOCAL_NAMES = ("127.0.0.1", "localhost", "::1")
# The part of Gradio's interface that the page and its clients use; the rest is refused, so that nothing new opens unnoticed.
USED = (
    *("api", "app_id", "call", "cancel", "component_server", "file", "heartbeat", "info", "login_check", "mcp", "openapi.json"),
    *("queue", "reset", "run", "startup-events", "theme.css", "upload", "upload_progress", "user"),
)


def middleware(names: Sequence[str]) -> list[Middleware]:
    """The first one first. names: those under which the app answers, such as "localhost" or "*.example.org"; "*" is any."""
    return [
        Middleware(TrustedHostMiddleware, allowed_hosts=names, www_redirect=False),
        Middleware(RefuseMiddleware, names=names),
        Middleware(GZipMiddleware, compresslevel=5),
        Middleware(LinkPreview),
    ]


class RefuseMiddleware:
    """Refuses requests by pages of other sites, for unused routes and for files by address, and bodies that are too long.

    A request that Gradio fails on gets a sentence.
    """

    def __init__(self, app: ASGIApp, names: Sequence[str]) -> None:
        self.app, self.names = app, names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif self._is_foreign(Headers(scope=scope)):
            await PlainTextResponse("This app does not answer to pages of other sites.", 403)(scope, receive, send)
        elif not _is_used(scope["path"]):
            await PlainTextResponse("This app has no such page.", 404)(scope, receive, send)
        else:
            await self._answer(scope, _bounded(receive, _longest(scope["path"])), send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Gradio raises where a request names what is not there."""
        started = False

        async def noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, noted)
        except ClientDisconnect:
            return  # nobody is there to be told
        except Exception:
            if started:
                raise
            traceback.print_exc()  # for the server's log alone
            sentence = "This request can't be answered: something it names is not there, or is of the wrong kind."
            await PlainTextResponse(sentence, 400)(scope, receive, send)

    def _is_foreign(self, headers: Headers) -> bool:
        """Sent by a page of another site. Behind a proxy the page's own origin may be another, which a browser vouches for."""
        origin = headers.get("origin")
        return origin is not None and not self._is_named(origin) and headers.get("sec-fetch-site") != "same-origin"

    def _is_named(self, address: str) -> bool:
        try:
            host = urlsplit(address).hostname or ""
        except ValueError:
            host = ""
        return any(name == "*" or fnmatchcase(host, name) for name in self.names)


def _is_used(path: str) -> bool:
    """Files are sent from the app's own folder, but never fetched from elsewhere."""
    route = path.removeprefix(API)
    return route == path or (re.split("[/=]", route)[0] in USED and "://" not in route)


def _longest(path: str) -> int:
    return MAX_UPLOAD + _FORM if path == f"{API}upload" else MAX_BODY


def _bounded(receive: Receive, longest: int) -> Receive:
    """The request's body, given up where it is longer than it may be, whatever its header says.

    Gradio sets a bound to each file only, of which a thousand may come in one form, and none to JSON.
    """
    length = 0

    async def bounded() -> Message:
        nonlocal length
        message = await receive()
        length += len(message.get("body", b""))
        if length > longest:
            raise HTTPException(413, f"This request is too large: at most {longest // 2**20} MB are read.")
        return message

    return bounded
