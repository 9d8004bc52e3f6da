"""A hundred pen drawings of shapes as people make them: wobbly, outlined or filled, off-centre, large and small."""

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from shapevae.images.read import from_hex
from shapevae.shapes import CIRCLE, KINDS, RECTANGLE

PAD, PIXELS, PEN = 256, 64, 10  # the pad's canvas, the picture it sends, the width of its pen


@dataclass(frozen=True)
class Drawing:
    """kind: an index into KINDS. hex: what the pad would send."""

    kind: int
    hex: str

    @property
    def picture(self):  # type: ignore[no-untyped-def]
        """(1, 1, 64, 64), as the app makes it of the pad's strokes."""
        return from_hex(self.hex)


def drawings(count: int = 100, seed: int = 0) -> list[Drawing]:
    """`count` drawings, kinds in turn, every third of a kind filled in by the pen."""
    generator = np.random.default_rng(seed)
    return [_draw(index % len(KINDS), index // 3 % 3 == 2, generator) for index in range(count)]


def _draw(kind: int, filled: bool, generator: np.random.Generator) -> Drawing:
    stroke = _wobble(_place(_outline(kind, generator), generator), generator)
    sheet = Image.new("L", (PAD, PAD))
    pen = ImageDraw.Draw(sheet)
    points = [(float(x), float(y)) for x, y in stroke]
    pen.line(points, fill=255, width=PEN, joint="curve")
    if filled:
        pen.polygon(points, fill=255)
    small = np.asarray(sheet.resize((PIXELS, PIXELS), Image.Resampling.BOX))
    return Drawing(kind, small.tobytes().hex())


def _outline(kind: int, generator: np.random.Generator) -> NDArray[np.float64]:
    """A closed stroke (N, 2) about the origin, of about unit size; corners are a little off and need not quite meet."""
    if kind == CIRCLE:
        turn = np.linspace(0, 2 * math.pi, 80) + generator.uniform(0, 6)
        return np.stack([np.cos(turn), np.sin(turn)], 1)
    w, h = math.sqrt(generator.uniform(0.6, 1.7)) ** np.array([1, -1])
    corners = [(-w, -h), (w, -h), (w, h), (-w, h)] if kind == RECTANGLE else [(0, -h), (w, h), (-w, h)]
    rough = np.array(corners) + generator.normal(0, 0.04, (len(corners), 2))
    closed = np.vstack([rough, rough[:1] + generator.normal(0, 0.03, 2)])
    return np.concatenate([np.linspace(a, b, 25) for a, b in itertools.pairwise(closed)])


def _place(stroke: NDArray[np.float64], generator: np.random.Generator) -> NDArray[np.float64]:
    """Turned, sized and put somewhere on the pad, in the pad's pixels."""
    angle, size = generator.uniform(0, 2 * math.pi), generator.uniform(38, 82)
    cos, sin = math.cos(angle), math.sin(angle)
    turned = size * stroke @ np.array([[cos, sin], [-sin, cos]])
    room = np.maximum(PAD / 2 - 14 - np.abs(turned).max(0), 0)
    return turned + PAD / 2 + generator.uniform(-room, room)


def _wobble(stroke: NDArray[np.float64], generator: np.random.Generator, size: float = 1.5) -> NDArray[np.float64]:
    """A slow tremble of the hand: smoothed noise of about `size` pixels of the pad."""
    noise = generator.normal(0, 1, stroke.shape)
    kernel = np.hanning(9) / np.sqrt((np.hanning(9) ** 2).sum())
    smooth = np.stack([np.convolve(noise[:, axis], kernel, mode="same") for axis in (0, 1)], 1)
    return stroke + size * smooth
