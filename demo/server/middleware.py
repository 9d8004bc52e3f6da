"""What no request gets past: other sites' pages, routes the app has no use for, files by address, bodies without end."""

from __future__ import annotations

import re
import traceback
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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


class Gate:
    """ASGI middleware; `local`: the app serves this machine only, so that other names and other sites' pages are refused."""

    def __init__(self, app: ASGIApp, local: bool) -> None:
        self.app, self.local = app, local

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif refusal := self._refusal(scope["path"], Headers(scope=scope)):
            await refusal(scope, receive, send)
        else:
            await self._answer(scope, _bounded(receive, _most(scope["path"])), send)

    def _refusal(self, path: str, headers: Headers) -> PlainTextResponse | None:
        if self.local and not _is_local(f"//{headers.get('host', '')}"):
            return PlainTextResponse("This app answers under the names localhost and 127.0.0.1 only.", 403)
        if self.local and _is_foreign(headers):
            return PlainTextResponse("This app does not answer to pages of other sites.", 403)
        if path.startswith(API) and not _is_used(path.removeprefix(API)):
            return PlainTextResponse("This app has no such page.", 404)
        return None

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Gradio's answer; a sentence where it fails, as it does where a request names what is not there."""
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


def _is_local(address: str) -> bool:
    try:
        return urlsplit(address).hostname in LOCAL_NAMES
    except ValueError:
        return False


def _is_foreign(headers: Headers) -> bool:
    """Sent by a page of another site. Behind a proxy the page's own origin is another too, which a browser vouches for."""
    origin = headers.get("origin")
    return origin is not None and not _is_local(origin) and headers.get("sec-fetch-site") != "same-origin"


def _is_used(route: str) -> bool:
    """Files are sent from the app's own folder, but never fetched from elsewhere."""
    return re.split("[/=]", route)[0] in USED and "://" not in route


def _most(path: str) -> int:
    return MAX_UPLOAD + _FORM if path == f"{API}upload" else MAX_BODY


def _bounded(receive: Receive, most: int) -> Receive:
    """The request's body, given up where it is longer than it may be, whatever its header says.

    Gradio sets a bound to each file only, of which a thousand may come in one form, and none to JSON.
    """
    seen = 0

    async def bounded() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > most:
            raise HTTPException(413, f"This request is too large: at most {most // 2**20} MB are read.")
        return message

    return bounded
