"""Drawn outlines: closing small gaps and filling what they enclose."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from shapevae.images.regions import label

GAPS = (1, 2, 3)  # half the gap of an outline that is closed, in pixels of the models


def fill_outline(image: Tensor, times: int) -> Tensor:
    """Close small gaps of an outline and fill it, (H, W); `times` is how much finer than the final picture it is."""
    mask = image > 0.5
    holes = _holes(mask, 0)
    if holes.any():
        image = torch.where(holes, 1.0, image)
    if _is_outline(mask, holes) or not _is_outline(mask, _holes(mask, GAPS[-1] * times)):  # a larger gap closes no less
        return image
    closed = (_holes(mask, gap * times) for gap in GAPS)
    return torch.where(next(holes for holes in closed if _is_outline(mask, holes)), 1.0, image)


def _is_outline(mask: Tensor, holes: Tensor) -> bool:
    return bool(holes.sum() > mask.sum() / 2)


def _holes(mask: Tensor, radius: int) -> Tensor:
    return enclosed(mask, radius) & ~mask


def enclosed(mask: Tensor, radius: int) -> Tensor:
    """What can't be reached from outside when the mask (H, W) is thickened by `radius`, thinned again by as much."""
    reach = 2 * radius + 1
    padded = F.pad(mask.float(), [radius + 1] * 4)[None, None]
    walls = F.max_pool2d(padded, reach, 1, radius)[0, 0] > 0.5
    outside = label(~walls.numpy()) == 1  # the region of the first corner, which is open
    inside = torch.from_numpy(~outside).float()[None, None]
    inside = -F.max_pool2d(-inside, reach, 1, radius)
    return inside[0, 0, radius + 1 : -radius - 1, radius + 1 : -radius - 1] > 0.5
