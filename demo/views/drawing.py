"""What goes in: shapes by their settings or their seed, sketches, uploaded pictures, the nearest true shape."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from demo.views.checks import choice, number, whole
from shapevae.config import MAX_SEED, ShapeConfig
from shapevae.images.read import SIZE, ImageError, from_hex, open_picture, to_tensor
from shapevae.judge import judge_shapes
from shapevae.shapes import KINDS, place, render

SHAPES = ShapeConfig(rotated=True)
KIND_CHOICES = ("random", *KINDS)
FIRST_SEED = 7
# Drawings to try on the pad: strokes of points, across and down, in parts of its side.
SKETCHES: dict[str, list[list[tuple[float, float]]]] = json.loads((Path(__file__).parent / "sketches.json").read_text())
FIRST_SKETCH = "heart"  # the page opens with it: the shipped models settle on different shapes

_SIDE, _PEN = 256, 11  # pixels of the pad and of its pen


@dataclass(frozen=True)
class Setting:
    """Everything that fixes a generated shape: size, across and down in [0, 1], angle in degrees, aspect width over height."""

    kind: str
    size: float
    angle: float
    across: float
    down: float
    aspect: float = 1.0


def seed_setting(kind: object, seed: object) -> Setting:
    """The shape that a seed names; a kind other than "random" replaces the seed's own. Raises InputError."""
    kind = choice(kind, "The kind", KIND_CHOICES)
    seed = whole(seed, "The seed", 0, MAX_SEED)
    u = np.random.Generator(np.random.Philox(key=seed)).random(6).tolist()  # which the page's script can draw, too
    kind = KINDS[int(3 * u[0])] if kind == "random" else kind
    low, high = SHAPES.min_aspect, SHAPES.max_aspect
    aspect = 1.0 if kind == "circle" else low * (high / low) ** u[5]
    return Setting(kind, round(u[1], 2), round(360 * u[2]), round(u[3], 2), round(u[4], 2), aspect)


def draw_setting(kind: object, size: object, angle: object, seed: object, across: object = None, down: object = None) -> Tensor:
    """One generated shape, (1, 1, SIZE, SIZE): place and aspect come from the seed where they are not given."""
    own = seed_setting(kind, seed)
    size, angle = number(size, "The size", 0, 1), number(angle, "The angle", -360, 360)
    across = own.across if across is None else number(across, "Across", 0, 1)
    down = own.down if down is None else number(down, "Down", 0, 1)
    return draw(replace(own, size=size, angle=angle, across=across, down=down))


def draw(setting: Setting) -> Tensor:
    """The picture of a setting, (1, 1, SIZE, SIZE) in [0, 1]."""
    turn = 0.0 if setting.kind == "circle" else math.radians(setting.angle)
    values = torch.tensor([setting.size, setting.aspect, turn, setting.across, setting.down], dtype=torch.float64)
    size, aspect, angle, across, down = values[:, None]
    return render(place(torch.tensor([KINDS.index(setting.kind)]), size, aspect, angle, across, down, SHAPES), SIZE)


def draw_sketch(name: str) -> Tensor:
    """A sketch as the models see it, (1, 1, SIZE, SIZE), its outlines filled."""
    sheet = Image.new("L", (_SIDE, _SIDE))
    pen = ImageDraw.Draw(sheet)
    for stroke in SKETCHES[name]:
        points = [(_SIDE * x, _SIDE * y) for x, y in stroke]
        pen.polygon(points, fill=255)
        pen.line(points, fill=255, width=_PEN, joint="curve")
    return from_hex(sheet.resize((SIZE, SIZE), Image.Resampling.BOX).tobytes().hex())


def read_upload(data: object) -> Tensor:
    """A picture file's bytes as the models see it, (1, 1, SIZE, SIZE). Raises ImageError."""
    if not isinstance(data, bytes):
        raise ImageError("Send a picture file.")
    return to_tensor(open_picture(data))


def snap(x: Tensor) -> Tensor:
    """The nearest true shape to a picture, drawn: (1, 1, SIZE, SIZE) -> the same."""
    return render(judge_shapes(x).nearest, SIZE)
