"""The figures of one run: those of evaluate, edge widths, and the error of drawn codes."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from shapevae.config import TEST_SEED, ShapeConfig, TrainConfig
from shapevae.estimates import Estimate, mean_estimate
from shapevae.evaluation import evaluate
from shapevae.figures import finite, named
from shapevae.files import METRICS, as_json, write_whole
from shapevae.judge import judge_shapes
from shapevae.model import Autoencoder
from shapevae.shapes import CIRCLE, RECTANGLE, Factors, draw_shapes
from shapevae.weights import load_model

FIGURES = "figures.json"
EDGE_IMAGES = 1000
_SAMPLE_SEED = 2

# Of edge_widths.
_REACH, _STEP = 7.0, 0.25  # pixels to either side of the outline, and between readings
_PLACES = 12  # on each third or quarter of the outline
_CONTRAST = 0.5  # least fall in brightness that is an edge
_CHUNK = 500


@dataclass(frozen=True)
class Result:
    """A finished run: its configuration, its folder and its figures, NAME with NAME_low and NAME_high as evaluate writes them.

    Beside evaluate's: edge_width_reconstructions and edge_width_samples in pixels; threads, those the training had.
    """

    config: TrainConfig
    folder: Path
    figures: dict[str, Any]

    def estimate(self, name: str) -> Estimate | None:
        """None where the figure is undefined for this run."""
        value = self.figures.get(name)
        return None if value is None else Estimate(value, self.figures.get(f"{name}_low"), self.figures.get(f"{name}_high"))


def read_figures(folder: Path, images: int) -> dict[str, Any] | None:
    """The figures in a folder; None where there are none yet, or they rest on another number of pictures."""
    try:
        figures = json.loads((folder / FIGURES).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return figures if figures.get("images") == images else None


def write_figures(folder: Path, config: TrainConfig, images: int) -> None:
    """Measure the trained model in `folder` over `images` test pictures and leave figures.json beside it."""
    metrics = json.loads((folder / METRICS).read_text(encoding="utf-8"))
    model = load_model(folder)
    if metrics["images"] != images:
        metrics = evaluate(model, images=images, train_seconds=metrics["train_seconds"]).to_dict()
    figures = {**metrics, **_further(model, config.shapes, images), "threads": torch.get_num_threads()}
    write_whole(folder / FIGURES, as_json(figures))


@torch.inference_mode()
def _further(model: Autoencoder, shapes: ShapeConfig, images: int) -> dict[str, float | None]:
    """Edge widths, over at most EDGE_IMAGES pictures of each sort."""
    figures: dict[str, float | None] = {}
    count = min(images, EDGE_IMAGES)
    x = draw_shapes(count, TEST_SEED, shapes).images
    for sort, pictures in (("reconstructions", model.reconstruct(x)), ("samples", model.sample(count, _SAMPLE_SEED))):
        widths = edge_widths(pictures)
        figures |= named(f"edge_width_{sort}", mean_estimate(widths[~widths.isnan()]))
    return finite(figures)


@torch.inference_mode()
def edge_widths(images: Tensor) -> Tensor:
    """Width of the edges of pictures (N, 1, H, H) in [0, 1], in pixels: (N,), NaN for a picture without a clear outline.

    Brightness is read, bilinearly, along normals of the nearest true shape's outline, away from its corners. On each the
    width is the way from 90 % to 10 % of that profile's own range, at the fall nearest to the outline, so that an outline
    somewhat out of place does not count as smeared. A picture's figure is the median over its profiles; profiles that fall by
    less than half of full brightness are no edge, and a picture where most are none has no figure.
    """
    if not len(images):
        return images.new_empty(0)
    nearest = judge_shapes(images).nearest
    chunks = torch.arange(len(images)).split(_CHUNK)
    return torch.cat([_median_width(_profiles(images[chunk], nearest[chunk])) for chunk in chunks])


def _profiles(images: Tensor, factors: Factors) -> Tensor:
    """Brightness across the outline, inside first: (N, 1, H, H) -> (N, places, readings)."""
    points, normals = _outline(factors)
    pixel = 2 / images.shape[-1]
    along = torch.arange(-_REACH, _REACH + _STEP, _STEP, device=images.device) * pixel
    where = points[:, :, None] + along[:, None] * normals[:, :, None]
    return F.grid_sample(images, where, align_corners=False, padding_mode="border")[:, 0]


def _outline(factors: Factors) -> tuple[Tensor, Tensor]:
    """Points on each outline and their outward normals in frame units, (N, 4 · _PLACES, 2) each."""
    parts = [_sides(factors, kind) for kind in range(3)]
    index = factors.kinds[:, None, None]
    points, normals = (
        torch.where(index == 0, first, torch.where(index == 1, second, third))
        for first, second, third in zip(*parts, strict=True)
    )
    centres = torch.stack([factors.x, factors.y], 1)[:, None]
    return centres + _turn(points, factors.angle), _turn(normals, factors.angle)


def _sides(factors: Factors, kind: int) -> tuple[Tensor, Tensor]:
    """Outline points and normals in the shape's own frame, as if all were of one kind."""
    w, h = factors.half_width, factors.half_height
    if kind == CIRCLE:
        angle = torch.arange(4 * _PLACES, device=w.device) * (2 * math.pi / (4 * _PLACES))
        normals = torch.stack([angle.cos(), angle.sin()], 1).expand(len(w), -1, -1)
        return w[:, None, None] * normals, normals
    base = [(-w, h), (w, h)]
    corners = [*base, (w, -h), (-w, -h)] if kind == RECTANGLE else [*base, (0 * w, -h)]
    polygon = torch.stack([torch.stack(corner, 1) for corner in corners], 1)
    return _walk(polygon, 4 * _PLACES // len(corners))


def _walk(polygon: Tensor, places: int) -> tuple[Tensor, Tensor]:
    """Points on the middle half of each side, and normals: corners (N, sides, 2), counter-clockwise as seen."""
    side = polygon.roll(-1, 1) - polygon
    part = torch.linspace(0.25, 0.75, places, device=polygon.device)
    points = polygon[:, :, None] + part[:, None] * side[:, :, None]
    normals = F.normalize(torch.stack([-side[..., 1], side[..., 0]], 2), dim=2)
    return points.flatten(1, 2), normals[:, :, None].expand_as(points).flatten(1, 2)


def _turn(vectors: Tensor, angle: Tensor) -> Tensor:
    """Counter-clockwise as seen, with y down: (N, places, 2) by (N,) radians."""
    cos, sin = angle.cos()[:, None], angle.sin()[:, None]
    u, v = vectors.unbind(2)
    return torch.stack([cos * u + sin * v, cos * v - sin * u], 2)


def _median_width(profiles: Tensor) -> Tensor:
    """Median over places of the way from 90 % to 10 %, (N, places, readings) -> (N,) pixels."""
    low, high = profiles.amin(2, keepdim=True), profiles.amax(2, keepdim=True)
    level = (profiles - low) / (high - low).clamp(min=1e-6)
    steps = torch.arange(level.shape[2], device=level.device)
    falls = (level[..., :-1] >= 0.5) & (level[..., 1:] < 0.5)
    middle = torch.where(falls, (steps[:-1] - len(steps) // 2).abs(), len(steps)).argmin(2)[..., None]
    start = torch.where((steps <= middle) & (level >= 0.9), steps, -1).amax(2)
    end = torch.where((steps > middle) & (level <= 0.1), steps, len(steps)).amin(2)
    edge = (start >= 0) & (end < len(steps)) & falls.any(2) & ((high - low)[..., 0] >= _CONTRAST)
    start, end = start.clamp(0, len(steps) - 2), end.clamp(1, len(steps) - 1)
    width = _crossing(level, end - 1, 0.1) - _crossing(level, start, 0.9)
    median = torch.where(edge, width, math.nan).nanmedian(1).values * _STEP
    return torch.where(edge.float().mean(1) > 0.5, median, math.nan)


def _crossing(level: Tensor, before: Tensor, height: float) -> Tensor:
    """Where a falling profile passes `height` between the readings `before` and the next, in readings."""
    a, b = (level.gather(2, index[..., None])[..., 0] for index in (before, before + 1))
    return before + ((a - height) / (a - b).clamp(min=1e-6)).clamp(0, 1)
