"""A folder served by Python's own web server."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class Quiet(SimpleHTTPRequestHandler):
    asked: list[str]

    def log_message(self, *args: Any) -> None:
        self.asked.append(self.path)


@contextmanager
def served(folder: Path, asked: list[str] | None = None) -> Iterator[str]:
    """Its address, with a slash at the end; asked: gets the paths that are asked for."""
    handler = type("Handler", (Quiet,), {"asked": [] if asked is None else asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
