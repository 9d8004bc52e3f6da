"""Made photographs of drawings on paper: light, shadow, paper, ruling, desk, ink, perspective, noise and JPEG, kind known."""

import io
import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from shapevae.shapes import CIRCLE, KINDS, RECTANGLE

WIDTH, HEIGHT, FINER = 640, 480, 2  # masks are drawn FINER times as large
LIGHTS = ("even", "window", "lamps", "vignette", "shadow", "soft shadow")
PAPERS = ("plain", "ruled", "squared", "dotted", "coloured")
DESKS = ("none", "edge", "dark", "wood")
INKS = ("pen", "thin pen", "pencil", "blue", "red", "felt", "filled", "hatched")

Floats = NDArray[np.float64]
View = Callable[[Floats], Floats]
_PAPER = {"plain": (0.86, 0.86, 0.84), "ruled": (0.9, 0.9, 0.88), "squared": (0.9, 0.9, 0.9), "dotted": (0.88, 0.87, 0.82)}
_COLOURED = ((0.95, 0.88, 0.45), (0.75, 0.9, 0.75), (0.95, 0.75, 0.8), (0.7, 0.82, 0.93), (0.72, 0.58, 0.42))
_INK = {"blue": (0.15, 0.22, 0.6), "red": (0.75, 0.15, 0.15), "pencil": (0.5, 0.5, 0.52)}
_BLACK = (0.12, 0.12, 0.13)
_WIDTHS = {"pen": (3.5, 6), "thin pen": (1.6, 2.6), "pencil": (1.8, 3.5), "felt": (7, 14), "filled": (3, 6), "hatched": (3, 5)}


@dataclass(frozen=True)
class Photograph:
    """kind: an index into KINDS. light, paper, desk, ink: what it was made of. data: a JPEG file."""

    kind: int
    light: str
    paper: str
    desk: str
    ink: str
    data: bytes


def photographs(count: int, seed: int = 0, **fixed: str) -> list[Photograph]:
    """`count` photographs, kinds in turn, the rest at random but for what is fixed."""
    return [_photograph(np.random.default_rng([seed, index]), index % len(KINDS), fixed) for index in range(count)]


def _photograph(rng: np.random.Generator, kind: int, fixed: dict[str, str]) -> Photograph:
    choices = {"light": LIGHTS, "paper": PAPERS, "desk": DESKS, "ink": INKS}
    made = {name: fixed.get(name) or str(rng.choice(options)) for name, options in choices.items()}
    view = _view(rng, made["desk"])
    scene = _desk(rng, made["desk"])
    sheet = _mask([view(np.array([(-1.3, -1), (1.3, -1), (1.3, 1), (-1.3, 1)]))], None)[..., None]
    paper = np.array(_COLOURED[rng.integers(len(_COLOURED))] if made["paper"] == "coloured" else _PAPER[made["paper"]])
    scene = scene * (1 - sheet) + paper * rng.uniform(0.85, 1.05) * sheet
    strength = _strength(rng, made["ink"])
    scene *= 1 - _ruling(rng, made["paper"], view, strength)
    ink = 1 - np.array(_INK.get(made["ink"], _BLACK)) / 0.86
    scene *= 1 - strength * _ink(rng, kind, made["ink"], view)[..., None] * ink
    scene *= _light(rng, made["light"])[..., None] * rng.uniform(0.8, 1.02) * rng.uniform(0.92, 1.06, 3)
    return Photograph(kind, **made, data=_taken(rng, scene))


def _view(rng: np.random.Generator, desk: str) -> View:
    """From the sheet, [-1.3, 1.3] × [-1, 1], to the camera's pixels: turned, moved, and seen at a slant."""
    turn = rng.normal(0, 0.06) if desk != "dark" else rng.uniform(-0.35, 0.35)
    size = {"none": rng.uniform(1.5, 1.9), "edge": rng.uniform(1.1, 1.3)}.get(desk, rng.uniform(0.72, 0.85)) * HEIGHT / 2
    aside = rng.choice([-1, 1], 2) * rng.uniform(0.25, 0.45, 2) * HEIGHT / 2 if desk == "edge" else rng.uniform(-12, 12, 2)
    slant = rng.uniform(-0.06, 0.06, 2)
    matrix = size * np.array([(math.cos(turn), -math.sin(turn)), (math.sin(turn), math.cos(turn))])

    def view(points: Floats) -> Floats:
        return points @ matrix.T / (1 + points @ slant)[:, None] + aside + (WIDTH / 2, HEIGHT / 2)

    return view


