"""The page in a browser: from a move to the picture, bytes of a first visit, from Start to a plane's countries."""

from __future__ import annotations

import math
import shutil
import statistics
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.app import APP, ROOT, serving
from benchmarks.figures import Figure, Options, UnavailableError, interleave

GIVEN_UP = 2000  # ms without a new picture
SIZE = {"width": 1280, "height": 900}
NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
SCRIPT = Path(__file__).with_name("page.js").read_text(encoding="utf-8")
PAD, READY = "#pad canvas", "#pad canvas[data-ready]"
DRAWING = (PAD, "#rebuilt .vae .shot")  # where the pointer moves, and the picture that answers
POINTING = ("#see .vae .plane", "#see .vae .shot")
EXPLORING = ("#explorer .vae .map", "#explorer .vae [data-role=decoded]")
COUNTRIES = 0.75  # of the prior draws shapes: by then one can name the countries of a plane
DELAY = 150  # ms added to every request
SERVER, PAGE, STATIC = "the app, by the server", "the app, in the page", "the static page"


def measure(options: Options) -> Iterator[Figure]:
    with chromium() as browser, serving(APP) as app, static_page() as static:
        for name, url in {"the page": app, "the static page": static}.items():
            sizes = [first_visit(browser, url) / 1e6 for _ in range(options.repeat)]
            yield Figure(f"a first visit to {name}", "MB", sizes, "≤ 0.8", note="from an empty cache, as sent, heads included")
        yield Figure("the same with all weights", "MB", [first_visit(browser, static, touch=True) / 1e6], "≤ 2.5")
        ways = {
            SERVER: opened(browser, f"{app}?tab=reconstruct", weights=False),
            PAGE: opened(browser, f"{app}?tab=reconstruct"),
            f"{SERVER}, {DELAY} ms added": opened(browser, f"{app}?tab=reconstruct", weights=False, delay=DELAY),
            f"{PAGE}, {DELAY} ms added": opened(browser, f"{app}?tab=reconstruct", delay=DELAY),
            STATIC: opened(browser, static),
        }
        yield from waits("drawing on the pad", ways, DRAWING, options)
        for page in (ways[SERVER], ways[PAGE]):
            page.get_by_role("tab", name="Explore").click()
        yield from waits("dragging on a map", {name: ways[name] for name in (SERVER, PAGE, STATIC)}, EXPLORING, options)
        for page in (ways[SERVER], ways[PAGE]):
            page.get_by_role("tab", name="See").click()
        yield from waits("pointing at a plane", {name: ways[name] for name in (SERVER, PAGE)}, POINTING, options)
        rates = [ways[STATIC].evaluate("bench.decodes()") for _ in range(options.repeat)]
        yield Figure("pictures decoded in the page", "pictures/s", rates, "≥ 60", note="by one model, one after the other")
        for page in ways.values():
            page.close()
        for visitors, most in ((1, 15), (options.pick(10, 2), 30)):
            yield from trainings(browser, app, visitors, f"≤ {most}", options)


def waits(what: str, ways: Mapping[str, Any], places: tuple[str, str], options: Options) -> Iterator[Figure]:
    """From the pointer's move to the picture, the ways by turns: medians, and what 95 % of all moves stay within."""
    moves: dict[str, list[float]] = {name: [] for name in ways}

    def round_of(name: str) -> float:
        taken = drag(ways[name], *places, options.pick(60, 8))
        moves[name] += taken
        return statistics.median(taken)

    medians = interleave({name: partial(round_of, name) for name in ways}, options.repeat)
    for name, values in medians.items():
        p95 = sorted(moves[name])[int(0.95 * len(moves[name]))]
        target = None if name.startswith(SERVER) else "≤ 8"
        yield Figure(f"{what}, {name}", "ms", values, target, note=f"of {len(moves[name])} moves 95 % within {p95:.1f} ms")


