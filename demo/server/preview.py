"""What a messenger shows of a link to the page: our title, sentence and picture, where Gradio's page names Gradio."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

from starlette.datastructures import URL, Headers, MutableHeaders
from starlette.responses import FileResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PICTURE = Path(__file__).with_name("preview.png")  # 1200 × 630 pixels; `python -m tests.browser.screenshots` takes it
_ROUTE = "/preview.png"
_GRADIOS = re.compile(rb'<meta\s+(?:property|name)="(?:og|twitter):[^>]*>\s*')
_OURS = """<head><meta property="og:type" content="website">
<meta property="og:title" content="Two ways to keep a latent space Gaussian">
<meta property="og:description" content="Draw a shape and watch a VAE (KL) and an adjusted VAE (MMD) rebuild it, side by side.">
<meta property="og:image" content="{picture}">
<meta name="twitter:card" content="summary_large_image">"""


class LinkPreview:
    """ASGI middleware, inside of compression: the head of the page says what it is, and there is a picture of it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def rewrite(message: Message) -> None:
            if message["type"] == "http.response.start":
                del MutableHeaders(scope=message)["content-length"]  # the body's length changes
            elif message.get("body"):
                message = {**message, "body": _GRADIOS.sub(b"", message["body"]).replace(b"<head>", ours, 1)}
            await send(message)

        path = scope["path"] if scope["type"] == "http" else None
        if path == _ROUTE:
            await FileResponse(PICTURE)(scope, receive, send)
        elif path == "/":
            ours = _OURS.format(picture=escape(_address(scope))).encode()
            await self.app(scope, receive, rewrite)
        else:
            await self.app(scope, receive, send)


def _address(scope: Scope) -> str:
    """Of the picture, as a messenger needs it: with scheme and host, those of a proxy in front where it names them."""
    url, headers = URL(scope=scope), Headers(scope=scope)
    scheme, host = headers.get("x-forwarded-proto", url.scheme), headers.get("x-forwarded-host", url.netloc)
    return f"{scheme}://{host}{scope.get('root_path', '')}{_ROUTE}"
