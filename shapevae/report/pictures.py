"""The report's own figures, redone: grids of test and of random images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from shapevae.config import TEST_SEED
from shapevae.files import write_whole
from shapevae.images.write import grid, to_png
from shapevae.judge import judge_shapes
from shapevae.report.measure import Result
from shapevae.report.plan import ADJUSTED, CHANNEL, GIVEN, TITLES, VAE, Scale, reading_name, seed_name
from shapevae.shapes import draw_shapes
from shapevae.weights import load_model

TEST_IMAGES, RANDOM_IMAGES = 16, 25  # as many as in the report
_SEED = 0
_ENLARGE = 2


@dataclass(frozen=True)
class Figure:
    """A figure of the report: the run that makes it, its title, whether of random images, and what the report counted."""

    file: str
    run: str
    title: str
    random: bool
    counted: int | None = None

    @property
    def total(self) -> int:
        return RANDOM_IMAGES if self.random else TEST_IMAGES


def figures(scale: Scale) -> list[Figure]:
    """In the report's order; the setting that a figure is about is in its title."""
    few, many, usual = min(scale.epochs), max(scale.epochs), f"{scale.vae.epochs} epochs"
    first, low, high = seed_name(ADJUSTED, 0), reading_name(CHANNEL, scale.low_v), reading_name(CHANNEL, max(scale.variances))
    vae, at = TITLES[VAE], f"{TITLES[ADJUSTED]}, v = "
    at_v, at_low, at_high = (f"{at}{v:g}" for v in (scale.v, scale.low_v, max(scale.variances)))
    given, given_adjusted = GIVEN[VAE], GIVEN[ADJUSTED]
    return [
        Figure("vae-test", seed_name(VAE, 0), f"{vae}, {usual}", False, given.test.found),
        Figure("mmd-test", first, f"{at_v}, {usual}", False, given_adjusted.test.found),
        Figure("vae-random", seed_name(VAE, 0), f"{vae}, {usual}", True, given.random.found),
        Figure("mmd-random", first, f"{at_v}, {usual}", True, given_adjusted.random.found),
        Figure("vae-random-few-epochs", f"{VAE} epochs {few}", f"{vae}, {few} epochs", True),
        Figure("mmd-random-high-v", high, f"{at_high}, {usual}", True),
        Figure("vae-test-many-epochs", f"{VAE} epochs {many}", f"{vae}, {many} epochs", False),
        Figure("mmd-test-low-v-many-epochs", f"{low} epochs {many}", f"{at_low}, {many} epochs", False),
        Figure("mmd-test-low-v", low, f"{at_low}, {usual}", False),
    ]


@torch.inference_mode()
def write_figures(out: Path, scale: Scale, results: Mapping[str, Result]) -> dict[str, int]:
    """Write FILE.png for every figure whose run is there; how many of its images are distinguishable, by file."""
    counts = {}
    for figure in figures(scale):
        if figure.run in results:
            sheet, counts[figure.file] = _draw(figure, results[figure.run])
            enlarged = sheet.repeat_interleave(_ENLARGE, 1).repeat_interleave(_ENLARGE, 2)
            write_whole(out / f"{figure.file}.png", to_png(enlarged))
    return counts


def _draw(figure: Figure, result: Result) -> tuple[Tensor, int]:
    """The sheet, (1, H, W), and how many images on it count: distinguishable, and of the true kind where there is one."""
    model = load_model(result.folder)
    if figure.random:
        images = model.sample(RANDOM_IMAGES, _SEED)
        return grid(images), int(judge_shapes(images).distinguishable.sum())
    test = draw_shapes(TEST_IMAGES, TEST_SEED, result.config.shapes)
    rebuilt = model.reconstruct(test.images)
    judged = judge_shapes(rebuilt)
    sheet = torch.cat([F.pad(grid(test.images), (0, 8), value=1.0), grid(rebuilt)], 2)
    return sheet, int((judged.distinguishable & (judged.kind == test.kinds)).sum())
