"""Visitors for the soak: each opens the page, draws, asks, trains, and leaves, at times in the middle of an answer."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx

from demo.views.drawing import draw, seed_setting
from shapevae.images.read import to_hex, to_png

API = "gradio_api/"
PATIENCE = 120.0  # seconds for one answer; after that it counts as lost
LIMITS = httpx.Limits(keepalive_expiry=2)  # the server hangs up after 5; a browser would ask again, httpx does not
_RECIPE = [None, "vae", 5, 10, 0, 5000, 0.3, 5, 3000, "imq"]


class FullError(Exception):
    """The queue's own word that it is full: the only one that is no error."""


class WrongError(Exception):
    """An answer that is not what was asked for; the message is its kind."""


@dataclass
class Log:
    """What all visitors met: seconds by act, errors by kind, how often the queue was full."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: Counter[str] = field(default_factory=Counter)
    full: int = 0

    async def timed(self, act: str, asked: Awaitable[object]) -> None:
        started = time.perf_counter()
        try:
            await asked
        except FullError:
            self.full += 1
        except (httpx.HTTPError, WrongError) as error:
            self.errors[f"{act}: {type(error).__name__} {error}"[:100]] += 1
        else:
            self.seconds[act].append(time.perf_counter() - started)


class Visit:
    """One page, from its opening to its end, over a client of its own."""

    def __init__(self, client: httpx.AsyncClient, config: dict[str, Any], rng: random.Random) -> None:
        self.client, self.rng, self.session = client, rng, f"visit{rng.getrandbits(60):x}"
        self.pad = next(c["id"] for c in config["components"] if c["props"].get("elem_id") == "pad")
        self.events = {event["api_name"]: event["id"] for event in config["dependencies"]}
        seed = rng.randrange(1000)
        self.image = draw(seed_setting("random", seed))

    async def open(self) -> None:
        _checked(await self.client.get(""))
        _checked(await self.client.get("config"))

    async def heartbeat(self) -> None:
        """What a browser holds open as long as the page is shown."""
        with suppress(httpx.HTTPError):
            async with self.client.stream("GET", f"{API}heartbeat/{self.session}", timeout=None) as stream:
                async for _ in stream.aiter_raw():
                    pass

    async def draw_line(self) -> None:
        """A stroke: the pad asks while it is drawn, once after another."""
        text = to_hex(self.image)
        for _ in range(self.rng.randrange(2, 8)):
            await self._ask_pad("rebuild", text)

    async def judge(self) -> None:
        await self._ask_pad("judge", to_hex(self.image))

    async def reconstruct(self) -> None:
        files = {"files": (f"{self.rng.getrandbits(40):x}.png", to_png(self.image[0]))}
        (path,) = _checked(await self.client.post(f"{API}upload", files=files)).json()
        await self._finish("reconstruct", [{"path": path, "meta": {"_type": "gradio.FileData"}}])

    async def sample(self) -> None:
        await self._finish("sample", [25, self.rng.randrange(10**6)])

    async def train(self) -> None:
        """Start, watch a few pictures, and press Stop."""
        await self._watch(self.rng.randrange(1, 6))
        await self._finish("end_1", [None])

    async def train_and_leave(self) -> None:
        """Start, and close the page while it trains."""
        await self._watch(self.rng.randrange(1, 6))

    async def break_off_upload(self) -> None:
        """The connection goes in the middle of a file."""
        head = b'--line\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n'
        headers = {"Content-Type": "multipart/form-data; boundary=line", "Content-Length": "1000000"}

        async def half() -> AsyncIterator[bytes]:
            yield head + bytes(10_000)
            raise asyncio.TimeoutError

        with suppress(asyncio.TimeoutError):
            await self.client.post(f"{API}upload", content=half(), headers=headers)

    async def _ask_pad(self, function: str, text: str) -> None:
        body = {"data": text, "component_id": self.pad, "fn_name": function, "session_hash": self.session}
        answer = _checked(await self.client.post(f"{API}component_server", json=body)).json()
        if "error" in answer:
            raise WrongError(answer["error"])

    async def _watch(self, pictures: int) -> None:
        """The first few messages of a training, of one that waits for its turn too; then the line is dropped."""
        await self._finish("begin", _RECIPE)
        seen = 0
        async with aclosing(self._messages("follow", [None])) as messages:
            async for message in messages:
                seen += message["msg"] == "process_generating"
                if seen >= pictures:
                    return

    async def _finish(self, event: str, data: list[Any]) -> None:
        async with aclosing(self._messages(event, data)) as messages:
            async for message in messages:
                if message["msg"] == "process_completed":
                    if not message["success"]:
                        raise WrongError(str(message["output"].get("error")))
                    return
        raise WrongError("no answer came")

    async def _messages(self, event: str, data: list[Any]) -> AsyncGenerator[dict[str, Any], None]:
        """Join the queue, as the page does, and listen."""
        body = {"fn_index": self.events[event], "data": data, "session_hash": self.session}
        joined = await self.client.post(f"{API}queue/join", json=body)
        if joined.status_code == 503 and "full" in joined.text:
            raise FullError
        _checked(joined)
        async with self.client.stream("GET", f"{API}queue/data", params={"session_hash": self.session}) as stream:
            async for line in stream.aiter_lines():
                if line:
                    yield json.loads(line.removeprefix("data: "))


def _checked(answer: httpx.Response) -> httpx.Response:
    if answer.status_code != 200:
        raise WrongError(f"HTTP {answer.status_code} {answer.text[:60]}")
    return answer


ACTS: dict[str, tuple[int, Callable[[Visit], Awaitable[None]]]] = {
    "draw a line": (8, Visit.draw_line),
    "judge": (3, Visit.judge),
    "/reconstruct": (4, Visit.reconstruct),
    "/sample": (4, Visit.sample),
    "train, stop": (2, Visit.train),
    "upload, break off": (1, Visit.break_off_upload),
}
OTHER_ACTS = ("open the page", "train, leave")


async def visit_often(url: str, config: dict[str, Any], log: Log, until: float, rng: random.Random) -> None:
    """One visitor who comes again and again."""
    while time.monotonic() < until:
        async with httpx.AsyncClient(base_url=url, timeout=PATIENCE, limits=LIMITS) as client:
            visit = Visit(client, config, rng)
            heart = asyncio.create_task(visit.heartbeat())
            await log.timed("open the page", visit.open())
            for _ in range(rng.randrange(3, 30)):
                if time.monotonic() >= until:
                    break
                name = rng.choices(list(ACTS), [weight for weight, _ in ACTS.values()])[0]
                await log.timed(name, ACTS[name][1](visit))
                await asyncio.sleep(rng.expovariate(1))
            if rng.random() < 0.3:
                await log.timed("train, leave", visit.train_and_leave())
            heart.cancel()


async def visit_all(url: str, clients: int, seconds: float, seed: int = 0) -> Log:
    """`clients` visitors at once for so many seconds; each finishes the answer it waits for."""
    log, until = Log(), time.monotonic() + seconds
    config = httpx.get(f"{url}config", timeout=PATIENCE).json()
    await asyncio.gather(*(visit_often(url, config, log, until, random.Random(seed * 10**6 + i)) for i in range(clients)))
    return log


async def trains_at_once(url: str) -> bool:
    """Whether a new visitor's training starts without waiting for somebody who has left."""
    config = httpx.get(f"{url}config", timeout=PATIENCE).json()
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE) as client:
        visit = Visit(client, config, random.Random())
        await visit._finish("begin", _RECIPE)
        async with aclosing(visit._messages("follow", [None])) as messages:
            async for message in messages:
                if message["msg"] == "process_generating":
                    return "Somebody else" not in str(message["output"])
    return False
