"""How far each pixel's colour is from the ground's, and whether a picture is an even ground with one shape on it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapevae.images.regions import Mask, grow, largest

Ink = NDArray[np.float32]

MIN_CONTRAST = 0.1  # between ground and shape; less is blank
_CLEAR = 0.9  # contrast that is not stretched
_HAZE, _STAIN, _STAINS = 0.005, 0.04, 0.0005  # on an even ground: the mean, a pixel that is seen, the part of such pixels
_DENSE = 0.85  # the inside of a shape of one colour
_ONE, _SHEET = 0.95, 0.25  # least part of all that is drawn in one shape; of the picture in a sheet
_DRAWN = 0.08  # least extent of what is drawn on a sheet, as part of the picture


def border(pixels: NDArray[Any]) -> NDArray[Any]:
    """The pixels along the four sides of (H, W, …), (N, …)."""
    return np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])


def contrast(image: NDArray[np.float32]) -> Ink | None:
    """(H, W, C) in [0, 1] -> (H, W): 0 for the ground's colour, as the border shows it, up to 1 for what differs most from it.

    Colours differ by their distance over all channels, so that red on green of the same brightness is seen; greys by their
    value, and only to the side, lighter or darker, to which the shape differs. None where nothing differs by MIN_CONTRAST.
    """
    ground = np.median(border(image), 0).astype(np.float32)
    if (image == image[..., :1]).all():
        image, ground = image[..., 0], ground[0]
        if ground - image.min() > image.max() - ground:
            image, ground = 1 - image, 1 - ground
        change = image - ground
    else:
        image = change = np.sqrt(np.square(image - ground).mean(2))
    most = change.max()
    if most < MIN_CONTRAST:
        return None
    return image if most > _CLEAR else (change / most).clip(0)


def is_even(ink: Ink, times: int) -> bool:
    """Whether the ground and the shape are of one colour each, but for the edges between them, which may be soft.

    times: how much finer than the models' pictures `ink` is.
    """
    drawn = ink > 0.5
    return _is_flat(ink, drawn, 3 * times, False) and _is_flat(ink, ~drawn, 3 * times, True)


def _is_flat(ink: Ink, other: Mask, reach: int, drawn: bool) -> bool:
    """Whether all that is further than `reach` pixels from the other part is 0 or, where it is drawn, about as dense."""
    deep = ink[~grow(other, reach)]
    if not deep.size:
        return True
    level = np.median(deep) if drawn else np.float32(0)
    off = np.abs(deep - level)
    few = (off > _STAIN).sum() <= _STAINS * ink.size and off.sum() <= _HAZE * ink.size
    return bool(few and (level > _DENSE or not drawn))


def is_one_shape(ink: Ink, filled: Ink, size: tuple[int, int]) -> bool:
    """Whether nothing else stands out, and the shape is whole.

    A shape that reaches the rim of the picture, `size` = (width, height) padded to a square, may be a shadow; a large one with
    another inside may be a sheet that was drawn on.
    """
    drawn, whole = ink > 0.5, filled > 0.5
    before, above = ((len(ink) - max(round(len(ink) * length / max(size)), 1)) // 2 for length in size)
    if border(drawn[above : len(ink) - above, before : len(ink) - before]).any():
        return False
    if largest(whole).sum() < _ONE * whole.sum():
        return False
    return drawn.mean() < _SHEET or (whole & ~drawn).sum() >= drawn.sum() / 2 or not _is_drawn_on(ink, whole)


def _is_drawn_on(ink: Ink, whole: Mask) -> bool:
    """Whether a mark of some size lies within the shape, clear of its edge."""
    mark = largest(grow(whole & ~grow(~whole, 2) & (ink < 0.8), 1))
    return bool(min(mark.any(0).sum(), mark.any(1).sum()) > _DRAWN * len(ink))
