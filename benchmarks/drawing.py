"""Drawing shapes: pictures a second, beside scikit-image's random shapes and a loop over Pillow."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec

import numpy as np
from PIL import Image, ImageDraw

from benchmarks.figures import Figure, Options, interleave, ratios, seconds
from shapevae.config import ShapeConfig
from shapevae.images.read import from_byte_array
from shapevae.shapes import KINDS, draw_shapes

SIDE, SCALE = 64, 4
SKIMAGE, PILLOW = "scikit-image, random_shapes", f"Pillow, {SCALE} × supersampling"
TIMES = {SKIMAGE: "≥ 5", PILLOW: "≥ 15"}  # how many times as fast we want to be
HOW = {SKIMAGE: "one shape a picture, not anti-aliased, upright", PILLOW: "one shape a picture, any angle, averaged down"}


def measure(options: Options) -> Iterator[Figure]:
    """Seconds of ours, pictures a second of all, and how many times as fast ours is."""
    count, peers = options.pick(10_000, 40), options.pick(2_000, 10)
    ours = {f"draw_shapes, {name}": ShapeConfig(rotated=name == "rotated") for name in ("upright", "rotated")}
    tasks = {name: rate(count, partial(draw_shapes, count, 0, config)) for name, config in ours.items()}
    tasks[PILLOW] = rate(peers, partial(draw_with_pillow, peers))
    if find_spec("skimage"):
        tasks[SKIMAGE] = rate(peers, partial(draw_with_skimage, peers))
    else:
        yield Figure(SKIMAGE, "", [], note="skipped: not installed, pip install scikit-image")
    rates = interleave(tasks, options.repeat)
    for name in ours:
        yield Figure(f"{name}: {count:,} pictures", "s", [count / each for each in rates[name]], "≤ 1")
    for name, values in rates.items():
        yield Figure(name, "pictures/s", values, note=HOW.get(name, "anti-aliased"))
    for name in ours:
        for peer in (name for name in TIMES if name in rates):
            yield Figure(f"{name} / {peer}", "×", ratios(rates[name], rates[peer]), TIMES[peer])


def rate(count: int, draw: Callable[[], object]) -> Callable[[], float]:
    """A task that draws `count` pictures and returns how many that is a second."""
    return lambda: count / seconds(draw)


def draw_with_skimage(count: int) -> np.ndarray:
    """(count, SIDE, SIDE) of a shape each, in greys, as its documentation shows it."""
    from skimage.draw import random_shapes

    pictures, generator = np.empty((count, SIDE, SIDE), np.uint8), np.random.default_rng(0)
    options = {"max_shapes": 1, "min_size": 16, "max_size": 48, "num_channels": 1, "channel_axis": None, "rng": generator}
    for index in range(count):
        pictures[index], _ = random_shapes((SIDE, SIDE), shape=KINDS[index % 3], **options)
    return pictures


def draw_with_pillow(count: int) -> np.ndarray:
    """(count, SIDE, SIDE) float32 in [0, 1] of a shape each at any angle: drawn SCALE times as large, averaged down."""
    pictures, dice = np.empty((count, SIDE, SIDE), np.float32), random.Random(0)
    for index in range(count):
        canvas = Image.new("L", (SCALE * SIDE,) * 2)
        draw_one(ImageDraw.Draw(canvas), index % 3, dice)
        pictures[index] = from_byte_array(np.asarray(canvas.resize((SIDE, SIDE), Image.Resampling.BOX)))
    return pictures


def draw_one(pen: ImageDraw.ImageDraw, kind: int, dice: random.Random) -> None:
    full = SCALE * SIDE
    x, y, size = dice.uniform(0.4, 0.6) * full, dice.uniform(0.4, 0.6) * full, dice.uniform(0.12, 0.25) * full
    if kind == 0:
        pen.ellipse((x - size, y - size, x + size, y + size), fill=255)
        return
    stretch, angle = dice.uniform(0.7, 1.4), dice.uniform(0, 2 * math.pi)
    w, h = size * stretch, size / stretch
    corners = [(-w, h), (w, h), (w, -h), (-w, -h)] if kind == 1 else [(-w, h), (w, h), (0, -h)]
    cos, sin = math.cos(angle), math.sin(angle)
    pen.polygon([(x + cos * u + sin * v, y + cos * v - sin * u) for u, v in corners], fill=255)
