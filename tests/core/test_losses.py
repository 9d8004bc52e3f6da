"""Losses: closed forms against torch.distributions, discrepancies against plain loops, their laws; sums over chosen cells."""

import math

import pytest
import torch
from torch import Tensor

from shapevae.cells import choose_cells, images_of, pixels_of
from shapevae.losses import (
    IMQ_SCALES,
    Gaussian,
    InverseMultiquadric,
    Kernel,
    distortion,
    imq_kernel,
    kl_divergence,
    squared_distances,
    squared_error,
    squared_mmd,
    squared_mmd_to_normal,
)
from shapevae.shapes import draw_shapes

KERNELS: dict[str, Kernel] = {"imq": imq_kernel(4, 1.0), "rbf": Gaussian(8.0)}


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_kl_is_that_of_torch_distributions() -> None:
    mean, std = 2 * noise(50, 5), noise(50, 5, seed=1).exp()
    normal = torch.distributions.Normal
    expected = torch.distributions.kl_divergence(normal(mean, std), normal(0.0, 1.0))
    torch.testing.assert_close(kl_divergence(mean, std), expected)


def test_squared_error_is_a_sum_over_pixels_for_each_image() -> None:
    x = torch.zeros(3, 1, 8, 8)
    x_hat = torch.tensor([0.0, 0.5, 1.0])[:, None, None, None].expand_as(x)
    assert squared_error(x, x_hat).tolist() == [0.0, 16.0, 64.0]


def test_distortion_is_the_negative_log_likelihood_up_to_its_constant() -> None:
    x, x_hat = noise(4, 1, 8, 8), noise(4, 1, 8, 8, seed=1)
    constant = 64 / 2 * math.log(2 * math.pi * 0.05)
    likelihood = torch.distributions.Normal(x_hat, math.sqrt(0.05)).log_prob(x).flatten(1).sum(1)
    torch.testing.assert_close(distortion(x.flatten(2), x_hat.flatten(2), torch.ones(4, 1), 0.05) + constant, -likelihood)


def test_squared_distances_are_those_of_a_loop() -> None:
    a, b = noise(6, 3), noise(4, 3, seed=1)
    expected = torch.tensor([[(p - q).square().sum() for q in b] for p in a])
    torch.testing.assert_close(squared_distances(a, b), expected)
    assert (squared_distances(a, a) >= 0).all()


def test_kernels_by_hand() -> None:
    assert InverseMultiquadric((1.0, 3.0))(torch.tensor([[3.0]])).item() == pytest.approx(1 / 4 + 3 / 6)
    assert Gaussian(2.0)(torch.tensor([[4.0]])).item() == pytest.approx(math.exp(-2))
    assert imq_kernel(5, 3.0).scales == pytest.approx([s * 30 for s in IMQ_SCALES])


@pytest.mark.parametrize("name", KERNELS)
def test_squared_mmd_is_that_of_a_plain_loop(name: str) -> None:
    kernel, z, prior = KERNELS[name], noise(7, 4), noise(5, 4, seed=1) + 0.5

    def similarity(p: Tensor, q: Tensor) -> float:
        r = (p - q).square().sum().item()
        return math.exp(-r / 8) if name == "rbf" else sum(8 * s / (8 * s + r) for s in IMQ_SCALES)

    within = [
        sum(similarity(a[i], a[j]) for i in range(len(a)) for j in range(len(a)) if i != j) / (len(a) * (len(a) - 1))
        for a in (z, prior)
    ]
    across = sum(similarity(p, q) for p in z for q in prior) / 35
    assert squared_mmd(z, prior, kernel).item() == pytest.approx(sum(within) - 2 * across, abs=1e-5)


@pytest.mark.parametrize("name", KERNELS)
def test_squared_mmd_is_symmetric(name: str) -> None:
    a, b = noise(40, 4), 2 * noise(30, 4, seed=1)
    torch.testing.assert_close(squared_mmd(a, b, KERNELS[name]), squared_mmd(b, a, KERNELS[name]))


