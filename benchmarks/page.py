"""The page in a browser: how soon a move is answered by a new picture, and the bytes of a first visit."""

from __future__ import annotations

import math
import shutil
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.app import APP, serving
from benchmarks.figures import Figure, Options, UnavailableError

GIVEN_UP = 2000  # ms without a new picture
SIZE = {"width": 1280, "height": 900}
NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
SCRIPT = Path(__file__).with_name("page.js").read_text(encoding="utf-8")
PAD, REBUILT = "#pad canvas", "#rebuilt .vae .shot"


def measure(options: Options) -> Iterator[Figure]:
    with chromium() as browser, serving(APP) as url:
        sizes = [first_visit(browser, url) / 1e6 for _ in range(options.repeat)]
        yield Figure("a first visit to the page", "MB", sizes, "≤ 0.8", note="from an empty cache, as sent, heads included")
        page = browser.new_page(viewport=SIZE)
        page.goto(url)
        page.locator(PAD).wait_for()
        page.evaluate(SCRIPT)
        rounds = [drag(page, options.pick(120, 8)) for _ in range(options.repeat)]
        every = sorted(value for taken in rounds for value in taken)
        note = (
            f"from the pointer's move to the picture; of {len(every)} moves 95 % within {every[int(0.95 * len(every))]:.1f} ms"
        )
        medians = [statistics.median(taken) for taken in rounds]
        yield Figure("drawing on the pad: live picture", "ms", medians, "≤ 30", note=note)


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser. Raises UnavailableError where there is none, or nothing to drive it with."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        raise UnavailableError("no Chromium found, apt-get install -y chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise UnavailableError("playwright is not installed, pip install -e '.[test]'") from None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


def first_visit(browser: Any, url: str) -> float:
    """Bytes that come over the wire, from an empty cache, until nothing has come for two seconds."""
    context = browser.new_context(viewport=SIZE)
    page, sizes = context.new_page(), []
    network = context.new_cdp_session(page)
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    network.send("Network.enable")
    page.goto(url)
    page.locator(PAD).wait_for()
    before = -1
    while len(sizes) > before:
        before = len(sizes)
        page.wait_for_timeout(2000)
    context.close()
    return sum(sizes)


def drag(page: Any, moves: int) -> list[float]:
    """Press on the pad and go round, each move when the one before is answered; milliseconds from each to its picture."""
    page.get_by_role("button", name="Clear").click()
    page.wait_for_timeout(1000)
    box = page.locator(PAD).bounding_box()
    turns = [2 * math.pi * i / moves for i in range(moves + 1)]
    points = [
        (box["x"] + (0.5 + 0.3 * math.cos(turn)) * box["width"], box["y"] + (0.5 + 0.25 * math.sin(turn)) * box["height"])
        for turn in turns
    ]
    page.mouse.move(*points[0])
    page.mouse.down()
    page.wait_for_timeout(500)  # for what pressing alone has set off
    page.evaluate("([source, shown]) => bench.watch(source, shown)", [PAD, REBUILT])
    for point in points[1:]:
        count = page.evaluate("bench.taken.length")
        page.mouse.move(*point)
        page.evaluate("([count, limit]) => bench.next(count, limit)", [count, GIVEN_UP])
    taken: list[float] = page.evaluate("bench.taken")
    page.evaluate("bench.stop()")
    page.mouse.up()
    return taken
