"""The page in a real browser: how soon a move is answered by a new picture, and what a first visit loads."""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.browser import chromium, drag, first_visit, open_page
from benchmarks.measure import Figure, Options, at_most, percentile
from benchmarks.servers import APP, serving
from tests.browser.acts import choose

LATENCY = at_most(30)  # ms, median
WEIGHT = at_most(0.8)  # MB
LARGEST = 12  # parts of the page that get a row
RECONSTRUCTED, DECODED = "#rebuilt .vae .shot", "#explorer .vae [data-role=decoded]"


@dataclass(frozen=True)
class Gesture:
    """What is dragged, and the picture that answers; before: how to get there."""

    name: str
    source: str
    shown: str

    def prepare(self, page: Any) -> None:
        if self.shown == DECODED:
            choose(page, "Explore")
        elif self.source == "#pad canvas":
            choose(page, "Reconstruct")
            page.get_by_role("button", name="Clear").click()
        else:
            choose(page, "Reconstruct")
            if not page.locator(self.source).is_visible():
                page.get_by_role("button", name="Set size, angle, place and seed").click()
        page.locator(self.source).wait_for()
        page.wait_for_timeout(1000)

    def path(self, moves: int) -> list[tuple[float, float]]:
        return circle(moves) if self.source == "#pad canvas" else there_and_back(moves)


GESTURES = (
    Gesture("drawing on the pad", "#pad canvas", RECONSTRUCTED),
    Gesture("a slider of Explore", "#explorer .vae [data-dim='0'] input", DECODED),
    Gesture("a slider of Reconstruct", "#bench-controls input[type=range][aria-label*=Size]", RECONSTRUCTED),
)


def measure(options: Options) -> Iterator[Figure]:
    with chromium() as browser, serving(APP) as server:
        yield from weight([first_visit(browser, server.url) for _ in range(options.repeat)])
        page = open_page(browser, server.url)
        for gesture in GESTURES:
            yield latency(page, gesture, options)


def latency(page: Any, gesture: Gesture, options: Options) -> Figure:
    """Medians by round; the 95th percentile is over all moves."""
    moves, rounds = options.pick(120, 8), []
    for _ in range(options.repeat):
        gesture.prepare(page)
        rounds.append(drag(page, gesture.source, gesture.shown, gesture.path(moves)))
    taken = [value for values in rounds for value in values]
    if not all(rounds):
        return Figure(gesture.name, "ms", [], note="no move was answered")
    medians = [statistics.median(values) for values in rounds]
    more = {"95th percentile, ms": percentile(taken, 0.95), "moves": len(taken)}
    note = "from the pointer's move to the new picture in the page, one move after the other"
    return Figure(f"{gesture.name}: live picture", "ms", medians, LATENCY, note, more=more)


def weight(visits: Sequence[dict[str, float]]) -> Iterator[Figure]:
    """The whole page, then its largest parts."""
    totals = [sum(visit.values()) / 1e6 for visit in visits]
    note = f"from an empty cache, as sent, heads included; {len(visits[0])} addresses"
    yield Figure("a first visit to the page", "MB", totals, WEIGHT, note)
    largest = sorted(visits[0], key=lambda name: -visits[0][name])[:LARGEST]
    for name in largest:
        sizes = [visit.get(name, 0) / 1e3 for visit in visits]
        yield Figure(f"`{without_hash(name)}`", "kB", sizes, table="weight")


def without_hash(name: str) -> str:
    """Gradio's file names carry a hash that every version changes."""
    return re.sub(r"-[\w-]{8,9}(\.\w+)$", r"\1", name)


def circle(moves: int) -> list[tuple[float, float]]:
    """Round on the pad, a hand's speed."""
    turns = [2 * math.pi * i / moves for i in range(moves + 1)]
    return [(0.5 + 0.3 * math.cos(turn), 0.5 + 0.25 * math.sin(turn)) for turn in turns]


def there_and_back(moves: int, stride: float = 0.02) -> list[tuple[float, float]]:
    """From the middle of a slider towards its ends and back."""
    way = [abs((i * stride + 0.3) % 1.2 - 0.6) for i in range(moves + 1)]
    return [(0.2 + u, 0.5) for u in way]
