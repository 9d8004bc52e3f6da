"""A latent plane, d = 2, at a glance: what the decoder draws at every place, where codes lie, what the judge says of it."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from demo.views.checks import InputError, choice, mapping, number, sequence, whole
from demo.views.results import NAMES, Models
from shapevae.config import MAX_SEED, TEST_SEED
from shapevae.images.read import from_hex
from shapevae.images.write import grid, to_hex, to_png
from shapevae.judge import judge_shapes
from shapevae.model import Autoencoder
from shapevae.shapes import CIRCLE, KINDS, Shapes, draw_shapes, place, render

REACH = 3.0  # standard deviations of the prior from the middle of a plane to its edge
CELLS = 24  # places along a side of the mosaic
PICTURES = 600  # whose codes are shown
NO_SHAPE = len(KINDS)

_GREYS = 15  # steps from black to white: a mosaic's file is a third as large
_FIRST = (0.4, 0.4)  # the place that the page points at when it opens
_TRIES = 64  # pictures of a seed, among which the first of each kind is taken
_CIRCLES = 65  # from the smallest to the largest


@dataclass(frozen=True)
class Mosaic:
    """What a decoder draws at cells × cells places, row by row from the top left.

    image: (1, H, W). kinds: (cells²,) the judge's kind of each picture, NO_SHAPE where it is no clear shape.
    """

    image: Tensor
    kinds: Tensor


@dataclass(frozen=True)
class Cloud:
    """The codes of N pictures in units of the plane: means (N, 2) and standard deviations of their noise (N, 2)."""

    means: Tensor
    noise: Tensor


def places(cells: int) -> Tensor:
    """The middles of cells × cells cells that fill the plane, (cells², 2): across and up, row by row from the top left."""
    axis = ((torch.arange(cells) + 0.5) * (2 / cells) - 1) * REACH
    up, across = torch.meshgrid(-axis, axis, indexing="ij")
    return torch.stack([across.flatten(), up.flatten()], 1)


@torch.inference_mode()
def mosaic(model: Autoencoder, cells: int = CELLS, unit: float | None = None) -> Mosaic:
    """What the model draws at `places`; `unit` is the plane's, in units of the code, by default the prior's deviation."""
    images = model.decode(places(cells) * (unit or model.prior_std))
    return Mosaic(grid(images, columns=cells, gap=0), judged_kinds(images))


def judged_kinds(images: Tensor) -> Tensor:
    """The judge's kind of each picture (N, 1, H, W), NO_SHAPE where it is no clear shape: (N,)."""
    judged = judge_shapes(images.nan_to_num())
    return torch.where(judged.distinguishable, judged.kind, NO_SHAPE)


@torch.inference_mode()
def cloud(model: Autoencoder, images: Tensor, unit: float | None = None) -> Cloud:
    """The codes of pictures (N, 1, H, W)."""
    code, unit = model.encode(images), unit or model.prior_std
    return Cloud(code.mean / unit, code.std.expand_as(code.mean) / unit)


def prior_shares(kinds: Tensor, radius: float = 1.0) -> list[float]:
    """How much of the prior lies where each kind is drawn, and where no clear shape is, of a mosaic's kinds (cells²,).

    radius: the prior's standard deviation in units of the plane. The prior is taken at the cells' middles; what lies beyond
    the plane's edge, 0.5 % at a radius of 1, is left out.
    """
    cells = math.isqrt(len(kinds))
    mass = torch.softmax(-places(cells).square().sum(1) / (2 * radius**2), 0)
    return [float(mass[kinds == kind].sum()) for kind in range(NO_SHAPE + 1)]


@torch.inference_mode()
def circle_noise(model: Autoencoder) -> tuple[float, float]:
    """The noise of circles' codes along the line that they lie on, and across it: root mean squares, in prior deviations."""
    size = torch.linspace(0, 1, _CIRCLES, dtype=torch.float64)
    one, half = torch.ones_like(size), torch.full_like(size, 0.5)
    factors = place(torch.full((_CIRCLES,), CIRCLE), size, one, 0 * one, half, half, model.shapes)
    circles = cloud(model, render(factors, model.shapes.image_size))
    (line,) = torch.gradient(circles.means, dim=0)
    along = (line / line.norm(dim=1, keepdim=True)).square()  # the squared cosines of the line and both dimensions
    variances = circles.noise.square()
    parts = ((variances * along).sum(1), (variances * along.flip(1)).sum(1))
    return math.sqrt(float(parts[0].mean())), math.sqrt(float(parts[1].mean()))


def sentence(noise: Mapping[str, tuple[float, float]], shares: Mapping[str, list[float]]) -> str:
    """What both planes show of circles: by model, their noise along and across, and the prior's shares by kind."""
    parts = []
    for name, (along, across) in noise.items():
        ratio = across / along
        how = (
            f"{ratio:.1f} times as much noise across that line as along it"
            if abs(ratio - 1) > 0.05
            else "as much noise across that line as along it"
        )
        parts.append(f"the {_inside(name)} gives them {how}, and {100 * shares[name][CIRCLE]:.0f} % of the prior draws circles")
    return f"Circles, one number each, need only a line: {'; '.join(parts)}."


