"""The pad in Firefox, also where it hides what would tell browsers apart, and in WebKit, as Debian has them:
`apt-get install firefox-esr webkit2gtk-driver xvfb; pytest tests/browser/test_other_browsers.py`."""

from __future__ import annotations

import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.browser.acts import BOX
from tests.support.webdriver import Browser, firefox, webkit

PAD = "document.querySelector('#pad canvas')"


@contextmanager
def started(name: str, folder: Path) -> Iterator[Browser]:
    """A browser by its name; a private Firefox falsifies whatever is read back from a canvas."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with webkit(port) if name == "WebKit" else firefox(folder, port, privacy_resistFingerprinting="private" in name) as browser:
        yield browser


@pytest.mark.parametrize("name", ["Firefox", "private Firefox", "WebKit"])
def test_what_is_drawn_is_what_the_models_get(name: str, address: str, tmp_path: Path) -> None:
    if not shutil.which("WebKitWebDriver" if name == "WebKit" else "firefox-esr"):
        pytest.skip(f"{name} is not installed")
    with started(name, tmp_path) as browser:
        browser.open(f"{address}?tab=reconstruct")
        browser.wait(f"return {PAD} && document.querySelector('[data-word=input]')?.textContent.trim()")
        left, top, width, height = browser.run(
            f"const box = {PAD}.getBoundingClientRect(); return [box.x, box.y, box.width, box.height];"
        )
        browser.drag([(left + u * width, top + v * height) for u, v in BOX])
        word = browser.wait("return document.querySelector('[data-word=input]').textContent.match(/^rectangle, .*/)?.[0]")
        assert re.fullmatch(r"rectangle, (9[5-9]|100) % match", word)
        assert browser.run("return CSS.supports('aspect-ratio: 1') && document.documentElement.scrollWidth <= innerWidth")
