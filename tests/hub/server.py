"""A small Hub on loopback for the real client: models and Spaces, regular, LFS and Xet uploads, and faults on demand."""

import contextlib
import json
import re
import socket
import struct
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.hub import routes
from tests.hub.store import Repo

WRITE, READ = "hf_writewritewritewrite", "hf_readreadreadreadread"


@dataclass
class Fault:
    """What goes wrong with the next `times` requests whose method and path match.

    kind: "status" answers with `status`; "reset" breaks the connection, in the middle of a body; "lost" does what is asked and
    then breaks it; "truncate" ends a body early; "corrupt" flips a bit of it; "hang" never answers.
    """

    method: str
    pattern: str
    kind: str
    times: int = 1
    status: int = 503
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    token: str | None


class TestHub:
    """The server and its state; a context manager. `mode` is how large files travel: "regular", "lfs" or "xet"."""

    __test__ = False

    def __init__(self, mode: str, folder: Path) -> None:
        self.mode, self.xet = mode, folder / "xet"
        self.repos: dict[tuple[str, str], Repo] = {}
        self.stored: dict[str, bytes] = {}
        self.requests: list[Request] = []
        self.faults: list[Fault] = []
        self.stages = ["BUILDING", "RUNNING"]
        self.running: str | None = None  # the commit that a Space says it runs
        self.stopping = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Handler,), {"hub": self}))
        self._server.socket.settimeout(1)  # a client that went before it was accepted must not hold up the rest
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "TestHub":
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *problem: object) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()

    def fault(self, method: str, pattern: str, kind: str, times: int = 1, **options: Any) -> None:
        self.faults.append(Fault(method, pattern, kind, times, **options))

    def take_fault(self, method: str, path: str) -> Fault | None:
        for fault in self.faults:
            if fault.times > 0 and fault.method == method and re.search(fault.pattern, path):
                fault.times -= 1
                return fault
        return None

    def repo(self, name: str = "user/shapes", kind: str = "model") -> Repo:
        return self.repos[kind, name]

    def count(self, method: str, pattern: str = "") -> int:
        return sum(request.method == method and bool(re.search(pattern, request.path)) for request in self.requests)


class Handler(BaseHTTPRequestHandler):
    """One request: read it, let a fault have its way, answer."""

    hub: TestHub
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    fault: Fault | None = None

    def log_message(self, *args: object) -> None:
        pass

    def _serve(self) -> None:
        with contextlib.suppress(ConnectionError):  # the client may have gone
            self._answer()

    def _answer(self) -> None:
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ") or None
        self.hub.requests.append(Request(self.command, self.path, token))
        self.fault = self.hub.take_fault(self.command, self.path)
        kind = self.fault.kind if self.fault else ""
        if kind == "hang":
            self.hub.stopping.wait(60)
        if kind == "reset" and self.command in ("POST", "PUT"):
            self.rfile.read(int(self.headers.get("Content-Length", 0)) // 2)
            return self._break()
        body = self._body()
        if kind == "status" and self.fault:
            return self.reply(self.fault.status, {"error": "a fault of the test"}, self.fault.headers)
        answer = routes.find(self.hub, self.command, self.path, body, token)
        return self.reply(*answer)

    do_GET = do_HEAD = do_POST = do_PUT = _serve  # noqa: N815

    def reply(self, status: int, body: Any = b"", headers: Mapping[str, str] = {}) -> None:
        """Send an answer, or as much of it as the fault allows."""
        kind = self.fault.kind if self.fault else ""
        if kind == "lost" or (kind == "reset" and self.command == "HEAD"):
            return self._break()
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        if status == 200 and (part := re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))):
            headers = {**headers, "Content-Range": f"bytes {part[1]}-{len(content) - 1}/{len(content)}"}
            status, content = 206, content[int(part[1]) :]
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return None
        middle = len(content) // 2
        if kind in ("truncate", "reset"):
            self.wfile.write(content[:middle])
            return self._break() if kind == "reset" else self._close()
        self.wfile.write(
            content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :] if kind == "corrupt" else content
        )
        return None

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _break(self) -> None:
        """End the connection with a reset."""
        time.sleep(0.05)  # what was written goes out first
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._close()

    def _close(self) -> None:
        self.close_connection = True
        self.wfile.flush()
        self.connection.close()
