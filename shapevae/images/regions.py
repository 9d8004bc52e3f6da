"""Regions of a mask (H, W): connected pixels, growing, closing, what lies between a region's own pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


def label(mask: Mask) -> NDArray[np.int64]:
    """The number, from 1, of the region each pixel belongs to; 0 outside the mask. Pixels connect by their sides.

    Runs of pixels in a row that touch one in the next are joined, all at once, until none are left to join. Going step by step
    would take a maze of a few hundred bytes ten seconds. The region of the first pixel in reading order is number 1.
    """
    starts = mask.copy()
    starts[:, 1:] &= ~mask[:, :-1]
    runs = starts.cumsum().reshape(mask.shape)  # 1, 2, …: each pixel of the mask has the number of its run
    touch = mask[1:] & mask[:-1] & (starts[1:] | starts[:-1])  # two runs first touch where one of them starts
    above, below = runs[:-1][touch], runs[1:][touch]
    root = np.arange(runs[-1, -1] + 1)
    while (differ := root[above] != root[below]).any():
        above, below = above[differ], below[differ]
        high, low = np.maximum(root[above], root[below]), np.minimum(root[above], root[below])
        np.minimum.at(root, high, low)
        while (root != root[root]).any():
            root = root[root]
    numbers = (root == np.arange(len(root))).cumsum() - 1
    return numbers[root][runs] * mask


def largest(mask: Mask) -> Mask:
    """The region of most pixels; an empty mask as it is."""
    numbers = label(mask)
    sizes = np.bincount(numbers.ravel())
    sizes[0] = 0
    return mask & (numbers == sizes.argmax())


def boxes(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of each region 1 … n its first row, last row + 1, first column, last column + 1: (n, 4)."""
    rows, columns = np.nonzero(numbers)
    found = np.zeros((numbers.max(initial=0), 4), np.int64)
    found[:, [0, 2]] = max(numbers.shape)
    which = numbers[rows, columns] - 1
    for first, places in ((0, rows), (2, columns)):
        np.minimum.at(found[:, first], which, places)
        np.maximum.at(found[:, first + 1], which, places + 1)
    return found


def hull(mask: Mask) -> Mask:
    """Pixels between two of the mask both in their row and in their column: an open outline's inside too."""
    upto = np.maximum.accumulate
    across = upto(mask, 1) & upto(mask[:, ::-1], 1)[:, ::-1]
    return across & upto(mask, 0) & upto(mask[::-1], 0)[::-1]


def grow(mask: Mask, reach: int) -> Mask:
    """Dilation by a square of 2 reach + 1 pixels."""
    return extreme(mask, reach, np.maximum)


def close(values: NDArray[Any], reach: int) -> NDArray[Any]:
    """Grey closing of (H, W, …) by squares of 2 reach + 1 pixels: whatever dark is too narrow for one gets its surroundings'
    value; a step or a slope of any direction stays. Beyond the rim the picture is thought to go on as it ends.
    """
    rim = [(reach, reach)] * 2 + [(0, 0)] * (values.ndim - 2)
    wide = extreme(np.pad(values, rim, "edge"), reach, np.maximum)
    return extreme(wide, reach, np.minimum)[reach:-reach, reach:-reach]


def extreme(values: NDArray[Any], reach: int, pick: np.ufunc) -> NDArray[Any]:
    """Minimum or maximum filter (`pick`) over squares of 2 reach + 1 pixels, (H, W, …)."""
    for _ in range(2):
        values = _along_rows(values, reach, pick).swapaxes(0, 1)
    return values


def _along_rows(values: NDArray[Any], reach: int, pick: np.ufunc) -> NDArray[Any]:
    values = np.pad(values, [(reach, reach)] + [(0, 0)] * (values.ndim - 1), "edge")
    width, whole = 1, 2 * reach + 1
    while width < whole:  # windows of twice the width from two of half, so that wide ones cost hardly more than narrow ones
        step = min(width, whole - width)
        values = pick(values[:-step], values[step:])
        width += step
    return values
