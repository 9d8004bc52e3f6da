"""A hundred visitors at once: errors and waiting times; and how many answers a second the app gives at most."""

from __future__ import annotations

import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import httpx

from benchmarks.app import API, APP, ask, serving, upload
from benchmarks.figures import Figure, Options, seconds
from shapevae.images.write import to_hex, to_png
from shapevae.shapes import draw_shapes

# And how often visitors choose them; while they draw the page asks only where it has no weights.
ACTS = {"the judge's word on a drawing": 0.4, "/reconstruct": 0.4, "/sample of 25": 0.2, "live answers while drawing": 0.0}
MEAN_PAUSE = 3.0  # seconds between two questions
AT_ONCE = 8  # visitors who never pause


def measure(options: Options) -> Iterator[Figure]:
    people, lasting, arriving, some = options.pick((100, 30.0, 20.0, 5.0), (3, 5.0, 2.0, 0.5))
    with serving(APP) as url:
        crowds = [Crowd(url, ACTS, MEAN_PAUSE).visit(people, lasting, arriving) for _ in range(options.repeat)]
        yield from waiting(crowds, f"{people} people at once", f"for {lasting:g} s, {MEAN_PAUSE:g} s between two questions")
        for act in ACTS:
            crowds = [Crowd(url, {act: 1}).visit(AT_ONCE, some, 2.0) for _ in range(options.repeat)]
            rates = [len(crowd.taken[act]) / some for crowd in crowds]
            yield Figure(f"{act}, {AT_ONCE} visitors without a pause", "answers/s", rates)


class Crowd:
    """Visitors at once. taken: seconds by act; errors: how often, by kind."""

    def __init__(self, url: str, acts: Mapping[str, float], pause: float = 0.0) -> None:
        self.url, self.acts, self.pause = url, acts, pause
        self.taken: dict[str, list[float]] = defaultdict(list)
        self.errors: Counter[str] = Counter()

    def visit(self, people: int, lasting: float, arriving: float) -> Crowd:
        """So many people for so many seconds, after `arriving` seconds in which they open the page."""
        config = httpx.get(f"{self.url}config", timeout=120).json()
        pad = next(part["id"] for part in config["components"] if part["props"].get("elem_id") == "pad")

        begin = time.monotonic() + arriving
        with ThreadPoolExecutor(people) as pool:
            for person in [pool.submit(self._person, number, pad, begin, begin + lasting) for number in range(people)]:
                person.result()
        return self

    def _person(self, number: int, pad: int, begin: float, until: float) -> None:
        rng, image = random.Random(number), draw_shapes(1, number).images[0]
        drawn, picture = to_hex(image), to_png(image)
        with httpx.Client(base_url=self.url, timeout=120, limits=httpx.Limits(keepalive_expiry=2)) as client:
            asked: dict[str, Callable[[], None]] = {
                "the judge's word on a drawing": lambda: ask_pad(client, "judge", pad, number, drawn),
                "live answers while drawing": lambda: ask_pad(client, "rebuild", pad, number, drawn),
                "/reconstruct": lambda: ask(client, self.url, "reconstruct", [upload(client, self.url, picture)]),
                "/sample of 25": lambda: ask(client, self.url, "sample", [25, rng.randrange(10**6)]),
            }
            time.sleep(rng.uniform(0, max(begin - time.monotonic(), 0)))
            self._timed("open the page", lambda: open_page(client))
            time.sleep(max(begin - time.monotonic(), 0) + rng.uniform(0, 2 * self.pause))  # not all in step
            while time.monotonic() < until:
                act = rng.choices(list(self.acts), list(self.acts.values()))[0]
                self._timed(act, asked[act])
                time.sleep(rng.uniform(0, 2 * self.pause))

    def _timed(self, act: str, asked: Callable[[], None]) -> None:
        try:
            self.taken[act].append(seconds(asked))
        except (httpx.HTTPError, ValueError) as error:
            self.errors[f"{act}: {type(error).__name__} {error}"[:100]] += 1


def open_page(client: httpx.Client) -> None:
    for path in ("", "config"):
        client.get(path).raise_for_status()


def ask_pad(client: httpx.Client, function: str, pad: int, session: int, drawn: str) -> None:
    """A question of the pad: "judge" when the hand rests, "rebuild" after each move of the pen."""
    body = {"data": drawn, "component_id": pad, "fn_name": function, "session_hash": f"person{session}"}
    answer = client.post(f"{API}component_server", json=body).raise_for_status().json()
    if "error" in answer:
        raise ValueError(answer["error"])


def waiting(crowds: Sequence[Crowd], who: str, how: str) -> Iterator[Figure]:
    """Errors, and the 95th percentile of each act, a value a run."""
    errors = sum((crowd.errors for crowd in crowds), Counter())
    note = "; ".join([how, *errors])
    yield Figure(f"{who}: errors", "", [crowd.errors.total() for crowd in crowds], "≤ 0", note=note)
    for act in sorted({act for crowd in crowds for act in crowd.taken}):
        ordered = [sorted(crowd.taken[act]) for crowd in crowds if crowd.taken[act]]
        p95 = [values[int(0.95 * len(values))] for values in ordered]
        note = f"{sum(map(len, ordered)):,} in all"
        yield Figure(f"{who}: {act}, 95th percentile", "s", p95, "≤ 1" if act == "/reconstruct" else None, note=note)
