"""Cells: every sum over an image is the mean of its weighted sums over chosen cells."""

import pytest
import torch

from shapevae.cells import blocks_of, choose_cells, images_of, pixels_of
from shapevae.losses import distortion, squared_error
from shapevae.shapes import draw_shapes

GRID = 16


def test_blocks_and_images_are_inverse() -> None:
    x = torch.rand(3, 1, 64, 64)
    blocks = blocks_of(x, GRID)
    assert blocks.shape == (3, 256, 16)
    assert torch.equal(blocks[1, 17].view(4, 4), x[1, 0, 4:8, 4:8])  # second row, second column
    assert torch.equal(images_of(blocks, GRID), x)


def test_all_cells_each_once_give_the_distortion_itself() -> None:
    x, x_hat = torch.rand(2, 5, 1, 64, 64)
    cells, weights = choose_cells(x, GRID, GRID**2)
    assert torch.equal(cells, torch.arange(256).expand(5, -1)) and (weights == 1).all()
    of_cells = distortion(pixels_of(x, cells, GRID), pixels_of(x_hat, cells, GRID), weights, 0.3)
    torch.testing.assert_close(of_cells, squared_error(x, x_hat) / (2 * 0.3))


@pytest.mark.parametrize("count", [32, 96])
def test_chosen_cells_are_distinct_and_their_distortion_is_unbiased(count: int) -> None:
    generator = torch.Generator().manual_seed(0)
    x = draw_shapes(4, seed=1).images
    x_hat = (x.roll(2, 3) + 0.05).clamp(0, 1)  # errors at the edges, and a few elsewhere
    repeats = 2000
    many, many_hat = x.repeat(repeats, 1, 1, 1), x_hat.repeat(repeats, 1, 1, 1)
    cells, weights = choose_cells(many, GRID, count, generator)
    assert cells.shape == weights.shape == (4 * repeats, count)
    assert (cells.diff(dim=1) > 0).all() and cells.min() >= 0 and cells.max() < 256
    estimates = distortion(pixels_of(many, cells, GRID), pixels_of(many_hat, cells, GRID), weights, 1.0).view(repeats, 4)
    error = estimates.std(0) / repeats**0.5
    assert ((estimates.mean(0) - squared_error(x, x_hat) / 2).abs() < 5 * error).all()


def test_cells_at_edges_are_chosen_almost_surely() -> None:
    x = draw_shapes(50, seed=2).images
    cells, _ = choose_cells(x, GRID, 96, torch.Generator().manual_seed(0))
    blocks = blocks_of(x, GRID)
    at_edge = (blocks.amax(2) > 0.01) & (blocks.amin(2) < 0.99)
    assert at_edge.gather(1, cells).sum() >= 0.95 * at_edge.sum()


def test_a_blank_image_has_cells_too() -> None:
    cells, weights = choose_cells(torch.zeros(2, 1, 64, 64), GRID, 96, torch.Generator().manual_seed(0))
    assert (cells.diff(dim=1) > 0).all()
    torch.testing.assert_close(weights, torch.full_like(weights, 256 / 96))
