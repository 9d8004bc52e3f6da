"""Drawn outlines: closing small gaps and filling what they enclose."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

GAPS = (0, 1, 2, 3)  # half the gap of an outline that is closed, in pixels of the models


def fill_outline(image: Tensor, times: int) -> Tensor:
    """Close small gaps of an outline and fill it, (H, W); `times` is how much finer than the final picture it is."""
    mask = image > 0.5
    for gap in GAPS:
        inside = _enclosed(mask, gap * times)
        hole = inside & ~mask
        if not gap and hole.any():
            image = torch.where(hole, 1.0, image)
        if hole.sum() > mask.sum() / 2:
            return torch.where(hole, 1.0, image)
    return image


def _enclosed(mask: Tensor, radius: int) -> Tensor:
    """What can't be reached from outside when the mask (H, W) is thickened by `radius`, thinned again by as much."""
    reach = 2 * radius + 1
    padded = F.pad(mask.float(), [radius + 1] * 4)[None, None]
    walls = F.max_pool2d(padded, reach, 1, radius)[0, 0] > 0.5
    inside = (~torch.from_numpy(_flood(walls.numpy()))).float()[None, None]
    inside = -F.max_pool2d(-inside, reach, 1, radius)
    return inside[0, 0, radius + 1 : -radius - 1, radius + 1 : -radius - 1] > 0.5


def _flood(walls: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Everything that water poured in at the corner reaches, run by run along rows and columns until nothing changes."""
    wet = np.zeros_like(walls)
    wet[0, 0] = True
    before = 0
    while before != (before := int(wet.sum())):
        wet = _soak(wet, walls)
        wet = _soak(wet.T, walls.T).T
    return wet


def _soak(wet: NDArray[np.bool_], walls: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Each run between two walls of a row is wet if a part of it is."""
    edges = walls.copy()
    edges[:, 0] = True  # a row begins a new run
    runs = edges.ravel().cumsum()
    reached = np.bincount(runs, weights=(wet & ~walls).ravel(), minlength=runs[-1] + 1) > 0
    return reached[runs].reshape(walls.shape) & ~walls
