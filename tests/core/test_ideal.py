"""The ideal coder: on sources whose rate-distortion function is known, and on the shapes against coders that can be tried."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from typer.testing import CliRunner

from shapevae.bounds import Bounds, Point, channel_point, codebook_point, covariance_eigenvalues, gaussian_rate, shape_bounds
from shapevae.cli import app
from shapevae.config import ShapeConfig
from shapevae.estimates import Estimate
from shapevae.ideal import Drawn, IdealCoder, Part, at_high_resolution, draw_part, drawn_shapes, ideal_coder

UPRIGHT, ROTATED = ShapeConfig(), ShapeConfig(rotated=True)


def drawn(draw: Callable[[Tensor], Tensor], wraps: tuple[bool, ...] = (False,), count: int = 2000, **options: object) -> Drawn:
    return draw_part(Part(draw, torch.tensor(wraps), **options), count, torch.Generator().manual_seed(0))  # type: ignore[arg-type]


def circle(u: Tensor, turns: int = 1) -> Tensor:
    angle = 2 * math.pi * turns * u
    return 3 * torch.cat([angle.cos(), angle.sin()], 1)


def line(u: Tensor) -> Tensor:
    """A Gaussian of variance 4 along a direction of the plane."""
    return 2 * torch.special.ndtri(u) @ torch.tensor([[0.6, 0.8]], dtype=u.dtype)


def segment(u: Tensor) -> Tensor:
    return torch.cat([5 * u, torch.zeros(len(u), 2)], 1)


def square(u: Tensor) -> Tensor:
    return torch.cat([3 * u, torch.full((len(u), 1), 20.0)], 1)


def log_rate(m: float, distortion: float) -> float:
    return m / 2 * math.log(2 * math.pi * math.e * distortion / m)


@pytest.mark.parametrize("turns", [1, 2])
def test_a_circle_in_the_plane_however_often_it_is_run_through(turns: int) -> None:
    copies = lambda u: torch.stack([(u + i / turns) % 1 for i in range(turns)])  # noqa: E731
    source = [drawn(lambda u: circle(u, turns), (True,), copies=copies)]
    coder = at_high_resolution(source)
    assert coder.rate(0.01).value == pytest.approx(math.log(6 * math.pi) - log_rate(1, 0.01), abs=1e-6)
    tried = channel_point(source, 0.01)
    assert tried.rate == pytest.approx(coder.rate(tried.distortion).value, abs=0.03)


def test_a_gaussian_line_whose_function_is_known_at_every_error() -> None:
    source = [drawn(line)]
    coder, x = at_high_resolution(source), source[0].x
    exact = 0.5 * math.log(4 / 0.01)
    assert coder.entropy.low < coder.entropy.value < coder.entropy.high  # type: ignore[operator]
    rate = coder.rate(0.01)
    assert rate.low < exact < rate.high  # type: ignore[operator]
    eigenvalues = covariance_eigenvalues(x)
    assert gaussian_rate(eigenvalues, 1.0) == pytest.approx(0.5 * math.log(float(x.var(0).sum())))
    assert gaussian_rate(eigenvalues, 5.0) == 0
    for slope in (0.5, 2.0, 10.0):
        point = codebook_point(x[:500].double(), x[500:].double(), slope)
        assert 0 < point.rate - 0.5 * math.log(4 / point.distortion) < 0.1


def test_water_filling_of_three_variances() -> None:
    # At a level of 1 the last component is left out: 1 + 1 + 0.5.
    variances = torch.tensor([8.0, 2.0, 0.5], dtype=torch.double)
    assert gaussian_rate(torch.cat([variances, torch.zeros(30)]), 2.5) == pytest.approx(0.5 * math.log(16))


def test_disjoint_parts_of_one_and_of_two_dimensions() -> None:
    """The formula lies just below a codebook and a channel that are tried; a wrong constant or share of the error would not."""
    source = [drawn(segment), drawn(square, (False, False))]
    coder = at_high_resolution(source)
    assert coder.dimensions == 1.5
    assert coder.entropy.value == pytest.approx(math.log(2) + 0.5 * (math.log(5) + 2 * math.log(3)), abs=1e-6)
    x = torch.cat([part.x for part in source]).double()[torch.randperm(4000, generator=torch.Generator().manual_seed(1))]
    book, tried = codebook_point(x[:1500], x[1500:], 12.0), channel_point(source, 0.05)
    for point in (book, tried):
        assert -0.01 < point.rate - coder.rate(point.distortion).value < 0.15


def test_turns_between_coders_bound_what_lies_between() -> None:
    bounds = Bounds((Point(0, 10), Point(1, 4), Point(2, 3.5), Point(3, 0)), torch.ones(1))
    assert [bounds.rate(d) for d in (0.5, 1, 2, 4)] == pytest.approx([7, 4, 2, 0])
    assert Bounds((Point(1, 4),), torch.ones(1)).rate(0.5) == math.inf


@pytest.mark.parametrize("config", [UPRIGHT, ROTATED, ShapeConfig(image_size=32, rotated=True)])
def test_the_shapes_formula_and_its_channel_agree_the_more_the_smaller_the_error(config: ShapeConfig) -> None:
    coder, source = ideal_coder(config), drawn_shapes(config)
    assert coder.dimensions == pytest.approx(13 / 3 if config.rotated else 11 / 3)
    for distortion, within in ((0.02, 0.03), (1.0, 0.1)):
        tried = channel_point(source, distortion)
        assert tried.distortion == pytest.approx(distortion, rel=2 * within)
        assert tried.rate == pytest.approx(coder.rate(tried.distortion).value, abs=within)
    for part in source:
        for copy in part.part.copies(part.u[:20]):
            assert (part.part.draw(copy) - part.x[:20]).abs().max() < 1e-3


def test_beyond_the_formula_the_least_known_rate_falls_to_nothing() -> None:
    bounds = shape_bounds(ShapeConfig(image_size=16))
    rates = [bounds.rate(distortion) for distortion in (0.1, 1, 5, 10, 20, 1000)]
    assert rates == sorted(rates, reverse=True) and rates[-1] == 0 < rates[-2]


def test_an_excess_and_its_interval() -> None:
    coder = IdealCoder(4, Estimate(10, 9.7, 10.3), limit=5)
    excess = coder.compare(Estimate(12, 11.6, 12.4), Estimate(1, 1, 1), Estimate(0.5))
    ideal = 10 - log_rate(4, 1)
    assert excess and excess.ideal.value == pytest.approx(ideal)
    assert (excess.excess.value, excess.excess.high) == pytest.approx((12 - ideal, 12 - ideal + 0.5))
    assert excess.own_error == pytest.approx(2 * math.log(2))
    assert coder.compare(Estimate(12), Estimate(6), Estimate(1)) is None
    worse = coder.compare(Estimate(12), Estimate(1), Estimate(2))
    assert worse and worse.own_error is None


@pytest.mark.parametrize("distortion", [0, -1, 5.1, math.nan])
def test_an_error_outside_the_range_is_refused(distortion: float) -> None:
    with pytest.raises(ValueError, match="above 0, up to 5; got"):
        IdealCoder(4, Estimate(10), limit=5).rate(distortion)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (ShapeConfig(image_size=256), "16 to 128 pixels"),
        (ShapeConfig(max_aspect=1.5), "from 1/a to a"),
        (ShapeConfig(min_size=0.3, max_size=0.3), "sizes differ"),
    ],
)
def test_pictures_that_it_does_not_cover_are_refused(config: ShapeConfig, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ideal_coder(config)


def test_the_command_prints_both_data_and_refuses_what_is_out_of_range() -> None:
    run = CliRunner().invoke(app, ["ideal", "0.5", "10", "--image-size", "16"])
    lines = run.output.splitlines()
    assert run.exit_code == 0 and len(lines) == 9
    assert lines[0].startswith("upright shapes of 16 pixels") and lines[5].startswith("rotated shapes of 16 pixels")
    ideal, error, most = (float(cell) for cell in lines[2].split()[1:4])
    assert error < 0.1 and ideal - 0.1 < most < ideal + 1
    assert lines[3].split()[1:3] == ["-", "-"]
    assert "above 0 and below" in str(CliRunner().invoke(app, ["ideal", "1e9", "--image-size", "16"]).exception)
