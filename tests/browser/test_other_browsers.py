"""The pad in Firefox, also where it hides what would tell browsers apart, and in WebKit, as Debian has them, driven by what
they themselves offer: `apt-get install firefox-esr webkit2gtk-driver xvfb; pytest tests/browser/test_other_browsers.py`."""

import json
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.browser.acts import BOX
from tests.support.patience import comes_true, free_port, listens

PAD = "document.querySelector('#pad canvas')"
Send = Callable[[str, dict[str, Any]], Any]  # a command of WebDriver by the last word of its path, with its parameters


@contextmanager
def running(command: list[str], port: int) -> Iterator[socket.socket]:
    """A connection to a process, which is ended with all that it started."""
    quiet: Any = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
    process = subprocess.Popen(command, **quiet)
    try:
        assert comes_true(lambda: listens(port))
        with socket.create_connection(("127.0.0.1", port), timeout=120) as connection:
            yield connection
    finally:
        os.killpg(process.pid, 15)
        process.wait(30)


@contextmanager
def firefox(port: int, folder: Path, private: bool) -> Iterator[Send]:
    """Without a window, by Marionette; folder: an empty one for its profile."""
    values = {"marionette.port": port, "privacy.resistFingerprinting": private, "app.update.enabled": False}
    values |= {"datareporting.policy.dataSubmissionEnabled": False, "browser.shell.checkDefaultBrowser": False}
    (folder / "user.js").write_text("\n".join(f"user_pref({json.dumps(key)}, {json.dumps(values[key])});" for key in values))
    names = {"session": "NewSession", "url": "Navigate", "execute/sync": "ExecuteScript", "actions": "PerformActions"}
    command = ["firefox-esr", "--headless", "--no-remote", "--marionette", "--profile", str(folder)]
    with running(command, port) as connection, connection.makefile("rb") as stream:

        def message() -> Any:
            length = b""
            while (byte := stream.read(1)) != b":":
                length += byte
            return json.loads(stream.read(int(length)))

        def send(command: str, parameters: dict[str, Any]) -> Any:
            text = json.dumps([0, 1, f"WebDriver:{names[command]}", parameters]).encode()
            connection.sendall(b"%d:%s" % (len(text), text))
            _, _, error, result = message()
            assert error is None, error
            return result.get("value")

        message()  # its greeting
        send("session", {})
        yield send


@contextmanager
def webkit(port: int) -> Iterator[Send]:
    """WebKitGTK's own small browser, on a screen that is none, by WebDriver."""
    with running(["xvfb-run", "-a", "WebKitWebDriver", f"--port={port}"], port):
        browser = next(Path("/usr/lib").glob("*/webkit2gtk-4*/MiniBrowser"))
        options = {"webkitgtk:browserOptions": {"binary": str(browser), "args": ["--automation"]}}

        def send(path: str, parameters: dict[str, Any]) -> Any:
            answer = httpx.post(f"http://127.0.0.1:{port}/session{path}", json=parameters, timeout=120)
            assert answer.status_code == 200, answer.text
            return answer.json()["value"]

        session = send("", {"capabilities": {"alwaysMatch": options}})["sessionId"]
        yield lambda command, parameters: send(f"/{session}/{command}", parameters)


@pytest.mark.parametrize("name", ["Firefox", "private Firefox", "WebKit"])
def test_what_is_drawn_is_what_the_models_get(name: str, address: str, tmp_path: Path) -> None:
    """A private Firefox falsifies whatever is read back from a canvas."""
    if not shutil.which("WebKitWebDriver" if name == "WebKit" else "firefox-esr"):
        pytest.skip(f"{name} is not installed")
    port = free_port()
    with webkit(port) if name == "WebKit" else firefox(port, tmp_path, "private" in name) as send:

        def run(script: str) -> Any:
            return send("execute/sync", {"script": f"return {script}", "args": []})

        send("url", {"url": f"{address}?tab=reconstruct"})
        word = "document.querySelector('[data-word=input]')"
        assert comes_true(lambda: run(f"{PAD} && {word}?.textContent.trim()"))
        left, top, width, height = run(f"(({{x, y, width, height}}) => [x, y, width, height])({PAD}.getBoundingClientRect())")
        move = {"type": "pointerMove", "duration": 100, "origin": "viewport"}
        moves = [{**move, "x": round(left + u * width), "y": round(top + v * height)} for u, v in BOX]
        press, release = ({"type": f"pointer{way}", "button": 0} for way in ("Down", "Up"))
        mouse = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}}
        send("actions", {"actions": [{**mouse, "actions": [moves[0], press, *moves[1:], release]}]})
        assert comes_true(lambda: re.match(r"rectangle, (9[5-9]|100) % match", run(f"{word}.textContent")))
        assert run("CSS.supports('aspect-ratio: 1') && document.documentElement.scrollWidth <= innerWidth")
