"""Files kept in memory and sent as they are: a page's scripts and weights."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

mimetypes.add_type("text/javascript", ".js")  # whatever the system says


class Files:
    """Files by the path in an address; `send` is an endpoint of Starlette. Each is hashed once, and packed once."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files, self.packed = files, dict[str, bytes]()
        self.tags = {path: f'"{hashlib.sha256(content).hexdigest()[:32]}"' for path, content in files.items()}

    def send(self, request: Request) -> Response:
        path = request.path_params["path"]
        if path not in self.files:
            raise HTTPException(404)
        head = {"etag": self.tags[path], "cache-control": "no-cache", "vary": "accept-encoding"}
        if request.headers.get("if-none-match") == self.tags[path]:
            return Response(status_code=304, headers=head)
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return Response(self.files[path], headers=head, media_type=mimetypes.guess_type(path)[0])
        if path not in self.packed:
            self.packed[path] = gzip.compress(self.files[path], 6)
        head["content-encoding"] = "gzip"
        return Response(self.packed[path], headers=head, media_type=mimetypes.guess_type(path)[0])
