"""The package's public functions with generated inputs: the right answer, or a ValueError of one line."""

import json
import math
from collections.abc import Callable
from itertools import islice
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torch import Tensor

from shapevae.config import PRESETS, ShapeConfig, TrainConfig
from shapevae.estimates import Estimate, balance_estimate, mean_estimate, share_estimate
from shapevae.images import read as images
from shapevae.judge import Judgement, judge_shapes
from shapevae.shapes import Shapes, draw_shapes, stream_shapes
from tests.robustness.cases import anything, by_turns, mostly, often, pads, texts
from tests.robustness.targets import Count

CASES = 500
BASE = json.loads(PRESETS["report-mmd"].to_json())

counts = mostly(st.integers(0, 4)).filter(lambda count: not isinstance(count, int) or not 100 < count <= 10**6)
sizes = st.sampled_from([0, 1, 3, 4, 8, 20, 64])
kinds_of_number = st.sampled_from(
    [torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.uint8, torch.int64, torch.bool]
)
values = st.sampled_from([0.0, 1.0, 0.5, -1.0, 255.0, 1e30, math.nan, math.inf, 1.0005])
modes = st.sampled_from(
    ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "RGBa", "La", "CMYK", "YCbCr", "LAB", "HSV", "I", "F", "I;16"]
)


def tensor(shape: tuple[int, ...], dtype: torch.dtype, value: float, seed: int) -> Tensor:
    """Noise with some values of one kind among it."""
    noise = torch.rand(shape, generator=torch.Generator().manual_seed(seed))
    return torch.where(noise < 0.1, torch.tensor(value), noise).to(dtype)


def picture(mode: str, width: int, height: int, seed: int) -> Image.Image:
    size = len(Image.new(mode, (width, height)).tobytes())
    return Image.frombytes(mode, (width, height), np.random.default_rng(seed).bytes(size))


def is_seen(x: Tensor) -> bool:
    """As the models see pictures."""
    return x.shape == (1, 1, 64, 64) and x.dtype == torch.float32 and bool(((x >= 0) & (x <= 1)).all())


def is_judgement(judged: Judgement) -> bool:
    return bool(((judged.iou >= 0) & (judged.iou <= 1)).all()) and len(judged.kind) == len(judged.iou)


def is_interval(estimate: Estimate) -> bool:
    return not math.isfinite(estimate.value) or (estimate.low or 0) <= estimate.value <= (estimate.high or math.inf)


batches = st.builds(
    tensor, st.tuples(st.integers(0, 2), st.integers(0, 2), sizes, sizes), kinds_of_number, values, st.integers(0, 99)
)
squares = st.builds(lambda side, *rest: tensor((1, 1, side, side), *rest), sizes, kinds_of_number, values, st.integers(0, 99))
terms = st.builds(tensor, st.tuples(st.integers(0, 5)), st.just(torch.float32), values, st.integers(0, 99))
sequences = mostly(st.integers(0, 2**40))

FUNCTIONS: dict[str, tuple[Callable[..., Any], tuple[st.SearchStrategy, ...], Callable[[Any], bool]]] = {
    "to_tensor": (images.to_tensor, (st.builds(picture, modes, *[st.integers(1, 90)] * 2, st.integers(0, 99)),), is_seen),
    "from_hex": (images.from_hex, (pads,), is_seen),
    "draw_shapes": (
        lambda count, seed, start: draw_shapes(count, seed, start=start),
        (counts, sequences, sequences),
        lambda shapes: isinstance(shapes, Shapes) and len(shapes.images) == len(shapes),
    ),
    "stream_shapes": (
        lambda count, seed: list(islice(stream_shapes(count, seed, chunk=2), 3)),
        (counts, sequences),
        lambda parts: all(len(part) <= 2 for part in parts),
    ),
    "judge_shapes": (judge_shapes, (by_turns(squares, batches, anything),), is_judgement),
    "TrainConfig.from_json": (
        TrainConfig.from_json,
        (st.just("[" * 100_000) | texts | anything.map(json.dumps),),
        lambda config: False,
    ),
    "TrainConfig.replace": (
        lambda field, value: PRESETS["report-mmd"].replace(**{field: value}),
        (st.sampled_from([*BASE, *BASE["model"], *BASE["shapes"], "unknown"]), anything),
        lambda config: TrainConfig.from_json(config.to_json()) == config,
    ),
    "ShapeConfig": (
        lambda low, high, margin: draw_shapes(2, 0, ShapeConfig(min_size=low, max_size=high, margin=margin)),
        (mostly(st.floats(0.01, 1)), mostly(st.floats(0.01, 1)), mostly(st.floats(0, 0.5))),
        lambda shapes: bool(((shapes.images >= 0) & (shapes.images <= 1)).all()),
    ),
    "share_estimate": (share_estimate, (st.integers(-2, 50), st.integers(-2, 50)), is_interval),
    "balance_estimate": (
        balance_estimate,
        (st.lists(st.integers(0, 99), min_size=3, max_size=3),),
        lambda e: not e or is_interval(e),
    ),
    "mean_estimate": (mean_estimate, (terms,), is_interval),
}


@pytest.mark.filterwarnings("ignore::Warning:hypothesis", "ignore::Warning:PIL", "ignore:std\\(\\)")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_public_functions_answer_or_raise_a_sentence(name: str) -> None:
    function, inputs, right = FUNCTIONS[name]
    count = Count()

    def ask(given: tuple[object, ...]) -> None:
        count.asked += 1
        try:
            answer = function(*given)
        except ValueError as error:
            assert str(error) and "\n" not in str(error)
        else:
            count.answered += 1
            assert right(answer), answer

    often(CASES)(given(st.tuples(*inputs))(ask))()
    assert count.asked >= CASES / 2