@pytest.mark.parametrize("name", KERNELS)
def test_squared_mmd_of_equals_has_mean_zero_so_it_is_negative_at_times(name: str) -> None:
    values = torch.stack(
        [squared_mmd(noise(50, 4, seed=2 * i), noise(50, 4, seed=2 * i + 1), KERNELS[name]) for i in range(400)]
    )
    error = values.std() / math.sqrt(len(values))
    assert values.mean().abs() < 3 * error
    assert 0.3 < (values < 0).float().mean() < 0.8


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("change", [lambda z: z + 1, lambda z: 0.3 * z, lambda z: 3 * z, torch.zeros_like])
def test_squared_mmd_sees_shift_and_scale(name: str, change) -> None:  # type: ignore[no-untyped-def]
    z, prior = noise(300, 4), noise(300, 4, seed=1)
    assert squared_mmd(change(z), prior, KERNELS[name]) > 0.05
    assert squared_mmd_to_normal(change(z), 1.0, KERNELS[name]) > 0.05


def test_the_kernel_scales_with_the_prior_so_the_discrepancy_does_not() -> None:
    z, prior = noise(100, 3) + 0.5, noise(100, 3, seed=1)
    unit = squared_mmd(z, prior, imq_kernel(3, 1.0))
    torch.testing.assert_close(squared_mmd(4 * z, 4 * prior, imq_kernel(3, 16.0)), unit, rtol=1e-4, atol=1e-5)


def test_a_bandwidth_of_d_squared_hardly_sees_a_collapse() -> None:
    collapsed, prior = torch.zeros(500, 16), noise(500, 16)
    assert squared_mmd(collapsed, prior, Gaussian(16.0**2)) < 0.01
    assert squared_mmd(collapsed, prior, imq_kernel(16, 1.0)) > 1


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("variance", [1.0, 5.0])
def test_the_normal_side_in_closed_form_is_the_limit_of_many_codes(name: str, variance: float) -> None:
    kernel = imq_kernel(4, variance) if name == "imq" else KERNELS[name]
    z = math.sqrt(variance) * (0.7 * noise(60, 4) + 0.2)
    prior = math.sqrt(variance) * noise(1500, 4, seed=1)
    assert squared_mmd_to_normal(z, variance, kernel).item() == pytest.approx(squared_mmd(z, prior, kernel).item(), abs=0.02)


@pytest.mark.parametrize("name", KERNELS)
def test_the_closed_form_has_mean_zero_on_equals_up_to_its_quadrature(name: str) -> None:
    values = torch.stack([squared_mmd_to_normal(noise(50, 4, seed=i), 1.0, KERNELS[name]) for i in range(200)])
    assert values.mean().abs() < 3 * values.std() / math.sqrt(len(values)) + 1e-3
    assert (values < 0).any()


def test_gradients_of_the_discrepancy_pull_codes_to_the_prior() -> None:
    z = (noise(200, 3) + 2).requires_grad_()
    squared_mmd(z, noise(200, 3, seed=1), imq_kernel(3, 1.0)).backward()
    assert z.grad is not None
    assert (z.grad.mean(0) > 0).all()


@pytest.mark.parametrize("sizes", [(1, 5), (5, 1), (0, 5)])
def test_too_few_codes_are_refused(sizes: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="at least 2 codes"):
        squared_mmd(noise(sizes[0], 2), noise(sizes[1], 2), Gaussian(1.0))
    with pytest.raises(ValueError, match="at least 2 codes"):
        squared_mmd_to_normal(noise(1, 2), 1.0, Gaussian(1.0))


GRID = 16


def all_cells(x: torch.Tensor) -> torch.Tensor:
    return torch.arange(GRID**2).expand(len(x), -1)


def test_blocks_and_images_are_inverse() -> None:
    x = torch.rand(3, 1, 64, 64)
    blocks = pixels_of(x, all_cells(x), GRID)
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
    blocks = pixels_of(x, all_cells(x), GRID)
    at_edge = (blocks.amax(2) > 0.01) & (blocks.amin(2) < 0.99)
    assert at_edge.gather(1, cells).sum() >= 0.95 * at_edge.sum()


def test_a_blank_image_has_cells_too() -> None:
    cells, weights = choose_cells(torch.zeros(2, 1, 64, 64), GRID, 96, torch.Generator().manual_seed(0))
    assert (cells.diff(dim=1) > 0).all()
    torch.testing.assert_close(weights, torch.full_like(weights, 256 / 96))
