"""The shape drawn on a sheet that was photographed: in any light, with a desk around it or lines printed on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from shapevae.images.outlines import GAPS, enclosed
from shapevae.images.regions import Mask, boxes, close, extreme, grow, hull, label, largest

Floats = NDArray[np.float32]

_LONGEST, _CELL = 512, 4  # longer side of the working copy in pixels; of its cells, in which regions are looked for
_BLUR = 1.2  # pixels; takes the grain off
_STROKE, _BLOB = 16, 180  # half the widest line, half the widest filled shape, in pixels of the working copy
_DENSITIES = np.geomspace(0.05, 2, 20)  # ln(ground / ink), at which regions are looked for
_LEAST, _FULL, _OUTLINE, _SAME, _SHARP = 0.08, 0.3, 0.67, 0.75, 0.8  # see _regions, _marks
_DARK = 16  # added to 0 … 255 before the logarithm: in the dark noise is as large as the picture
_FRAME, _SOLID, _SMALLEST = 0.62, 0.9, 0.05  # see _cut_out
_TRIES = 3
_SHEET = 0.4  # part of the picture that a light sheet fills


@dataclass
class _Mark:
    """A region of dark cells that stays the same over a range of densities, _DENSITIES[first] … _DENSITIES[last].

    inside: (H, W) of cells, the region and what it surrounds. box: rows and columns of it. outline: lines around paper.
    """

    relief: Floats
    first: int
    last: int
    inside: Mask
    box: NDArray[np.int64]
    outline: bool

    @property
    def evidence(self) -> float:
        """Long ranges count, outlines more than blobs, which shadows are too, and large regions a little more than small."""
        return (self.last - self.first + 1) * (3 if self.outline else 1) * self.inside.sum() ** 0.25


def find_mark(picture: Image.Image, side: int) -> Mask | None:
    """The shape drawn on a photographed sheet, filled, in the middle of a square (side, side); None where none is found.

    picture: mode RGB. The ground is levelled first (`_relief`). Then the shape is the region, clear of the picture's rim, that
    stays the same over the widest range of thresholds: light, shadows, printed lines and grain come and go with the threshold.
    """
    pixels = _working_copy(picture)
    board = np.median(pixels) < 128
    for shown in (pixels, 255 - pixels) if board else (pixels,):  # chalk on a board is looked for last
        marks = _marks(_relief(shown, _STROKE), None) + _marks(_relief(shown, _BLOB), _steps(shown))
        if shown is not pixels:  # a light sheet, or what light falls on it
            marks = [mark for mark in marks if mark.last > mark.first + 1 and (mark.outline or mark.inside.mean() < _SHEET)]
        for _ in range(min(_TRIES, len(marks))):
            best = _best(marks)
            if (found := _cut_out(best, side)) is not None:
                return found
            marks = [mark for mark in marks if mark is not best]
    return None


def _working_copy(picture: Image.Image) -> NDArray[np.uint8]:
    """(H, W, 3), a whole number of cells."""
    scale = _LONGEST / max(picture.size) / _CELL
    width, height = (max(round(length * scale), 1) * _CELL for length in picture.size)
    way = Image.Resampling.BOX if scale * _CELL < 1 else Image.Resampling.BILINEAR
    return np.asarray(picture.resize((width, height), way).filter(ImageFilter.GaussianBlur(_BLUR)))


def _relief(pixels: NDArray[np.uint8], reach: int) -> Floats:
    """How dense the ink is, ln(ground / picture) over all channels, (H, W); ground is what a closing by `reach` leaves.

    A closing fills what is dark and narrow, and leaves slopes and straight steps: light that falls off and the edge of a shadow
    or of the sheet are ground. A ratio is the same in light and in shadow.
    """
    every = 2 if reach > _STROKE else 1  # wide closings take a quarter of the time
    ground = close(pixels[::every, ::every], reach // every).repeat(every, 0).repeat(every, 1)
    change = _log(np.maximum(ground, pixels)) - _log(pixels)
    return np.sqrt(np.square(change).mean(2))


def _log(pixels: NDArray[np.uint8]) -> Floats:
    return np.log(np.arange(256, dtype=np.float32) + _DARK)[pixels]


def _steps(pixels: NDArray[np.uint8]) -> Floats:
    """How much the picture changes from each cell to the next ones, in the units of `_relief`."""
    cells = _in_cells(_log(pixels)).mean((1, 3))
    change = extreme(cells, 1, np.maximum) - extreme(cells, 1, np.minimum)
    return np.sqrt(np.square(change).mean(2))


def _in_cells(values: Floats) -> Floats:
    height, width, *rest = values.shape
    return values.reshape(height // _CELL, _CELL, width // _CELL, _CELL, *rest)


def _marks(relief: Floats, steps: Floats | None) -> list[_Mark]:
    """Every region that could be the shape, each once, over its range of densities.

    Where lines are looked for (no `steps`), only outlines count. Else a region must have a step of the picture nearly all
    around: what the closing by large squares invents, in corners and in uneven light, has none.
    """
    cells = _in_cells(relief).max((1, 3))
    done: list[_Mark] = []
    going: list[_Mark] = []
    for level, density in enumerate(_DENSITIES):
        found = []
        for region, box in _regions(cells > density):
            inside = np.zeros(cells.shape, np.bool_)
            inside[box[0] : box[1], box[2] : box[3]] = hull(region)
            outline = bool(region.sum() <= _OUTLINE * inside.sum())
            if not outline and steps is None:
                continue
            if steps is not None and (steps[inside & grow(~inside, 1)] > 0.6 * density).mean() < _SHARP:
                continue
            same = [mark for mark in going if _overlap(mark.inside, inside) > _SAME]
            going = [mark for mark in going if all(mark is not other for other in same)]
            found.append(_Mark(relief, min([level, *(mark.first for mark in same)]), level, inside, box, outline))
        done, going = done + going, found
    return done + going


def _regions(dark: Mask) -> list[tuple[Mask, NDArray[np.int64]]]:
    """The six largest regions clear of the rim and neither small nor spindly, with their boxes; small gaps are bridged."""
    numbers = label(grow(dark, 1)) * dark
    found = boxes(numbers)
    sizes = found[:, [1, 3]] - found[:, [0, 2]]
    clear = (found[:, [0, 2]] > 0).all(1) & (found[:, [1, 3]] < dark.shape).all(1) & (sizes >= _LEAST * min(dark.shape)).all(1)
    order = [index for index in np.argsort(-sizes.prod(1)) if clear[index]][:6]
    cut = [(numbers[slice(*found[index, :2]), slice(*found[index, 2:])] == index + 1, found[index]) for index in order]
    return [(region, box) for region, box in cut if hull(region).mean() >= _FULL]


def _overlap(a: Mask, b: Mask) -> float:
    return float((a & b).sum() / (a | b).sum())


def _best(marks: list[_Mark]) -> _Mark:
    """The mark of most evidence; where another lies well inside it, it is a sheet, and the other one is drawn on it."""
    best = max(marks, key=lambda mark: mark.evidence)
    within = [
        mark for mark in marks if mark.evidence >= 0.3 * best.evidence and not (grow(mark.inside, 1) & ~best.inside).any()
    ]
    return _best(within) if within else best


def _cut_out(mark: _Mark, side: int) -> Mask | None:
    """The mark in the middle of a square (side, side), its longer side 0.62 of it, filled; None where it does not close.

    The threshold lies low in the mark's range, where thin lines are whole; a lower one and wider gaps are tried in turn.
    """
    near = np.kron(grow(mark.inside, 2), np.ones((_CELL, _CELL), np.bool_))
    top, bottom, left, right = (int(edge) * _CELL for edge in mark.box)
    half = max(bottom - top, right - left) / _FRAME / 2
    middle = (left + right) / 2, (top + bottom) / 2
    around = (round(middle[0] - half), round(middle[1] - half), round(middle[0] + half), round(middle[1] + half))
    cut = Image.fromarray(np.where(near, mark.relief, 0)).crop(around).resize((side, side), Image.Resampling.BILINEAR)
    low, high = _DENSITIES[mark.first], _DENSITIES[mark.last]
    for density in (low ** (2 / 3) * high ** (1 / 3), low):
        ink = torch.from_numpy(np.asarray(cut) > density)
        for gap in (0, *GAPS):
            filled = enclosed(ink, gap * side // 64).numpy()
            shape = largest(grow(~grow(~filled, side // 80), side // 80))  # without spurs
            if shape.mean() > _SMALLEST and shape.sum() >= _SOLID * hull(shape).sum():
                return shape
    return None
