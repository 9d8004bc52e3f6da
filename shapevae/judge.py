"""Nearest true shape: is a picture a circle, a rectangle or a triangle, and how closely?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from shapevae.arrays import checked_images
from shapevae.shapes import CIRCLE, KINDS, RECTANGLE, TRIANGLE, Factors, coverage

DISTINGUISHABLE, EXACT = 0.90, 0.97  # soft IoU; calibrated on true and spoilt shapes in tests/core/test_judge.py

_CHUNK = 48  # so many pictures fit the cache with all their moved copies
_SMALLEST, _LARGEST, _LONGEST = 0.08, 0.94, 3.5  # half extents in frame units, and width over height, that a fit may take
_MOMENT = {RECTANGLE: math.sqrt(3), TRIANGLE: math.sqrt(6)}  # half width over the standard deviation along it
_MOMENT_HEIGHT = {RECTANGLE: math.sqrt(3), TRIANGLE: math.sqrt(4.5)}
_START_ANGLES = {RECTANGLE: [k * math.pi / 12 for k in range(6)], TRIANGLE: [k * math.pi / 18 for k in range(36)]}
_COARSE, _FINE = ((4, 2), (2, 3)), ((1, 2),)  # (pooling, Gauss-Newton steps)


@dataclass(frozen=True)
class Judgement:
    """The nearest true shapes to N pictures.

    kind: (N,) int64, the kind of the nearest true shape (0 circle, 1 rectangle, 2 triangle).
    iou: (N,) soft intersection over union with it, sum(min) / sum(max), in [0, 1]; 0 for a blank picture.
    kind_iou: (N, 3) the same with the nearest circle, rectangle and triangle.
    nearest: the factors of the nearest true shapes.
    """

    kind: Tensor
    iou: Tensor
    kind_iou: Tensor
    nearest: Factors

    @property
    def distinguishable(self) -> Tensor:
        """(N,) bool: a person would name it."""
        return self.iou >= DISTINGUISHABLE

    @property
    def exact(self) -> Tensor:
        """(N,) bool: hardly different from a true shape."""
        return self.iou >= EXACT


@torch.inference_mode()
def judge_shapes(images: Tensor | np.ndarray) -> Judgement:
    """Fit the nearest circle, rectangle and triangle to each picture, (N, 1, H, H) in [0, 1], H a multiple of 4.

    Moments of the picture give first guesses at several angles; the best one goes through a few damped Gauss-Newton steps
    on the squared error, coarse to fine, with the renderer itself as the model. Raises ValueError for another shape and for
    values that are not numbers in [0, 1].
    """
    images = checked_images(images, range(4, 2**20, 4), "H a multiple of 4").float()
    fits, overlaps = [], []
    for kind in range(len(KINDS)):
        pairs = [_fit(chunk[:, 0], kind) for chunk in images.split(_CHUNK) if len(chunk)]
        fits.append(torch.cat([fit for fit, _ in pairs]) if pairs else images.new_zeros(0, 5))
        overlaps.append(torch.cat([iou for _, iou in pairs]) if pairs else images.new_zeros(0))
    kind_iou = torch.stack(overlaps, 1)
    iou, kind_best = kind_iou.max(1)
    nearest = torch.stack(fits, 1)[torch.arange(len(images), device=images.device), kind_best]
    return Judgement(kind_best, iou, kind_iou, Factors(kind_best, *nearest.unbind(1)))


def soft_iou(a: Tensor, b: Tensor) -> Tensor:
    """sum(min) / sum(max) over the last two dimensions; 0 where both are blank."""
    return torch.minimum(a, b).sum((-2, -1)) / torch.maximum(a, b).sum((-2, -1)).clamp(min=1e-6)


def _fit(images: Tensor, kind: int) -> tuple[Tensor, Tensor]:
    """Best parameters (n, 5) and soft IoU (n,) of one kind for pictures (n, H, H)."""
    small = F.avg_pool2d(images, 4)
    # The error has a local minimum for each side a triangle may stand on: one start from each third of the circle.
    groups = _starts(images, kind).chunk(3 if kind == TRIANGLE else 1)
    bests = torch.cat([_best(small, group, kind) for group in groups])
    refined = _refine(images.repeat(len(groups), 1, 1), bests, kind, _COARSE).unflatten(0, (len(groups), -1))
    coarse = _best(F.avg_pool2d(images, 2), refined, kind)
    options = torch.stack([coarse, _refine(images, coarse, kind, _FINE)])
    overlaps = torch.stack([soft_iou(_render(option, kind, images.shape[-1]), images) for option in options])
    iou, best = overlaps.max(0)
    return options[best, torch.arange(len(images), device=images.device)], iou


def _refine(images: Tensor, params: Tensor, kind: int, schedule: tuple[tuple[int, int], ...]) -> Tensor:
    for pooling, steps in schedule:
        target = F.avg_pool2d(images, pooling)
        for _ in range(steps):
            params = _gauss_newton(target, params, kind)
    return params


def _best(images: Tensor, options: Tensor, kind: int) -> Tensor:
    """Of options (k, n, 5) for pictures (n, H, H) those with the least squared error, (n, 5)."""
    rendered = _render(options.flatten(0, 1), kind, images.shape[-1]).unflatten(0, options.shape[:2])
    errors = (rendered - images).square().sum((2, 3))
    return options[errors.argmin(0), torch.arange(len(images), device=images.device)]


def _starts(images: Tensor, kind: int) -> Tensor:
    """First guesses from area and second moments at each start angle, (angles, n, 5)."""
    size = images.shape[-1]
    axis = (torch.arange(size, device=images.device) + 0.5) * (2 / size) - 1
    mask = (images > 0.5).float()
    area = mask.sum((1, 2)).clamp(min=1)
    x, y = (mask.sum(1) @ axis) / area, (mask.sum(2) @ axis) / area
    xx = (mask.sum(1) @ axis.square()) / area - x.square()
    yy = (mask.sum(2) @ axis.square()) / area - y.square()
    xy = torch.einsum("nij,i,j->n", mask, axis, axis) / area - x * y
    if kind == CIRCLE:
        radius = (area / math.pi).sqrt() * (2 / size)
        return torch.stack([x, y, radius, radius, torch.zeros_like(x)], 1)[None]
    starts = []
    for angle in _START_ANGLES[kind]:
        cos, sin = math.cos(angle), math.sin(angle)
        half_width = _MOMENT[kind] * (cos**2 * xx + sin**2 * yy - 2 * cos * sin * xy).clamp(min=0).sqrt()
        half_height = _MOMENT_HEIGHT[kind] * (sin**2 * xx + cos**2 * yy + 2 * cos * sin * xy).clamp(min=0).sqrt()
        drop = half_height / 3 if kind == TRIANGLE else torch.zeros_like(x)  # centroid below the centre of the box
        starts.append(torch.stack([x - sin * drop, y - cos * drop, half_width, half_height, torch.full_like(x, angle)], 1))
    return torch.stack([_within_bounds(start) for start in starts])


def _gauss_newton(images: Tensor, params: Tensor, kind: int) -> Tensor:
    """One damped step on the squared error; the slope of the picture is taken by differences of half a pixel."""
    size = images.shape[-1]
    pixel = 2 / size
    free = 3 if kind == CIRCLE else 5
    step = torch.tensor([pixel / 2] * 4 + [0.05], device=images.device)
    moves = torch.diag(step)[:free]
    moved = torch.cat([params[None], params + moves[:, None]])
    current, *slopes = _render(moved.flatten(0, 1), kind, size).view(1 + free, len(images), -1)
    jacobian = torch.stack(slopes, 1) - current[:, None]
    residual = images.flatten(1) - current
    curvature = jacobian @ jacobian.mT
    curvature = curvature + torch.diag_embed(0.01 * curvature.diagonal(dim1=1, dim2=2) + 1e-3)
    change = torch.linalg.solve(curvature, (jacobian @ residual[..., None])[..., 0]).clamp(-4, 4)
    return _within_bounds(params + F.pad(change, (0, 5 - free)) * step)


def _within_bounds(params: Tensor) -> Tensor:
    x, y, w, h, angle = params.unbind(1)
    w, h = w.clamp(_SMALLEST, _LARGEST), h.clamp(_SMALLEST, _LARGEST)
    w, h = torch.minimum(w, _LONGEST * h), torch.minimum(h, _LONGEST * w)
    return torch.stack([x.clamp(-1, 1), y.clamp(-1, 1), w, h, angle], 1)


def _render(params: Tensor, kind: int, size: int) -> Tensor:
    factors = Factors(torch.full((len(params),), kind), *params.unbind(1))
    return coverage(kind, factors, size)