def _desk(rng: np.random.Generator, desk: str) -> Floats:
    """What lies under the sheet, (HEIGHT, WIDTH, 3)."""
    if desk != "wood":
        return np.ones((HEIGHT, WIDTH, 3)) * rng.uniform(0.12, 0.5) * rng.uniform(0.85, 1.1, 3)
    down, across = np.mgrid[:HEIGHT, :WIDTH] / HEIGHT
    grain = np.sin(2 * math.pi * (rng.uniform(8, 20) * down + 0.4 * np.sin(3 * across + rng.uniform(0, 6))))
    fibre = np.repeat(rng.normal(0, 1, (HEIGHT, 1)), WIDTH, 1)
    return (0.42 + 0.05 * grain + 0.03 * fibre)[..., None] * (1.25, 0.9, 0.6)


def _mask(strokes: list[Floats], width: float | None) -> Floats:
    """Lines of a width in camera pixels, or filled where it is None, (HEIGHT, WIDTH) in [0, 1]."""
    sheet = Image.new("L", (WIDTH * FINER, HEIGHT * FINER))
    pen = ImageDraw.Draw(sheet)
    for stroke in strokes:
        points = [(float(x), float(y)) for x, y in stroke * FINER]
        if width is None:
            pen.polygon(points, fill=255)
        else:
            pen.line(points, fill=255, width=max(round(width * FINER), 1), joint="curve")
    return np.asarray(sheet.reduce(FINER), np.float64) / 255


def _ruling(rng: np.random.Generator, paper: str, view: View, strength: float) -> Floats:
    """How much of the light printed lines take away, (HEIGHT, WIDTH, 3): paler than the ink, grey or bluish."""
    if paper not in ("ruled", "squared", "dotted"):
        return np.zeros((1, 1, 1))
    at = np.arange(-0.94, 0.94, rng.uniform(0.09, 0.16))
    rows = [np.array([(-1.3, y), (1.3, y)]) for y in at]
    columns = [np.array([(x, -1), (x, 1)]) for x in np.arange(-1.25, 1.25, at[1] - at[0])]
    if paper == "dotted":
        dots = [np.array([(x - 0.004, y), (x + 0.004, y)]) for x in np.arange(-1.25, 1.25, at[1] - at[0]) for y in at]
        lines = _mask([view(dot) for dot in dots], 2)
    else:
        lines = _mask([view(line) for line in (rows + columns if paper == "squared" else rows)], rng.uniform(1, 2))
    return lines[..., None] * rng.uniform(0.15, 0.45) * strength * np.array(rng.choice([1.0, 0.6])) * (1, 0.8, 0.5)


def _strength(rng: np.random.Generator, ink: str) -> float:
    return rng.uniform(0.5, 0.9) if ink == "pencil" else rng.uniform(0.8, 1.0)


def _ink(rng: np.random.Generator, kind: int, ink: str, view: View) -> Floats:
    """How much ink lies where, (HEIGHT, WIDTH) in [0, 1]."""
    line = next(line for line in (view(_outline(rng, kind)) for _ in itertools.count()) if _in_sight(line))
    width = rng.uniform(*_WIDTHS.get(ink, (2.5, 5)))
    mask = _mask([line], width)
    if ink == "filled":
        mask = np.maximum(mask, _mask([line], None))
    if ink == "hatched":
        step = rng.uniform(1.5, 2.5) * width
        hatch = [np.array([(-WIDTH, at), (2 * WIDTH, at + WIDTH)]) for at in np.arange(-2 * HEIGHT, 2 * HEIGHT, step)]
        mask = np.maximum(mask, _mask([line], None) * _mask(hatch, width))
    grain = rng.normal(0.75, 0.25, mask.shape).clip(0.2, 1) if ink == "pencil" else 1.0
    return mask * grain


