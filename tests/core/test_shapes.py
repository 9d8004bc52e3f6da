"""The data: every pixel fixed by seed and index, whole shapes within the frame, and factors within their ranges."""

import math

import pytest
import torch

from shapevae.config import ConfigError, ShapeConfig
from shapevae.shapes import (
    CIRCLE,
    KINDS,
    RECTANGLE,
    TRIANGLE,
    Factors,
    draw_factors,
    draw_shapes,
    place,
    render,
    stream_shapes,
)

UPRIGHT, ROTATED = ShapeConfig(), ShapeConfig(rotated=True)
both = pytest.mark.parametrize("config", [UPRIGHT, ROTATED], ids=["upright", "rotated"])


def one(kind: int, half_width: float, half_height: float, angle: float = 0.0, x: float = 0.0, y: float = 0.0) -> Factors:
    return Factors(torch.tensor([kind]), *(torch.tensor([v]) for v in (x, y, half_width, half_height, angle)))


@both
def test_seed_and_index_fix_every_pixel(config: ShapeConfig) -> None:
    whole = draw_shapes(300, 4, config)
    for start, count in ((0, 300), (0, 7), (13, 1), (130, 170), (299, 1)):
        part = draw_shapes(count, 4, config, start=start)
        assert torch.equal(part.images, whole.images[start : start + count])
        assert torch.equal(part.kinds, whole.kinds[start : start + count])


@both
def test_other_seeds_draw_other_pictures(config: ShapeConfig) -> None:
    first, second = draw_shapes(50, 0, config).images, draw_shapes(50, 1, config).images
    assert not any(torch.equal(a, b) for a in first for b in second)


def test_drawing_leaves_the_global_generators_alone() -> None:
    torch.manual_seed(3)
    expected = torch.rand(4)
    torch.manual_seed(3)
    draw_shapes(10, 0)
    assert torch.equal(torch.rand(4), expected)


@both
def test_streaming_equals_drawing(config: ShapeConfig) -> None:
    whole, parts = draw_shapes(250, 9, config), list(stream_shapes(250, 9, config, chunk=64))
    assert [len(part) for part in parts] == [64, 64, 64, 58]
    assert torch.equal(torch.cat([part.images for part in parts]), whole.images)
    assert torch.equal(torch.cat([part.kinds for part in parts]), whole.kinds)
    assert list(stream_shapes(0, 9, config)) == []


def test_large_blocks_of_memory_hold_the_same_pictures() -> None:
    many = draw_shapes(2100, 7)  # more than 32 MB
    assert torch.equal(many.images[-50:], draw_shapes(50, 7, start=2050).images)
    assert not many.images.mul_(0).any()


@both
def test_pictures_are_white_on_black_with_soft_edges(config: ShapeConfig) -> None:
    shapes = draw_shapes(200, 2, config)
    assert shapes.images.shape == (200, 1, 64, 64)
    assert shapes.images.dtype == torch.float32
    assert shapes.kinds.dtype == torch.int64
    assert (shapes.images.min(), shapes.images.max()) == (0, 1)
    soft = ((shapes.images > 0) & (shapes.images < 1)).float().mean()
    assert 0.005 < soft < 0.1


@both
def test_the_whole_shape_is_inside_the_frame(config: ShapeConfig) -> None:
    images = draw_shapes(5000, 1, config).images[:, 0]
    edge = torch.cat([images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]], 1)
    assert edge.max() < 0.05  # the soft tip of a sharp triangle
    assert images.amax((1, 2)).min() == 1


@both
def test_places_reach_the_margin_on_every_side(config: ShapeConfig) -> None:
    seen = draw_shapes(3000, 1, config).images[:, 0].amax(0) > 0.5
    rows, columns = seen.any(1).nonzero()[:, 0], seen.any(0).nonzero()[:, 0]
    assert (rows.min(), columns.min()) == (2, 2)  # a margin of 2 pixels
    assert (rows.max(), columns.max()) == (61, 61)


def test_kinds_are_uniform() -> None:
    counts = torch.bincount(draw_factors(30_000, 8, UPRIGHT).kinds, minlength=3)
    assert ((counts - 10_000).abs() < 4 * math.sqrt(30_000 * 2 / 9)).all()


@both
def test_factors_are_within_their_ranges_and_fill_them(config: ShapeConfig) -> None:
    factors = draw_factors(20_000, 8, config)
    size = (factors.half_width * factors.half_height).sqrt()
    aspect = (factors.half_width / factors.half_height)[factors.kinds != CIRCLE]
    assert config.min_size - 1e-6 <= size.min() < config.min_size + 0.01
    assert config.max_size - 0.05 < size.max() <= config.max_size + 1e-6
    assert config.min_aspect - 1e-6 <= aspect.min() < 0.51
    assert 1.98 < aspect.max() <= config.max_aspect + 1e-5
    assert aspect.log().mean().abs() < 0.02


