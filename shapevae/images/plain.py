"""Whether a picture is plain: one shape of one colour on a ground of one colour, as a program draws it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from shapevae.images.regions import grow, largest

_HAZE, _STAIN = 0.005, 0.04  # of the ground and the shape, see is_even
_ONE, _SHEET, _DRAWN = 0.95, 0.25, 0.08  # see is_one_shape

Ink = NDArray[np.float32]


def border(pixels: NDArray[Any]) -> NDArray[Any]:
    """The pixels along the four sides of (H, W, …), (N, …)."""
    return np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])


def is_even(ink: Ink, times: int) -> bool:
    """Whether the ground and the shape are of one colour each, but for the edges between them, which may be soft."""
    drawn = ink > 0.5
    for part, least in ((~drawn, 0.0), (drawn, 0.85)):
        deep = ink[~grow(~part, 3 * times)]
        middle = np.median(deep) if deep.size and least else least
        off = np.abs(deep - middle)
        if middle < least or off.sum() > _HAZE * ink.size or (off > _STAIN).sum() > _HAZE / 10 * ink.size:
            return False
    return True


def is_one_shape(ink: Ink, shape: Tensor, size: tuple[int, int]) -> bool:
    """Whether nothing else stands out in a picture of this width and height, and the shape is whole: it does not reach the rim,
    as a shadow does, and it is no sheet of paper with a shape drawn on it.
    """
    drawn, whole = ink > 0.5, shape.numpy() > 0.5
    before, above = (min(round(len(ink) * (1 - length / max(size)) / 2), len(ink) // 2 - 1) for length in size)
    if border(drawn[above : len(ink) - above, before : len(ink) - before]).any() or largest(whole).sum() < _ONE * whole.sum():
        return False
    within = largest(grow(whole & ~grow(~whole, 2) & (ink < 0.8), 1))
    on_sheet = min(within.any(0).sum(), within.any(1).sum()) > _DRAWN * len(ink) and (whole & ~drawn).sum() < drawn.sum() / 2
    return not (on_sheet and drawn.mean() > _SHEET)
