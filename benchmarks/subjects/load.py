"""A hundred people on the app at once: errors and waiting times; and how many answers a second it gives at most."""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx

from benchmarks.measure import Figure, Options, Target, at_most, percentile
from benchmarks.servers import APP, serving
from benchmarks.visitors import LIMITS, PATIENCE, Log, Visit, visit_all
from shapevae.images.write import to_hex

PEOPLE, AT_ONCE = 100, 8
THINKING = (1.0, 5.0)  # seconds between an answer and the next question
Act = Callable[[Visit], Awaitable[None]]
ACTS: dict[str, tuple[Act, float]] = {  # and how often each is chosen
    "draw a line": (Visit.draw_line, 0.4),
    "/reconstruct": (Visit.reconstruct, 0.4),
    "/sample": (Visit.sample, 0.2),
}
WITHOUT_PAUSE: Mapping[str, Act] = {
    "live answers while drawing": lambda visit: visit._ask_pad("rebuild", to_hex(visit.image)),
    "/reconstruct, its upload included": Visit.reconstruct,
    "/sample of 25": Visit.sample,
}
NO_ERRORS = at_most(0)
P95 = {"/reconstruct": at_most(1)}  # s
THINKERS, SOAKERS = "people at once", "people at once, trainings among what they do"


def measure(options: Options) -> Iterator[Figure]:
    people, lasting, arriving = options.pick((PEOPLE, 30.0, 20.0), (3, 5.0, 0.5))
    with serving(APP) as server:
        config = httpx.get(f"{server.url}config", timeout=PATIENCE).json()
        logs = [asyncio.run(think_and_ask(server.url, config, people, lasting, arriving)) for _ in range(options.repeat)]
        how = f"for {lasting:g} s after all have opened the page, {THINKING[0]:g} to {THINKING[1]:g} s between two questions"
        yield from waiting(logs, f"{people} {THINKERS}", how, P95)
        logs = [asyncio.run(visit_all(server.url, people, lasting, seed)) for seed in range(options.repeat)]
        how = f"the visitors of soak.py, who hardly pause, for {lasting:g} s"
        yield from waiting(logs, f"{people} {SOAKERS}", how, {})
        for name, act in WITHOUT_PAUSE.items():
            rates = [asyncio.run(most(server.url, config, act, options.pick(5.0, 0.5))) for _ in range(options.repeat)]
            yield Figure(f"{name}, {AT_ONCE} visitors without a pause", "answers/s", rates)


def waiting(logs: Sequence[Log], who: str, how: str, targets: Mapping[str, Target]) -> Iterator[Figure]:
    """Errors, and median and 95th percentile of each act, a value a run."""
    errors = [sum(log.errors.values()) + log.full for log in logs]
    first = next((f"; {kind}" for log in logs for kind in log.errors), "")
    yield Figure(f"{who}: errors", "", errors, NO_ERRORS, how + first)
    for act in sorted({act for log in logs for act in log.seconds}):
        taken = [log.seconds[act] for log in logs if log.seconds.get(act)]
        more = {
            "half within, s": statistics.median(value for values in taken for value in values),
            "times": sum(map(len, taken)),
        }
        p95 = [percentile(values, 0.95) for values in taken]
        yield Figure(f"{who}: {act}, 95th percentile", "s", p95, targets.get(act), more=more)


@asynccontextmanager
async def opened(url: str, config: dict[str, Any], seed: int) -> AsyncIterator[Visit]:
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE, limits=LIMITS) as client:
        visit = Visit(client, config, random.Random(seed))
        heart = asyncio.create_task(visit.heartbeat())
        yield visit
        heart.cancel()


async def think_and_ask(url: str, config: dict[str, Any], people: int, lasting: float, arriving: float) -> Log:
    """All open the page within `arriving` seconds; when everybody has it, they ask and think for `lasting` seconds."""
    log, here = Log(), asyncio.Event()
    opening = set(range(people))

    async def person(number: int) -> None:
        async with opened(url, config, number) as visit:
            await asyncio.sleep(visit.rng.uniform(0, arriving))
            await log.timed("open the page", visit.open())
            opening.remove(number)
            if not opening:
                here.set()
            await here.wait()
            until = time.monotonic() + lasting
            await asyncio.sleep(visit.rng.uniform(0, THINKING[1]))  # people don't ask in step
            while time.monotonic() < until:
                name = visit.rng.choices(list(ACTS), [share for _, share in ACTS.values()])[0]
                await log.timed(name, ACTS[name][0](visit))
                await asyncio.sleep(visit.rng.uniform(*THINKING))

    await asyncio.gather(*map(person, range(people)))
    return log


async def most(url: str, config: dict[str, Any], act: Act, lasting: float) -> float:
    """Right answers a second to visitors who never pause."""
    log, until = Log(), time.monotonic() + lasting

    async def insist(number: int) -> None:
        async with opened(url, config, number) as visit:
            while time.monotonic() < until:
                await log.timed("", act(visit))

    await asyncio.gather(*map(insist, range(AT_ONCE)))
    return len(log.seconds[""]) / lasting
