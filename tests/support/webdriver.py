"""Firefox and WebKit from Debian, driven by what they themselves offer: Marionette and WebDriver."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

Send = Callable[[str, dict[str, Any]], Any]
_KEEP_OUT = {
    "app.update.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "browser.shell.checkDefaultBrowser": False,
}


class Browser:
    """One page; send: a command of WebDriver by the last word of its path, with its parameters."""

    def __init__(self, send: Send) -> None:
        self.send = send

    def open(self, url: str) -> None:
        self.send("url", {"url": url})

    def run(self, script: str) -> Any:
        """What a script's body returns."""
        return self.send("execute/sync", {"script": script, "args": []})

    def wait(self, script: str, seconds: float = 60) -> Any:
        """What a script's body returns, as soon as it is true."""
        end = time.monotonic() + seconds
        while not (value := self.run(script)):
            assert time.monotonic() < end, f"in {seconds} seconds there was none: {script}"
            time.sleep(0.1)
        return value

    def drag(self, points: Sequence[tuple[float, float]]) -> None:
        """The mouse goes from point to point, in pixels of the window, with its button down."""
        moves = [
            {"type": "pointerMove", "duration": 100, "x": round(x), "y": round(y), "origin": "viewport"} for x, y in points
        ]
        press, release = ({"type": f"pointer{way}", "button": 0} for way in ("Down", "Up"))
        mouse = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}}
        self.send("actions", {"actions": [{**mouse, "actions": [moves[0], press, *moves[1:], release]}]})


@contextmanager
def firefox(folder: Path, port: int, **settings: object) -> Iterator[Browser]:
    """Without a window; folder: an empty one for its profile; settings: those of about:config, "_" for "."."""
    values = {"marionette.port": port, **_KEEP_OUT, **{name.replace("_", "."): value for name, value in settings.items()}}
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in values.items()]
    (folder / "user.js").write_text("\n".join(lines))
    command = ["firefox-esr", "--headless", "--no-remote", "--marionette", "--profile", str(folder)]
    with _running(command), _connected(port) as connection:
        stream = connection.makefile("rb")
        _marionette_message(stream)  # its greeting
        names = {"session": "NewSession", "url": "Navigate", "execute/sync": "ExecuteScript", "actions": "PerformActions"}

        def send(command: str, parameters: dict[str, Any]) -> Any:
            text = json.dumps([0, 1, f"WebDriver:{names[command]}", parameters]).encode()
            connection.sendall(b"%d:%s" % (len(text), text))
            _, _, error, result = _marionette_message(stream)
            assert error is None, error
            return result.get("value")

        send("session", {})
        yield Browser(send)


@contextmanager
def webkit(port: int) -> Iterator[Browser]:
    """WebKitGTK's own small browser, on a screen that is none."""
    with _running(["xvfb-run", "-a", "WebKitWebDriver", f"--port={port}"]), _connected(port):
        browser = next(Path("/usr/lib").glob("*/webkit2gtk-4*/MiniBrowser"))
        options = {"binary": str(browser), "args": ["--automation"]}

        def post(path: str, parameters: dict[str, Any]) -> Any:
            connection = HTTPConnection("127.0.0.1", port, timeout=120)
            connection.request("POST", path, json.dumps(parameters), {"Content-Type": "application/json"})
            with connection.getresponse() as response:
                value = json.load(response)["value"]
            assert response.status == 200, value
            return value

        session = post("/session", {"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": options}}})["sessionId"]
        yield Browser(lambda command, parameters: post(f"/session/{session}/{command}", parameters))


def _marionette_message(stream: Any) -> Any:
    length = b""
    while (byte := stream.read(1)) != b":":
        length += byte
    return json.loads(stream.read(int(length)))


@contextmanager
def _running(command: list[str]) -> Iterator[None]:
    """A process, ended with all that it started."""
    assert shutil.which(command[0]), command[0]
    quiet: Any = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
    process = subprocess.Popen(command, **quiet)
    try:
        yield
    finally:
        os.killpg(process.pid, 15)
        process.wait(30)


@contextmanager
def _connected(port: int) -> Iterator[socket.socket]:
    """A connection to a process that may still be starting."""
    for _ in range(300):
        try:
            connection = socket.create_connection(("127.0.0.1", port), timeout=120)
            break
        except OSError:
            time.sleep(0.1)
    with connection:
        yield connection
