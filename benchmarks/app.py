"""The app's start and its answers over HTTP, beside a bare page of Gradio and an endpoint that does nothing."""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path

import httpx

from benchmarks.figures import Figure, Options, interleave, ratios, seconds
from shapevae.images.write import to_png
from shapevae.shapes import draw_shapes

ROOT = Path(__file__).parent.parent
API = "gradio_api/"
APP = ("app.py",)
BARE = """
import gradio, torch
with gradio.Blocks(analytics_enabled=False) as page:
    number = gradio.Number(visible=False)
    gradio.Button(visible=False).click(lambda number: number, number, number, api_name="noop")
page.launch(server_name="127.0.0.1", ssr_mode=False, quiet=True)
"""


def measure(options: Options) -> Iterator[Figure]:
    """From the start of the process to the first page, ours and the bare one by turns; then the answers."""
    values = interleave({"app": partial(start, APP), "bare": partial(start, ("-c", BARE))}, options.repeat)
    yield Figure("`python app.py` to the first 200", "s", values["app"])
    yield Figure("a bare Gradio page and `import torch`, to the first 200", "s", values["bare"])
    yield Figure("`python app.py` / a bare page", "×", ratios(values["app"], values["bare"]), "≤ 1.1")
    yield from answers(options)


def start(arguments: Sequence[str]) -> float:
    begun = time.perf_counter()
    with serving(arguments):
        return time.perf_counter() - begun


def answers(options: Options) -> Iterator[Figure]:
    """Milliseconds of two endpoints, and what they take over one of the bare page that does nothing."""
    calls, seeds = options.pick(40, 2), count()
    with serving(APP) as ours, serving(("-c", BARE)) as bare, httpx.Client(timeout=60) as client:
        picture = upload(client, ours, to_png(draw_shapes(1, 0).images[0]))
        tasks: dict[str, Callable[[], object]] = {
            "/noop": lambda: ask(client, bare, "noop", [1]),
            "/reconstruct": lambda: ask(client, ours, "reconstruct", [picture]),
            "/sample of 25": lambda: ask(client, ours, "sample", [25, next(seeds)]),
        }
        values = interleave({name: partial(median_ms, task, calls) for name, task in tasks.items()}, options.repeat)
    for name, taken in values.items():
        yield Figure(f"{name} over HTTP", "ms", taken, note=f"medians of {calls} calls")
    for name, target in (("/reconstruct", "≤ 5"), ("/sample of 25", "≤ 15")):
        above = [a - b for a, b in zip(values[name], values["/noop"], strict=True)]
        yield Figure(f"{name} over /noop", "ms", above, target)


def upload(client: httpx.Client, url: str, picture: bytes) -> dict[str, object]:
    """A picture as the endpoints take it."""
    (path,) = client.post(f"{url}{API}upload", files={"files": ("a.png", picture)}).raise_for_status().json()
    return {"path": path, "meta": {"_type": "gradio.FileData"}}


def ask(client: httpx.Client, url: str, endpoint: str, data: Sequence[object]) -> None:
    """One answer, as a program asks for it. Raises ValueError where it is no answer."""
    event = client.post(f"{url}{API}call/{endpoint}", json={"data": data}).raise_for_status().json()["event_id"]
    answer = client.get(f"{url}{API}call/{endpoint}/{event}").text
    if "event: complete" not in answer:
        raise ValueError(f"/{endpoint} answered {answer[:80]}")


def median_ms(task: Callable[[], object], calls: int) -> float:
    return 1e3 * statistics.median(seconds(task) for _ in range(calls))


@contextmanager
def serving(arguments: Sequence[str], deadline: float = 120) -> Iterator[str]:
    """The address of `python ARGUMENTS`, from its first answer on. Raises RuntimeError, with its last words, without one."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    others = {name: value for name, value in os.environ.items() if not name.startswith(("GRADIO_", "HF_", "SHAPEVAE_"))}
    command, environment = [sys.executable, *arguments], {**others, "GRADIO_SERVER_PORT": str(port)}
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            url = f"http://127.0.0.1:{port}/"
            if not answers_by(url, process, time.perf_counter() + deadline):
                log.seek(0)
                raise RuntimeError(f"{arguments[0]} did not answer: {log.read().decode(errors='replace')[-2000:]}")
            yield url
        finally:
            process.terminate()  # as a Space ends it
            process.wait()


def answers_by(url: str, process: subprocess.Popen[bytes], until: float) -> bool:
    """Whether a server answers with 200 before `until`; waits for that."""
    with httpx.Client(timeout=60) as client:
        while time.perf_counter() < until and process.poll() is None:
            try:
                return client.get(url).status_code == 200
            except httpx.TransportError:
                time.sleep(0.005)  # not listening yet
    return False
