"""What a messenger shows of a link to the page: our title and sentence, where Gradio's page names Gradio."""

from __future__ import annotations

import re

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_GRADIOS = re.compile(rb'<meta\s+(?:property|name)="(?:og|twitter):[^>]*>\s*')
_OURS = b"""<head><meta property="og:type" content="website">
<meta property="og:title" content="Two ways to keep a latent space Gaussian">
<meta property="og:description" content="Draw a shape and watch a VAE (KL) and an adjusted VAE (MMD) rebuild it, side by side.">
<meta name="twitter:card" content="summary">"""


class LinkPreview:
    """ASGI middleware, inside of compression: the head of the page itself says what the page is."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def rewrite(message: Message) -> None:
            if message["type"] == "http.response.start":
                del MutableHeaders(scope=message)["content-length"]  # the body's length changes
            elif message.get("body"):
                message = {**message, "body": _GRADIOS.sub(b"", message["body"]).replace(b"<head>", _OURS, 1)}
            await send(message)

        is_page = scope["type"] == "http" and scope["path"] == "/"
        await self.app(scope, receive, rewrite if is_page else send)
