"""The figures of one run: those of evaluate, edge widths, and the error of noisy codes."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from shapevae.config import TEST_SEED, ShapeConfig, TrainConfig
from shapevae.estimates import Estimate, mean_estimate
from shapevae.evaluation import evaluate
from shapevae.files import METRICS, write_whole
from shapevae.losses import squared_error
from shapevae.model import Autoencoder
from shapevae.report.edges import edge_widths
from shapevae.shapes import draw_shapes
from shapevae.weights import load_model

FIGURES = "figures.json"
EDGE_IMAGES = 1000  # pictures of each sort whose edges are measured
_NOISE_SEED, _SAMPLE_SEED = 1, 2


@dataclass(frozen=True)
class Result:
    """A finished run: its configuration, its folder and its figures, NAME with NAME_low and NAME_high as evaluate writes them.

    Beside evaluate's: edge_width_reconstructions and edge_width_samples in pixels; noisy_squared_error, the squared error an
    image when the code is drawn, z = g(x) + s(x) ε, and not its mean; threads, those the training had.
    """

    config: TrainConfig
    folder: Path
    figures: dict[str, Any]

    def estimate(self, name: str) -> Estimate | None:
        """None where the figure is undefined for this run."""
        value = self.figures.get(name)
        return None if value is None else Estimate(value, self.figures.get(f"{name}_low"), self.figures.get(f"{name}_high"))

    def model(self) -> Autoencoder:
        return load_model(self.folder)


def read_figures(folder: Path, images: int) -> dict[str, Any] | None:
    """The figures in a folder; None where there are none yet, or they rest on another number of pictures."""
    try:
        figures = json.loads((folder / FIGURES).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return figures if figures.get("images") == images else None


def write_figures(folder: Path, config: TrainConfig, images: int) -> None:
    """Measure the trained model in `folder` over `images` test pictures and leave figures.json beside it."""
    metrics = json.loads((folder / METRICS).read_text(encoding="utf-8"))
    model = load_model(folder)
    if metrics["images"] != images:
        seconds = metrics["train_seconds"]
        metrics = evaluate(model, images=images, train_seconds=seconds).to_dict()
    figures = {**metrics, **_further(model, config.shapes, images), "threads": torch.get_num_threads()}
    write_whole(folder / FIGURES, (json.dumps(figures, indent=2) + "\n").encode())


@torch.inference_mode()
def _further(model: Autoencoder, shapes: ShapeConfig, images: int) -> dict[str, float | None]:
    count = min(images, EDGE_IMAGES)
    x = draw_shapes(count, TEST_SEED, shapes).images
    code = model.encode(x)
    noisy = model.decode(code.rsample(torch.Generator().manual_seed(_NOISE_SEED)))
    found = {
        "edge_width_reconstructions": _mean(edge_widths(model.decode(code.mean))),
        "edge_width_samples": _mean(edge_widths(model.sample(count, _SAMPLE_SEED))),
        "noisy_squared_error": mean_estimate(squared_error(x, noisy)),
    }
    flat: dict[str, float | None] = {}
    for name, estimate in found.items():
        parts = (estimate.value, estimate.low, estimate.high) if estimate else (None, None, None)
        flat |= dict(zip((name, f"{name}_low", f"{name}_high"), parts, strict=True))
    return {name: value if value is not None and math.isfinite(value) else None for name, value in flat.items()}


def _mean(widths: Tensor) -> Estimate | None:
    """Over the pictures that have a clear outline; None where none has."""
    clear = widths[~widths.isnan()]
    return mean_estimate(clear) if len(clear) else None
