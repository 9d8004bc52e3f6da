"""Two generative autoencoders on drawn shapes: what keeping a latent space Gaussian does, trained, measured and published."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shapevae.evaluation import evaluate
    from shapevae.hub.download import load_model
    from shapevae.judge import judge_shapes
    from shapevae.model import Autoencoder, Code
    from shapevae.runs.train import train
    from shapevae.shapes import draw_shapes

__version__ = "0.1.0"
__all__ = ["Autoencoder", "Code", "draw_shapes", "evaluate", "judge_shapes", "load_model", "train"]

_HOME = {
    "Autoencoder": "model",
    "Code": "model",
    "draw_shapes": "shapes",
    "evaluate": "evaluation",
    "judge_shapes": "judge",
    "load_model": "hub.download",
    "train": "runs.train",
}


def __getattr__(name: str) -> Any:
    """Import on first use, so that `shapevae --help` needs not wait for torch."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
