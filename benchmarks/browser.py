"""A real browser on the running app: drags that are timed inside the page, and the bytes of a first visit."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.measure import UnavailableError
from tests.browser.acts import CHROMIUM_FLAGS, CHROMIUM_NAMES

GIVEN_UP = 2000  # ms without a new picture
QUIET = 2.0  # s without a byte, after which a page counts as loaded
_SCRIPT = (Path(__file__).parent / "page.js").read_text(encoding="utf-8")


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser. Raises UnavailableError where there is none, or nothing to drive it with."""
    path = next((found for name in CHROMIUM_NAMES if (found := shutil.which(name))), None)
    if path is None:
        raise UnavailableError("no Chromium found, apt-get install -y chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise UnavailableError("playwright is not installed, pip install -e '.[test]'") from None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


def open_page(browser: Any, url: str) -> Any:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(url)
    page.locator("#pad canvas").wait_for()
    page.evaluate(_SCRIPT)
    return page


def drag(page: Any, source: str, shown: str, path: Sequence[tuple[float, float]]) -> list[float]:
    """Press on `source`, go along `path` (in parts of its box), each move when the one before is answered, and let go.

    Returns milliseconds from each move to the new picture in `shown`; a move that changes nothing gives none.
    """
    place = page.locator(source)
    place.scroll_into_view_if_needed()
    box = place.bounding_box()
    points = [(box["x"] + u * box["width"], box["y"] + v * box["height"]) for u, v in path]
    page.mouse.move(*points[0])
    page.mouse.down()
    page.wait_for_timeout(500)  # for what pressing alone has set off
    page.evaluate("([source, shown]) => bench.watch(source, shown)", [source, shown])
    for point in points[1:]:
        count = page.evaluate("bench.taken.length")
        page.mouse.move(*point)
        page.evaluate("([count, limit]) => bench.next(count, limit)", [count, GIVEN_UP])
    taken: list[float] = page.evaluate("bench.taken")
    page.evaluate("bench.stop()")
    page.mouse.up()
    return taken


def first_visit(browser: Any, url: str) -> dict[str, float]:
    """Bytes that come over the wire for each address, heads included, from an empty cache until nothing comes any more."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    watched = context.new_cdp_session(page)
    names: dict[str, str] = {}
    loaded, under_way, heard = Counter[str](), Counter[str](), [time.monotonic()]

    def began(event: dict[str, Any]) -> None:
        names[event["requestId"]] = urlsplit(event["request"]["url"]).path

    def came(event: dict[str, Any]) -> None:
        under_way[event["requestId"]] += event["encodedDataLength"]
        heard[0] = time.monotonic()

    def ended(event: dict[str, Any]) -> None:
        under_way.pop(event["requestId"], None)
        loaded[event["requestId"]] += event["encodedDataLength"]  # of the whole answer
        heard[0] = time.monotonic()

    for name, note in (("requestWillBeSent", began), ("dataReceived", came), ("loadingFinished", ended)):
        watched.on(f"Network.{name}", note)
    watched.send("Network.enable")
    page.goto(url)
    page.locator("#pad canvas").wait_for()
    while time.monotonic() - heard[0] < QUIET:
        page.wait_for_timeout(100)
    context.close()
    sizes: Counter[str] = Counter()
    for request, size in (loaded + under_way).items():
        sizes[names.get(request, "?")] += size
    return dict(sizes)