def trainings(browser: Any, app: str, visitors: int, target: str, options: Options) -> Iterator[Figure]:
    """From Start until most of the prior draws shapes in both models, for the last of some visitors who start at once."""
    slowest, rates = [], []
    for _ in range(options.repeat):
        pages = [browser.new_page(viewport=SIZE) for _ in range(visitors)]
        for page in pages:
            page.set_default_timeout(120_000)  # ten at once
            page.goto(f"{app}?tab=train")
            page.get_by_text("Shown is a recorded training").wait_for()
            page.evaluate(SCRIPT)
            page.evaluate("share => { bench.trained = bench.train(share); }", options.pick(COUNTRIES, 0.01))
        taken = [page.evaluate("bench.trained") for page in pages]
        slowest.append(max(one["seconds"] for one in taken))
        rates += [one["frames"] / one["seconds"] for one in taken]
        for page in pages:
            page.close()
    who = "one visitor trains" if visitors == 1 else f"{visitors} visitors train"
    note = f"until {COUNTRIES:.0%} of the prior draw shapes in both models, the last visitor"
    yield Figure(f"{who}: from Start", "s", slowest, target, note=note)
    yield Figure(f"{who}: frames of the film", "frames/s", rates, note="each of both models")


@contextmanager
def static_page() -> Iterator[str]:
    """The address of the static page, served by Python's own web server."""
    with TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "demo.site", folder], cwd=ROOT, check=True)
        handler = partial(SimpleHTTPRequestHandler, directory=folder)
        with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, redirect_stderr(StringIO()):
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield f"http://127.0.0.1:{server.server_port}/"
            server.shutdown()


def opened(browser: Any, url: str, weights: bool = True, delay: float = 0) -> Any:
    """A page at rest, with its weights or without; `delay`: milliseconds added to every request from then on."""
    page = browser.new_page(viewport=SIZE)
    if not weights:
        page.route("**/models/*", lambda route: route.fulfill(status=404))
    page.goto(url)
    page.locator(READY).wait_for()
    page.evaluate(SCRIPT)
    page.locator(PAD).hover()  # sets the loading off
    if weights:
        page.evaluate("bench.loaded()")
    if delay:
        conditions = {"offline": False, "latency": delay, "downloadThroughput": -1, "uploadThroughput": -1}
        network = page.context.new_cdp_session(page)
        network.send("Network.enable")
        network.send("Network.emulateNetworkConditions", conditions)
    return page


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


def first_visit(browser: Any, url: str, touch: bool = False) -> float:
    """Bytes that come over the wire, from an empty cache, until nothing has come for two seconds; with a touch of the pad, or
    before anything is touched."""
    context = browser.new_context(viewport=SIZE)
    page, sizes = context.new_page(), []
    network = context.new_cdp_session(page)
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    network.send("Network.enable")
    page.goto(url)
    page.locator("canvas").first.wait_for()
    if touch:
        page.locator(READY).wait_for()
        page.locator(PAD).hover()
    before = -1
    while len(sizes) > before:
        before = len(sizes)
        page.wait_for_timeout(2000)
    context.close()
    return sum(sizes)


def drag(page: Any, source: str, shown: str, moves: int) -> list[float]:
    """Press on `source` and go round, each move when the one before is answered; milliseconds from each to its picture."""
    page.bring_to_front()
    page.locator(source.split()[0]).scroll_into_view_if_needed()  # what is mounted only when it is seen
    if source == PAD:
        page.get_by_role("button", name="Clear").click()  # a stroke within the one before changes nothing
    place = page.locator(source)
    place.scroll_into_view_if_needed()
    page.wait_for_timeout(1000)
    box = place.bounding_box()
    turns = [2 * math.pi * i / moves for i in range(moves + 1)]
    points = [
        (box["x"] + (0.5 + 0.3 * math.cos(turn)) * box["width"], box["y"] + (0.5 + 0.25 * math.sin(turn)) * box["height"])
        for turn in turns
    ]
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
