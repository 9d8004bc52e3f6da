"""Compression of the page itself and of what its scripts are answered, which Gradio leaves out: it goes by a file's ending."""

from __future__ import annotations

from gradio.brotli_middleware import BrotliMiddleware
from starlette.types import Scope

from demo.server.middleware import API

# Answers that come whole. A stream, which would be held back, and pictures, which are compressed already, are none of these.
ROUTES = ("/", "/config", f"{API}info", f"{API}openapi.json", f"{API}component_server")


class Compressed(BrotliMiddleware):
    """ASGI middleware: Brotli, or gzip for a client that does not take it."""

    def _is_compressible_file_type(self, scope: Scope) -> bool:
        return scope["path"] in ROUTES or scope["path"].removesuffix("/") in ROUTES
