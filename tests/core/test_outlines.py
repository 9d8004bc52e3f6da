"""Filling outlines: what water reaches, in mazes too."""

from __future__ import annotations

import numpy as np
import pytest

from shapevae.images.regions import label


def reached(walls: np.ndarray) -> np.ndarray:
    return label(~walls) == 1


def reached_step_by_step(walls: np.ndarray) -> np.ndarray:
    """The definition: neighbours of wet ground get wet, until nothing changes."""
    wet = np.zeros_like(walls)
    wet[0, 0] = True
    while True:
        padded = np.pad(wet, 1)
        near = padded[:-2, 1:-1] | padded[2:, 1:-1] | padded[1:-1, :-2] | padded[1:-1, 2:] | wet
        if ((near & ~walls) == wet).all():
            return wet
        wet = near & ~walls


def maze(side: int) -> np.ndarray:
    """Walls between diagonal corridors of stairs, joined at alternate ends: one way through all of them, as long as can be."""
    row, column = np.mgrid[:side, :side]
    walls = (column - row) % 3 == 2
    for offset in range(-side + 3, side - 2):
        if offset % 3 == 2:
            ends = (1, 1 + offset) if offset > 0 else (1 - offset, 1), (side - 2 - max(offset, 0), side - 2 + min(offset, 0))
            walls[ends[0] if (offset // 3) % 2 else ends[1]] = False
    walls[[0, -1], :] = walls[:, [0, -1]] = True
    walls[side - 2, :3] = walls[side - 3, 1:3] = False
    return np.pad(walls, 1)


@pytest.mark.parametrize("seed", range(20))
def test_water_reaches_what_the_definition_says(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for _ in range(20):
        walls = np.pad(rng.random(rng.integers(1, 30, 2)) < rng.random(), 1)
        assert np.array_equal(reached(walls), reached_step_by_step(walls))


def test_a_maze_is_filled_to_its_end() -> None:
    """Step by step, 1,000 × 1,000 pixels would take hours: a file of a few kilobytes could keep the app busy."""
    assert np.array_equal(reached(maze(31)), reached_step_by_step(maze(31)))
    walls = maze(1000)
    assert reached(walls).sum() > 0.99 * (~walls).sum()