def _inside(name: str) -> str:
    """A model's name inside a sentence."""
    return NAMES[name].replace("Adjusted", "adjusted")


def fresh_pictures(models: Models, count: int = PICTURES) -> Shapes:
    """Pictures that no model was trained on, drawn as those of the first model."""
    return draw_shapes(count, TEST_SEED, next(iter(models.values())).shapes)


def own_code(model: Autoencoder, point: object) -> Tensor:
    """The code, (1, 2), of a place from outside. Raises InputError."""
    values = sequence(point, "A place", 2)
    if len(values) != 2:
        raise InputError("A place must be two numbers.")
    return model.prior_std * torch.tensor([[number(value, "Each number of a place", -100, 100) for value in values]])


@torch.inference_mode()
def decode_points(models: Models, data: object) -> dict[str, Tensor]:
    """By model, the picture (1, 1, H, W) that it draws at its place of {"vae": [across, up], "mmd": [across, up]}."""
    points = mapping(data, "The places")
    return {name: model.decode(own_code(model, points.get(name))) for name, model in models.items()}


def drop(models: Models, x: Tensor) -> dict[str, list[float]]:
    """By model, where the code of one picture (1, 1, H, W) lies and its noise: across, up, and both deviations."""
    found = {name: cloud(model, x) for name, model in models.items()}
    return {name: [*code.means[0].tolist(), *code.noise[0].tolist()] for name, code in found.items()}


def landed(found: Mapping[str, list[float]]) -> str:
    """Where a dropped picture's code lies, and how wide its noise is, in words."""
    words = (f"{NAMES[name]} ({x:.2f}, {y:.2f}), noise {a:.3f} by {b:.3f}" for name, (x, y, a, b) in found.items())
    return f"Its code: {'; '.join(words)}.".replace("-", "−")


def dropped_picture(models: Models, wanted: Mapping[str, object]) -> Tensor:
    """The picture (1, 1, H, W) that {"hex": a drawing} or {"kind": …, "seed": …} names. Raises InputError."""
    shapes = next(iter(models.values())).shapes
    if "hex" in wanted:
        return as_family(from_hex(wanted["hex"]), shapes.image_size)
    kind = KINDS.index(choice(wanted.get("kind"), "The kind", KINDS))
    seed = whole(wanted.get("seed"), "The seed", 0, MAX_SEED)
    drawn = draw_shapes(_TRIES, seed, shapes)
    return drawn.images[drawn.kinds == kind][:1]


def as_family(x: Tensor, size: int) -> Tensor:
    """A drawing (1, 1, H, W) as the planes' models know pictures: its box in the middle, `size` pixels a side.

    Raises InputError where nothing is drawn.
    """
    rows, columns = (x[0, 0] > 0.5).any(1).nonzero(), (x[0, 0] > 0.5).any(0).nonzero()
    if not len(rows):
        raise InputError("Draw a shape on the Reconstruct tab first.")
    middle = [(int(found[0]) + int(found[-1]) + 1 - x.shape[-1]) // 2 for found in (rows, columns)]
    centred = torch.roll(x, [-shift for shift in middle], (2, 3))
    return torch.nn.functional.adaptive_avg_pool2d(centred, size)


def drawn(found: Mosaic) -> dict[str, str]:
    """A mosaic as plane.js takes it: a PNG in base64, and a digit a cell."""
    greys = (found.image.nan_to_num() * _GREYS).round() / _GREYS
    return {"mosaic": base64.b64encode(to_png(greys)).decode(), "cells": digits(found.kinds)}


def codes(found: Cloud) -> dict[str, list[list[float]]]:
    """Codes and their noise as plane.js takes them, cut to what a screen can show."""
    return {"points": rounded(found.means, 3), "noise": rounded(found.noise, 3)}


def digits(kinds: Tensor) -> str:
    """Kinds (N,) as a text of one digit each."""
    return "".join(map(str, kinds.tolist()))


def rounded(values: Tensor, decimals: int) -> list[list[float]]:
    return [[round(value, decimals) for value in row] for row in values.nan_to_num().tolist()]


def both_planes(models: Models) -> dict[str, Any]:
    """Both planes, the prior's shares by kind, what they show of circles, and what is drawn at the first place."""
    shapes = fresh_pictures(models)
    mosaics = {name: mosaic(model) for name, model in models.items()}
    shares = {name: prior_shares(found.kinds) for name, found in mosaics.items()}
    planes = {name: {**drawn(found), **codes(cloud(models[name], shapes.images))} for name, found in mosaics.items()}
    noise = {name: circle_noise(model) for name, model in models.items()}
    pictures = {name: to_hex(image[0]) for name, image in decode_points(models, dict.fromkeys(models, _FIRST)).items()}
    return {
        "reach": REACH,
        "kinds": digits(shapes.kinds),
        "shares": shares,
        "sentence": sentence(noise, shares),
        "planes": planes,
        "first": {"place": _FIRST, "pictures": pictures},
    }