def test_angles_are_zero_upright_and_any_rotated() -> None:
    assert not draw_factors(500, 0, UPRIGHT).angle.any()
    turned = draw_factors(5000, 0, ROTATED)
    angle = turned.angle[turned.kinds != CIRCLE]
    assert not turned.angle[turned.kinds == CIRCLE].any()
    assert 0 <= angle.min() < 0.02
    assert 2 * math.pi - 0.02 < angle.max() < 2 * math.pi
    assert torch.histc(angle, 8).min() > 0.8 * len(angle) / 8


def test_centred_shapes_have_their_box_in_the_middle_and_are_the_same_otherwise() -> None:
    free, centred = (draw_factors(500, 0, ShapeConfig(centred=centred)) for centred in (False, True))
    assert not centred.x.abs().max() > 1e-6 and not centred.y.abs().max() > 1e-6
    for name in ("kinds", "half_width", "half_height", "angle"):
        assert torch.equal(getattr(free, name), getattr(centred, name))


@pytest.mark.parametrize("angle", [0.0, 0.4, 2.0])
@pytest.mark.parametrize(("kind", "area"), [(CIRCLE, math.pi * 0.4**2), (RECTANGLE, 4 * 0.4 * 0.4), (TRIANGLE, 2 * 0.4 * 0.4)])
def test_the_lit_area_is_that_of_the_shape(kind: int, area: float, angle: float) -> None:
    image = render(one(kind, 0.4, 0.4, angle, x=0.03, y=-0.02), 64)
    assert image.sum().item() * (2 / 64) ** 2 == pytest.approx(area, rel=0.01)


def test_x_points_right_y_down_and_angles_turn_counter_clockwise() -> None:
    bright = render(one(CIRCLE, 0.25, 0.25, x=0.5, y=-0.5), 64)[0, 0]
    assert bright[16, 48] == 1  # row from above, column from the left
    upright, turned = render(one(TRIANGLE, 0.4, 0.6), 64)[0, 0], render(one(TRIANGLE, 0.4, 0.6, math.pi / 2), 64)[0, 0]
    assert upright[:32].sum() < upright[32:].sum()  # it stands on its base
    torch.testing.assert_close(turned, upright.rot90(), rtol=0, atol=1e-4)


def test_a_half_turn_leaves_a_rectangle_as_it_is() -> None:
    plain, turned = render(one(RECTANGLE, 0.5, 0.3, 0.3), 64), render(one(RECTANGLE, 0.5, 0.3, 0.3 + math.pi), 64)
    torch.testing.assert_close(plain, turned, rtol=0, atol=1e-4)


@pytest.mark.parametrize("kind", range(len(KINDS)))
def test_placing_at_the_ends_touches_the_margin(kind: int) -> None:
    ends = torch.tensor([0.0, 1.0], dtype=torch.float64)
    aspect = torch.full((2,), 1.0 if kind == CIRCLE else 1.5, dtype=torch.float64)
    shapes = place(torch.full((2,), kind), ends * 0, aspect, ends * 0, ends, ends, UPRIGHT)
    lit = render(shapes, 64)[:, 0] > 0.25
    assert (lit[0].any(1).nonzero().min(), lit[0].any(0).nonzero().min()) == (2, 2)
    assert (lit[1].any(1).nonzero().max(), lit[1].any(0).nonzero().max()) == (61, 61)
    assert shapes.half_width * shapes.half_height == pytest.approx([UPRIGHT.min_size**2] * 2)


def test_another_picture_size_shows_the_same_shape() -> None:
    small, large = draw_shapes(20, 3, ShapeConfig(image_size=32)), draw_shapes(20, 3, ShapeConfig(image_size=128))
    assert small.images.shape == (20, 1, 32, 32)
    pooled = torch.nn.functional.avg_pool2d(large.images, 4)
    assert (pooled - small.images).abs().max() < 0.4
    assert (pooled - small.images).abs().mean() < 0.003


def test_factors_can_be_cut_and_moved() -> None:
    shapes = draw_shapes(10, 0)
    part = shapes.factors[torch.tensor([2, 5])]
    assert len(part) == 2
    assert torch.equal(render(part.to("cpu"), 64), shapes.images[[2, 5]])


def test_no_pictures_are_no_pictures() -> None:
    shapes = draw_shapes(0, 0)
    assert shapes.images.shape == (0, 1, 64, 64)
    assert len(shapes) == 0


@pytest.mark.parametrize(("name", "arguments"), [("count", (-1, 0)), ("seed", (1, -1))])
def test_negative_numbers_are_refused(name: str, arguments: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=f"{name} must not be negative, got -1"):
        draw_shapes(*arguments)
    with pytest.raises(ValueError, match="start must not be negative"):
        draw_shapes(1, 0, start=-1)


def test_a_configuration_without_room_is_refused() -> None:
    with pytest.raises(ConfigError, match="leaves no room"):
        ShapeConfig(margin=0.9)
