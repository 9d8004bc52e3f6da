"""The app's start, its answers over HTTP, and how long importing takes, each beside what it can't be quicker than."""

from __future__ import annotations

import io
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import count
from typing import cast

import torch
from PIL import Image

from benchmarks.measure import Figure, Options, at_most, interleave, ratios, seconds
from benchmarks.servers import APP, APP_WITH_NOOP, BARE_PAGE, ROOT, serving
from demo.api import Endpoints
from demo.presets import load_presets
from shapevae.images.write import to_png
from shapevae.shapes import draw_shapes
from tests.raw import Raw

START = at_most(1.1)
OVER_NOOP = {"reconstruct": at_most(5), "sample": at_most(15)}  # ms
IMPORT = at_most(1.1)
HELP = at_most(0.3)
NAMES = {"app": "`python app.py` to the first 200", "bare": "a bare Gradio page and `import torch`, to the first 200"}
CODES = {
    "torch": "import torch",
    "shapevae": "import shapevae",
    "names": "import shapevae as s; [getattr(s, name) for name in s.__all__]",
}


def measure(options: Options) -> Iterator[Figure]:
    yield from starts(options)
    yield from answers(options)
    yield from own_parts(options)
    yield from imports(options)


def starts(options: Options) -> Iterator[Figure]:
    """From the start of the process to the first page, ours and a bare one by turns."""
    values = interleave({"app": partial(start, APP), "bare": partial(start, BARE_PAGE)}, options.repeat)
    for name, words in NAMES.items():
        yield Figure(words, "s", values[name])
    yield Figure("`python app.py` / a bare page", "×", ratios(values["app"], values["bare"]), START)


def start(arguments: Sequence[str]) -> float:
    with serving(arguments) as server:
        return server.seconds


def answers(options: Options) -> Iterator[Figure]:
    """Milliseconds of the endpoints, by turns, and what they take over one that does nothing."""
    rounds, calls = options.repeat, options.pick(40, 2)
    with serving(APP_WITH_NOOP) as server:
        raw, seeds = Raw(server.url), count()
        picture = raw.upload(to_png(draw_shapes(1, 0).images[0])).json()[0]
        data: dict[str, Callable[[], list[object]]] = {
            "noop": lambda: [1],
            "reconstruct": lambda: [{"path": picture, "meta": {"_type": "gradio.FileData"}}],
            "sample": lambda: [25, next(seeds)],
        }
        medians = [medians_of_calls(raw, data, calls) for _ in range(rounds + 1)][1:]  # the first warms up
        raw.client.close()
    for name in data:
        words = "/sample of 25" if name == "sample" else f"/{name}"
        note = (
            f"medians of {calls} calls, one after the other, a new seed each"
            if name == "sample"
            else f"medians of {calls} calls"
        )
        yield Figure(f"{words} over HTTP", "ms", [median[name] for median in medians], note=note)
        if name in OVER_NOOP:
            above = [median[name] - median["noop"] for median in medians]
            yield Figure(f"{words} over /noop", "ms", above, OVER_NOOP[name])


def own_parts(options: Options) -> Iterator[Figure]:
    """Milliseconds of what these answers take without HTTP, Gradio's queue and its checks of files."""
    torch.set_num_threads(1)  # as in app.py
    models, _ = load_presets(ROOT / "weights")
    ends, picture, seeds = Endpoints(models, {}), to_png(draw_shapes(1, 0).images[0]), count()
    tasks: dict[str, Callable[[], Sequence[object]]] = {
        "/reconstruct": lambda: ends.reconstruct(picture)[:2],
        "/sample of 25": lambda: ends.sample(25, next(seeds))[:2],
    }
    calls = options.pick(40, 2)
    for words, task in tasks.items():
        encode = partial(encoded, cast(Sequence[Image.Image], task()))
        parts: dict[str, Callable[[], object]] = {"our function": task, "its two pictures as PNG": encode}
        values = interleave({name: partial(median_ms, part, calls) for name, part in parts.items()}, options.repeat)
        for name, taken in values.items():
            yield Figure(f"{words}: {name}", "ms", taken, note="by itself, without HTTP")


def median_ms(task: Callable[[], object], calls: int) -> float:
    return 1e3 * statistics.median(seconds(task) for _ in range(calls))


def encoded(pictures: Sequence[Image.Image]) -> None:
    """As Gradio does it."""
    for picture in pictures:
        picture.save(io.BytesIO(), "PNG")


def medians_of_calls(raw: Raw, data: dict[str, Callable[[], list[object]]], calls: int) -> dict[str, float]:
    """Milliseconds, by turns. Raises RuntimeError where an answer is wrong."""
    taken: dict[str, list[float]] = {name: [] for name in data}
    for _ in range(calls):
        for name, inputs in data.items():
            start = time.perf_counter()
            event, answer = raw.call(name, inputs())
            taken[name].append(1e3 * (time.perf_counter() - start))
            if event != "complete":
                raise RuntimeError(f"/{name} answered {event}: {str(answer)[:200]}")
    return {name: statistics.median(values) for name, values in taken.items()}


def imports(options: Options) -> Iterator[Figure]:
    """Whole processes, from their start to their end, by turns."""
    tasks = {name: partial(process_seconds, "-c", code) for name, code in CODES.items()}
    tasks["help"] = partial(process_seconds, "-m", "shapevae", "--help")
    tasks["nothing"] = partial(process_seconds, "-c", "pass")
    values = interleave(tasks, options.repeat)
    yield Figure("`import torch`", "s", values["torch"], note="a whole process")
    yield Figure("`import shapevae` / `import torch`", "×", ratios(values["shapevae"], values["torch"]), IMPORT)
    times = ratios(values["names"], values["torch"])
    yield Figure(
        "`import shapevae` and all its names / `import torch`", "×", times, IMPORT, "the names are imported on first use"
    )
    yield Figure("`shapevae --help`", "s", values["help"], HELP)
    yield Figure("`python -c pass`", "s", values["nothing"], note="of which all of these consist in part")


def process_seconds(*arguments: str) -> float:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, *arguments]
    return seconds(lambda: subprocess.run(command, env=environment, check=True, capture_output=True))