def _in_sight(line: Floats) -> bool:
    """Whether a stroke keeps clear of the picture's rim."""
    return bool(line.min() > 15 and (line.max(0) < (WIDTH - 15, HEIGHT - 15)).all())


def _outline(rng: np.random.Generator, kind: int) -> Floats:
    """A closed stroke on the sheet, (N, 2), drawn by hand: corners a little off, lines that tremble."""
    if kind == CIRCLE:
        turn = np.linspace(0, 2 * math.pi, 120) + rng.uniform(0, 6)
        stroke = np.stack([np.cos(turn), np.sin(turn)], 1)
    else:
        w, h = math.sqrt(rng.uniform(0.6, 1.7)) ** np.array([1, -1])
        corners = np.array([(-w, -h), (w, -h), (w, h), (-w, h)] if kind == RECTANGLE else [(0, -h), (w, h), (-w, h)])
        corners = corners + rng.normal(0, 0.03, corners.shape)
        closed = np.vstack([corners, corners[:1] + rng.normal(0, 0.015, 2)])
        stroke = np.concatenate([np.linspace(a, b, 40) for a, b in itertools.pairwise(closed)])
    angle = rng.uniform(0, 2 * math.pi)
    turned = stroke @ np.array([(math.cos(angle), math.sin(angle)), (-math.sin(angle), math.cos(angle))])
    turned *= rng.uniform(0.22, 0.44) / np.sqrt(np.prod(np.ptp(stroke, axis=0) / 2))
    tremble = np.stack([np.convolve(rng.normal(0, 0.012, len(stroke)), np.ones(9) / 9, "same") for _ in range(2)], 1)
    turned = turned + tremble
    return turned - (turned.max(0) + turned.min(0)) / 2 + rng.uniform(-0.08, 0.08, 2)


def _light(rng: np.random.Generator, light: str) -> Floats:
    """How bright the scene is lit, (HEIGHT, WIDTH), about 1 at its brightest."""
    down, across = np.mgrid[:HEIGHT, :WIDTH] / HEIGHT
    angle = rng.uniform(0, 2 * math.pi)
    along = math.cos(angle) * (across - WIDTH / HEIGHT / 2) + math.sin(angle) * (down - 0.5)
    if light == "window":
        return 1 - rng.uniform(0.1, 0.6) * (along + 0.85) / 1.7
    if light == "lamps":
        spots = [(rng.uniform(-0.2, 1.5), rng.uniform(-0.2, 1.2), rng.uniform(0.5, 1.2)) for _ in range(2)]
        parts = [np.exp(-((across - x) ** 2 + (down - y) ** 2) / (2 * r**2)) for x, y, r in spots]
        return np.sum(parts, 0).clip(0.05) ** 0.5 / 1.4
    if light == "vignette":
        return 1 - rng.uniform(0.15, 0.55) * ((across - 0.67) ** 2 + (down - 0.5) ** 2)
    if light in ("shadow", "soft shadow"):
        reach = rng.uniform(0.002, 0.006) if light == "shadow" else rng.uniform(0.03, 0.15)
        dark = 1 / (1 + np.exp(-((along - rng.uniform(-0.25, 0.25)) / reach).clip(-50, 50)))
        return 1 - rng.uniform(0.2, 0.55) * dark
    return np.ones((HEIGHT, WIDTH))


def _taken(rng: np.random.Generator, scene: Floats) -> bytes:
    """What the camera makes of it: a little blur, noise, JPEG."""
    noise = rng.normal(0, rng.uniform(0.004, 0.03), (HEIGHT, WIDTH, 1)) + rng.normal(0, 0.008, scene.shape)
    pixels = (255 * (scene + noise)).clip(0, 255).astype(np.uint8)
    picture = Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.2)))
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=int(rng.integers(60, 95)))
    return stream.getvalue()
