"""The judge: true shapes pass, spoilt ones don't; slow/test_second_judge.py has one built on other means."""

import itertools
import math

import pytest
import torch

from shapevae.config import ShapeConfig
from shapevae.judge import DISTINGUISHABLE, EXACT, Judgement, judge_shapes, soft_iou
from shapevae.shapes import CIRCLE, KINDS, RECTANGLE, TRIANGLE, draw_shapes, place, render
from tests.support.spoilt import ROTATED, SIZE, SPOILT, blends, factors, ovals

# A circle blended with a square of its area is a circle with faint corners; a triangle's lower half may be nearly a rectangle.
MOST_THAT_MAY_PASS = {"blends of two kinds": 0.10, "half erased": 0.01}


@pytest.mark.parametrize("rotated", [False, True])
def test_true_shapes_pass_with_the_right_kind(rotated: bool) -> None:
    shapes = draw_shapes(1500, 2024, ShapeConfig(rotated=rotated))
    judgement = judge_shapes(shapes.images)
    right = judgement.distinguishable & (judgement.kind == shapes.kinds)
    assert right.float().mean() >= 0.999
    assert judgement.exact.float().mean() >= 0.99


def test_true_shapes_pass_at_the_ends_of_every_range() -> None:
    config = ShapeConfig(rotated=True)
    ends = [KINDS, (0.0, 1.0), (config.min_aspect, 1.0, config.max_aspect), range(8), (0.0, 1.0), (0.0, 1.0)]
    rows = [(KINDS.index(kind), *rest) for kind, *rest in itertools.product(*ends)]
    kinds, size, aspect, turn, across, down = torch.tensor(rows, dtype=torch.float64).unbind(1)
    aspect = torch.where(kinds == CIRCLE, 1.0, aspect)
    angle = torch.where(kinds == CIRCLE, 0.0, 2 * math.pi * (turn / 8 + 0.03))
    shapes = place(kinds.long(), size, aspect, angle, across, down, config)
    judgement = judge_shapes(render(shapes, SIZE))
    right = judgement.distinguishable & (judgement.kind == shapes.kinds)
    assert right.float().mean() >= 0.999


def test_the_nearest_shape_is_the_true_one() -> None:
    shapes = draw_shapes(300, 7, ROTATED)
    nearest = judge_shapes(shapes.images).nearest
    gap = torch.hypot(nearest.x - shapes.factors.x, nearest.y - shapes.factors.y)
    assert gap.median() < 0.1 * 2 / SIZE
    torch.testing.assert_close(nearest.kinds, shapes.kinds)
    area = (nearest.half_width * nearest.half_height) / (shapes.factors.half_width * shapes.factors.half_height)
    assert (area - 1).abs().median() < 0.01
    assert soft_iou(render(nearest, SIZE), shapes.images).min() > DISTINGUISHABLE


@pytest.mark.parametrize("name", SPOILT)
def test_spoilt_pictures_do_not_pass(name: str) -> None:
    judgement = judge_shapes(SPOILT[name](factors(300, 5)))
    assert judgement.distinguishable.float().mean() <= MOST_THAT_MAY_PASS.get(name, 0.005)
    assert not judgement.exact.any()


@pytest.mark.parametrize("kind", [CIRCLE, RECTANGLE])
def test_blends_with_a_triangle_never_pass(kind: int) -> None:
    true = factors(400, 6)
    true = true[true.kinds == kind]
    assert not judge_shapes(blends(true, other=TRIANGLE)).distinguishable.any()


def test_a_longer_oval_is_further_from_a_circle() -> None:
    true = factors(60, 8)
    overlap = [judge_shapes(ovals(true, aspect)).kind_iou[:, CIRCLE].mean() for aspect in (1.0, 1.1, 1.2, 1.3)]
    assert overlap == sorted(overlap, reverse=True)
    assert overlap[0] > EXACT
    assert overlap[-1] < DISTINGUISHABLE


def test_thresholds_are_those_of_the_overlap() -> None:
    overlap = torch.tensor([0.0, 0.8999, 0.9, 0.9699, 0.97, 1.0])
    judgement = Judgement(torch.zeros(6, dtype=torch.long), overlap, overlap[:, None], factors(6, 0))
    assert judgement.distinguishable.tolist() == [False, False, True, True, True, True]
    assert judgement.exact.tolist() == [False, False, False, False, True, True]


def test_soft_iou_by_hand() -> None:
    a, b = torch.tensor([[1.0, 0.5], [0.0, 0.0]]), torch.tensor([[0.5, 0.5], [0.25, 0.0]])
    assert soft_iou(a, b).item() == pytest.approx(1.0 / 1.75)
    assert soft_iou(a, a).item() == 1
    assert soft_iou(0 * a, 0 * a).item() == 0


def test_a_picture_is_judged_alike_in_any_company() -> None:
    images = draw_shapes(200, 9, ROTATED).images
    together, alone = judge_shapes(images), judge_shapes(images[150:160])
    torch.testing.assert_close(alone.kind_iou, together.kind_iou[150:160], rtol=0, atol=1e-3)


def test_no_pictures_give_an_empty_judgement() -> None:
    judgement = judge_shapes(torch.zeros(0, 1, SIZE, SIZE))
    assert judgement.iou.shape == judgement.kind.shape == (0,)
    assert judgement.kind_iou.shape == (0, 3)


@pytest.mark.parametrize("shape", [(64, 64), (1, 64, 64), (2, 3, 64, 64), (2, 1, 64, 32), (2, 1, 30, 30)])
def test_other_shapes_of_tensor_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"\(N, 1, H, H\)"):
        judge_shapes(torch.zeros(shape))
